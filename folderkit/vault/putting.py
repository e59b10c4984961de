"""From contents to the records of their pieces: cut, named by their hashes, compressed where that pays, appended.

Many contents go through two threads, since hashing, cutting and compressing leave Python's lock to others. What is
looked up and what is appended is the business of the caller's thread alone.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, TypeVar

from blake3 import blake3

from folderkit.vault import packs
from folderkit.vault.cutting import Piece, pieces, pieces_of_stream
from folderkit.vault.listing import Reference, encode_list
from folderkit.vault.packset import PackSet

LIST_ENTRIES = 16384  # a list of more references is cut into lists of its own
_GROUP_BYTES, _GROUP_COUNT = 4 << 20, 32  # many contents are prepared in groups of at most so much
_AHEAD = 3  # groups that are prepared, and groups that are compressed, before one is appended
_THREADS = 2
Source = TypeVar("Source")


class Draft(NamedTuple):
    """A record to be, unless the vault has it already."""

    kind: int
    hash: bytes
    data: bytes | memoryview
    packed: bool


class Content(NamedTuple):
    """A content that is in memory: its BLAKE3, its length, and drafts of its records, the content's own last."""

    hash: bytes
    size: int
    drafts: Sequence[Draft]


def content_of(data: bytes) -> Content:
    """Cut a content that is in memory."""
    whole = blake3(data).digest()
    parts = list(pieces(data))
    if len(parts) < 2:
        return Content(whole, len(data), [Draft(packs.DATA, whole, data, bool(parts) and parts[0].packed)])
    drafts = []
    listed: list[Reference | bytes | memoryview] = []
    for piece in parts:
        if piece.literal:
            listed.append(piece.data)
            continue
        digest = blake3(piece.data).digest()
        drafts.append(Draft(packs.DATA, digest, piece.data, piece.packed))
        listed.append(Reference(digest, len(piece.data)))
    drafts.append(Draft(packs.LIST, whole, encode_list(listed), packed=False))
    return Content(whole, len(data), drafts)


def put_many(
    target: PackSet, sources: Sequence[tuple[Source, int]], read: Callable[[Source], bytes | None],
) -> Iterator[tuple[Source, Content | None]]:
    """Append the contents that `read` gives, in order; None is passed on. Each source comes with the bytes that it is
    expected to have. `read` is called in other threads when there are many."""
    prepared: deque[Callable[[], list[tuple[Source, Content | None]]]] = deque()
    encoded: deque[tuple[list[tuple[Source, Content | None]], Callable[[], list[packs.Record]]]] = deque()

    def choose() -> None:
        group = prepared.popleft()()
        drafts = _new_drafts(target, [content for _, content in group if content is not None])
        encoded.append((group, submit(_encode, drafts)))

    def append() -> Iterator[tuple[Source, Content | None]]:
        group, records = encoded.popleft()
        for record in records():
            target.append(record)
        yield from group

    with _workers(len(sources)) as submit:
        for group in _groups(sources):
            prepared.append(submit(_prepare, group, read))
            if len(prepared) > _AHEAD:
                choose()
            if len(encoded) > _AHEAD:
                yield from append()
        while prepared:
            choose()
        while encoded:
            yield from append()


@contextlib.contextmanager
def _workers(count: int) -> Iterator[Callable[..., Callable[[], Any]]]:
    """How a call is handed in: what comes back is called for its result."""
    if count <= _GROUP_COUNT // 2:
        yield functools.partial
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(_THREADS)
    try:
        yield lambda *call: pool.submit(*call).result
    finally:
        pool.shutdown(cancel_futures=True)


def _groups(sources: Sequence[tuple[Source, int]]) -> Iterator[list[Source]]:
    group: list[Source] = []
    total = 0
    for source, size in sources:
        group.append(source)
        total += size
        if total >= _GROUP_BYTES or len(group) >= _GROUP_COUNT:
            yield group
            group, total = [], 0
    if group:
        yield group


def _prepare(group: Sequence[Source], read: Callable[[Source], bytes | None]) -> list[tuple[Source, Content | None]]:
    found: list[tuple[Source, Content | None]] = []
    for source in group:
        data = read(source)
        found.append((source, None if data is None else content_of(data)))
    return found


def _new_drafts(target: PackSet, contents: Sequence[Content]) -> list[Draft]:
    """What the vault does not have yet, each once; it must be appended."""
    new = target.claim(content.hash for content in contents)
    wanted = [draft for content in contents if content.hash in new for draft in content.drafts]
    new |= target.claim(draft.hash for draft in wanted)
    return [draft for draft in {draft.hash: draft for draft in wanted}.values() if draft.hash in new]


def _encode(drafts: Iterable[Draft]) -> list[packs.Record]:
    encoder = packs.Encoder()
    return [encoder.encode(draft.kind, draft.hash, draft.data, packed=draft.packed) for draft in drafts]


def put_stream(target: PackSet, stream: BinaryIO) -> tuple[bytes, int]:
    """Append what a stream holds, whatever its length, in bounded memory; returns its BLAKE3 and length."""
    return _Streaming(target).put(pieces_of_stream(stream))


class _Streaming:
    """Takes one piece after another. Of many pieces, lists are made on the way, and in the end a list of lists."""

    def __init__(self, target: PackSet) -> None:
        self._target, self._encoder = target, packs.Encoder()
        self._whole, self._part = blake3(), blake3()  # of all, and of what the list that is begun holds
        self._listed: list[Reference | bytes | memoryview] = []
        self._listed_bytes = self._size = 0
        self._lists: list[Reference | bytes | memoryview] = []

    def put(self, source: Iterable[Piece]) -> tuple[bytes, int]:
        for piece in source:
            data = bytes(piece.data)  # it holds only until the next one
            self._whole.update(data)
            self._part.update(data)
            self._size += len(data)
            self._listed_bytes += len(data)
            if piece.literal:
                self._listed.append(data)
                continue
            digest = blake3(data).digest()
            self._append(Draft(packs.DATA, digest, data, piece.packed))
            self._listed.append(Reference(digest, len(data)))
            if len(self._listed) >= LIST_ENTRIES:  # literals are short, and never two in a row
                self._end_list()
        return self._end()

    def _append(self, draft: Draft) -> None:
        if self._target.claim([draft.hash]):
            self._target.append(self._encoder.encode(draft.kind, draft.hash, draft.data, packed=draft.packed))

    def _end_list(self) -> None:
        digest = self._part.digest()
        self._append(Draft(packs.LIST, digest, encode_list(self._listed), packed=False))
        self._lists.append(Reference(digest, self._listed_bytes))
        self._listed, self._listed_bytes, self._part = [], 0, blake3()

    def _end(self) -> tuple[bytes, int]:
        whole = self._whole.digest()
        if not self._size:
            self._append(Draft(packs.DATA, whole, b"", packed=True))
        elif self._lists:
            if self._listed:
                self._end_list()
            self._append(Draft(packs.LIST, whole, encode_list(self._lists), packed=False))
        elif len(self._listed) > 1 or not isinstance(self._listed[0], Reference):
            self._append(Draft(packs.LIST, whole, encode_list(self._listed), packed=False))
        return whole, self._size
