"""Rows and values for a project's register as new bytes of its workbook, unless somebody has it open; the caller places
them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import Refused, os_failure
from folderkit.core.language import Text
from folderkit.core.signature import Signature, signature_of
from folderkit.watch.settling import lock_file_of

if TYPE_CHECKING:
    from folderkit.registers import Schema


class InUse(Refused):
    """Somebody has the workbook open: what is written now would be lost with their next save. Try again later."""


@dataclass(frozen=True)
class Recorded:
    """The workbook with its new rows or values, and what it was made from: the file of this `seen` signature must still
    stand there when `content` is put in its place. `rows` are the new ones, with their numbers, `left_out` the columns
    that were given and are not in the sheet."""

    content: bytes
    seen: Signature
    rows: Sequence[Mapping[str, Any]] = ()
    left_out: tuple[str, ...] = ()


def rows_for(path: Path, schema: Schema, rows: Sequence[Mapping[str, Any]], *, today: dt.date) -> Recorded:
    """The workbook at `path` with `rows` added below its last; nothing is written.

    Raises `InUse` while a program has it open, `Refused` when rows cannot be added without harm, `Failed` when it is
    no workbook that can be read, `Misuse` for values that do not fit.
    """
    from folderkit.registers.patching import append_rows

    refuse_open(path)
    seen, content = _read(path)
    added = append_rows(content, schema, rows, path=path, today=today)
    return Recorded(added.content, seen, added.rows, added.left_out)


def cells_for(path: Path, schema: Schema, values: Mapping[str, Mapping[str, Any]], *, today: dt.date) -> Recorded:
    """The workbook at `path` with `values`, by the number of the row and the key of the column, in their cells; nothing
    is written. Raises as `rows_for`, and `Refused` for a row or a column that is not there."""
    from folderkit.registers.patching import set_cells

    refuse_open(path)
    seen, content = _read(path)
    return Recorded(set_cells(content, schema, values, path=path, today=today).content, seen)


def columns_for(path: Path, schema: Schema, keys: Sequence[str]) -> Recorded:
    """The workbook at `path` with the columns `keys` right of its table, but for those that it has; nothing is written.
    Raises as `rows_for`, and `Refused` where something stands there."""
    from folderkit.registers.patching import add_columns

    refuse_open(path)
    seen, content = _read(path)
    return Recorded(add_columns(content, schema, keys, path=path).content, seen)


def _read(path: Path) -> tuple[Signature, bytes]:
    """What the file looks like, and its content; both of one moment."""
    from folderkit.registers import file_bytes

    try:
        seen = signature_of(path.lstat())
        content = file_bytes(path)
        if signature_of(path.lstat()) != seen:
            raise _in_use(path, None)
    except OSError as error:
        raise os_failure(Text("read the register", "读取登记册"), error, path) from None
    return seen, content


# -- who has it open -------------------------------------------------------------------------------
def refuse_open(path: Path) -> None:
    """Raise `InUse` when a program has left its mark beside the file: it is open there."""
    mark = lock_file_of(str(path))
    if mark is not None:
        raise _in_use(path, Path(mark))


def _in_use(path: Path, mark: Path | None) -> InUse:
    said = Text(f"'{path}' is open in another program.", f"“{path}”正在其他程序中打开。")
    if mark is None:
        return InUse(said, Text("Save and close it, then try again.", "请保存并关闭后再试。"))
    return InUse(said, Text(f"Save and close it, then try again. If nobody has it open, delete '{mark.name}'.",
                            f"请保存并关闭后再试。如果没有人打开它，请删除旁边的“{mark.name}”。"))
