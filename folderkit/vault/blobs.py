"""Blobs: contents named by their BLAKE3, appended to packs, found through an index that is only a cache."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard
from blake3 import blake3

from folderkit.core import safefiles
from folderkit.core.errors import Failed, os_failure
from folderkit.core.language import Text
from folderkit.vault import packs

PIECE_BYTES = 4 << 20  # contents are cut into pieces of this size
PACK_BYTES = 16 << 20  # a pack longer than this is not appended to
_WORTH_IT = 0.95  # compressed data is kept only when it is this much smaller
_SAMPLE = 64 << 10
FORMAT_TEXT = '{"format": 1, "hash": "blake3", "packs": "FKPACK1"}\n'


class Damaged(Failed):
    """What the vault gives back is not what was put in."""


def _damaged(content: str, why: str) -> Damaged:
    return Damaged(
        Text(f"The vault's copy of content {content[:12]} is damaged: {why}.",
             f"版本库中的内容 {content[:12]} 已损坏：{why}。"),
        Text("Fetch the vault's folder from your backup.", "请从备份中取回版本库。"))


class Blobs:
    """The packs of one vault. One writer at a time (the caller holds the lock); any number of readers.

    `folder` is the vault, `index` a SQLite file that can be deleted at any time while nothing is open.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self.folder = folder
        self._packs = folder / "packs"
        safefiles.make_folders(self._packs)
        if not (folder / "format.json").exists():
            safefiles.replace_whole(folder / "format.json", [FORMAT_TEXT.encode()])
        fresh = not index.exists()
        self._index = _open_index(index)
        self._pack: BinaryIO | None = None
        self._pack_name = ""
        self._readers: dict[str, BinaryIO] = {}
        if fresh:
            self.salvage()

    def close(self) -> None:
        if self._pack is not None:
            self._pack.close()
            self._pack = None
        for stream in self._readers.values():
            stream.close()
        self._readers.clear()
        self._index.close()

    # -- reading -----------------------------------------------------------------------------------
    def has(self, content: str) -> bool:
        return self._find(bytes.fromhex(content)) is not None

    def read(self, content: str) -> Iterator[bytes]:
        """The pieces of a content, in order. Raises `Damaged` when it is absent or not what it was."""
        whole = blake3()
        for piece in self._pieces(bytes.fromhex(content)):
            whole.update(piece)
            yield piece
        if whole.hexdigest() != content:
            raise _damaged(content, "its hash differs")

    def _pieces(self, digest: bytes) -> Iterator[bytes]:
        kind, data = self._record(digest)
        if kind == packs.DATA:
            yield data
            return
        for start in range(0, len(data), 32):
            yield self._record(data[start : start + 32])[1]

    def _record(self, digest: bytes) -> tuple[int, bytes]:
        row = self._find(digest)
        if row is None:
            raise _damaged(digest.hex(), "it is not there")
        pack, offset, kind, codec, raw, stored = row
        try:
            stream = self._reader(pack)
            stream.seek(offset)
            data = stream.read(stored)
        except OSError as error:
            raise os_failure(Text("read the vault's", "读取版本库的"), error, self._packs / pack) from None
        if codec == packs.ZSTD:
            try:
                data = zstandard.ZstdDecompressor().decompress(data, max_output_size=raw)
            except zstandard.ZstdError as error:
                raise _damaged(digest.hex(), str(error)) from None
        if len(data) != raw:
            raise _damaged(digest.hex(), "a part is missing")
        return kind, data

    def _reader(self, pack: str) -> BinaryIO:
        if pack not in self._readers:
            if len(self._readers) >= 32:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[pack] = (self._packs / pack).open("rb")
        return self._readers[pack]

    def _find(self, digest: bytes) -> tuple[str, int, int, int, int, int] | None:
        row: tuple[str, int, int, int, int, int] | None = self._index.execute(
            "SELECT pack, offset, kind, codec, raw, stored FROM record WHERE hash = ?", (digest,)).fetchone()
        return row

    # -- writing -----------------------------------------------------------------------------------
    def put(self, stream: BinaryIO) -> tuple[str, int]:
        """Keep what `stream` holds; returns its BLAKE3 (hex) and length. Durable only after `flush`."""
        whole, size, first = blake3(), 0, b""
        digests: list[bytes] = []
        while piece := stream.read(PIECE_BYTES):
            whole.update(piece)
            size += len(piece)
            if not digests:
                first = piece
                digests.append(whole.digest())
            else:
                digests.append(self._put_record(packs.DATA, blake3(piece).digest(), piece))
            if len(digests) == 2:
                self._put_record(packs.DATA, digests[0], first)
                first = b""
        if len(digests) < 2:  # a content of one piece needs no list
            self._put_record(packs.DATA, whole.digest(), first)
        else:
            self._put_record(packs.CHUNKS, whole.digest(), b"".join(digests))
        return whole.hexdigest(), size

    def put_bytes(self, data: bytes) -> tuple[str, int]:
        return self.put(io.BytesIO(data))

    def _put_record(self, kind: int, digest: bytes, data: bytes) -> bytes:
        if self._find(digest) is None:
            codec, stored = _compress(data)
            pack, offset = self._append(packs.Head(kind, codec, len(data), len(stored), digest), stored)
            self._index.execute(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
                (digest, pack, offset, kind, codec, len(data), len(stored)))
        return digest

    def _append(self, head: packs.Head, payload: bytes) -> tuple[str, int]:
        stream = self._open_pack()
        offset = stream.seek(0, 2)
        stream.write(head.pack())
        stream.write(payload)
        return self._pack_name, offset + packs.HEAD_BYTES

    def _open_pack(self) -> BinaryIO:
        if self._pack is not None and self._pack.tell() < PACK_BYTES:
            return self._pack
        if self._pack is not None:
            self._sync_pack()
            self._index.execute("UPDATE pack SET writable = 0 WHERE name = ?", (self._pack_name,))
            self._pack.close()
            self._pack = None
        row = self._index.execute(
            "SELECT name FROM pack WHERE length < ? AND writable ORDER BY name DESC LIMIT 1", (PACK_BYTES,)).fetchone()
        if row is None:
            self._new_pack()
        else:
            self._pack_name = row[0]
            self._pack = (self._packs / self._pack_name).open("r+b")
            self._pack.seek(0, 2)
        assert self._pack is not None  # noqa: S101  for the type checker
        return self._pack

    def _new_pack(self) -> None:
        shelf, name = secrets.token_hex(1), secrets.token_hex(8)
        self._pack_name = f"{shelf}/{name}.pack"
        safefiles.make_folders(self._packs / shelf)
        self._pack = (self._packs / self._pack_name).open("x+b")
        self._pack.write(packs.MAGIC)
        safefiles.sync_folder(self._packs / shelf)
        self._index.execute("INSERT INTO pack VALUES (?, ?, 1)", (self._pack_name, len(packs.MAGIC)))

    def _sync_pack(self) -> None:
        assert self._pack is not None  # noqa: S101  for the type checker
        self._pack.flush()
        os.fsync(self._pack.fileno())
        self._index.execute("UPDATE pack SET length = ? WHERE name = ?", (self._pack.tell(), self._pack_name))

    def begin(self) -> None:
        """Start a batch: the pack in use is looked at again, since another process may have written to it
        or died in the middle of doing so."""
        if self._pack is not None:
            self._pack.close()
            self._pack = None
        for name, length in self._index.execute("SELECT name, length FROM pack WHERE writable").fetchall():
            path = self._packs / name
            if not path.exists() or path.stat().st_size != length:
                self.salvage()
                return

    def flush(self) -> None:
        """Make all that was put durable. After an error nothing of this batch counts as kept."""
        if self._pack is not None:
            self._sync_pack()
        self._index.commit()

    def rollback(self) -> None:
        """Forget what was put since the last `flush`; the pack that failed is not written to again."""
        self._index.rollback()
        if self._pack is not None:
            failed, self._pack = self._pack, None
            with contextlib.suppress(OSError):  # its buffer may not be writable either: the disk is still full
                failed.close()
            self._index.execute("UPDATE pack SET writable = 0 WHERE name = ?", (self._pack_name,))
            self._index.commit()

    def salvage(self) -> None:
        """Bring the index in step with the packs on disk: take up whole records that it does not know,
        cut off what a crash left torn. The caller holds the writer's lock."""
        known = dict(self._index.execute("SELECT name, length FROM pack").fetchall())
        found = {path.relative_to(self._packs).as_posix(): path for path in sorted(self._packs.glob("??/*.pack"))}
        for gone in set(known) - set(found):
            self._index.execute("DELETE FROM record WHERE pack = ?", (gone,))
            self._index.execute("DELETE FROM pack WHERE name = ?", (gone,))
        for name, path in found.items():
            if known.get(name) != path.stat().st_size:
                self._take_up(path, name, known.get(name, len(packs.MAGIC)))
        self._index.commit()

    def _take_up(self, path: Path, name: str, start: int) -> None:
        size = path.stat().st_size
        if size < start:  # a part of the pack was lost: trust nothing that the index says of it
            self._index.execute("DELETE FROM record WHERE pack = ?", (name,))
            start = len(packs.MAGIC)
        end = start
        with path.open("r+b") as stream:
            if stream.read(len(packs.MAGIC)) == packs.MAGIC:
                for offset, head in packs.walk(stream, start):
                    if self._whole(stream, offset, head):
                        self._index.execute(
                            "INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
                            (head.hash, name, offset, head.kind, head.codec, head.raw, head.stored))
                    end = offset + head.stored
        # What lies behind `end` was never flushed, so nothing refers to it; a new pack is used from now on.
        self._index.execute("INSERT OR REPLACE INTO pack VALUES (?, ?, 0)", (name, size))
        if end == size:
            self._index.execute("UPDATE pack SET writable = 1 WHERE name = ?", (name,))

    def _whole(self, stream: BinaryIO, offset: int, head: packs.Head) -> bool:
        stream.seek(offset)
        data = stream.read(head.stored)
        if head.codec == packs.ZSTD:
            try:
                data = zstandard.ZstdDecompressor().decompress(data, max_output_size=head.raw)
            except zstandard.ZstdError:
                return False
        return len(data) == head.raw and (head.kind == packs.CHUNKS or blake3(data).digest() == head.hash)


