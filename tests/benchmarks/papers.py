"""Files with texts, as a firm has them: Word, Excel, PowerPoint, PDF, OpenDocument, text and mail, Chinese and English,
always the same. They are without pictures: what is measured with them is reading and finding."""

from __future__ import annotations

import random
import shutil
from email.message import EmailMessage
from pathlib import Path

from tests.benchmarks.office_files import KINDS, Chances
from tests.benchmarks.office_parts import RICH, paragraphs

VERSION = 1  # of what is made
COUNT = 3200
_MAKERS = {kind.suffix: kind.make for kind in KINDS}
_SHARES = {"docx": 34, "xlsx": 17, "pdf": 19, "pptx": 9, "eml": 10, "txt": 8, "odt": 3}
_MEDIAN, _SPREAD, _MOST = 2_000, 0.8, 30_000  # characters of a text
_NAMES = ("合同", "会议纪要", "周报", "报价单", "Report", "Minutes", "Budget", "Proposal")


def cached(cache: Path, count: int = COUNT) -> Path:
    """The folder with the files, made when first asked for, and kept. Nothing may be changed in it."""
    folder = cache / f"papers-{VERSION}-{count}"
    if not folder.is_dir():
        making = cache / f"papers-making-{count}"
        shutil.rmtree(making, ignore_errors=True)
        make(making, count)
        making.rename(folder)
    return folder


def make(root: Path, count: int) -> None:
    """Make `count` files below `root`."""
    for number in range(count):
        chance = random.Random(f"paper {number}")
        (suffix,) = chance.choices(list(_SHARES), list(_SHARES.values()))
        path = root / f"{number % 40:02d}" / f"{chance.choice(_NAMES)}_{number:05d}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(number, suffix))


def _content(number: int, suffix: str) -> bytes:
    still, text = random.Random(f"paper still {number}"), random.Random(f"paper text {number}")
    language = f"{RICH}zh" if still.random() < 0.6 else f"{RICH}en"
    characters = int(min(still.lognormvariate(0, _SPREAD) * _MEDIAN, _MOST))
    if suffix == "eml":
        return _mail(number, text, language, characters)
    # what a maker takes for the bytes of a file is a part of the characters that it writes
    size = {"txt": characters, "xlsx": characters // 6, "pdf": characters}.get(suffix, characters // 2)
    return _MAKERS[suffix](Chances(still, text, language), size)


def _mail(number: int, chance: random.Random, language: str, characters: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Chen Li <chen@northwind.example>", "projects@cedarstone.example"
    mail["Date"] = f"{chance.randint(1, 28):02d} Jun 2026 09:{chance.randrange(60):02d}:00 +0800"
    mail["Subject"] = f"{'合同与付款' if language.endswith('zh') else 'Contract and payment'} {number}"
    mail.set_content("\n".join(paragraphs(chance, language, characters)))
    return mail.as_bytes()
