"""The packs of a vault and the index of their records, kept in step: reading records by their hash, appending new
ones in batches that count as a whole."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from folderkit.core import safefiles
from folderkit.core.database import remove_database
from folderkit.core.durability import sync_file, sync_folder
from folderkit.core.errors import Failed, os_failure
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.vault import packs
from folderkit.vault.index import IndexDamagedError, Place, open_index

PACK_BYTES = 16 << 20  # a pack longer than this is not appended to
REMOVED_FILE = "removed"  # holds a new mark each time packs have been removed, so that every index notices
_OPEN_PACKS = 32
_SYNCING = 3  # packs that become durable at a time
_SPAN_BYTES = 4 << 20  # records that lie together are read together, up to so much


class Damaged(Failed):
    """What the vault gives back is not what was put in."""


def damaged(digest: bytes, why: Text) -> Damaged:
    name = digest.hex()[:12]
    return Damaged(
        Text(f"The vault's copy of content {name} is damaged: {why.en}.", f"版本库中的内容 {name} 已损坏：{why.zh}。"),
        Text("Fetch the vault's folder from your backup.", "请从备份中取回版本库。"))


class PackSet:
    """One writer at a time (the caller holds the lock); any number of readers. `index` is a SQLite file that can be
    deleted at any time while nothing is open."""

    def __init__(self, vault: Path, index: Path) -> None:
        self.folder = vault / "packs"
        self._removed = vault / REMOVED_FILE
        make_folders(self.folder)
        self.index = open_index(index)
        self._writer: packs.PackWriter | None = None
        self._name = ""  # of the pack that is written to
        self._syncing: dict[str, packs.Syncing] = {}  # packs that become durable
        self._unsynced: set[Path] = set()  # folders that names have come into
        self._shelf = ""  # where this batch makes its packs
        self._rows: list[tuple[bytes, int, int]] = []  # of the index, for the records of that pack
        self._claimed: set[bytes] = set()  # hashes of the records that this batch has taken on
        self._before: dict[str, int] = {}  # packs that this batch wrote to → their length before it (0: new)
        self._readers: dict[str, BinaryIO] = {}
        self._looked = False  # whether index and packs have been compared since this was opened
        self._renewed = self.index.fresh  # whether the index has been made again since this was opened
        if self.index.fresh:
            self.salvage()

    def close(self) -> None:
        self._leave_pack()
        for stream in self._readers.values():
            stream.close()
        self._readers.clear()
        self.index.close()

    # -- reading -----------------------------------------------------------------------------------
    def find(self, hashes: Sequence[bytes]) -> dict[bytes, Place]:
        """Where those of the records lie that are known."""
        try:
            return self.index.find(hashes)
        except IndexDamagedError:
            self._renew_index()
            return self.index.find(hashes)

    def files(self) -> list[Path]:
        """The packs on disk."""
        return list(self._on_disk().values())

    def hashes_between(self, path: Path, start: int, end: int) -> set[bytes]:
        """The records that the index knows between two bytes of a pack."""
        return self.index.between(path.relative_to(self.folder).as_posix(), start, end)

    def kind_of(self, digest: bytes) -> int:
        """The kind of a record by its head alone; 0 when it is not where the index says."""
        place = self.find([digest]).get(digest)
        head = packs.parse_head(self._read(place.pack, place.offset, packs.HEAD_BYTES) or b"") if place else None
        return head.kind if head is not None and head.hash == digest else 0

    def load(self, digest: bytes) -> tuple[int, bytes]:
        """(kind, raw data) of a record, checked. When the index leads to nothing it is brought in step with the packs,
        and when that does not help, made again, once. Raises `Damaged`."""
        for mend in (None, self.salvage, self._renew_index):
            if mend == self._renew_index and self._renewed:
                continue
            if mend is not None:
                mend()
            found = self.peek(digest)
            if found is not None:
                return found
        place = self.find([digest]).get(digest)
        raise damaged(digest, Text(f"see '{self.folder / place.pack}' at byte {place.offset}",
                                   f"见“{self.folder / place.pack}”第 {place.offset} 字节") if place
                      else Text("it is not there", "找不到它"))

    def peek(self, digest: bytes) -> tuple[int, bytes] | None:
        """(kind, raw data) of a record, checked, when it is where the index says."""
        place = self.find([digest]).get(digest)
        data = self._read(place.pack, place.offset, place.length) if place else None
        return _decoded(digest, data) if data else None

    def load_many(self, hashes: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(hash, raw data) of records of kind 1, in the order of the packs; those that lie together are read together.
        The data is not checked: whoever puts it together checks the whole. A record that cannot be read so is
        left out: `load` says what is wrong with it."""
        places = sorted((place, digest) for digest, place in self.find(hashes).items())
        for span in _spans(places):
            start = span[0][0].offset
            data = self._read(span[0][0].pack, start, span[-1][0].offset + span[-1][0].length - start)
            if data is None:
                continue
            for place, digest in span:
                raw = _unchecked(digest, data[place.offset - start : place.offset - start + place.length])
                if raw is not None:
                    yield digest, raw

    def _read(self, pack: str, offset: int, length: int) -> bytes | None:
        """Bytes of a pack; fewer at its end, None when it is gone."""
        if pack == self._name and self._writer is not None:
            self._writer.drain()
        if pack in self._syncing:
            self._syncing[pack].wait()
        try:
            stream = self._reader(pack)
            stream.seek(offset)
            return stream.read(length)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise os_failure(Text("read the vault's", "读取版本库的"), error, self.folder / pack) from None

    def _reader(self, pack: str) -> BinaryIO:
        if pack not in self._readers:
            if len(self._readers) >= _OPEN_PACKS:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[pack] = (self.folder / pack).open("rb", buffering=0)
        return self._readers[pack]

    # -- writing -----------------------------------------------------------------------------------
    def begin(self) -> None:
        """Start a batch: index and packs are compared, since another process may have written to them, removed
        some, died in the middle of that, or thrown the index away."""
        self._leave_pack()
        self._before.clear()
        self._claimed.clear()
        if self.index.replaced():
            self._reopen_index()
        try:
            known = self.index.packs()
            removed = self.index.mark != self._mark()
        except IndexDamagedError:
            self._renew_index()
            return
        everything = removed or not self._looked
        names = set(self._on_disk()) if everything else {name for name, pack in known.items() if pack.writable}
        if not names <= set(known) or any(_size(self.folder / name) != known[name].length for name in names) or (
                everything and set(known) - names):
            self.salvage()
        self._looked = True

    def _mark(self) -> str:
        try:
            return self._removed.read_text()
        except FileNotFoundError:
            return ""

    def claim(self, hashes: Iterable[bytes]) -> set[bytes]:
        """Those of the hashes that have no record yet and that this batch has not taken on before: it must append
        them now."""
        wanted = [digest for digest in dict.fromkeys(hashes) if digest not in self._claimed]
        new = set(wanted).difference(self.find(wanted))
        self._claimed |= new
        return new

    def append(self, record: packs.Record) -> None:
        """Append a record. It counts after `flush`."""
        if self._writer is None or self._writer.length >= PACK_BYTES:
            self._open_pack()
        assert self._writer is not None  # noqa: S101  for the type checker
        self._rows.append((record.head.hash, self._writer.append(record), record.length))

    def _open_pack(self) -> None:
        if self._writer is not None:
            self._seal_pack()
        free = sorted(name for name, pack in self.index.packs().items() if pack.writable and pack.length < PACK_BYTES)
        if free:
            self._name = free[-1]
            self._writer = packs.PackWriter(self.folder / self._name, new=False)
            self._before.setdefault(self._name, self._writer.length)
        else:
            self._writer = self._new_pack()

    def _new_pack(self) -> packs.PackWriter:
        self._shelf = self._shelf or os.urandom(1).hex()
        self._name = f"{self._shelf}/{os.urandom(8).hex()}.pack"
        folder = self.folder / self._shelf
        if not folder.is_dir():
            folder.mkdir()
            self._unsynced.add(self.folder)
        self._unsynced.add(folder)
        self._before[self._name] = 0
        return packs.PackWriter(self.folder / self._name, new=True)

    def _seal_pack(self) -> None:
        """Leave a full pack, which is never written to again. It becomes durable while the next one is filled."""
        assert self._writer is not None  # noqa: S101  for the type checker
        self._index_pack(self._writer)
        if len(self._syncing) >= _SYNCING:
            self._end_syncing(next(iter(self._syncing)))
        self._syncing[self._name] = packs.Syncing(self._writer)
        self._writer = None

    def _end_syncing(self, name: str) -> None:
        self._syncing.pop(name).wait()

    def _index_pack(self, writer: packs.PackWriter) -> None:
        self.index.add(self._name, self._rows)
        self._rows = []
        self.index.set_pack(self._name, writer.length, writable=writer.length < PACK_BYTES)

    def _leave_pack(self) -> None:
        self._rows = []
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def flush(self) -> None:
        """Make all that was appended durable. After an error nothing since the last `flush` counts as kept."""
        while self._syncing:
            self._end_syncing(next(iter(self._syncing)))
        if self._writer is not None and self._writer.length != self._before.get(self._name):
            self._writer.sync()
            self._index_pack(self._writer)
        while self._unsynced:
            sync_folder(self._unsynced.pop())
        self._shelf = ""
        self.index.commit()
        self._before = {self._name: self._writer.length} if self._writer is not None else {}

    def record_at(self, place: Place) -> packs.Record | None:
        """A record as it stands in its pack; None when it is not whole."""
        data = self._read(*place) or b""
        head, payload = packs.parse_head(data[: packs.HEAD_BYTES]), data[packs.HEAD_BYTES :]
        return packs.Record(head, payload) if head is not None and packs.is_whole(head, payload) else None

    def close_for_good(self, pack: str) -> None:
        """Append no more to a pack."""
        if self._writer is not None and self._name == pack:
            self._seal_pack()
        self.index.set_pack(pack, _size(self.folder / pack), writable=False)

    def remove(self, names: Sequence[str]) -> None:
        """Remove packs of which nothing is needed any more. Every index of this vault notices by a new mark."""
        if not names:
            return
        mark = os.urandom(8).hex()
        safefiles.replace_whole(self._removed, [mark.encode()])
        for name in names:
            reader = self._readers.pop(name, None)
            if reader is not None:
                reader.close()
            (self.folder / name).unlink(missing_ok=True)
            self.index.forget(name)
        for shelf in {(self.folder / name).parent for name in names}:
            sync_folder(shelf)
        self.index.mark = mark
        self.index.commit()

    def rollback(self) -> None:
        """Forget what was appended since the last `flush` and give its room back, without raising. The packs that it
        was written to are not written to again: after a failed write or sync nobody knows what the disk holds."""
        while self._syncing:
            with contextlib.suppress(OSError):
                self._end_syncing(next(iter(self._syncing)))
        self._unsynced.clear()
        self._shelf = ""
        self._leave_pack()
        self._claimed.clear()
        touched, self._before = self._before, {}
        with contextlib.suppress(sqlite3.Error):
            self.index.rollback()
        for name, length in touched.items():
            if length and length == _size(self.folder / name):
                continue  # nothing had been handed to the system
            reader = self._readers.pop(name, None)
            if reader is not None:
                reader.close()
            with contextlib.suppress(OSError, sqlite3.Error, IndexDamagedError):
                if length:
                    os.truncate(self.folder / name, length)
                    self.index.forget(name, length)
                    self.index.set_pack(name, length, writable=False)
                else:
                    (self.folder / name).unlink(missing_ok=True)
                    self.index.forget(name)
                self.index.commit()
        self._looked = False  # what could not be done here is seen by the next `begin`

    # -- the index ---------------------------------------------------------------------------------
    def _renew_index(self) -> None:
        """Throw the index away and make it again; what this batch has put stays known."""
        self._renewed = True
        self.index.close()
        remove_database(self.index.path)
        self._reopen_index()

    def _reopen_index(self) -> None:
        self.index.close()
        self.index = open_index(self.index.path)
        if self.index.fresh:
            self.salvage()
        self._looked = True

    def salvage(self) -> None:
        """Bring the index in step with the packs on disk: take up whole records that it does not know, forget
        what is gone. The caller holds the writer's lock."""
        if self._writer is not None:
            self._writer.drain()
        for syncing in self._syncing.values():
            syncing.wait()
        try:
            mark, known, found = self._mark(), self.index.packs(), self._on_disk()
        except IndexDamagedError:
            self._renew_index()
            return
        for gone in set(known) - set(found):
            self.index.forget(gone)
        for name, path in found.items():
            length = known[name].length if name in known else 0
            if length != _size(path):
                self._take_up(path, name, length)
        self.index.mark = mark
        self.index.commit()
        self._looked = True

    def _on_disk(self) -> dict[str, Path]:
        return {path.relative_to(self.folder).as_posix(): path for path in sorted(self.folder.glob("??/*.pack"))}

    def _take_up(self, path: Path, name: str, known: int) -> None:
        """Take up the records behind the byte `known` (0: all). Of a pack that was known, what is no record there was
        being written when its writer was killed: nothing refers to it, and it is cut off."""
        size, start = _size(path), max(known, len(packs.MAGIC))
        if size < start:  # a part of the pack was lost: trust nothing that the index says of it
            self.index.forget(name)
            known, start = 0, len(packs.MAGIC)
        end = start
        rows: dict[bytes, tuple[bytes, int, int]] = {}
        with path.open("rb") as stream:
            sound = stream.read(len(packs.MAGIC)) == packs.MAGIC
            for offset, head, payload in packs.walk(stream, start):
                if known and offset != end:
                    break
                sound = sound and offset == end
                end = offset + packs.HEAD_BYTES + len(payload)
                rows.setdefault(head.hash, (head.hash, offset, end - offset))
        taken = self.index.find(list(rows))
        self.index.add(name, [row for digest, row in rows.items() if digest not in taken])
        # What a killed process wrote whole may not be durable yet: it counts from now on, so it is made so.
        with contextlib.suppress(PermissionError), path.open("r+b") as stream:
            if known and end < size:
                stream.truncate(end)
                size = end
            sync_file(stream.fileno())
        # A pack with anything in it that is no record is not written to again.
        sound = sound and end == size
        self.index.set_pack(name, size, writable=sound and size < PACK_BYTES)


