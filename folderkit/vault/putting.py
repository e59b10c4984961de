"""From contents to the records of their pieces: cut, named by their hashes, compressed where that pays, appended.

Many contents go through two threads, since hashing, cutting and compressing leave Python's lock to others; not short
ones, whose threads would mostly wait for it. What is looked up and what is appended is the business of the caller's
thread alone.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, NamedTuple, TypeVar

from blake3 import blake3

from folderkit.core.undisturbed import undisturbed
from folderkit.vault import packs
from folderkit.vault.cutting import Piece, pieces, pieces_of_stream
from folderkit.vault.listing import Reference, encode_list
from folderkit.vault.packset import PackSet

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

LIST_ENTRIES = 16384  # a list of more references is cut into lists of its own
_GROUP_BYTES, _GROUP_COUNT = 4 << 20, 32  # many contents are prepared in groups of at most so much
_AHEAD = 8  # groups that are prepared before one is chosen from
_CHOSEN = 3  # groups that are compressed before one is appended
_ALONE = 2  # so few groups are not worth the threads
_THREADS = 2
_THREAD_BYTES = 64 << 10  # contents that are shorter on average leave too little of Python's lock to other threads
Source = TypeVar("Source")
Result = TypeVar("Result")


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


_Group = list[tuple[Source, Content | None]]


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


class Preparation(Generic[Source]):
    """Contents on their way into a vault, in order: read, hashed and cut ahead of the batches that append them.

    `sources` come with the bytes that each is expected to have. What `read` gives None for is passed on so. Where there
    are many that are not short, two threads do it; `read` is called in them."""

    def __init__(self, sources: Sequence[tuple[Source, int]], read: Callable[[Source], bytes | None]) -> None:
        self._groups = deque(_groups(sources))
        self._read = read
        self._prepared: deque[Callable[[], _Group[Source]]] = deque()
        self._pool: ThreadPoolExecutor | None = None
        if len(self._groups) > _ALONE and sum(size for _, size in sources) > len(sources) * _THREAD_BYTES:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(_THREADS)
            self._prepare_ahead()

    def __enter__(self) -> Preparation[Source]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            with undisturbed():
                self._pool.shutdown(cancel_futures=True)

    @property
    def left(self) -> bool:
        """Whether anything is left to be appended."""
        return bool(self._groups or self._prepared)

    def append_to(self, target: PackSet, most_bytes: int, most_count: int) -> Iterator[tuple[Source, Content | None]]:
        """Append the next contents, until there are so many of them."""
        chosen: deque[tuple[_Group[Source], Callable[[], list[packs.Record]]]] = deque()
        while self.left and most_bytes > 0 and most_count > 0:
            self._prepare_ahead()
            group = self._prepared.popleft()()
            contents = [content for _, content in group if content is not None]
            most_bytes -= sum(content.size for content in contents)
            most_count -= len(group)
            chosen.append((group, self._submit(_encode, _new_drafts(target, contents))))
            if len(chosen) > _CHOSEN:
                yield from _append(target, *chosen.popleft())
        while chosen:
            yield from _append(target, *chosen.popleft())
        self._prepare_ahead()

    def _prepare_ahead(self) -> None:
        while self._groups and len(self._prepared) < _AHEAD:
            self._prepared.append(self._submit(_prepare, self._groups.popleft(), self._read))

    def _submit(self, function: Callable[..., Result], *values: Any) -> Callable[[], Result]:
        """Have a function called, now or when its result is asked for."""
        if self._pool is None:
            return functools.partial(function, *values)
        return self._pool.submit(function, *values).result


def _append(target: PackSet, group: _Group[Source], records: Callable[[], list[packs.Record]]) -> _Group[Source]:
    for record in records():
        target.append(record)
    return group


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


def _prepare(group: Sequence[Source], read: Callable[[Source], bytes | None]) -> _Group[Source]:
    found: _Group[Source] = []
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
    return [packs.encode(draft.kind, draft.hash, draft.data, packed=draft.packed) for draft in drafts]


def put_stream(target: PackSet, stream: BinaryIO) -> tuple[bytes, int]:
    """Append what a stream holds, whatever its length, in bounded memory; returns its BLAKE3 and length."""
    return _Streaming(target).put(pieces_of_stream(stream))


class _Streaming:
    """Takes one piece after another. Of many pieces, lists are made on the way, and in the end a list of lists."""

    def __init__(self, target: PackSet) -> None:
        self._target = target
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
            self._target.append(packs.encode(draft.kind, draft.hash, draft.data, packed=draft.packed))

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
