"""Where rows of a workbook's template go, and what references to them become."""

from __future__ import annotations

import pytest

from folderkit.documents.workbook.follow import CannotFollowError, Moves, Where
from folderkit.documents.workbook.layout import Layout, gathered, laid_out
from folderkit.documents.workbook.program import Loop

ONE_ROW = laid_out([(6, 6)], [], [6] * 5, [[0]])  # row 6 five times
# rows 5 and 9 bound a block of 6 to 8, 7 is repeated in it: two turns, of two rows and of one
BLOCK = laid_out([(5, 9)], [Loop(5, 9)], [6, 7, 7, 8, 6, 7, 8], [[0], [0, 4]])


def moves(layout: Layout, **text: str) -> Moves:
    return Moves({"budget": layout}, ("budget", "other", "last"), lambda sheet, row, column: text.get("text", ""))


def test_rows_below_a_repeated_one_move_down() -> None:
    assert [ONE_ROW.moved(row) for row in (5, 7, 8)] == [5, 11, 12]
    assert [BLOCK.moved(row) for row in (4, 10)] == [4, 12]
    assert (BLOCK.first(7), BLOCK.last(7)) == (6, 10)


def test_rows_of_a_block_are_found_by_turn() -> None:
    region = BLOCK.region_of(7)
    assert region is not None
    assert list(region.copies(7)) == [6, 7, 10]
    assert list(region.near(7, 8, 8)) == [6, 7]
    assert list(region.near(7, 8, 11)) == [10]
    assert list(region.near(6, 8, 11)) == [9]


def test_runs() -> None:
    assert gathered([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert gathered([]) == []


@pytest.mark.parametrize(("old", "new"), [
    ("SUM(E6)", "SUM(E6:E10)"),
    ("SUM(E6:E6)", "SUM(E6:E10)"),
    ("SUM(E5:E7)", "SUM(E5:E11)"),
    ("SUM($E$6:$E$6)*B2", "SUM($E$6:$E$10)*B2"),
    ("SUMIF(A6,\"x\",E6)", "SUMIF(A6:A10,\"x\",E6:E10)"),
    ("SUM(E:E)-E8", "SUM(E:E)-E12"),
    ("\"E6\"&E7", "\"E6\"&E11"),
    ("LOG10(E7)", "LOG10(E11)"),
    ("Other!E6+E7", "Other!E6+E11"),
    ("[1]Budget!E7", "[1]Budget!E7"),
    ("Tasks[Cost]", "Tasks[Cost]"),
])
def test_formulas_elsewhere_on_the_sheet(old: str, new: str) -> None:
    assert moves(ONE_ROW).formula(old, Where("Budget", 8, 12)) == new


@pytest.mark.parametrize(("old", "new"), [
    ("C6*D6", "C8*D8"),
    ("SUM(D$6:D6)", "SUM(D$6:D8)"),
    ("E6/SUM(E$6:E$6)", "E8/SUM(E$6:E$10)"),
    ("E6/E$9", "E8/E$13"),
    ("F5+E6", "F7+E8"),
    ("E6*C2", "E8*C2"),
    ("Budget!E6", "Budget!E8"),
])
def test_formulas_in_a_repeated_row(old: str, new: str) -> None:
    assert moves(ONE_ROW).formula(old, Where("Budget", 6, 8)) == new


def test_a_running_balance_begins_above_the_first_row() -> None:
    assert moves(ONE_ROW).formula("F5+E6", Where("Budget", 6, 6)) == "F5+E6"


@pytest.mark.parametrize(("old", "at", "new"), [
    ("SUM(E7)", 8, "SUM(E6:E7)"),
    ("SUM(E7:E7)", 11, "SUM(E10)"),
    ("E6", 11, "E9"),
])
def test_formulas_in_a_block_mean_its_turn(old: str, at: int, new: str) -> None:
    assert moves(BLOCK).formula(old, Where("Budget", 8, at)).replace("E10:E10", "E10") == new


def test_a_sum_over_rows_with_others_between_is_taken_apart() -> None:
    assert moves(BLOCK).formula("SUM(E7)", Where("Budget", 12, 14)) == "SUM(E6:E7,E10)"
    assert moves(BLOCK).formula("SUBTOTAL(9,E7)", Where("Budget", 12, 14)) == "SUBTOTAL(9,E6:E10)"


def test_charts_and_names_take_what_stands_alone_for_a_range() -> None:
    assert moves(ONE_ROW).formula("Budget!$E$6", Where(alone=("", ""))) == "Budget!$E$6:$E$10"
    assert moves(BLOCK).formula("Budget!$E$7", Where(alone=("(", ")"))) == "(Budget!$E$6:$E$7,Budget!$E$10)"


def test_names_with_more_than_references_do_not() -> None:
    assert moves(ONE_ROW).formula("OFFSET(Budget!$E$6,0,0,COUNTA(Budget!$E:$E)-1,1)", Where(alone=("", ""))) == (
        "OFFSET(Budget!$E$6,0,0,COUNTA(Budget!$E:$E)-1,1)")
    with pytest.raises(CannotFollowError):
        moves(ONE_ROW).formula("Budget!$E$6>5", Where(alone=("", "")))
    assert moves(ONE_ROW).formula("(Budget!$E$6,Budget!$E$8)", Where(alone=("(", ")"))) == (
        "(Budget!$E$6:$E$10,Budget!$E$12)")


@pytest.mark.parametrize(("formula", "said"), [
    ("E6*2", "as to one cell"),
    ("ROUND(E6,2)", "as to one cell"),
    ("SUM(Budget:Last!E7)", "several sheets"),
    ("INDIRECT(\"E7\")", "INDIRECT"),
    ("INDIRECT(\"Budget!E\"&ROW())", "INDIRECT"),
    ("INDIRECT(ADDRESS(7,5))", "INDIRECT"),
    ("INDIRECT(A1)", "INDIRECT"),
])
def test_what_cannot_follow_is_refused(formula: str, said: str) -> None:
    with pytest.raises(CannotFollowError, match=said):
        moves(ONE_ROW, text="Budget!E7").formula(formula, Where("Budget", 12, 16))


@pytest.mark.parametrize("formula", ["INDIRECT(\"E5\")", "INDIRECT(A1)", "SUM(Other:Last!E7)", "INDIRECT(\"rates\")"])
def test_what_does_not_move_stays(formula: str) -> None:
    assert moves(ONE_ROW, text="rates").formula(formula, Where("Other", 12, 12)) == formula


def test_a_row_that_is_left_out_cannot_be_referred_to() -> None:
    gone = laid_out([(6, 6)], [], [], [[0]])
    with pytest.raises(CannotFollowError, match="leave this row out"):
        moves(gone).formula("E6", Where("Budget", 8, 7))
    assert moves(gone).formula("SUM(E5:E7)", Where("Budget", 8, 7)) == "SUM(E5:E6)"


def test_rules_follow_as_ranges() -> None:
    assert moves(ONE_ROW).ranges("C6:D6 A8", "Budget") == "C6:D10 A12"
    assert moves(BLOCK).ranges("C7", "Budget") == "C6:C7 C10"
