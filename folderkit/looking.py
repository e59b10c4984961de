"""A look at a file: its content is read once, and whether the file held still meanwhile is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from folderkit.core.signature import Signature, signature_of
from folderkit.vault import MEMORY_BYTES, Blobs, Preparation, Put

if TYPE_CHECKING:
    from folderkit.watch import Verdict
    from folderkit.watch.settling import ReadAt

_NOTHING: Signature = (-1, 0, 0, 0, 0)  # what no file's signature is
_TICK, _COARSE_TICK = 20_000_000, 2_500_000_000  # ns

Judge = Callable[[str, int, Signature, "ReadAt"], "Verdict"]  # (path, open file, what it looked like, its content)


class Changing(Exception):
    """A file changed while it was read; it is looked at again later."""


class UnreadableError(Exception):
    """A file's own disk failed while it was read: the trouble of that file, not of the vault."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class Kept(NamedTuple):
    """A content that is in the vault, and what the file's entry looked like when it was read."""

    content: str
    size: int
    signature: Signature


class Look:
    """One look at a file: its content is read, and whether it held still meanwhile is noted."""

    def __init__(self, path: str, judge: Judge | None = None) -> None:  # a Path for each costs more than the look
        self.path = path
        self.put: Put | None = None
        self.large = False  # more than is read at once
        self.verdict: Verdict | None = None  # of `judge`, on what was read
        self._judge = judge
        self._error: Exception | None = None
        self._before = _NOTHING

    def read(self) -> bytes | None:
        """The content; None when it cannot be read, is too long to be read at once, or grows."""
        try:
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            self._error = error
            return None
        try:
            self._before = signature_of(os.fstat(handle))
            self.large = self._before[0] > MEMORY_BYTES
            if self.large:
                return None
            data = _read_whole(handle, self._before[0])
            if self._judge and data is not None:
                self.verdict = self._judge(self.path, handle, self._before,
                                           lambda offset, length: data[offset : offset + length])
            return data
        except OSError as error:
            self._error = UnreadableError(error)
            return None
        finally:
            os.close(handle)

    def put_by(self, blobs: Blobs) -> None:
        """Put the content, however long it is."""
        try:
            stream = open(self.path, "rb")  # noqa: PTH123, SIM115
        except OSError as error:
            self._error = error
            return
        with stream:
            try:
                self._before = signature_of(os.fstat(stream.fileno()))
                source = _Source(stream)
                self.put = blobs.put(cast("BinaryIO", source))  # an OSError of the vault is not this file's
                if self._judge:
                    self.verdict = self._judge(self.path, stream.fileno(), self._before, source.read_at)
            except UnreadableError as error:
                self._error = error

    @property
    def seen(self) -> Signature:
        """What the file's entry looked like as it was read."""
        return self._before

    def kept(self) -> Kept:
        """What was put, when the file is still as it was read. Raises `Changing`, `UnreadableError` or `OSError`."""
        if self._error is not None:
            raise self._error
        now = signature_of(os.lstat(self.path))
        if self.put is None or self._before != now or self.put.size != now[0]:
            raise Changing(self.path)
        return Kept(self.put.content, self.put.size, _settled(now))


def look_at(files: Sequence[tuple[str, int]], judge: Judge | None = None) -> Preparation[Look]:
    """Files, each with its expected length, that are read ahead of the batches that keep them; `judge` is asked about
    each when it was read, while it is still open."""
    return Preparation([(Look(path, judge), size) for path, size in files], Look.read)


def _read_whole(handle: int, size: int) -> bytes | None:
    """What an open file holds; None when that is more than `size`."""
    data = os.read(handle, size + 1)
    while len(data) < size and (more := os.read(handle, size + 1 - len(data))):
        data += more
    return data if len(data) <= size else None


class _Source:
    """A stream whose errors can be told from those of the vault."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise UnreadableError(error) from None

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def read_at(self, offset: int, length: int) -> bytes:
        self.seek(offset)
        return self.read(length)


def _settled(signature: Signature) -> Signature:
    """The signature to remember of a file that was read just now. One as young as the clock's tick could stay the
    same through another save, so such a file is read once more by the next scan."""
    coarse = signature[1] % 1_000_000_000 == 0  # whole seconds: FAT, some shares
    tick = _COARSE_TICK if coarse else _TICK
    young = any(-tick < time.time_ns() - changed < tick for changed in signature[1:3])  # a date ahead is not young
    return (*signature[:2], 0, *signature[3:]) if young else signature
