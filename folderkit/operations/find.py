"""Find files by the words in their names and texts."""

from __future__ import annotations

from dataclasses import dataclass

from folderkit.catalog.hits import Hit
from folderkit.catalog.search import search
from folderkit.store import Store


@dataclass(frozen=True)
class Found:
    """A hit, with the folder of its project relative to the workspace."""

    folder: str
    hit: Hit


def find(store: Store, words: str, project: str | None, limit: int) -> list[Found]:
    """The files in which every word occurs, best first, at most `limit`."""
    folders = {row.id: row.folder for row in store.catalog.projects()}
    return [Found(folders.get(hit.project, ""), hit) for hit in search(store.catalog, words, project, limit)]
