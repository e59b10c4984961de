"""Workbook templates for tests: drawn by xlsxwriter, filled, and read back."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from lxml import etree

from folderkit.core.language import NO_TEXT, Language, same
from folderkit.core.settings import Firm
from folderkit.core.workbook.book import Book
from folderkit.core.workbook.cells import Cells, forget_value
from folderkit.documents.template import Template
from folderkit.documents.workbook.render import render_workbook

# elements that each stand for one feature: shapes, connectors, pictures, frames of charts, rules, validations …
FEATURES = frozenset((
    "sp", "cxnSp", "pic", "graphicFrame", "chart", "cfRule", "dataValidation", "sparkline", "control", "hyperlink",
    "mergeCell", "comment", "threadedComment", "table", "tableColumn", "definedName", "pivotField", "brk", "autoFilter",
    "slicer", "oddHeader", "oddFooter", "xf", "c", "f", "oleObject", "legacyDrawingHF", "drawing", "picture", "ext"))
Draw = Callable[[xlsxwriter.Workbook, Any], object]


def drawn(path: Path, draw: Draw, sheet: str = "Budget") -> Path:
    """A workbook at `path` on whose first sheet `draw` draws."""
    workbook = xlsxwriter.Workbook(str(path))
    workbook.set_properties({"created": dt.datetime(2026, 3, 18)})  # or two made in a row may differ
    draw(workbook, workbook.add_worksheet(sheet))
    workbook.close()
    return path


def template_at(path: Path) -> Template:
    return Template(path.stem, 1, same(path.stem), NO_TEXT, "excel", {"en": path, "zh": path}, "", f"{path.stem}.xlsx")


def fill(path: Path, context: Mapping[str, Any], language: Language = "en", **more: Any) -> bytes:
    return render_workbook(template_at(path), language, context, Firm(), **more)


def sheet_of(data: bytes, name: str = "Budget") -> Any:
    """A sheet of a filled workbook, as openpyxl reads it: formulas and values."""
    return openpyxl.load_workbook(io.BytesIO(data))[name]


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def xml_of(data: bytes, part: str) -> str:
    return parts_of(data)[part].decode()


def features(data: bytes) -> Counter[str]:
    """How many of each kind of feature there are, and of each kind of part."""
    found: Counter[str] = Counter()
    for name, part in parts_of(data).items():
        if name.endswith(("/", "calcChain.xml")):  # no part, and the one that is dropped on purpose
            continue
        found[f"part {re.sub(r'[0-9]+', '', name)}"] += 1
        if name.endswith((".xml", ".rels")) and name != "[Content_Types].xml":
            for element in etree.fromstring(part).iter():
                tag = str(element.tag).rpartition("}")[2]
                if tag in FEATURES:
                    found[tag] += 1
    return found


def picture() -> io.BytesIO:
    """A white PNG of one point."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
                      + chunk(b"IDAT", zlib.compress(b"\0\xff")) + chunk(b"IEND", b""))


def without_values(data: bytes) -> bytes:
    """The workbook without what its formulas gave, so that LibreOffice computes them in it too."""
    book = Book(data)
    for part in book.sheets().values():
        for _, _, cell, _ in list(Cells(book.tree(part)).formulas()):
            forget_value(cell)
            book.touch(part)
    return book.saved()
