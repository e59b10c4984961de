"""Read a register from a workbook, whatever people did to it, and say what could not be understood."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from folderkit.registers.register import Register
from folderkit.registers.schema import Schema


def read_workbook(path: Path, schema: Schema, *, today: dt.date) -> Register:
    """The register in the workbook at `path`. Raises `Failed` when it is no workbook that can be read."""
    raise NotImplementedError
