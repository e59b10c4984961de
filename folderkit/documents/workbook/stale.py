"""Which sheets hold formulas that are to be computed anew: all that a filled cell may reach, at once or through
others."""

from __future__ import annotations

from collections.abc import Iterable

from folderkit.core.workbook.book import Book, child, children

_MADE_OF_TEXT = ("INDIRECT", "OFFSET")  # what these look at is known to nobody


def stale_sheets(book: Book, filled: Iterable[str]) -> set[str]:
    """The names of the sheets whose formulas may look at cells of `filled` sheets. Those themselves are among them."""
    sheets = book.sheets()
    names = [(name.get("name", ""), name.text or "") for name in children(child(book.root, "definedNames"),
                                                                          "definedName")]
    stale: set[str] = set(filled)
    found = bool(stale)
    while found:
        words = [*stale, *_MADE_OF_TEXT, *(table for sheet in stale for table in _tables(book, sheets[sheet]))]
        words += [name for name, text in names if any(word in text for word in words)]
        new = {sheet for sheet, part in sheets.items() if sheet not in stale and book.may_speak_of(part, words)}
        stale |= new
        found = bool(new)
    return stale


def _tables(book: Book, part: str) -> Iterable[str]:
    for link in book.relations(part):
        if link.kind == "table" and link.target in book.names:
            root = book.tree(link.target)
            yield root.get("displayName") or root.get("name") or ""
