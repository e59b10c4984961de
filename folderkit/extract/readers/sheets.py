"""Workbooks (.xlsx) cell by cell, for those that calamine cannot read: it makes room for all between two cells.

Source: ECMA-376 part 1, 18.3.1.4 (cells), 18.4 (shared strings), 18.8.30 (formats of numbers).
"""

from __future__ import annotations

import datetime as dt

from folderkit.core.workbook.styles import is_date_code, is_date_number
from folderkit.extract.beside_cells import SheetNames, read_beside, sheet_parts
from folderkit.extract.markup import Handler
from folderkit.extract.model import BROKEN, MAX_PASSAGES, Findings, UnreadableError
from folderkit.extract.package import open_package
from folderkit.extract.properties import read_properties, sheets_in_one
from folderkit.extract.readers.workbook import as_text
from folderkit.extract.source import Source

_LONGEST = 1_000_000
"""Characters of one cell's value."""
_LAST_DAY = 2_958_465  # the last of the year 9999


def read(path: Source, findings: Findings) -> None:
    """Add the rows of all sheets, and what stands beside them."""
    with open_package(path) as package:
        read_properties(package, findings)
        names = SheetNames()
        parts = sheet_parts(package, names)
        if not parts:
            raise UnreadableError(BROKEN, "The workbook has no sheet that can be read.")
        findings.tell("sheets", sheets_in_one(name for name, _ in parts))
        strings, styles = _Strings(), _Styles()
        for relation in package.relations(package.main_part("xl/workbook.xml")):
            if relation.target in package and relation.type in ("sharedStrings", "styles"):
                package.walk_aside(relation.target, strings if relation.type == "sharedStrings" else styles, findings)
        epoch = dt.datetime(1904, 1, 1) if names.uses_1904 else dt.datetime(1899, 12, 30)
        for name, part in parts:
            package.walk_aside(part, _Rows(findings, name, strings.found, styles.dates, epoch), findings)
        read_beside(package, findings)


class _Strings(Handler):
    """The texts that cells name by their number."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._text: list[str] | None = None
        self._reading = self._phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self._text = []
        elif tag == "rPh":
            self._phonetic = True
        self._reading = tag == "t" and not self._phonetic

    def end(self, tag: str) -> None:
        self._reading = False
        if tag == "rPh":
            self._phonetic = False
        elif tag == "si" and self._text is not None and len(self.found) < MAX_PASSAGES * 4:
            self.found.append("".join(self._text))

    def data(self, text: str) -> None:
        if self._reading and self._text is not None:
            self._text.append(text)


class _Styles(Handler):
    """Which styles, by their number, show a number as a date."""

    def __init__(self) -> None:
        self.dates: list[bool] = []
        self._codes: dict[str, str] = {}
        self._in_formats = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._in_formats = True
        elif tag == "xf" and self._in_formats:
            number = attributes.get("numFmtId", "0")
            code = self._codes.get(number)
            self.dates.append(is_date_number(number) if code is None else is_date_code(code))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self._in_formats = False


class _Rows(Handler):
    """The rows of one sheet, a passage for each that holds something."""

    def __init__(self, findings: Findings, sheet: str, strings: list[str], dates: list[bool],
                 epoch: dt.datetime) -> None:
        self._findings = findings
        self._sheet = sheet
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._cells: list[str] = []
        self._first = self._place = self._kind = self._style = ""
        self._value: list[str] = []
        self._reading = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self._cells, self._first = [], ""
        elif tag == "c":
            self._place, self._kind = attributes.get("r", ""), attributes.get("t", "n")
            self._style, self._value = attributes.get("s", "0"), []
        self._reading = tag in ("v", "t")

    def end(self, tag: str) -> None:
        self._reading = False
        if tag == "c":
            text = as_text(self._shown("".join(self._value)[:_LONGEST]))
            if text:
                self._first = self._first or self._place
                self._cells.append(text)
        elif tag == "row" and self._cells:
            self._findings.add(f"{self._sheet}!{self._first}", "\t".join(self._cells))

    def data(self, text: str) -> None:
        if self._reading:
            self._value.append(text)

    def _shown(self, value: str) -> object:
        """The value of a cell as calamine gives it."""
        if self._kind == "s":
            return self._strings[int(value)] if value.isdecimal() and int(value) < len(self._strings) else ""
        if self._kind == "b":
            return value == "1"
        if self._kind == "e":
            return ""  # an error, which nobody looks for
        if self._kind != "n":
            return value
        try:
            number = float(value)
        except ValueError:
            return value
        style = int(self._style) if self._style.isdecimal() else 0
        if style < len(self._dates) and self._dates[style] and 0 <= number <= _LAST_DAY:
            moment = self._epoch + dt.timedelta(milliseconds=round(number * 86_400_000))
            return moment if number >= 1 else moment.time()
        return number
