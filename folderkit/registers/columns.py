"""A whole column of cells as typed values: what a column mostly holds is taken at once, all else cell by cell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from folderkit.core.facts import NotAValue
from folderkit.registers.schema import NUMBERS, Column
from folderkit.registers.values import understand

Values: TypeAlias = list[Any]
TEXTS = ("id", "text", "long", "person", "ref", "path")  # whatever stands in a cell of these is understood


def understand_all(column: Column, raws: Sequence[Any]) -> Values:
    """`understand` for each cell of a column, as `Understanding` does it."""
    return Understanding(column).of(raws)


class Understanding:
    """What the cells of a column mean, taken part by part: each kind of word is worked out once. 20,000 cells take some
    2 ms where they are what the column is for, and a few words where they are choices."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self._known = _Known(column)

    def of(self, raws: Sequence[Any]) -> Values:
        """`understand` for each of these cells, as calamine gives them; where it raises `NotAValue`, that error stands
        in the place of the value."""
        kind = self.column.type
        if kind in TEXTS and (texts := _texts(raws)) is not None:
            return texts
        if bool in set(map(type, raws)):  # is 1 or 0 as the key of a dict
            return [_one(self.column, raw) for raw in raws]
        if kind in NUMBERS:
            return self._numbers(raws) or [_one(self.column, raw) for raw in raws]
        known = self._known
        if kind == "date":
            return [raw if type(raw) is dt.date else known[raw] for raw in raws]
        if kind == "datetime":
            return [raw if type(raw) is dt.datetime and not raw.microsecond and raw.tzinfo is None else known[raw]
                    for raw in raws]
        words = {raw: known[raw] for raw in set(raws)}
        return list(map(words.__getitem__, raws))

    def _numbers(self, raws: Sequence[Any]) -> Values | None:
        """The numbers of a column; None when one of the cells that are numbers is not within its bounds."""
        known = self._known
        values = [(int(raw) if raw.is_integer() else raw) if type(raw) is float else known[raw] for raw in raws]
        found = [raw for raw in raws if type(raw) is float]
        if not found:
            return values
        low, high = self.column.minimum, self.column.maximum
        within = (low is None or min(found) >= low) and (high is None or max(found) <= high)
        whole = self.column.type != "int" or float not in set(map(type, values))
        return values if within and whole and math.isfinite(sum(found)) else None


def _texts(raws: Sequence[Any]) -> Values | None:
    """The texts of a column that holds nothing else; None for another."""
    try:
        texts: Values = list(map(str.strip, raws))
    except TypeError:  # one is no text
        return None
    return [text or None for text in texts] if "" in texts else texts


def _one(column: Column, raw: Any) -> Any:
    try:
        return understand(column, raw)
    except NotAValue as error:
        return error


class _Known(dict[Any, Any]):
    """What each cell means, worked out once."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column

    def __missing__(self, raw: Any) -> Any:
        self[raw] = value = _one(self.column, raw)
        return value
