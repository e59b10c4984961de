"""What a skeleton is: questions, a name for the project's folder, and a tree of nodes with stable ids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from folderkit.core.facts import Question
from folderkit.core.language import Text
from folderkit.core.retention import Policy
from folderkit.core.rules import Rule

Source: TypeAlias = Literal["register", "template", "copy", "text"]
SOURCES: tuple[Source, ...] = ("register", "template", "copy", "text")


class FileNode(NamedTuple):
    """A file that a new project gets. `source` says how it is made, `reference` from what: a register's or
    a template's name, or a file of the skeleton (``{lang}`` in its path is the project's language)."""

    id: str
    name: Text
    source: Source
    reference: str
    when: str = ""


class FolderNode(NamedTuple):
    """A folder of the tree. `id` never changes; `name` is a pattern per language; `for_each` names a list
    of facts for each of whose members the folder is made, as ``{each}``; `keep` says which versions of what lies in
    it `prune` keeps, `naming` how files in it are named (None: as above it; "": as they came)."""

    id: str
    name: Text
    about: Text
    when: str = ""
    for_each: str = ""
    keep: Policy | None = None
    naming: str | None = None
    folders: tuple[FolderNode, ...] = ()
    files: tuple[FileNode, ...] = ()


class Skeleton(NamedTuple):
    """A whole skeleton; `place` is the folder that holds its skeleton.yaml and the files it copies."""

    id: str
    version: int
    title: Text
    about: Text
    folder: str
    naming: str
    questions: tuple[Question, ...]
    tree: tuple[FolderNode, ...]
    files: tuple[FileNode, ...]
    place: Path
    rules: tuple[Rule, ...] = ()

    def file_nodes(self) -> Iterator[FileNode]:
        """Every file that a new project gets, of all folders."""
        yield from self.files
        waiting = list(self.tree)
        while waiting:
            folder = waiting.pop()
            yield from folder.files
            waiting.extend(folder.folders)

    def folder_nodes(self) -> Iterator[tuple[FolderNode, str]]:
        """Every folder, parents first, with the pattern by which files in it are named ("": as they came)."""
        waiting = [(folder, self.naming) for folder in self.tree]
        while waiting:
            folder, above = waiting.pop(0)
            naming = above if folder.naming is None else folder.naming
            yield folder, naming
            waiting.extend((inner, naming) for inner in folder.folders)
