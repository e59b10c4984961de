"""Write a register as a workbook that a person likes to work in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from folderkit.core.language import Language
from folderkit.registers.schema import Schema


def write_workbook(
    schema: Schema, language: Language, rows: Sequence[Mapping[str, Any]], target: Path | BinaryIO, *,
    project: str, today: dt.date, color: str = "1F3A5F", currency: str = "",
) -> None:
    """Write `rows` (by column key; enums by canonical key or word; a missing id is counted on) to `target`.

    The same arguments give the same bytes. Raises `Misuse` for an unknown column or a value that does not fit.
    """
    raise NotImplementedError
