"""A zip of XML parts (Word, PowerPoint, OpenDocument): opened with limits, its parts and relations."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from folderkit.extract.markup import Handler, walk
from folderkit.extract.model import BROKEN, ENCRYPTED, MAX_INFLATED, TOO_BIG, Findings, UnreadableError
from folderkit.extract.source import Source

_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)


@dataclass(frozen=True)
class Relation:
    """A link from one part to another: its id, the last word of its type, and the other part's name."""

    id: str
    type: str
    target: str


class Package:
    """An open package. All that goes wrong with it is an `UnreadableError`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._room = MAX_INFLATED
        self._entries = {entry.filename: entry for entry in archive.infolist()}

    def __contains__(self, part: str) -> bool:
        return part in self._entries

    def names(self) -> Iterator[str]:
        """The names of all parts."""
        return iter(self._entries)

    def weigh(self) -> None:
        """Refuse a package whose XML would take too much room, before another library inflates it."""
        size = sum(
            entry.file_size
            for name, entry in self._entries.items()
            if name.lower().endswith((".xml", ".bin", ".rels", ".vml"))
        )
        if size > MAX_INFLATED:
            raise _too_big()

    def walk(self, part: str, handler: Handler) -> None:
        """Run the XML of a part through a handler."""
        entry = self._entries.get(part)
        if entry is None:
            raise UnreadableError(BROKEN, f"A part of the file is missing: {part}.")
        if entry.flag_bits & 1:
            raise UnreadableError(ENCRYPTED, "The file needs a password.")
        self._room -= entry.file_size  # zipfile never inflates more than this
        if self._room < 0:
            raise _too_big()
        try:
            with self._archive.open(entry) as stream:
                walk(stream, handler)
        except _BROKEN_ZIP as error:
            raise UnreadableError(BROKEN, f"A part of the file is damaged: {part} ({error}).") from error

    def read_aside(self, part: str, findings: Findings) -> bytes:
        """The bytes of a part that counts less than the others; b"" where it is damaged."""
        entry = self._entries.get(part)
        if entry is None or entry.flag_bits & 1:
            return b""
        self._room -= entry.file_size
        if self._room < 0:
            raise _too_big()
        try:
            return self._archive.read(entry)
        except _BROKEN_ZIP as error:
            findings.skipped = f"A part of the file is damaged: {part} ({error})."
            return b""

    def walk_aside(self, part: str, handler: Handler, findings: Findings) -> None:
        """The same for a part beside the main one: when it is damaged, the others are still read."""
        try:
            self.walk(part, handler)
        except UnreadableError as error:
            if error.state != BROKEN or not error.keep:
                raise
            findings.skipped = error.detail

    def relations(self, part: str) -> list[Relation]:
        """The links of a part ("" for the package's own), in their order; none where it has none."""
        folder, name = posixpath.split(part)
        source = posixpath.join(folder, "_rels", f"{name}.rels")
        if source not in self:
            return []
        handler = _Relations(folder)
        self.walk(source, handler)
        return handler.found

    def main_part(self, otherwise: str) -> str:
        """The part that is the document itself."""
        for relation in self.relations(""):
            if relation.type == "officeDocument" and relation.target in self:
                return relation.target
        return otherwise


def is_package(path: Source) -> bool:
    """Whether a file is a zip, and does not only hold one, as old workbooks do with a theme."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


@contextmanager
def open_package(path: Source) -> Iterator[Package]:
    """Open the zip at `path`."""
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN_ZIP as error:
            raise UnreadableError(BROKEN, f"The file is damaged or cut off ({error}).") from error
        with archive:
            yield Package(archive)


def _too_big() -> UnreadableError:
    return UnreadableError(TOO_BIG, f"There are more than {MAX_INFLATED >> 20} MB of XML inside.")


class _Relations(Handler):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: list[Relation] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else posixpath.join(self._folder, target)
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found.append(Relation(attributes.get("Id", ""), kind, posixpath.normpath(full)))