def _spans(places: Sequence[tuple[Place, bytes]]) -> Iterator[list[tuple[Place, bytes]]]:
    """Runs of places that follow one another in a pack."""
    span: list[tuple[Place, bytes]] = []
    for place, digest in places:
        if span:
            first, last = span[0][0], span[-1][0]
            if (place.pack != last.pack or place.offset != last.offset + last.length
                    or place.offset + place.length - first.offset > _SPAN_BYTES):
                yield span
                span = []
        span.append((place, digest))
    if span:
        yield span


def _record(digest: bytes, data: bytes, unpack: Callable[[packs.Head, bytes], bytes | memoryview | None]
            ) -> tuple[int, bytes] | None:
    head = packs.parse_head(data[: packs.HEAD_BYTES])
    if head is None or head.hash != digest or head.cipher or head.codec not in (packs.RAW, packs.ZSTD):
        return None
    raw = unpack(head, data[packs.HEAD_BYTES :])
    return None if raw is None else (head.kind, bytes(raw))


def _decoded(digest: bytes, data: bytes) -> tuple[int, bytes] | None:
    found = _record(digest, data, packs.decode)
    return found if found and found[0] in (packs.DATA, packs.LIST) else None


def _unchecked(digest: bytes, data: bytes) -> bytes | None:
    found = _record(digest, data, packs.unpack)
    return found[1] if found and found[0] == packs.DATA else None


def _size(path: Path) -> int:
    """A file's length; -1 when it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
