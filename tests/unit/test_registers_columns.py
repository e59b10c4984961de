"""Whole columns of cells mean the same as each of their cells alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core.facts import NotAValue
from folderkit.core.language import same
from folderkit.registers import Choice, Column
from folderkit.registers.columns import understand_all
from folderkit.registers.schema import TYPES, YES_NO
from folderkit.registers.values import understand

CHOICES = {"a": Choice("a", same("Alpha")), "b": Choice("b", same("Beta"), ("2",))}
CELLS = st.one_of(
    st.sampled_from(["", " ", " x ", "Alpha", "beta", "yes", "否", "2026-03-05", "3/4/2026", "12", "1,200", "50%",
                     "3万", 0.0, 1.0, 2.0, 1.5, 46086.0, 46086.25, 1e400, -7.0, True, False]),
    st.text(max_size=5), st.floats().map(lambda value: value + 0.0), st.dates(dt.date(1990, 1, 1)),
    st.datetimes(dt.datetime(1990, 1, 1)), st.timedeltas(), st.times())


def column(kind: str, low: float | None = None, high: float | None = None) -> Column:
    choices = YES_NO if kind == "bool" else CHOICES if kind in ("enum", "multi") else {}
    return Column("x", kind, same("x"), choices=choices, minimum=low, maximum=high)


def alone(column: Column, raw: Any) -> Any:
    try:
        return understand(column, raw)
    except NotAValue as error:
        return error.message


@pytest.mark.parametrize("kind", TYPES)
@given(cells=st.lists(CELLS, max_size=8), low=st.sampled_from([None, 0.0]), high=st.sampled_from([None, 1.0]))
def test_a_column_means_what_its_cells_mean(kind: str, cells: list[Any], low: float | None, high: float | None) -> None:
    told = [value.message if isinstance(value, NotAValue) else value
            for value in understand_all(column(kind, low, high), cells)]

    expected = [alone(column(kind, low, high), raw) for raw in cells]
    assert told == expected
    assert list(map(type, told)) == list(map(type, expected))
