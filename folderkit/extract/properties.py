"""What a document says of itself, for finding: who wrote it, when, for which company, how many pages.

Sources: ECMA-376 part 2, 11 (core properties), part 1, 22.2 (extended properties); OpenDocument 1.3 part 3, 4.3;
ISO 32000-1, 7.9.4 (dates of PDF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from folderkit.core.workbook import HIDDEN_SHEET
from folderkit.extract.markup import Handler
from folderkit.extract.model import MAX_TITLE, Findings
from folderkit.extract.package import Package

JOINT = " · "
"""What stands between the names of sheets or slides."""
_CORE = {"title": "title", "creator": "author", "lastModifiedBy": "saved by", "keywords": "keywords",
         "description": "description", "created": "created", "modified": "saved"}  # fmt: skip
_APP = {"Company": "company", "Manager": "manager", "Pages": "pages", "Slides": "slides"}
_META = {"title": "title", "initial-creator": "author", "creator": "saved by", "keyword": "keywords",
         "description": "description", "creation-date": "created", "date": "saved"}  # fmt: skip
_PARTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("docProps/core.xml", _CORE), ("docProps/app.xml", _APP), ("meta.xml", _META))
_LONGEST = MAX_TITLE * 4
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_PDF_MOMENT = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)(\d\d)?)?(?:(Z)|([+-]\d\d)'?(\d\d)?)?")


def read_properties(package: Package, findings: Findings) -> None:
    """Tell the properties of a zip of XML parts, and its title."""
    for part, names in _PARTS:
        if part in package:
            handler = _Properties(names)
            package.walk_aside(part, handler, findings)
            tell_all(handler.found.items(), findings)


def tell_all(found: Iterable[tuple[str, str]], findings: Findings) -> None:
    """Tell properties by their names in `PROPERTIES`; the one called "title" becomes the title."""
    for name, value in found:
        if name == "title":
            findings.name(value)
        elif name in ("created", "saved"):
            moment = _MOMENT.match(value.strip())
            findings.tell(name, moment[0] if moment else "")
        elif name not in ("pages", "slides") or value.strip() not in ("", "0"):
            findings.tell(name, value)


def sheets_in_one(names: Iterable[str]) -> str:
    """The names of a workbook's sheets as one property; the one that folderkit keeps its notes on, in registers, is
    nothing to read."""
    return names_in_one(name for name in names if name != HIDDEN_SHEET)


def names_in_one(names: Iterable[str]) -> str:
    """The names of sheets or slides as one property."""
    return JOINT.join(" ".join(name.split()) for name in names if name.strip())


def pdf_moment(text: str) -> str:
    """A date of PDF ("D:20260301093000+08'00'") as ISO 8601; "" where it is none."""
    found = _PDF_MOMENT.match(text.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, second, is_utc, hours, minutes = found.groups()
    date = "-".join(part for part in (year, month, month and day) if part)
    if not (day and hour):
        return date
    zone = "Z" if is_utc else f"{hours}:{minutes or '00'}" if hours else ""
    return f"{date}T{hour}:{minute}:{second or '00'}{zone}"


class _Properties(Handler):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._open = ""
        self.found: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open = self._names.get(tag, "")
        if tag == "keyword" and self.found.get("keywords"):
            self.found["keywords"] += ", "  # OpenDocument has an element for each
        if tag == "document-statistic":
            self.found["pages"] = attributes.get("meta:page-count", "")

    def end(self, tag: str) -> None:
        self._open = ""

    def data(self, text: str) -> None:
        if self._open:
            self.found[self._open] = (self.found.get(self._open, "") + text)[:_LONGEST]
