"""How a catalog of an older schema becomes one of today's: a numbered step for each schema, in one table.

A step changes tables by single statements inside a transaction that the caller holds (never by `executescript`, which
would end it), and may read what the catalog holds. Afterwards the tables are as those of a new catalog; a test holds
every step to that, on a catalog that the old folderkit wrote (`tests/frozen`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from folderkit.catalog.migrations import m015_properties, m016_search, m017_words, m018_bags

Progress = Callable[[int, int], None]
STEPS: dict[int, Callable[[sqlite3.Connection, Progress], None]] = {  # by the schema that the step leads to
    15: m015_properties.migrate,
    16: m016_search.migrate,
    17: m017_words.migrate,
    18: m018_bags.migrate,
}
OLDEST = min(STEPS) - 1  # what is older is made again from the journal
