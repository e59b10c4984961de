"""Blobs: contents named by their BLAKE3, cut into pieces, which lie in packs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from blake3 import blake3

from folderkit.core import safefiles
from folderkit.core.errors import Failed, Refused
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.vault import packs
from folderkit.vault.listing import LIST_DEPTH, Reference, decode_list
from folderkit.vault.packset import Damaged, PackSet, damaged
from folderkit.vault.putting import Preparation, put_stream
from folderkit.vault.reading import Use, Wanted, read_each

FORMAT = 1
FORMAT_FILE = "format.json"
MEMORY_BYTES = 8 << 20  # a longer content is put as a stream
_WINDOW_BYTES = 8 << 20  # of a content are read together
Key = TypeVar("Key")
Source = TypeVar("Source")


class Put(NamedTuple):
    """A content that was put: its BLAKE3 (hex) and its length in bytes."""

    content: str
    size: int


class Blobs:
    """The contents of one vault. One writer at a time (the caller holds the lock); any number of readers.

    `folder` is the vault, `index` a SQLite file that can be deleted at any time while nothing is open.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self.folder = folder
        make_folders(folder)
        _check_format(folder / FORMAT_FILE)
        self.packs = PackSet(folder, index)

    def close(self) -> None:
        self.packs.close()

    # -- reading -----------------------------------------------------------------------------------
    def has(self, content: str) -> bool:
        digest = bytes.fromhex(content)
        return digest in self.packs.find([digest])

    def read(self, content: str) -> Iterator[bytes]:
        """A content's bytes, in order. Raises `Damaged` when it is absent or not what it was."""
        digest, whole = bytes.fromhex(content), blake3()
        for piece in self._pieces(digest, 0):
            whole.update(piece)
            yield piece
        if whole.digest() != digest:
            self._find_damage(digest, 0)
            raise damaged(digest, Text("its hash differs", "哈希不符"))

    def read_each(self, wanted: Sequence[tuple[Key, str, int]], use: Use[Key],
                  progress: Callable[[int, int], None] | None = None) -> list[tuple[Key, Damaged]]:
        """Give each content, (key, content, length), to `use` with its key; in two threads, in the order of the packs.
        `use` gets the bytes checked, but for a long content, of which they may turn out to be damaged when it has had
        all of them. What it raises ends this. Returns those that are damaged."""
        done = 0

        def count(some: int) -> None:
            nonlocal done
            done += some
            if progress:
                progress(done, len(wanted))

        left = read_each(self.packs, [Wanted(key, bytes.fromhex(name), size) for key, name, size in wanted], use, count)
        found: list[tuple[Key, Damaged]] = []
        for one in left:
            try:
                use(one.key, self.read(one.digest.hex()))
            except Damaged as error:
                found.append((one.key, error))
            count(1)
        return found

    def _pieces(self, digest: bytes, depth: int) -> Iterator[bytes]:
        kind, data = self.packs.load(digest)
        if kind == packs.DATA:
            yield data
            return
        for window in _windows(_listed(digest, data, depth)):
            wanted = list(dict.fromkeys(part.hash for part in window if isinstance(part, Reference)))
            found = dict(self.packs.load_many(wanted))
            for part in window:
                if not isinstance(part, Reference):
                    yield part
                elif part.hash in found:
                    yield found[part.hash]
                else:  # a list, or not where the index says
                    yield from self._pieces(part.hash, depth + 1)

    def parts(self, digest: bytes) -> list[bytes]:
        """The records that a list refers to, where the index is right; none for any other record. Raises `Damaged`."""
        if self.packs.kind_of(digest) == packs.DATA:
            return []
        found = self.packs.peek(digest)
        if found is None:
            raise damaged(digest, Text("the list of its pieces is not there", "找不到分块清单"))
        data = found[1]
        return [part.hash for part in _listed(digest, data, 0) if isinstance(part, Reference)]

    def _find_damage(self, digest: bytes, depth: int) -> None:
        """Read every record of a content with its check: raises `Damaged`, which names the place, at the first that
        is not what it was."""
        self.packs.load(digest)
        if depth <= LIST_DEPTH:
            for part in self.parts(digest):
                self._find_damage(part, depth + 1)

    # -- writing -----------------------------------------------------------------------------------
    def begin(self) -> None:
        """Start a batch."""
        self.packs.begin()

    def flush(self) -> None:
        """Make all that was put durable. After an error nothing since the last `flush` counts as kept."""
        self.packs.flush()

    def rollback(self) -> None:
        """Forget what was put since the last `flush`, without raising."""
        self.packs.rollback()

    def salvage(self) -> None:
        self.packs.salvage()

    def put(self, stream: BinaryIO) -> Put:
        """Keep what a stream (that can seek) holds. Durable only after `flush`. Memory is bounded."""
        digest, size = put_stream(self.packs, stream)
        return Put(digest.hex(), size)

    def put_bytes(self, data: bytes) -> Put:
        if len(data) > MEMORY_BYTES:
            return self.put(io.BytesIO(data))
        with Preparation([(data, len(data))], lambda data: data) as preparation:
            ((_, put),) = self.put_all(preparation)
        assert put is not None  # noqa: S101  what is read is put
        return put

    def put_all(self, preparation: Preparation[Source], most_bytes: int = sys.maxsize, most_count: int = sys.maxsize
                ) -> Iterator[tuple[Source, Put | None]]:
        """Keep the next contents of a preparation, none longer than `MEMORY_BYTES`, until there are so many."""
        for source, content in preparation.append_to(self.packs, most_bytes, most_count):
            yield source, None if content is None else Put(content.hash.hex(), content.size)


def _listed(digest: bytes, data: bytes, depth: int) -> list[Reference | bytes]:
    try:
        if depth > LIST_DEPTH:
            raise ValueError("lists in lists without an end")
        return decode_list(data)
    except ValueError:
        raise damaged(digest, Text("the list of its pieces is not right", "分块清单有误")) from None


def _windows(parts: Sequence[Reference | bytes]) -> Iterator[list[Reference | bytes]]:
    """The parts in runs that are read together."""
    window: list[Reference | bytes] = []
    total = 0
    for part in parts:
        window.append(part)
        total += part.length if isinstance(part, Reference) else len(part)
        if total >= _WINDOW_BYTES:
            yield window
            window, total = [], 0
    yield window


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
