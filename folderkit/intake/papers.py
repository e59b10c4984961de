"""The papers of projects that are recognised: contracts, invoices, minutes … Their words are data, `papers.yaml`."""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from typing import Any, NamedTuple

from folderkit.core.language import Text
from folderkit.core.rules import Finding

_FACTS = ("number", "amount", "counterparty")


class Paper(NamedTuple):
    """One kind of paper: what it is called in names, the words that tell it, those that tell it is another one, and
    how its facts are found; `dates` are the labels of the date that counts, `same` words that say no more than the
    type."""

    id: str
    type: Text
    words: tuple[str, ...]
    without: tuple[str, ...]
    findings: dict[str, Finding]
    dates: tuple[str, ...]
    same: tuple[str, ...]


@functools.cache
def papers() -> dict[str, Paper]:
    """Every paper by its id, in the order in which they are tried."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load((files("folderkit.intake") / "papers.yaml").read_text(encoding="utf-8"), loader)  # noqa: S506
    return {key: _paper(key, one) for key, one in data.items()}


def _paper(key: str, data: dict[str, Any]) -> Paper:
    findings = {fact: Finding(data[fact], ("content",)) for fact in _FACTS if fact in data}
    return Paper(key, Text(data["type"]["en"], data["type"]["zh"]), tuple(data["words"]), tuple(data.get("not", ())),
                 findings, tuple(data["dates"]), tuple(data.get("same", ())))


_BLANK = re.compile(  # a form to be filled in, which is no paper of a project yet
    r"(?:模板|模版|范本)(?![\u4e00-\u9fff])|(?<![a-z])templates?(?![a-z])", re.IGNORECASE)
_PRODUCT = re.compile(  # behind a paper's word: both are part of the name of some software
    r"[\u4e00-\u9fff]{0,4}(?:系统|平台|模块|软件|小程序)"
    r"|[\s_-]+(?:(?:management|approval|tracking|processing)[\s_-]+)?"
    r"(?:system|platform|module|software|app|portal|tool)(?![a-z])", re.IGNORECASE)


def is_blank(stem: str) -> bool:
    """Whether a file's name says that it is a form which is still to be filled in."""
    return _BLANK.search(stem) is not None


def word_of(paper: Paper, line: str) -> str:
    """The first of its words by which a name, or a line of a heading, tells this paper; "" when it does not. The
    requirements of a contract management system are no contract."""
    if first_word(line, paper.without):
        return ""
    for word in paper.words:
        for found in _pattern(word).finditer(line):
            product = _PRODUCT.match(line, found.end())
            if not (product and _ends_or_tells(line[product.end():])):
                return found[0]
    return ""


def _ends_or_tells(rest: str) -> bool:
    """Whether nothing more is said behind the name of some software, or that is what a paper of it is."""
    return not re.search(r"[^\W\d_]", rest) or any(first_word(rest, paper.words) for paper in papers().values())


def first_word(text: str, words: tuple[str, ...]) -> str:
    """The first of the words that stands in `text`, as it stands there; "" when none does."""
    for word in words:
        found = _pattern(word).search(text)
        if found:
            return found[0]
    return ""


@functools.lru_cache(maxsize=1024)
def _pattern(word: str) -> re.Pattern[str]:
    """A word: a Latin one whole, in any case, with any separators between its parts; others wherever they stand."""
    if not word.isascii():
        return re.compile(re.escape(word), re.IGNORECASE)
    spaced = r"[\s_.-]*".join(re.escape(part) for part in re.split(r"[\s_-]+", word))
    return re.compile(rf"(?<![A-Za-z]){spaced}(?![A-Za-z])", re.IGNORECASE)
