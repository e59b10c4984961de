"""Columns that people head themselves, such as one for each person of a RACI matrix.

In a workbook they are columns like any other, with numbered keys; in a row they are one value, by header.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from folderkit.core.language import Text, same
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema

PLACES = 8  # columns of a new workbook, those without a name yet among them


def spread(schema: Schema, names: Sequence[str]) -> Schema:
    """The schema with a column ``<key>_1`` … for each of `names` and, up to `PLACES`, for those that have none yet."""
    across = schema.across
    if across is None:
        return schema
    headers = [same(name) for name in names]
    headers += [Text(f"{across.header.en} {number}", f"{across.header.zh}{number}")
                for number in range(len(names) + 1, PLACES + 1)]
    columns = tuple(dataclasses.replace(across, key=f"{across.key}_{number}", header=header, aliases=())
                    for number, header in enumerate(headers, 1))
    whole = f"{{{across.key}}}"
    fixed = tuple(dataclasses.replace(column, formula=column.formula.replace(
        whole, f"{{{columns[0].key}..{columns[-1].key}}}")) if whole in column.formula else column
        for column in schema.columns)
    return dataclasses.replace(schema, columns=(*fixed, *columns), across=None)


def names_across(schema: Schema, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The headers that the rows have values under, in the order in which they come."""
    key = schema.across.key if schema.across else ""
    return list(dict.fromkeys(name for row in rows for name in row.get(key) or ()))


def spread_row(schema: Schema, row: Row, names: Sequence[str]) -> Row:
    """The row as the columns of `spread` hold it."""
    if schema.across is None:
        return row
    values = row.get(schema.across.key) or {}
    return {**row, **{f"{schema.across.key}_{number}": values.get(name)
                      for number, name in enumerate([*names, *[""] * (PLACES - len(names))], 1)}}
