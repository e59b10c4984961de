"""The files among which is searched: those that fulfil the conditions of filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from folderkit.catalog.catalog import Catalog

LAST_VERSION = "(SELECT max(number) FROM version AS last WHERE last.file = file.id)"


class Condition(NamedTuple):
    """A condition in SQL on a row of table `file`, with its values."""

    sql: str
    values: tuple[object, ...] = ()


class Scope(NamedTuple):
    """The files among which is searched: the row of each, and that of its content (None: its text was not read)."""

    files: Mapping[int, int | None]

    def contents(self) -> Counter[int]:
        """How many of the files hold each content."""
        return Counter(content for content in self.files.values() if content is not None)


def scope_of(catalog: Catalog, condition: Condition) -> Scope:
    """The present files that fulfil a condition."""
    return Scope(dict(catalog.database.execute(
        "SELECT file.row, content.row FROM file LEFT JOIN content ON content.hash = file.content"  # noqa: S608
        f" WHERE file.present AND {condition.sql}", condition.values)))
