"""Text of any kind: a passage per line, as it stands."""

from __future__ import annotations

from pathlib import Path

from folderkit.core.charset import decode, is_binary
from folderkit.extract.model import MAX_CHARACTERS, NONE, TOO_BIG, Findings, UnreadableError

_MOST = MAX_CHARACTERS * 4


def read(path: Path, findings: Findings) -> None:
    """Add the lines, and tell how they end."""
    with path.open("rb") as file:
        data = file.read(_MOST)
        cut = bool(file.read(1))
    if is_binary(data):
        raise UnreadableError(NONE, "The file is not text.")
    text = decode(data, cut=cut)
    findings.tell("line ends", "CRLF" if "\r\n" in text else "CR" if "\r" in text else "LF" if "\n" in text else "")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        findings.add_line(f"line {number}", line)
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: there is too much text.")
