"""Drawings (.svg) and other XML: the words between the tags."""

from __future__ import annotations

import io

from folderkit.extract.markup import Handler, walk
from folderkit.extract.model import MAX_INFLATED, TOO_BIG, Findings, UnreadableError
from folderkit.extract.source import Source

_SKIPPED = frozenset({"style", "script", "Signature"})
"""What is between these tags is for programs."""


def read(path: Source, findings: Findings) -> None:
    """Add a passage per element that holds text."""
    with path.open("rb") as file:
        if file.seek(0, io.SEEK_END) > MAX_INFLATED:
            raise UnreadableError(TOO_BIG, "The file is too big.")
        file.seek(0)
        walk(file, _Words(findings))


class _Words(Handler):
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._text: list[str] = []
        self._skipping = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "tspan":
            self._flush()
        self._skipping += bool(self._skipping or tag in _SKIPPED)

    def end(self, tag: str) -> None:
        if self._skipping:
            self._skipping -= 1
        if tag != "tspan":
            self._flush()

    def data(self, text: str) -> None:
        if not self._skipping:
            self._text.append(text)

    def _flush(self) -> None:
        if self._text:
            self._findings.add("", "".join(self._text))
            self._text.clear()
