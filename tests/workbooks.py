"""Workbook templates for tests: drawn by xlsxwriter, filled, and read back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from folderkit.core.language import NO_TEXT, Language, same
from folderkit.core.settings import Firm
from folderkit.documents.template import Template
from folderkit.documents.workbook.render import render_workbook

Draw = Callable[[xlsxwriter.Workbook, Any], object]


def drawn(path: Path, draw: Draw, sheet: str = "Budget") -> Path:
    """A workbook at `path` on whose first sheet `draw` draws."""
    workbook = xlsxwriter.Workbook(str(path))
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
