"""PDF from Word, by LibreOffice."""

from __future__ import annotations

from pathlib import Path


def soffice() -> Path | None:
    """LibreOffice's program, or None when it is not installed."""
    raise NotImplementedError


def to_pdf(docx: Path, out_dir: Path, timeout: float = 120) -> Path:
    """Convert `docx`; the PDF of the same stem in `out_dir`. `timeout` in seconds.

    Raises `Refused` when LibreOffice is not installed, `Failed` when it fails or takes too long.
    """
    raise NotImplementedError


def pdf_of(docx: bytes, timeout: float = 120) -> bytes:
    """The PDF of a Word file given as bytes; errors as `to_pdf`."""
    raise NotImplementedError
