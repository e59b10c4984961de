"""Putting texts into the indexes of words, and taking them out: by the same tokens, which FTS5 relies upon."""

from __future__ import annotations

import sqlite3
import zlib

from folderkit.catalog.passages import Passages
from folderkit.catalog.tokens import index_tokens, pinyin_tokens, text_tokens


def add_text(database: sqlite3.Connection, row: int, title: str, passages: Passages) -> None:
    """Index a text of `content` and its title."""
    if tokens := _tokens(passages):
        database.execute("INSERT INTO content_fts(rowid, text) VALUES (?, ?)", (row, tokens))
    if title:
        database.execute("INSERT INTO title_fts(rowid, title, pinyin) VALUES (?, ?, ?)",
                         (row, index_tokens(title), pinyin_tokens(title)))


def remove_text(database: sqlite3.Connection, row: int, title: str, passages: Passages) -> None:
    """Take a text of `content` and its title out of the indexes."""
    if tokens := _tokens(passages):
        database.execute("INSERT INTO content_fts(content_fts, rowid, text) VALUES ('delete', ?, ?)", (row, tokens))
    if title:
        database.execute("INSERT INTO title_fts(title_fts, rowid, title, pinyin) VALUES ('delete', ?, ?, ?)",
                         (row, index_tokens(title), pinyin_tokens(title)))


def add_past(database: sqlite3.Connection, row: int, title: str, passages: Passages) -> None:
    """Index a text of `past` with its title."""
    database.execute("INSERT INTO past_fts(rowid, text) VALUES (?, ?)", (row, _tokens([("", title), *passages])))


def remove_past(database: sqlite3.Connection, row: int, title: str, passages: Passages) -> None:
    """Take a text of `past` out of the index."""
    database.execute("INSERT INTO past_fts(past_fts, rowid, text) VALUES ('delete', ?, ?)",
                     (row, _tokens([("", title), *passages])))


def mark_of(content: str) -> int:
    """The `mark` of a content in `held`."""
    return zlib.crc32(content.encode())


def _tokens(passages: Passages) -> str:
    return text_tokens(text for _, text in passages)
