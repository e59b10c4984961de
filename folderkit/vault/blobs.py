"""Blobs: contents named by their BLAKE3, appended to packs, found through an index that is only a cache."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

from folderkit.core import safefiles
from folderkit.core.database import remove_database
from folderkit.core.errors import Failed, Refused, os_failure
from folderkit.core.language import Text
from folderkit.vault import packs
from folderkit.vault.index import IndexDamagedError, open_index

PIECE_BYTES = 4 << 20  # contents are cut into pieces of this size
PACK_BYTES = 16 << 20  # a pack longer than this is not appended to
FORMAT = 1
FORMAT_FILE = "format.json"
_OPEN_PACKS = 32


class Damaged(Failed):
    """What the vault gives back is not what was put in."""


def _damaged(content: str, why: Text) -> Damaged:
    return Damaged(
        Text(f"The vault's copy of content {content[:12]} is damaged: {why.en}.",
             f"版本库中的内容 {content[:12]} 已损坏：{why.zh}。"),
        Text("Fetch the vault's folder from your backup.", "请从备份中取回版本库。"))


class Blobs:
    """The packs of one vault. One writer at a time (the caller holds the lock); any number of readers.

    `folder` is the vault, `index` a SQLite file that can be deleted at any time while nothing is open.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self.folder = folder
        self._packs = folder / "packs"
        safefiles.make_folders(self._packs)
        _check_format(folder / FORMAT_FILE)
        self._index = open_index(index)
        self._writer: packs.PackWriter | None = None
        self._name = ""  # of the pack that is written to
        self._before: dict[str, int] = {}  # packs that this batch wrote to → their length before it (0: new)
        self._readers: dict[str, BinaryIO] = {}
        self._looked = False  # whether index and packs have been compared since this was opened
        self._renewed = self._index.fresh  # whether the index has been made again since this was opened
        if self._index.fresh:
            self.salvage()

    def close(self) -> None:
        self._leave_pack()
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
            raise _damaged(content, Text("its hash differs", "哈希不符"))

    def _pieces(self, digest: bytes) -> Iterator[bytes]:
        kind, data = self._record(digest)
        if kind == packs.DATA:
            yield data
            return
        for start in range(0, len(data), 32):
            yield self._record(data[start : start + 32])[1]

    def _record(self, digest: bytes) -> tuple[int, bytes]:
        """(kind, raw data) of a record. When the index leads to nothing it is brought in step with the packs, and
        when that does not help, made again, once."""
        found = self._load(digest)
        if found is None:
            self.salvage()
            found = self._load(digest)
        if found is None and not self._renewed:
            self._renew_index()
            found = self._load(digest)
        if found is None:
            place = self._find(digest)
            raise _damaged(digest.hex(), Text(f"see '{self._packs / place[0]}' at byte {place[1]}",
                                              f"见“{self._packs / place[0]}”第 {place[1]} 字节") if place
                           else Text("it is not there", "找不到它"))
        return found

    def _load(self, digest: bytes) -> tuple[int, bytes] | None:
        place = self._find(digest)
        if place is None:
            return None
        if place[0] == self._name and self._writer is not None:
            self._writer.drain()
        try:
            found = packs.read_record(self._reader(place[0]), place[1])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise os_failure(Text("read the vault's", "读取版本库的"), error, self._packs / place[0]) from None
        if found is None or found[0].hash != digest or found[0].kind not in (packs.DATA, packs.CHUNKS):
            return None
        data = packs.decode(*found)
        return None if data is None else (found[0].kind, data)

    def _reader(self, pack: str) -> BinaryIO:
        if pack not in self._readers:
            if len(self._readers) >= _OPEN_PACKS:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[pack] = (self._packs / pack).open("rb")
        return self._readers[pack]

    def _find(self, digest: bytes) -> tuple[str, int] | None:
        try:
            return self._index.find(digest)
        except IndexDamagedError:
            self._renew_index()
            return self._index.find(digest)

    # -- writing -----------------------------------------------------------------------------------
    def begin(self) -> None:
        """Start a batch: index and packs are compared, since another process may have written to them, died
        in the middle of that, or thrown the index away."""
        self._leave_pack()
        self._before.clear()
        if self._index.replaced():
            self._reopen_index()
        try:
            known = self._index.packs()
        except IndexDamagedError:
            self._renew_index()
            return
        names = set(self._on_disk()) if not self._looked else {name for name, (_, open_) in known.items() if open_}
        if not names <= set(known) or any(_size(self._packs / name) != known[name][0] for name in names) or (
                not self._looked and set(known) - names):
            self.salvage()
        self._looked = True

    def put(self, stream: BinaryIO) -> tuple[str, int]:
        """Keep what `stream` holds; returns its BLAKE3 (hex) and length. Durable only after `flush`.

        Memory is bounded by a few pieces, whatever the length."""
        whole, size, first = blake3(), 0, b""
        digests: list[bytes] = []
        while piece := stream.read(PIECE_BYTES):
            whole.update(piece)
            size += len(piece)
            if not digests:
                first = piece
                digests.append(whole.digest())
                continue
            if len(digests) == 1:  # there is a second piece, so the first is not the whole content
                self._put_record(packs.DATA, digests[0], first)
                first = b""
            digests.append(self._put_record(packs.DATA, blake3(piece).digest(), piece))
        if len(digests) < 2:  # a content of one piece needs no list
            self._put_record(packs.DATA, whole.digest(), first)
        else:
            self._put_record(packs.CHUNKS, whole.digest(), b"".join(digests))
        return whole.hexdigest(), size

    def put_bytes(self, data: bytes) -> tuple[str, int]:
        return self.put(io.BytesIO(data))

    def _put_record(self, kind: int, digest: bytes, data: bytes) -> bytes:
        if self._find(digest) is None:
            head, payload = packs.encode(kind, digest, data)
            offset = self._open_pack().append(head, payload)
            self._index.add(digest, self._name, offset)
        return digest

    def _open_pack(self) -> packs.PackWriter:
        if self._writer is not None:
            if self._writer.length < PACK_BYTES:
                return self._writer
            self._sync_pack()  # full: it is never written to again
            self._leave_pack()
        free = sorted(name for name, (length, writable) in self._index.packs().items()
                      if writable and length < PACK_BYTES)
        if free:
            self._name = free[-1]
            self._writer = packs.PackWriter(self._packs / self._name, new=False)
            self._before.setdefault(self._name, self._writer.length)
        else:
            self._writer = self._new_pack()
        return self._writer

    def _new_pack(self) -> packs.PackWriter:
        shelf, name = os.urandom(1).hex(), os.urandom(8).hex()
        self._name = f"{shelf}/{name}.pack"
        safefiles.make_folders(self._packs / shelf)
        self._before[self._name] = 0
        writer = packs.PackWriter(self._packs / self._name, new=True)
        try:
            safefiles.sync_folder(self._packs / shelf)
        except BaseException:
            writer.close()
            raise
        return writer

    def _sync_pack(self) -> None:
        assert self._writer is not None  # noqa: S101  for the type checker
        self._writer.sync()
        self._index.set_pack(self._name, self._writer.length, writable=self._writer.length < PACK_BYTES)

    def _leave_pack(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def flush(self) -> None:
        """Make all that was put durable. After an error nothing since the last `flush` counts as kept."""
        if self._writer is not None and self._writer.length != self._before.get(self._name):
            self._sync_pack()
        self._index.commit()
        self._before = {self._name: self._writer.length} if self._writer is not None else {}

    def rollback(self) -> None:
        """Forget what was put since the last `flush` and give its room back, without raising. The packs that it
        was written to are not written to again: after a failed write or sync nobody knows what the disk holds."""
        self._leave_pack()
        touched, self._before = self._before, {}
        with contextlib.suppress(sqlite3.Error):
            self._index.rollback()
        for name, length in touched.items():
            if length == _size(self._packs / name):
                continue  # nothing had been handed to the system
            reader = self._readers.pop(name, None)
            if reader is not None:
                reader.close()
            with contextlib.suppress(OSError, sqlite3.Error, IndexDamagedError):
                if length:
                    _cut(self._packs / name, length)
                    self._index.forget(name, length)
                    self._index.set_pack(name, length, writable=False)
                else:
                    (self._packs / name).unlink(missing_ok=True)
                    self._index.forget(name)
                self._index.commit()
        self._looked = False  # what could not be done here is seen by the next `begin`

    # -- the index ---------------------------------------------------------------------------------
    def _renew_index(self) -> None:
        """Throw the index away and make it again; what this batch has put stays known."""
        self._renewed = True
        self._index.close()
        remove_database(self._index.path)
        self._reopen_index()

    def _reopen_index(self) -> None:
        self._index.close()
        self._index = open_index(self._index.path)
        if self._index.fresh:
            self.salvage()
        self._looked = True

    def salvage(self) -> None:
        """Bring the index in step with the packs on disk: take up whole records that it does not know, forget
        what is gone. The caller holds the writer's lock."""
        if self._writer is not None:
            self._writer.drain()
        try:
            known, found = self._index.packs(), self._on_disk()
        except IndexDamagedError:
            self._renew_index()
            return
        for gone in set(known) - set(found):
            self._index.forget(gone)
        for name, path in found.items():
            length = known[name][0] if name in known else None
            if length != _size(path):
                self._take_up(path, name, length or len(packs.MAGIC))
        self._index.commit()
        self._looked = True

    def _on_disk(self) -> dict[str, Path]:
        return {path.relative_to(self._packs).as_posix(): path for path in sorted(self._packs.glob("??/*.pack"))}

    def _take_up(self, path: Path, name: str, start: int) -> None:
        size = _size(path)
        if size < start:  # a part of the pack was lost: trust nothing that the index says of it
            self._index.forget(name)
            start = len(packs.MAGIC)
        end = start
        with path.open("rb") as stream:
            sound = stream.read(len(packs.MAGIC)) == packs.MAGIC
            for offset, head, payload in packs.walk(stream, start):
                sound = sound and offset == end
                end = offset + packs.HEAD_BYTES + len(payload)
                if self._index.find(head.hash) is None:
                    self._index.add(head.hash, name, offset)
        # A pack with anything in it that is no record (a write that was cut short) is not written to again.
        # What a killed process wrote whole may not be durable yet: it counts from now on, so it is made so.
        sound = sound and end == size
        with contextlib.suppress(PermissionError), path.open("r+b") as stream:
            safefiles.sync_file(stream.fileno())
        self._index.set_pack(name, size, writable=sound and size < PACK_BYTES)


def _check_format(path: Path) -> None:
    """Write the vault's format where there is none yet; refuse one that this program does not know."""
    try:
        found = json.loads(path.read_bytes())["format"]
    except FileNotFoundError:
        text = json.dumps({"format": FORMAT, "hash": "blake3", "packs": packs.MAGIC.decode().strip()}) + "\n"
        safefiles.replace_whole(path, [text.encode()])
        return
    except (ValueError, KeyError, TypeError):
        raise Failed(Text(f"'{path}' is damaged.", f"“{path}”已损坏。"),
                     Text("Fetch it from your backup; it is the same in every vault.",
                          "请从备份中取回；各版本库的该文件相同。")) from None
    if found != FORMAT:
        raise Refused(Text(f"The vault '{path.parent}' was made by a newer folderkit (format {found}).",
                           f"版本库“{path.parent}”由更新版本的 folderkit 建立（格式 {found}）。"),
                      Text("Install a newer folderkit.", "请安装更新的 folderkit。"))


def _size(path: Path) -> int:
    """A file's length; -1 when it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _cut(path: Path, length: int) -> None:
    with path.open("r+b") as stream:
        stream.truncate(length)
