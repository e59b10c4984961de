"""PDF with pdfium: a passage per page, and what was noted on it or filled into its fields."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from folderkit.extract.model import BROKEN, ENCRYPTED, OCR, Findings, UnreadableError
from folderkit.extract.properties import pdf_moment
from folderkit.extract.source import InMemory, Source

_HAN = "\u3001-\u301f\u3400-\u9fff\uf900-\ufaff\uff01-\uffef\U00020000-\U0003ffff"
_SPLIT_HAN = re.compile(f"(?<=[{_HAN}])[ \t]*\r?\n[ \t]*(?=[{_HAN}])")
_HYPHEN = re.compile("[\x02\ufffe\xad]\r?\n?")
"""What pdfium makes of a hyphen at the end of a line."""
_MOST_ANNOTATIONS, _MOST_ATTACHMENTS = 10_000, 1000
_MOST_STRING = 4 << 20
_DOTS_PER_INCH = 200
_MOST_SIDE = 5000
"""Pixels of a page that is looked at for letters."""


def read(path: Source, findings: Findings) -> None:
    """Add the text of every page, in the order it is drawn."""
    document = open_pdf(path)
    try:
        _tell_properties(document, findings)
        has_form = pdfium.FPDF_GetFormType(document.raw) not in (pdfium.FORMTYPE_NONE, -1)
        for index in range(len(document)):
            try:
                with _page(document, index) as page:
                    text = join_lines(_text(page))
                    findings.add(f"p. {index + 1}", text)
                    if not text.strip() and _has_picture(page):
                        _recognise(page, f"p. {index + 1} (OCR)", findings)
                    _add_annotations(page, f"p. {index + 1}", findings, has_form=has_form)
            except pypdfium2.PdfiumError as error:
                findings.skipped = f"Page {index + 1} is damaged ({error})."
        for number in range(min(document.count_attachments(), _MOST_ATTACHMENTS)):
            findings.add("attachment", document.get_attachment(number).get_name())
    finally:
        document.close()


def join_lines(text: str) -> str:
    """Undo what line breaks do to words: Chinese has no spaces, so that a break splits a word in two."""
    return _SPLIT_HAN.sub("", _HYPHEN.sub("", text))


def open_pdf(path: Source) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path.data if isinstance(path, InMemory) else path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise UnreadableError(ENCRYPTED, "The file needs a password.") from error
        raise UnreadableError(BROKEN, f"The PDF is damaged ({error}).") from error


def page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    """The text of a page, counted from 0, with the lines as they are drawn."""
    with _page(document, index) as page:
        return _text(page)


@contextmanager
def _page(document: pypdfium2.PdfDocument, index: int) -> Iterator[pypdfium2.PdfPage]:
    with closing(document[index]) as page:
        yield page


def _text(page: pypdfium2.PdfPage) -> str:
    with closing(page.get_textpage()) as text_page:
        return str(text_page.get_text_range())


def _has_picture(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3))


def _recognise(page: pypdfium2.PdfPage, place: str, findings: Findings) -> None:
    """The letters of a scanned page, where they are wanted."""
    if findings.recognise is None:
        findings.lacks = OCR
        return
    largest = max(page.get_size()) or 1
    image = page.render(scale=min(_DOTS_PER_INCH / 72, _MOST_SIDE / largest), grayscale=True)
    findings.add(place, findings.recognise(image.to_pil()))


def _tell_properties(document: pypdfium2.PdfDocument, findings: Findings) -> None:
    findings.name(document.get_metadata_value("Title"))
    for key, name in (("Author", "author"), ("Keywords", "keywords"), ("Subject", "description")):
        findings.tell(name, document.get_metadata_value(key))
    findings.tell("created", pdf_moment(document.get_metadata_value("CreationDate")))
    findings.tell("saved", pdf_moment(document.get_metadata_value("ModDate")))
    findings.tell("pages", len(document))


def _add_annotations(page: pypdfium2.PdfPage, place: str, findings: Findings, *, has_form: bool) -> None:
    """Notes that people left on a page, and what they filled into its fields: no part of its text."""
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            findings.add(f"{place} field", _string(annotation, b"V") if has_form else "")
        elif kind not in (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP):
            findings.add(f"{place} comment", _string(annotation, b"Contents"))
        pdfium.FPDFPage_CloseAnnot(annotation)


def _string(annotation: object, key: bytes) -> str:
    """A text of an annotation; "" where it has none."""
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= _MOST_STRING:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")
