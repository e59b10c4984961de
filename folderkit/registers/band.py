"""What stands above a register's table, and on what is drawn beside it."""

from __future__ import annotations

from typing import NamedTuple


class Band(NamedTuple):
    """The project's name, the colour of it all (RRGGBB), and the currency of amounts ("": not known)."""

    project: str
    color: str
    currency: str
