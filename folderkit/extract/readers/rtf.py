"""Rich text (.rtf): a passage per paragraph."""

from __future__ import annotations

from folderkit.core.richtext import read_paragraphs
from folderkit.extract.model import MAX_INFLATED, TOO_BIG, Findings, UnreadableError
from folderkit.extract.properties import tell_all
from folderkit.extract.source import Source


def read(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph."""
    with path.open("rb") as file:
        data = file.read(MAX_INFLATED)
        cut = bool(file.read(1))
    read_paragraphs(data, findings.add, lambda name, value: tell_all([(name, value)], findings))
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: the file is too big.")
