"""The journal: an append-only chain of lines, one JSON object each, in segments of a
thousand and more that are named by the number of their first line, a folder per writer.

Each line carries the BLAKE3 of the line before it. A line without its end was never acknowledged: a
reader stops before it, a writer cuts it off.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from blake3 import blake3

from folderkit.core import events, safefiles
from folderkit.core.errors import Failed
from folderkit.core.events import Entry, Event
from folderkit.core.language import Text

SEGMENT_LINES = 1000
_START = "0" * 64


@dataclass(frozen=True)
class _End:
    """Where the chain ends: the last line's number and hash, and the size of the segment that holds it."""

    number: int = 0
    hash: str = _START
    segment: Path | None = None
    size: int = 0


class Journal:
    """The journal of one writer in a vault. Appending needs the writer's lock; reading needs none."""

    def __init__(self, folder: Path, writer: str) -> None:
        self._folder = folder / "journal" / writer
        self._end: _End | None = None

    def append(self, new: Sequence[Event], who: str, now: dt.datetime) -> list[Entry]:
        """Write events durably, in order; returns them as entries. Raises `OSError` with nothing written."""
        if not new:
            return []
        end = self._find_end()
        number, before = end.number, end.hash
        entries, lines = [], []
        for event in new:
            number += 1
            entries.append(Entry(number, now, who, event.op, event))
            line = _line(entries[-1], before)
            before = blake3(line).hexdigest()
            lines.append(line + b"\n")
        path = end.segment
        if path is None or number - int(path.stem) >= SEGMENT_LINES:
            path = self._folder / f"{entries[0].number:012d}.jsonl"
        self._end = None
        size = _append_durably(path, b"".join(lines))
        self._end = _End(number, before, path, size)
        return entries

    def _find_end(self) -> _End:
        """The end of the chain on disk, after cutting off a torn line; other processes may have written."""
        segments = sorted(self._folder.glob("*.jsonl"))
        if not segments:
            return _End()
        path = segments[-1]
        if self._end and self._end.segment == path and self._end.size == path.stat().st_size:
            return self._end
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if not whole:
            path.unlink()
            return self._find_end()
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        last = whole[:-1].rsplit(b"\n", 1)[-1]
        return _End(_entry(_parse(last, path)).number, blake3(last).hexdigest(), path, len(whole))

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Every acknowledged entry with a number above `after`, in order."""
        segments = sorted(self._folder.glob("*.jsonl"))
        for path, following in zip_longest(segments, segments[1:]):
            if following is not None and int(following.stem) <= after + 1:
                continue
            with path.open("rb") as stream:
                for line in stream:
                    if not line.endswith(b"\n"):
                        return
                    entry = _entry(_parse(line, path))
                    if entry.number > after:
                        yield entry


def _append_durably(path: Path, data: bytes) -> int:
    """Append `data` and fsync; returns the new size. On an error the file is as it was."""
    fresh = not path.exists()
    safefiles.make_folders(path.parent)
    with path.open("ab", buffering=0) as stream:
        before = stream.tell()
        try:
            stream.write(data)
            os.fsync(stream.fileno())
        except OSError:
            os.truncate(path, before)  # never half a batch, should the disk be full
            raise
        if stream.tell() != before + len(data):
            os.truncate(path, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    if fresh:
        safefiles.sync_folder(path.parent)
    return before + len(data)


def _line(entry: Entry, before: str) -> bytes:
    assert entry.event is not None  # noqa: S101  only known events are written
    data = {"n": entry.number, "at": entry.at.isoformat(timespec="milliseconds"), "who": entry.who,
            **events.to_dict(entry.event), "prev": before}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _parse(line: bytes, path: Path) -> dict[str, object]:
    try:
        data = json.loads(line)
        if isinstance(data, dict):
            return data
    except ValueError:
        pass
    raise Failed(Text(f"The journal '{path}' holds a line that is not its own.", f"日志“{path}”中有一行不是它写的。"),
                 Text("Fetch this file from your backup.", "请从备份中取回这个文件。"))


def _entry(data: dict[str, object]) -> Entry:
    at = dt.datetime.fromisoformat(str(data["at"]))
    return Entry(int(str(data["n"])), at, str(data["who"]), str(data["op"]), events.from_dict(data))
