"""Rows added to tables of any order of columns, any words above them, any values: what was there stays, what is new is
read back. A search by hypothesis."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from folderkit.registers import load_schema
from folderkit.registers.patching import append_rows
from folderkit.registers.read import read_content
from folderkit.registers.schema import Column

TODAY = dt.date(2026, 3, 18)
SCHEMA = load_schema("communications")
OWN = ("备注2", "My own", "=1+1", "编号 2")
PATH = Path("x.xlsx")
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip()))
# what openpyxl itself can write into the workbook that is added to
PLAIN_TEXTS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip()) and not text.startswith("=") and "合计" not in text)


def values_of(column: Column, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    if column.choices:
        return st.sampled_from(sorted(column.choices))
    if column.type == "date":
        return st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
    if column.type == "datetime":
        return st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31)).map(
            lambda moment: moment.replace(microsecond=0))
    return texts


TYPED = [column for column in SCHEMA.columns if not column.computed and column.key != "id"]


@st.composite
def rows(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> dict[str, Any]:
    row: dict[str, Any] = {SCHEMA.subject: draw(texts)}
    for column in draw(st.lists(st.sampled_from(TYPED), unique_by=lambda column: column.key, max_size=5)):
        row.setdefault(column.key, draw(values_of(column, texts)))
    return row


@st.composite
def workbooks(draw: st.DrawFn) -> tuple[bytes, int]:
    """A workbook with a table somewhere on its sheet, and where its header lies."""
    columns = draw(st.lists(st.sampled_from([column for column in SCHEMA.columns if column.key != SCHEMA.subject]),
                            unique_by=lambda column: column.key, min_size=2, max_size=8))
    placed: list[Column | str] = list(draw(st.permutations([SCHEMA.column(SCHEMA.subject), *columns, *OWN[:2]])))
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    top, left = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    for position, column in enumerate(placed, left):
        word = column if isinstance(column, str) else draw(
            st.sampled_from(sorted({column.header.en, column.header.zh, *column.aliases})))
        sheet.cell(top, position).value = word
        sheet.cell(top, position).data_type = "s"
    for number, row in enumerate(draw(st.lists(rows(PLAIN_TEXTS), max_size=3)), top + 1):
        for position, column in enumerate(placed, left):
            value = row.get(column.key) if isinstance(column, Column) else draw(st.sampled_from([None, 1, "x"]))
            if isinstance(column, Column) and column.choices and value is not None:
                value = draw(st.sampled_from(sorted(column.choices[str(value)].words.every())))
            sheet.cell(number, position).value = value
    if draw(st.booleans()):
        below = sheet.max_row + draw(st.integers(1, 2))
        sheet.cell(below, left).value = "合计"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue(), top


@settings(max_examples=60)
@given(workbooks(), st.lists(rows(TEXTS), min_size=1, max_size=4))
def test_whatever_stands_there_rows_are_added_and_read_back(
        workbook: tuple[bytes, int], new: list[dict[str, Any]]) -> None:
    content, top = workbook
    before = read_content(content, PATH, SCHEMA, today=TODAY)

    added = append_rows(content, SCHEMA, new, path=PATH, today=TODAY)

    after = read_content(added.content, PATH, SCHEMA, today=TODAY)
    there = set(after.letters)
    assert after.rows[: len(before.rows)] == before.rows
    assert len(after.rows) == len(before.rows) + len(new)
    for row, found in zip(new, after.rows[len(before.rows):], strict=True):
        for key in there & row.keys():
            value = row[key]
            assert found[key] == (value.strip() if isinstance(value, str) else value), key
    assert set(added.left_out) == {key for row in new for key in row} - there
    old, now = (openpyxl.load_workbook(io.BytesIO(data)).worksheets[0] for data in (content, added.content))
    assert isinstance(old, Worksheet)
    assert isinstance(now, Worksheet)
    last = top + len(before.rows)
    assert [[cell.value for cell in row] for row in now.iter_rows(max_row=last, max_col=old.max_column)] == [
        [cell.value for cell in row] for row in old.iter_rows(max_row=last, max_col=old.max_column)]
    totals = [cell.value for row in now.iter_rows(min_row=last + len(new) + 1) for cell in row if cell.value]
    assert totals == [cell.value for row in old.iter_rows(min_row=last + 1) for cell in row if cell.value]
