"""Write a register as a workbook that a person likes to work in."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from folderkit.core.errors import Misuse, unknown
from folderkit.core.facts import NotAValue
from folderkit.core.language import Language, Text
from folderkit.registers.across import gathered, names_across, spread, spread_row
from folderkit.registers.compute import computed_rows
from folderkit.registers.register import Register, Row
from folderkit.registers.schema import Column, Schema
from folderkit.registers.schema_file import sheets_of
from folderkit.registers.values import understand

LONGEST_TEXT = 32_767  # characters in a cell, by Excel, which counts those beyond U+FFFF twice


def write_workbook(
    schema: Schema, language: Language, rows: Sequence[Mapping[str, Any]], target: Path | BinaryIO, *,
    project: str, today: dt.date, color: str = "1F3A5F", currency: str = "",
    sheets: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
) -> None:
    """Write `rows` (by column key; enums by canonical key or word; a missing id is counted on) to `target`; `sheets`
    are the rows of the registers that lie on further sheets of the workbook, by name.

    The same arguments give the same bytes. Raises `Misuse` for an unknown column or a value that does not
    fit, `OSError` when `target` cannot be written.
    """
    from folderkit.registers.band import Band
    from folderkit.registers.sheet import Content, build

    contents = []
    for inner, given in ((schema, rows), *((one, sheets.get(one.key, ())) for one in sheets_of(schema.key))):
        typed = computed_rows(inner, with_ids(inner, [typed_row(inner, row) for row in given]), today)
        names = names_across(inner, typed)
        contents.append(Content(inner, spread(inner, names), [spread_row(inner, row, names) for row in typed]))
    buffer = io.BytesIO()
    build(contents, language, buffer, Band(_encodable(project), color, currency), today)
    if isinstance(target, Path):
        target.write_bytes(buffer.getvalue())
    else:
        target.write(buffer.getvalue())


def write_gantt(tasks: Register, language: Language, target: BinaryIO, *, project: str, today: dt.date, color: str,
                alone: bool) -> None:
    """Write the Gantt chart of the register of tasks as a workbook to hand out: it is no register. The table stands
    beside it; with `alone` it is hidden, so that only the chart is printed."""
    from folderkit.registers.band import Band
    from folderkit.registers.sheet import Content, build_gantt

    rows = with_ids(tasks.schema, computed_rows(tasks.schema, tasks.rows, today))
    buffer = io.BytesIO()
    build_gantt(Content(tasks.schema, tasks.schema, rows), language, buffer, Band(_encodable(project), color, ""),
                today, alone=alone)
    target.write(buffer.getvalue())


def typed_row(schema: Schema, row: Mapping[str, Any]) -> Row:
    """The values of a row as they are typed; computed columns are left out. Raises `Misuse`."""
    row = gathered(schema, row)
    columns = {column.key: column for column in (*schema.columns, *([schema.across] if schema.across else []))}
    for key in row:
        if key not in columns:
            raise unknown(Text(f"column in the register '{schema.key}':", f"列（登记册 {schema.key}）"), key, columns)
    return {key: {name: _value(schema, schema.across, one) for name, one in value.items()}
            if schema.across and key == schema.across.key else _value(schema, columns[key], value)
            for key, value in row.items() if not columns[key].computed}


def starter_rows(schema: Schema, language: Language) -> list[Row]:
    """What stands in the register when it is new."""
    return [{key: value.in_(language) if isinstance(value, Text) else value for key, value in row.items()}
            for row in schema.starters]


def _value(schema: Schema, column: Column, raw: Any) -> Any:
    try:
        value = understand(column, raw)
    except NotAValue as error:
        reason = error.message
    else:
        if not isinstance(value, str):
            return value
        if len(value.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST_TEXT:
            return _encodable(value)
        reason = Text("the text is longer than a cell of Excel can hold", "文字超出 Excel 单元格的长度")
    raise Misuse(Text(f"Register '{schema.key}', column '{column.key}': {reason.en}.",
                      f"登记册“{schema.key}”的“{column.key}”列：{reason.zh}。"))


def _encodable(text: str) -> str:
    """The text without halves of letters, as they come from broken file names; XML cannot hold them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def with_ids(schema: Schema, rows: list[Row]) -> list[Row]:
    """The rows, each with an id: the next number after the highest that is there."""
    last = highest_number(schema, rows)
    numbered = []
    for row in rows:
        if row.get("id") is None:
            last += 1
            row = {**row, "id": number_of(schema, last)}
        numbered.append(row)
    return numbered


def highest_number(schema: Schema, rows: Sequence[Mapping[str, Any]]) -> int:
    """The highest number among ids such as TSK-007, also written tsk-007; 0 when there is none."""
    numbers = [str(row.get("id") or "").strip().upper().removeprefix(f"{schema.prefix}-".upper()) for row in rows]
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)


def number_of(schema: Schema, number: int) -> str:
    return f"{schema.prefix}-{number:03d}"
