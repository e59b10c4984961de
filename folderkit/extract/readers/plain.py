"""Plain text, Markdown, CSV, logs, JSON, YAML: decoded, and split into paragraphs at empty lines."""

from __future__ import annotations

import re

from folderkit.core.charset import decode, is_binary
from folderkit.extract.model import MAX_CHARACTERS, NONE, TOO_BIG, Findings, UnreadableError
from folderkit.extract.source import Source

_MOST = MAX_CHARACTERS * 4
_EMPTY_LINES = re.compile(r"\n[ \t\u3000]*\n")


def read(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph."""
    with path.open("rb") as file:
        data = file.read(_MOST)
        cut = bool(file.read(1))
    if is_binary(data):
        raise UnreadableError(NONE, "The file is not text.")
    add_paragraphs(decode(data, cut=cut), findings)
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: there is too much text.")


def add_paragraphs(text: str, findings: Findings) -> None:
    """Add a passage per paragraph of plain text."""
    for paragraph in _EMPTY_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        findings.add("", paragraph)
