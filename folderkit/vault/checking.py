"""Look for damage: every pack record by record, every journal line by line."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from blake3 import blake3

from folderkit.core.language import Text
from folderkit.core.undisturbed import undisturbed
from folderkit.vault import packs
from folderkit.vault.listing import LIST_DEPTH, listed_hashes

Progress = Callable[[int, int], None]  # (done, of how many)
_THREADS = 2


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a pack: from which byte to which, what, and the record's hash where it is known."""

    file: Path
    start: int
    end: int
    what: Text
    hash: bytes = b""


@dataclass
class PackCheck:
    """What is in a pack: the hashes of the whole records, lists by themselves with where they lie, and what is wrong
    with it. `behind`: from this byte on to its end there is no record (None: its end is one)."""

    path: Path
    sound: set[bytes] = field(default_factory=set)
    lists: dict[bytes, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    behind: int | None = None


def check_packs(paths: Sequence[Path], *, every_byte: bool, progress: Progress | None = None) -> list[PackCheck]:
    """Check packs, in two threads. Without `every_byte` only the heads of the records are read."""
    with Checking(paths, check_whole if every_byte else check_heads) as checking:
        return checking.found(progress)


class Checking:
    """Packs that are checked by `check` in two threads, from the beginning of the block on."""

    def __init__(self, paths: Sequence[Path], check: Callable[[Path], PackCheck]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._count, self._pool = len(paths), ThreadPoolExecutor(_THREADS)
        self._found = self._pool.map(functools.partial(_or_fault, check), paths)

    def __enter__(self) -> Checking:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with undisturbed():
            self._pool.shutdown(cancel_futures=True)

    def found(self, progress: Progress | None = None) -> list[PackCheck]:
        """What was found in each of the packs."""
        checks = []
        for check in self._found:
            checks.append(check)
            if progress:
                progress(len(checks), self._count)
        return checks


class Records:
    """The records that packs hold whole, as their checks say."""

    def __init__(self, checks: Iterable[PackCheck]) -> None:
        self._sound: set[bytes] = set()
        self._lists: dict[bytes, tuple[Path, int]] = {}
        for check in checks:
            self._sound |= check.sound
            self._lists.update((digest, (check.path, offset)) for digest, offset in check.lists.items())

    def absent(self, content: bytes, depth: int = 0) -> Iterator[bytes]:
        """The records of a content that are not there whole."""
        if content not in self._lists:
            if content not in self._sound:
                yield content
            return
        parts = _parts_at(*self._lists[content])
        if parts is None or depth > LIST_DEPTH:
            yield content
            return
        for part in parts:
            if part not in self._sound:
                yield from self.absent(part, depth + 1)


def _parts_at(path: Path, offset: int) -> list[bytes] | None:
    """The records that the list at this place refers to; None when it is no list."""
    try:
        with path.open("rb") as stream:
            found = packs.read_record(stream, offset)
        raw = packs.decode(*found) if found else None
        return None if raw is None else listed_hashes(raw)
    except (OSError, ValueError):
        return None


def _or_fault(check: Callable[[Path], PackCheck], path: Path) -> PackCheck:
    try:
        return check(path)
    except OSError as error:
        reason = error.strerror or str(error)
        what = Text(f"it cannot be read: {reason}", f"无法读取：{reason}")
        return PackCheck(path, faults=[Fault(path, 0, sys.maxsize, what)])


def check_heads(path: Path) -> PackCheck:
    """Check the heads of a pack's records. Raises `OSError`."""
    with path.open("rb") as stream:

        def read_at(offset: int, length: int) -> bytes:
            stream.seek(offset)
            return stream.read(length)

        return _check(path, stream.seek(0, 2), read_at, every_byte=False)


def check_whole(path: Path) -> PackCheck:
    """Check every byte of a pack. Raises `OSError`."""
    return check_bytes(path, path.read_bytes())


def check_bytes(path: Path, content: bytes) -> PackCheck:
    """Check the bytes that were read from a pack."""
    data = memoryview(content)
    return _check(path, len(data), lambda offset, length: data[offset : offset + length], every_byte=True)


def _check(path: Path, size: int, read_at: Callable[[int, int], bytes | memoryview], *, every_byte: bool) -> PackCheck:
    found = PackCheck(path)
    begins = read_at(0, len(packs.MAGIC)) == packs.MAGIC
    offset = len(packs.MAGIC)
    while offset < size:
        head = packs.parse_head(read_at(offset, packs.HEAD_BYTES))
        if head is None or offset + packs.HEAD_BYTES + head.stored > size:
            after = packs.next_head(read_at, offset + 1, size)
            if after == size:
                found.behind = offset
                break
            found.faults.append(Fault(path, offset, after, Text(
                f"{after - offset} bytes are no record", f"{after - offset} 个字节不是记录")))
            offset = after
            continue
        end = offset + packs.HEAD_BYTES + head.stored
        what = _fault_of(head, read_at(offset + packs.HEAD_BYTES, head.stored)) if every_byte else None
        if what is not None:
            found.faults.append(Fault(path, offset, end, what, head.hash))
        else:
            if head.kind == packs.LIST:
                found.lists[head.hash] = offset
            else:
                found.sound.add(head.hash)
        offset = end
    if not begins and (found.sound or found.lists or found.faults):
        found.faults.insert(0, Fault(path, 0, len(packs.MAGIC), Text(
            "it does not begin as a pack does", "开头不是数据包的标记")))
    elif not begins:
        found.behind = 0
    return found


def _fault_of(head: packs.Head, payload: bytes | memoryview) -> Text | None:
    stored = blake3(payload).digest()
    if len(payload) != head.stored or stored[: len(head.check)] != head.check:
        return Text("the record's bytes differ from what was written", "记录的字节与写入时不符")
    if head.kind == packs.DATA and not head.cipher and head.codec in (packs.RAW, packs.ZSTD):
        raw = packs.unpack(head, payload)
        digest = stored if raw is payload else None if raw is None else blake3(raw).digest()
        if digest != head.hash:
            return Text("the content's hash differs", "内容的哈希不符")
    return None
