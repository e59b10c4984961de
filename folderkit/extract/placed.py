"""Findings in a part of a file, kept as those of the file: a mail of a mailbox, what is attached to a mail."""

from __future__ import annotations

from folderkit.extract.model import NO_READER, NONE, TIMED_OUT, Findings, UnreadableError
from folderkit.extract.source import InMemory

DEEPEST = 4
"""Files within files that are read: a mail, a mail that is attached to it, an archive in that."""
_LONGEST_NAME = 100


class Placed(Findings):
    """Keeps what is found with its place within the part. What the part says of itself is not told of the whole."""

    def __init__(self, whole: Findings, place: str, joint: str = " ") -> None:
        super().__init__()
        self._whole = whole
        self._at = place
        self._joint = joint
        self.passages = whole.passages
        self.depth = whole.depth
        self.bare = whole.bare
        self.recognise = whole.recognise

    def add(self, place: str, text: str) -> None:
        self._whole.add(f"{self._at}{self._joint}{place}" if place else self._at, text)

    def take(self, size: int) -> bool:
        return self._whole.take(size)

    @property
    def is_full(self) -> bool:
        return self._whole.is_full


def read_attached(name: str, data: bytes, findings: Findings) -> None:
    """Add the text of a file that lies within another; where it cannot be read, the other is read in part."""
    from folderkit.extract.table import read_into

    if not data or findings.depth >= DEEPEST:
        return
    if findings.bare or not findings.take(len(data)):
        findings.skipped = "What is attached was not read."
        return
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    placed = Placed(findings, f"attachment {short}".rstrip(), ": ")
    placed.depth += 1
    try:
        read_into(InMemory(data), name, placed)
        why = placed.skipped
    except UnreadableError as error:
        if findings.is_full or (findings.recognise and error.state == TIMED_OUT):
            raise
        why = "" if error.state in (NONE, NO_READER) else error.detail
    findings.lacks = findings.lacks or placed.lacks
    if why:
        findings.skipped = f"{short}: {why}"
