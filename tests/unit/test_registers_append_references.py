"""References in formulas: found where they are some, left alone where they only look like it, moved and stretched."""

from __future__ import annotations

import pytest

from folderkit.core.workbook.references import changed, moved, parse_cells, references
from folderkit.registers.patching.growth import Growth


@pytest.mark.parametrize(("formula", "found"), [
    ("SUM(E6:E25)+$B$1", ["E6:E25", "$B$1"]),
    ("LOG10(A1)&\"B2\"", ["A1"]),
    ("reg_tasks[[#This Row],[A1]]+Q1_2024+TAX2024B+ABCD12+XFE1+A1048577", []),
    ("'My ''own'' & A1'!$A$1:A5", ["$A$1:A5"]),
    ("[1]Sheet1!A1+'[2]x'!B2", ["B2"]),
    ("SUM(A:B)+SUM($3:4)", ["A:B", "$3:4"]),
    ("任务!C3+A1#", ["C3", "A1"]),
    ("Sheet1!#REF!+1E5", []),
])
def test_references_are_found_in_formulas(formula: str, found: list[str]) -> None:
    assert [str(reference) for reference in references(formula)] == found


@pytest.mark.parametrize(("formula", "after"), [
    ("A1+$A1+A$1+$A$1", "B3+$A3+B$1+$A$1"),
    ("'S 1'!A1:$B$2", "'S 1'!B3:$B$2"),
    ("SUM(A:A)+SUM(3:$4)+\"A1\"", "SUM(B:B)+SUM(5:$4)+\"A1\""),
])
def test_a_copied_formula_moves_what_is_not_fixed(formula: str, after: str) -> None:
    assert moved(formula, 2, 1) == after


@pytest.mark.parametrize("text", [
    "", "A", "1", "A0", "A1:", "A1:B", "A1:B2:C3", "nonsense28", "XFE1", "A1048577", "-1"])
def test_what_is_no_reference_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="no reference"):
        parse_cells(text)


GROWTH = Growth("Plan", header=3, after=7, until=10, left=2, right=8, at=8, by=3)


@pytest.mark.parametrize(("formula", "own", "in_row", "after"), [
    ("SUM(E4:E7)", "Plan", False, "SUM(E4:E10)"),
    ("SUM(E4:E7)", "plan", False, "SUM(E4:E10)"),
    ("SUM(E4:E7)", "Other", False, "SUM(E4:E7)"),
    ("SUM(Plan!E4:E7)+Plan!E8", "Other", False, "SUM(Plan!E4:E10)+Plan!E11"),
    ("SUM(E4:E6)+E7", "Plan", False, "SUM(E4:E6)+E7"),
    ("SUM(E$4:E7)+E4/SUM(E$4:E$7)", "Plan", True, "SUM(E$4:E7)+E4/SUM(E$4:E$10)"),
    ("SUM(E1:E20)+E8+$E$9", "Plan", False, "SUM(E1:E23)+E11+$E$12"),
    ("SUM(Z4:Z7)+SUM(E:E)+SUM(3:7)+SUM(8:9)", "Plan", False, "SUM(Z4:Z7)+SUM(E:E)+SUM(3:7)+SUM(11:12)"),
])
def test_ranges_stretch_over_new_rows_and_follow_moved_ones(formula: str, own: str, in_row: bool, after: str) -> None:
    assert changed(formula, GROWTH.change(own, in_row=in_row)) == after


def test_lists_of_ranges_stretch_where_they_end_with_the_table() -> None:
    assert GROWTH.ranges("B4:B7 C7 D4:D6 E8:E9", stretch=True) == "B4:B10 C7:C10 D4:D6 E11:E12"
    assert GROWTH.ranges("B4:B7 C7", stretch=False) == "B4:B7 C7"