def _compress(data: bytes) -> tuple[int, bytes]:
    """The codec and the bytes to store; a sample decides first whether compressing pays."""
    if len(data) > _SAMPLE:
        sample = data[:_SAMPLE]
        if len(zstandard.ZstdCompressor(level=1).compress(sample)) > _WORTH_IT * len(sample):
            return packs.RAW, data
    smaller = zstandard.ZstdCompressor(level=3).compress(data)
    return (packs.ZSTD, smaller) if len(smaller) < _WORTH_IT * len(data) else (packs.RAW, data)


def _open_index(path: Path) -> sqlite3.Connection:
    safefiles.make_folders(path.parent)
    index = sqlite3.connect(path, timeout=60, check_same_thread=False)
    try:
        index.executescript(_INDEX)
    except sqlite3.DatabaseError as error:
        index.close()
        if isinstance(error, sqlite3.OperationalError):
            raise Failed(Text(f"Could not open '{path}': {error}.", f"无法打开“{path}”：{error}。")) from None
        path.unlink()  # not a database any more; the packs say all that it said
        return _open_index(path)
    return index


_INDEX = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS pack(name TEXT PRIMARY KEY, length INTEGER, writable INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record(hash BLOB PRIMARY KEY, pack TEXT, offset INTEGER, kind INTEGER,
    codec INTEGER, raw INTEGER, stored INTEGER) WITHOUT ROWID;
"""
