"""PDF with pdfium: a passage per page."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from folderkit.extract.model import BROKEN, ENCRYPTED, Findings, UnreadableError

_HAN = "\u3001-\u301f\u3400-\u9fff\uf900-\ufaff\uff01-\uffef\U00020000-\U0003ffff"
_SPLIT_HAN = re.compile(f"(?<=[{_HAN}])[ \t]*\r?\n[ \t]*(?=[{_HAN}])")
_HYPHEN = re.compile("[\x02\ufffe\xad]\r?\n?")
"""What pdfium makes of a hyphen at the end of a line."""


def read(path: Path, findings: Findings) -> None:
    """Add the text of every page, in the order it is drawn."""
    document = open_pdf(path)
    try:
        findings.name(document.get_metadata_value("Title"))
        for index in range(len(document)):
            try:
                findings.add(f"p. {index + 1}", join_lines(page_text(document, index)))
            except pypdfium2.PdfiumError as error:
                findings.skipped = f"Page {index + 1} is damaged ({error})."
    finally:
        document.close()


def join_lines(text: str) -> str:
    """Undo what line breaks do to words: Chinese has no spaces, so that a break splits a word in two."""
    return _SPLIT_HAN.sub("", _HYPHEN.sub("", text))


def open_pdf(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise UnreadableError(ENCRYPTED, "The file needs a password.") from error
        raise UnreadableError(BROKEN, f"The PDF is damaged ({error}).") from error


def page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    page = document[index]
    try:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_range())
        finally:
            text_page.close()
    finally:
        page.close()
