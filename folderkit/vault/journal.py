"""The journal: an append-only chain of lines, one JSON object each, in segments that are named by the number of
their first line, a folder per writer.

Each line carries its own BLAKE3 and that of the line before it, and the numbers of the first and the last line that
were written together with it: what is not whole at the end was never acknowledged. A reader stops before it, a writer
cuts it off.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from blake3 import blake3

from folderkit.core import events
from folderkit.core.durability import sync_file, sync_folder
from folderkit.core.errors import Failed
from folderkit.core.events import Entry, Event
from folderkit.core.folders import make_folders
from folderkit.core.language import Text

SEGMENT_LINES = 1000
START = "0" * 64  # what the first line carries as the hash of the line before it
LINE_FIELDS = ("n", "first", "last", "at", "who", "op", "event", "prev", "hash")
_HASH = b',"hash":"'  # what stands before it counts for it
_HASH_BYTES = len(_HASH) + 64 + len('"}')
_TAIL = 64 << 10
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class End(NamedTuple):
    """Where the chain ends: the last line's number and hash, and the segment that holds it, up to `size`. `torn`:
    more stands behind it, which was begun and not finished, or is damaged."""

    number: int = 0
    hash: str = START
    segment: Path | None = None
    size: int = 0
    torn: bool = False


class _Line(NamedTuple):
    entry: Entry
    prev: str
    first: int
    last: int


class Journal:
    """The journal of one writer in a vault. Appending needs the writer's lock; reading needs none."""

    def __init__(self, folder: Path, writer: str) -> None:
        self._folder = folder / "journal" / writer
        self._spoilt: set[Path] = set()  # segments that a write or sync failed on
        self._known: tuple[object, End] = (None, End())  # the end, and what the last segment looked like then

    # -- writing -----------------------------------------------------------------------------------
    def append(self, new: Sequence[Event], who: str, now: dt.datetime) -> list[Entry]:
        """Write events durably, all or none, in order; returns them as entries. Raises `OSError`."""
        if not new:
            return []
        end = self.end()
        number, before = end.number, end.hash
        at = now.astimezone(dt.UTC)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        first, last, when = end.number + 1, end.number + len(new), at.isoformat(timespec="milliseconds")
        entries, lines = [], []
        for event in new:
            number += 1
            op = events.op_of(event)
            line = _write({"n": number, "first": first, "last": last, "at": when, "who": who, "op": op,
                           "event": events.to_dict(event), "prev": before})
            before = line[-66:-2].decode()
            entries.append(Entry(number, at, who, op, event, before))
            lines.append(line + b"\n")
        self._clear_behind(end)
        path = end.segment
        if path is None or path in self._spoilt or end.number - int(path.stem) + 1 >= SEGMENT_LINES:
            path = self._folder / f"{entries[0].number:012d}.jsonl"
        size = end.size if path == end.segment else 0
        self._append_durably(path, size, b"".join(lines))
        size += sum(map(len, lines))
        self._known = ((path, _look(path)), End(number, before, path, size))
        return entries

    def _clear_behind(self, end: End) -> None:
        """Remove what was begun behind the end and never acknowledged."""
        for path in reversed(self._segments()):
            if path == end.segment:
                if path.stat().st_size > end.size:
                    os.truncate(path, end.size)
                return
            path.unlink()

    def _append_durably(self, path: Path, size: int, data: bytes) -> None:
        """Write `data` from the byte `size` on, in place of what an earlier try may have left there."""
        make_folders(path.parent)
        fresh = not path.exists()
        try:
            with path.open("xb" if fresh else "r+b", buffering=0) as stream:
                stream.truncate(size)
                stream.seek(size)
                with memoryview(data) as view:
                    done = 0
                    while done < len(view):
                        done += stream.write(view[done:]) or 0
                sync_file(stream.fileno())
            if fresh:
                sync_folder(path.parent)
        except BaseException:
            self._take_back(path, size)
            raise

    def _take_back(self, path: Path, size: int) -> None:
        """Take away what was written for nothing. The file is not written to again by this process: after a
        failed sync the system may have dropped what it could not write, and report success the next time."""
        self._spoilt.add(path)
        try:
            if size:
                os.truncate(path, size)
            else:
                path.unlink(missing_ok=True)
        except OSError:  # then the lines stay: they are whole or torn, and either is allowed
            pass

    # -- reading -----------------------------------------------------------------------------------
    def end(self) -> End:
        """The end of what was acknowledged."""
        segments = self._segments()
        look = (segments[-1], _look(segments[-1])) if segments else None
        if look != self._known[0]:
            self._known = (look, self._find_end(segments))
        return self._known[1]

    def _find_end(self, segments: Sequence[Path]) -> End:
        torn = False
        for path in reversed(segments):
            with path.open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                for start in dict.fromkeys((max(0, size - _TAIL), 0)):
                    stream.seek(start)
                    found = _last_whole(stream.read(), path, start)
                    if found:
                        return found._replace(torn=torn or found.size < size)
            torn = torn or size > 0
        return End(torn=torn)

    def read(self, after: int = 0, prev: str = START) -> Iterator[Entry]:
        """Every acknowledged entry with a number above `after`, in order; `prev` is the hash of entry `after`.

        Raises `Failed`, naming file and line, where the chain is broken."""
        segments, end = self._segments(), self.end()
        expected = after + 1
        checked = after == 0  # the lines up to `after` in its segment are passed over; then the chain is checked
        waiting: list[Entry] = []
        for path, following in zip_longest(segments, segments[1:]):
            if following is not None and int(following.stem) <= expected:
                continue
            with path.open("rb") as stream:
                for place, raw in enumerate(stream, 1):
                    if expected > end.number:
                        return
                    line = _parse(raw[:-1], path, place)
                    if line.entry.number <= after and not checked:
                        continue
                    if line.entry.number != expected or line.prev != prev:
                        raise _broken(path, place)
                    checked, expected, prev = True, expected + 1, line.entry.hash
                    waiting.append(line.entry)
                    if line.last == line.entry.number:
                        yield from waiting
                        waiting.clear()
            if waiting and following is not None:
                raise _broken(following, 1)

    def check(self) -> tuple[list[Entry], list[tuple[Path, int]]]:
        """Every acknowledged line that is as it was written, and (segment, line) of those that are not, or do not
        follow from the one before."""
        entries: list[Entry] = []
        faults: list[tuple[Path, int]] = []
        expected, end = 1, self.end()
        prev: str | None = START  # None: not known
        for path in self._segments():
            with path.open("rb") as stream:
                for place, raw in enumerate(stream, 1):
                    if expected > end.number:
                        break
                    line = _whole(raw[:-1])
                    if line is None or line.entry.number != expected or (prev is not None and line.prev != prev):
                        faults.append((path, place))
                    if line is None:
                        expected, prev = expected + 1, None
                        continue
                    expected, prev = line.entry.number + 1, line.entry.hash
                    entries.append(line.entry)
        return entries, faults

    def _segments(self) -> list[Path]:
        try:
            names = os.listdir(self._folder)  # noqa: PTH208  a glob takes four times as long, and each save asks thrice
        except FileNotFoundError:
            return []
        return [self._folder / name for name in sorted(names) if name.endswith(".jsonl") and name[:-6].isdigit()]


