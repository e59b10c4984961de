"""The contents page: the document's real headings with their page numbers, as the field's result."""

from __future__ import annotations

from collections.abc import Callable


def with_contents(docx: bytes, convert: Callable[[bytes], bytes] | None) -> bytes:
    """`docx` with its table of contents filled; unchanged when it has none.

    `convert` makes a PDF of a Word file (`pdf_of`), for the page numbers; without it, Word is told to update
    the field when the document is opened.
    """
    raise NotImplementedError
