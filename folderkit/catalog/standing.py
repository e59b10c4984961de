"""Whether a word stands in a text: what the index of tokens leaves open, the text itself says."""

from __future__ import annotations

import json
import sqlite3
from typing import Literal

from folderkit.catalog.passages import chunks_of
from folderkit.catalog.sought import Sought

_EFFORT = 1_000_000  # bytes of packed texts, for a word that may stand in none of them
_IN = "IN (SELECT value FROM json_each(?))"


class Standing:
    """The texts of a table (`content`, or `past`), asked for words by the rows of their texts."""

    def __init__(self, database: sqlite3.Connection, table: Literal["content", "past"] = "content") -> None:
        self._database = database
        self._table = table
        self._known: dict[tuple[int, Sought], bool] = {}
        self.looked = 0  # through so many bytes of packed texts

    def that_match(self, expression: str, among: str | None = None) -> set[int]:
        """The texts that an FTS5 expression finds, `among` a JSON list of rows where one is given."""
        index = f"{self._table}_fts"
        condition, values = (f" AND +rowid {_IN}", (among,)) if among is not None else ("", ())
        (rows,) = self._database.execute(  # as one value: that takes half the time of so many rows
            f"SELECT json_group_array(rowid) FROM {index} WHERE {index} MATCH ?{condition}",  # noqa: S608
            (expression, *values)).fetchone()
        return set(json.loads(rows))

    def with_tokens(self, word: Sought, among: str | None = None) -> set[int]:
        """The texts with all tokens of a word, of those `among` which is asked. Where the word `is_token`, these are
        the texts in which it stands; else there are others among them."""
        return self.that_match(word.tokens(), among)

    def with_word(self, word: Sought) -> set[int]:
        """The texts in which a word stands. All texts with its tokens may have to be looked through."""
        found = self.with_tokens(word)
        return found if word.is_token else {row for row in found if self.holds(row, word)}

    def about(self, word: Sought) -> int:
        """In about how many texts a word stands; 0 when it stands in none of the first that have its tokens."""
        found = self.with_tokens(word)
        most = self.looked + _EFFORT
        for row in sorted(found):
            if self.holds(row, word):
                return len(found)
            if self.looked > most:
                break
        return 0

    def holds(self, row: int, word: Sought) -> bool:
        """Whether a word stands in a text that has its tokens."""
        if word.is_token:
            return True
        if (known := self._known.get((row, word))) is None:
            known = self._known[row, word] = self._looks(row, word)
        return known

    def _looks(self, row: int, word: Sought) -> bool:
        title, packed = self._database.execute(
            f"SELECT title, passages FROM {self._table} WHERE row = ?", (row,)).fetchone()  # noqa: S608
        self.looked += len(packed)
        return any(word.stands_in(chunk.text) for chunk in chunks_of(packed)) or (
            self._table == "past" and word.stands_in(title))