def _look(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _last_whole(data: bytes, path: Path, start: int) -> End | None:
    """The last line in `data` that ends lines which were written together and are all there; None when there is none.
    `data` stands at `start` in the segment, which when it is not 0 cuts through a line."""
    lines = data.split(b"\n")
    end = start + len(data) - len(lines.pop())  # behind the last line feed
    if start:
        lines = lines[1:]
    for count in range(len(lines), 0, -1):
        last = _whole(lines[count - 1])
        if last is not None and last.last == last.entry.number and _together(lines[:count], last):
            return End(last.entry.number, last.entry.hash, path, end)
        end -= len(lines[count - 1]) + 1
    return None


def _together(lines: Sequence[bytes], last: _Line) -> bool:
    """Whether all lines that were written together with `last`, the end of `lines`, are there and in their chain."""
    after = last
    for raw in reversed(lines[:-1]):
        if after.entry.number == last.first:
            break
        line = _whole(raw)
        if line is None or line.entry.hash != after.prev:
            return False
        after = line
    return after.entry.number == last.first


def _write(data: dict[str, object]) -> bytes:
    """A line, without its line feed; its hash ends it."""
    text = _encode(data).encode()[:-1]
    return text + _HASH + blake3(text).hexdigest().encode() + b'"}'


def read_line(raw: bytes, *, trusting: bool = False) -> tuple[Entry, str] | None:
    """The entry of a line, without its line feed, and the hash of the line before it; None when it is not as it was
    written. With `trusting` also what a damaged one seems to say."""
    line = _decoded(raw) if trusting else _whole(raw)
    return None if line is None else (line.entry, line.prev)


def _whole(raw: bytes) -> _Line | None:
    """A line that is as it was written; None for anything else."""
    text, rest = raw[:-_HASH_BYTES], raw[-_HASH_BYTES:]
    if not rest.startswith(_HASH) or rest[len(_HASH) : -2] != blake3(text).hexdigest().encode():
        return None
    return _decoded(raw)


def _decoded(raw: bytes) -> _Line | None:
    try:
        data = json.loads(raw)
        event = events.from_dict(data["op"], data["event"])
        entry = Entry(int(data["n"]), dt.datetime.fromisoformat(data["at"]), str(data["who"]), str(data["op"]),
                      event, str(data["hash"]))
        return _Line(entry, str(data["prev"]), int(data["first"]), int(data["last"]))
    except (ValueError, KeyError, TypeError):
        return None


def _parse(raw: bytes, path: Path, place: int) -> _Line:
    line = _whole(raw)
    if line is None:
        raise _broken(path, place)
    return line


def _broken(path: Path, place: int) -> Failed:
    where = Text(f", line {place}", f"第 {place} 行") if place else Text("", "")
    return Failed(
        Text(f"The journal '{path}'{where.en} is damaged: it does not follow from the line before it.",
             f"日志“{path}”{where.zh}已损坏：与上一行不衔接。"),
        Text("Fetch this file from your backup.", "请从备份中取回这个文件。"))
