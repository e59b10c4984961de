"""Columns that people head themselves, such as one for each person of a RACI matrix.

In a workbook they are columns like any other, with numbered keys; in a row they are one value, by header. What is
entered into one of them goes by a key such as ``people:Li Jing``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from folderkit.core.language import Text, same
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema, plain

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


def key_of(schema: Schema, header: str) -> str:
    """The key of the column under a header of a person's own."""
    return f"{schema.across.key if schema.across else ''}:{header.strip()}"


def gathered(schema: Schema, row: Mapping[str, Any]) -> Row:
    """The row with what is given by such keys as one value."""
    start = key_of(schema, "")
    found = {key.removeprefix(start): value for key, value in row.items() if schema.across and key.startswith(start)}
    if not found or schema.across is None:
        return dict(row)
    rest = {key: value for key, value in row.items() if not key.startswith(start)}
    return {**rest, schema.across.key: {**(row.get(schema.across.key) or {}), **found}}


def as_headed(schema: Schema, row: Mapping[str, Any], headers: Iterable[str]) -> Row:
    """The row with its values under the headers as the sheet spells them."""
    known = {plain(header): header for header in headers}
    if schema.across is None or not row.get(schema.across.key):
        return dict(row)
    return {**row, schema.across.key: {known.get(plain(name), name): value
                                       for name, value in row[schema.across.key].items()}}


def parted(schema: Schema, row: Mapping[str, Any]) -> Row:
    """The row with each value under a key of its own; the other way round."""
    if schema.across is None:
        return dict(row)
    values = row.get(schema.across.key) or {}
    return {**{key: value for key, value in row.items() if key != schema.across.key},
            **{key_of(schema, name): value for name, value in values.items()}}


def spread_row(schema: Schema, row: Row, names: Sequence[str]) -> Row:
    """The row as the columns of `spread` hold it."""
    if schema.across is None:
        return row
    values = row.get(schema.across.key) or {}
    return {**row, **{f"{schema.across.key}_{number}": values.get(name)
                      for number, name in enumerate([*names, *[""] * (PLACES - len(names))], 1)}}
