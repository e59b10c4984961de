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
    how its facts are found; `dates` are the labels of the date that counts."""

    id: str
    type: Text
    words: tuple[str, ...]
    without: tuple[str, ...]
    findings: dict[str, Finding]
    dates: tuple[str, ...]


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
                 findings, tuple(data["dates"]))


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
