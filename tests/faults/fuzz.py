"""Fill mutated Word templates with wild values, and look at what comes out: a sound document or a told error.

``python -m tests.faults.fuzz --seconds 600`` goes on for as long as it is told, and lets LibreOffice open every
document; ``--seed 123`` tries one case again. `tests/faults/test_fuzz.py` runs a part that changes with the date.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from folderkit.core.errors import FolderkitError
from folderkit.core.settings import Firm
from folderkit.documents import render, soffice, template_of_file
from tests.faults.damage import damage_of, text_of
from tests.integration.test_documents import p, row, word_parts

MARK = "Folderkit"  # stands in every template, and must be found in what LibreOffice makes of the document
_HANG = 30  # seconds
_BATCH = 60  # documents that one LibreOffice opens
_PARAGRAPHS = 2_000  # of a document that it opens; it takes long for the rows of large tables
_NAMES = ("a", "b", "c", "xs", "d.e", "x", "x.y", "loop.index", "firm.logo", "none", "nothing")
_FILTERS = ("upper", "money", "percent", "number", "date", "lines", "join(',')", "default('–')", "length", "list", "e",
            "safe", "first", "sort", "tojson", "fit(9, 9)", "center(9)", "replace('a', 'b')", "string", "batch(2)|list",
            "wordwrap(3)", "indent", "title", "striptags", "urlize", "xmlattr", "round", "sum", "groupby('y')")
_TAME: tuple[Any, ...] = (["one", "二"], [], "A & B", "a < b", "</w:t>", "one\ntwo", "one\ttwo", "one\atwo",
                          "one\ftwo", "{{ a }}", "{% x", "]]>", "“quoted”", 12, 0.5, True, None, "😀",
                          "\u202e", "text " * 200)
_STRANGE = ("", " ", "\0", "\x01", "\x0b", "\x1b", "\t", "\n", "\r\n", "\a", "\f", "\ud800", "\udfff", "\ufffe",
            "\uffff", "\ufeff", "\u200b", "\u202e", "😀", "e\u0301", "中文，标点。", "A & B", "a < b", "<w:t>",
            "</w:t></w:r></w:p>", "&amp;", "&#0;", "]]>", "<![CDATA[", "<!--", "-->", "<?x?>", "{{ a }}",
            "{% if %}", "{#", "#}", "\ue000",
            "\ue001", "\ue010", "\ue011", "“”", "'\"", "x" * 70_000, "\U0010ffff", "%s", "{0}")


class Hang(BaseException):
    """A case that took too long; not an Exception, so that nothing swallows it."""


@dataclass
class Case:
    """One template and values, made from a seed; `fault` is the promise it broke, `document` what came out."""

    seed: int
    kind: str = ""
    told: str = ""
    fault: str = ""
    document: bytes = b""
    words: list[str] = field(default_factory=list)


# -- making ----------------------------------------------------------------------------------------
def value(rng: random.Random, depth: int = 0) -> Any:
    """Any value that YAML, JSON or a caller may give, and some that none should."""
    kind = rng.randrange(14 if depth < 4 else 9)
    if kind < 4:
        return "".join(rng.choice((rng.choice(_STRANGE), chr(rng.randrange(0x110000)), "word")) for _ in
                       range(rng.randrange(4)))
    if kind < 9:
        return rng.choice((0, 1, -1, 10**30, 0.1, float("nan"), float("inf"), True, False, None, b"bytes", 3 + 4j,
                           object(), range(3), {1, 2}))
    if kind < 12:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(("y", "e", "items", "1", "", "\ud800", "a b")): value(rng, depth + 1)
            for _ in range(rng.randrange(4))}


def expression(rng: random.Random) -> str:
    name = rng.choice((*_NAMES, "'text'", "1", "[1, 2]", "{'a': 1}", "xs[0]", "a.__class__", "range(3)", "b ~ c"))
    if rng.random() < 0.5:
        return rng.choice(("a", "b", "c", "a|upper", "xs", "x", "d", "a ~ b", "a if b else c", "xs|length", "'é'"))
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        name += f"|{rng.choice(_FILTERS)}"
    joint = rng.choice(("", "", "", " + a", " * 3", " ~ b", " if c else a", " == b", " % 2", " and x", "(", "}", " %",
                        ". "))
    return (name + joint).replace("<", "&lt;")


def tag(rng: random.Random) -> str:
    lift = rng.choice(("", "", "", "p ", "tr ", "tc ", "r ", "-", "p"))
    word = expression(rng)
    return rng.choice((
        f"{{{{{lift} {word} }}}}", f"{{{{{lift} {word} }}}}", f"{{%{lift} if {word} %}}", f"{{%{lift} endif %}}",
        f"{{%{lift} for x in {word} %}}", f"{{%{lift} endfor %}}", f"{{%{lift} else %}}", f"{{% set b = {word} %}}",
        "{# note #}", "{% vm %}", "{% hm %}", "{% colspan 2 %}", f"{{% colspan {word} %}}", f"{{% cellbg {word} %}}",
        f"{{#{lift} x #}}", "{_{", "{{", "}}", "{%", "%}", "{#", "｛｛ a ｝｝", "{% raw %}", "{% macro m() %}",
        "{% endmacro %}", "{% break %}", "{% include 'x' %}", "{% filter upper %}", "{% endfilter %}"))


def block(rng: random.Random) -> str:
    """A paragraph, a table, or a loop or condition around some, most of them right."""
    kind, word = rng.randrange(10), expression(rng)
    if kind < 3:
        return p("".join(rng.choice(("text ", f"{{{{ {expression(rng)} }}}}")) for _ in range(rng.randrange(1, 4))))
    if kind < 5:
        inner = row(f"{{{{ {expression(rng)} }}}}", "cell")
        return f"<w:tbl><w:tblPr/><w:tblGrid/>{row(f'{{%tr for x in {word} %}}')}{inner}{row('{%tr endfor %}')}</w:tbl>"
    if kind < 6:
        texts = (f"{{%tc for x in {word} %}}", "{{ x }}", "{%tc endfor %}")
        cells = "".join(f"<w:tc>{p(text)}</w:tc>" for text in texts)
        return f"<w:tbl><w:tblPr/><w:tr>{cells}</w:tr></w:tbl>"
    if kind < 7:
        name, close = rng.choice((("for x in xs", "for"), (f"if {word}", "if")))
        return p(f"{{%p {name} %}}") + block(rng) + p(f"{{%p end{close} %}}")
    if kind < 8:
        return ('<w:p><w:bookmarkStart w:id="1" w:name="m"/><w:r><w:rPr><w:b/></w:rPr><w:t>{{r '
                f'{expression(rng)} }}}}</w:t></w:r><w:bookmarkEnd w:id="1"/></w:p>')
    if kind < 9:
        return f"<w:tbl>{row(tag(rng), tag(rng))}</w:tbl>" + p("")
    return p(tag(rng))


def _mutated_xml(rng: random.Random, xml: str) -> str:
    pieces = re.split(r"(<[^>]*>)", xml)
    for _ in range(rng.randrange(1, 4)):
        at, other = rng.randrange(len(pieces)), rng.randrange(len(pieces))
        change = rng.randrange(5)
        if change == 0:
            pieces[at] = ""
        elif change == 1:
            pieces[at] *= 2
        elif change == 2:
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif change == 3:
            pieces[at] += rng.choice((*_STRANGE[:-4], tag(rng)))
        else:
            pieces[at:at] = [block(rng)]
    return "".join(pieces)


def _mutated_zip(rng: random.Random, parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    names = list(parts)
    change, chosen = rng.randrange(6), rng.choice(names)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            if change == 0 and name == chosen:
                continue
            file.writestr(name, parts[rng.choice(names)] if change == 1 and name == chosen else parts[name])
        if change == 2:
            file.writestr(chosen.upper(), b"<a/>")
    data = bytearray(target.getvalue())
    if change == 3:
        return bytes(data[: rng.randrange(len(data))])
    for _ in range(rng.randrange(1, 5) if change > 3 else 0):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def template(rng: random.Random) -> tuple[str, bytes]:
    """What was done to a template, and the template."""
    body = "".join(block(rng) for _ in range(rng.randrange(1, 5)))
    others = {name: block(rng) for name in ("header1", "footer1") if rng.random() < 0.2}
    if rng.random() < 0.2:
        others["core"] = f"{{{{ {expression(rng)} }}}}"
    kind = rng.choice(("tags", "tags", "xml", "zip"))
    parts = word_parts(body + p(MARK), **others)
    if kind == "xml":
        name = rng.choice(list(parts))
        parts[name] = _mutated_xml(rng, parts[name].decode()).encode("utf-8", "surrogatepass")
    if kind == "zip":
        return kind, _mutated_zip(rng, parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return kind, target.getvalue()


# -- trying ----------------------------------------------------------------------------------------
@contextlib.contextmanager
def _no_hang() -> Iterator[None]:
    def ring(*about: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(_HANG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def attempt(seed: int, folder: Path) -> Case:
    """Make the case of a seed and fill it; what is wrong with the result is its `fault`."""
    rng = random.Random(seed)
    case = Case(seed)
    case.kind, data = template(rng)
    path = folder / "x.docx"
    path.write_bytes(data)
    tame = rng.random() < 0.6
    context = {name: rng.choice(_TAME) if tame else value(rng) for name in ("a", "b", "c", "d", "x")}
    wild: tuple[Any, ...] = ([], [{"y": value(rng)}], [value(rng), value(rng)], value(rng))
    context["xs"] = rng.choice(_TAME[:2] if tame else wild)
    try:
        with _no_hang():
            case.document = render(template_of_file(path), "en", context, Firm())
    except FolderkitError as error:
        case.told = error.message.en
        if not error.message.zh or error.hint is None:
            case.fault = f"told without Chinese or without a hint: {error.message.en}"
    except Hang:
        case.fault = f"took longer than {_HANG} s"
    except Exception as error:  # noqa: BLE001  # the defect that is looked for
        where = traceback.extract_tb(error.__traceback__)[-1]
        case.fault = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})".encode(
            "utf-8", "backslashreplace").decode()
    if case.document:
        wrong = damage_of(case.document)
        case.fault = "; ".join(wrong[:3])
        case.words = text_of(case.document) if not wrong else []
    return case


def refused_by_libreoffice(cases: Sequence[Case], folder: Path) -> list[Case]:
    """The documents that LibreOffice does not open, or whose words it does not show; all at once."""
    wrong = []
    with tempfile.TemporaryDirectory(dir=folder) as place:
        root = Path(place)
        for case in cases:
            (root / f"{case.seed}.docx").write_bytes(case.document)
        process = subprocess.Popen(
            [str(soffice()), "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to",
             "txt:Text (encoded):UTF8", "--outdir", str(root), *(str(root / f"{case.seed}.docx") for case in cases)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(_HANG * 10)
        except subprocess.TimeoutExpired:  # what is not made is told below
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for case in cases:
            made = root / f"{case.seed}.txt"
            shown = "".join(made.read_text("utf-8", "replace").split()) if made.is_file() else ""
            # where the XML was mutated, paragraphs may stand where nobody shows them
            lost = [word for word in case.words if case.kind != "xml" and "".join(word.split()) not in shown]
            if not made.is_file() or lost:
                case.fault = f"LibreOffice loses {lost[:3]!a:.200}" if made.is_file() else "LibreOffice refuses it"
                wrong.append(case)
    return wrong


def run(seeds: Iterator[int], seconds: float, libreoffice: bool) -> tuple[list[Case], Counter[str]]:
    """The cases that broke a promise, and how many there were of which kind, and how they ended."""
    end = time.monotonic() + seconds
    broken: list[Case] = []
    counted: Counter[str] = Counter()
    filled: list[Case] = []
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        for seed in seeds:
            if time.monotonic() > end:
                break
            case = attempt(seed, Path(place))
            counted[f"{case.kind}, {'filled' if case.document else 'told' if case.told else 'broken'}"] += 1
            if case.fault:
                broken.append(case)
            elif libreoffice and 0 < len(case.words) <= _PARAGRAPHS:
                filled.append(case)
            if len(filled) == _BATCH:
                broken += refused_by_libreoffice(filled, Path(place))
                filled.clear()
        if filled:
            broken += refused_by_libreoffice(filled, Path(place))
    return broken, counted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, action="append", default=[], help="one case; may be given several times")
    given = parser.parse_args()
    seeds = iter(given.seed) if given.seed else iter(range(given.start, sys.maxsize))
    broken, counted = run(seeds, given.seconds, soffice() is not None)
    lines = [f"{count:7} {kind}" for kind, count in sorted(counted.items())]
    faults = Counter(case.fault for case in broken)
    lines += [f"{count:7} × {fault[:300]}  --seed {next(case.seed for case in broken if case.fault == fault)}"
              for fault, count in faults.most_common()]
    sys.stdout.write("\n".join([*lines, f"{sum(counted.values())} cases, {len(broken)} broken"]) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
