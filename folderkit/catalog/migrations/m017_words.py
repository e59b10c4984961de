"""Schema 17: words that a dot joins stand beside each other (``node.js``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


def migrate(database: sqlite3.Connection, progress: Callable[[int, int], None]) -> None:
    """Nothing is left of it to be done: step 18 indexes all anew."""
