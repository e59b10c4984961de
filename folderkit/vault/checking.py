"""Look for damage: every pack record by record, every journal line by line."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from blake3 import blake3

from folderkit.core.language import Text
from folderkit.vault import packs

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
    """What is in a pack: the hashes of the whole records by kind (lists by themselves), and what is wrong with it.
    `behind`: from this byte on to its end there is no record (0: there is none such)."""

    path: Path
    sound: set[bytes] = field(default_factory=set)
    lists: set[bytes] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    behind: int = 0


def check_packs(paths: list[Path], *, every_byte: bool, progress: Progress | None = None) -> Iterator[PackCheck]:
    """Check packs, in two threads. Without `every_byte` only the heads of the records are read."""
    from concurrent.futures import ThreadPoolExecutor

    check = _check_whole if every_byte else _check_heads
    with ThreadPoolExecutor(_THREADS) as pool:
        for done, found in enumerate(pool.map(functools.partial(_or_fault, check), paths), 1):
            if progress:
                progress(done, len(paths))
            yield found


def _or_fault(check: Callable[[Path], PackCheck], path: Path) -> PackCheck:
    try:
        return check(path)
    except OSError as error:
        reason = error.strerror or str(error)
        what = Text(f"it cannot be read: {reason}", f"无法读取：{reason}")
        return PackCheck(path, faults=[Fault(path, 0, sys.maxsize, what)])


def _check_heads(path: Path) -> PackCheck:
    with path.open("rb") as stream:

        def read_at(offset: int, length: int) -> bytes:
            stream.seek(offset)
            return stream.read(length)

        return _check(path, stream.seek(0, 2), read_at, every_byte=False)


def _check_whole(path: Path) -> PackCheck:
    data = memoryview(path.read_bytes())
    return _check(path, len(data), lambda offset, length: data[offset : offset + length], every_byte=True)


def _check(path: Path, size: int, read_at: Callable[[int, int], bytes | memoryview], *, every_byte: bool) -> PackCheck:
    found = PackCheck(path)
    if read_at(0, len(packs.MAGIC)) != packs.MAGIC:
        found.faults.append(Fault(path, 0, len(packs.MAGIC), Text(
            "it does not begin as a pack does", "开头不是数据包的标记")))
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
            (found.lists if head.kind == packs.LIST else found.sound).add(head.hash)
        offset = end
    return found


def _fault_of(head: packs.Head, payload: bytes | memoryview) -> Text | None:
    if not packs.is_whole(head, payload):
        return Text("the record's bytes differ from what was written", "记录的字节与写入时不符")
    if head.kind == packs.DATA and not head.cipher and head.codec in (packs.RAW, packs.ZSTD):
        raw = packs.unpack(head, payload)
        if raw is None or blake3(raw).digest() != head.hash:
            return Text("the content's hash differs", "内容的哈希不符")
    return None
