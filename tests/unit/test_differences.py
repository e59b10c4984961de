"""What changed between two contents: pairs, marks, paragraphs, cells, places."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.differences import Comparison, Line, Piece, compare_texts, compare_workbooks, marks
from folderkit.differences.align import align, gaps
from folderkit.differences.page import page
from folderkit.differences.wording import place_text
from folderkit.differences.words import Mark

ITEMS = st.lists(st.sampled_from("abcde"), max_size=30)
TEXT = st.text(alphabet="ab 中文。\n1", max_size=30)


def paragraphs(*texts: str) -> list[Piece]:
    return [Piece(f"paragraph {number}", text) for number, text in enumerate(texts, start=1)]


def book(**sheets: list[list[str]]) -> list[Piece]:
    """The pieces of a workbook; a row of only empty cells is none."""
    found = []
    for name, rows in sheets.items():
        found.append(Piece(f"{name}!", name))
        for number, cells in enumerate(rows, start=1):
            first = next((column for column, cell in enumerate(cells) if cell), None)
            if first is not None:
                found.append(Piece(f"{name}!{'ABCDEFGH'[first]}{number}", "\t".join(cells[first:])))
    return found


def told(sections: tuple[object, ...]) -> list[tuple[str, str, str, str]]:
    """(kind, place, before, after) of every difference."""
    comparison = Comparison("cells", sections)  # type: ignore[arg-type]
    return [(line.kind, line.place, line.before, line.after) for line in comparison.differences()]


TABLE = [["No", "Item", "Price"], ["1", "Design", "12000"], ["2", "Hosting", "1200"], ["3", "Travel", "900"],
         ["4", "Training", "1200"]]


# -- pairs -----------------------------------------------------------------------------------------
@given(ITEMS, ITEMS)
def test_pairs_are_equal_items_in_order(before: list[str], after: list[str]) -> None:
    pairs = align(before, after)
    assert all(before[i] == after[j] for i, j in pairs)
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in itertools.pairwise(pairs))


@given(ITEMS)
def test_what_is_the_same_is_paired_whole(items: list[str]) -> None:
    assert align(items, items) == [(number, number) for number in range(len(items))]


@given(ITEMS, st.integers(0, 30), ITEMS)
def test_an_insertion_costs_no_pair(items: list[str], at: int, more: list[str]) -> None:
    assert len(align(items, [*items[:at], *("xyz"[ord(item) % 3] for item in more), *items[at:]])) == len(items)


@given(ITEMS, ITEMS)
def test_gaps_and_pairs_are_all_there_is(before: list[str], after: list[str]) -> None:
    pairs = align(before, after)
    stretches = gaps(pairs, len(before), len(after))
    assert sorted([*(i for i, _ in pairs), *(i for part, _ in stretches for i in part)]) == list(range(len(before)))
    assert sorted([*(j for _, j in pairs), *(j for _, part in stretches for j in part)]) == list(range(len(after)))


def test_long_and_hostile_sequences_come_to_an_end() -> None:
    """Quadratic time would not: two letters, in no order, a hundred thousand times."""
    source = random.Random(1)
    before, after = ([source.choice("ab") for _ in range(100_000)] for _ in range(2))
    pairs = align(before, after)
    assert all(before[i] == after[j] for i, j in pairs)
    assert len(pairs) > 1000


# -- words -----------------------------------------------------------------------------------------
def shown(text: str, found: list[Mark]) -> str:
    for start, end in reversed(found):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(("before", "after", "old", "new"), [
    ("due in 30 days.", "due in 45 days.", "due in [30] days.", "due in [45] days."),
    ("penalty of 0.5 %", "penalty of 0.3 %", "penalty of [0.5] %", "penalty of [0.3] %"),
    ("付款期限为三十日。", "付款期限为四十五日。", "付款期限为[三十]日。", "付款期限为[四十五]日。"),
    ("费用不含税", "费用含税", "费用[不]含税", "费用含税"),
    ("one two", "one and two", "one two", "one [and ]two"),
    ("all of it", "别的内容", "[all of it]", "[别的内容]"),
    ("", "new", "", "[new]"),
    ("kept", "kept", "kept", "kept"),
])
def test_changed_words_are_marked(before: str, after: str, old: str, new: str) -> None:
    found = marks(before, after)
    assert (shown(before, found[0]), shown(after, found[1])) == (old, new)


@given(TEXT, TEXT)
def test_what_is_not_marked_is_on_both_sides(before: str, after: str) -> None:
    rest = []
    for text, found in zip((before, after), marks(before, after), strict=True):
        assert all(start < end for start, end in found)
        left = "".join(char for at, char in enumerate(text) if not any(start <= at < end for start, end in found))
        rest.append("".join(left.split()))
    assert rest[0] == rest[1]


# -- paragraphs and lines --------------------------------------------------------------------------
def test_a_paragraph_is_changed_another_added_and_one_removed() -> None:
    before = paragraphs("Title", "The invoice is due within 30 days.", "Kept", "Also kept", "Gone for good")
    after = paragraphs("Title", "The invoice is due within 45 days.", "Kept", "Travel is paid apart", "Also kept")
    assert told(compare_texts(before, after)) == [
        ("changed", "paragraph 2", "The invoice is due within 30 days.", "The invoice is due within 45 days."),
        ("added", "paragraph 4", "", "Travel is paid apart"),
        ("removed", "paragraph 5", "Gone for good", ""),
    ]


def test_what_surrounds_a_change_is_shown_and_no_more() -> None:
    texts = [f"Paragraph about {number}" for number in range(40)]
    sections = compare_texts(paragraphs(*texts), paragraphs(*texts[:20], "Something quite new", *texts[20:]))
    assert [[line.kind for line in section.lines] for section in sections] == [["same"] * 2 + ["added"] + ["same"] * 2]
    assert sections[0].lines[0].after == "Paragraph about 18"


def test_a_paragraph_cut_in_two_is_one_change() -> None:
    one = "The contractor delivers the website in March and trains the staff of the client in April"
    sections = compare_texts(paragraphs("A", one, "B"), paragraphs("A", one[:44].strip(), one[44:].strip(), "B"))
    assert [line.kind for line in sections[0].lines] == ["same", "changed", "same"]


def test_a_changed_paragraph_stands_under_its_heading() -> None:
    before, after = ([Piece("paragraph 1", "2 Payment", "2 Payment"), Piece("paragraph 2", text, "2 Payment")]
                     for text in ("in 30 days", "in 45 days"))
    assert [section.title for section in compare_texts(before, after)] == ["2 Payment"]


def test_blanks_count_in_lines_and_not_in_paragraphs() -> None:
    before, after = [Piece("line 1", "key:  value")], [Piece("line 1", "key: value")]
    assert not compare_texts(before, after)
    assert told(compare_texts(before, after, exact=True)) == [("changed", "line 1", "key:  value", "key: value")]


def test_where_a_pdf_cuts_its_paragraphs_does_not_count() -> None:
    before, after = paragraphs("A", "one two", "three", "B"), paragraphs("A", "one", "two three", "B")
    assert not compare_texts(before, after, flowing=True)
    assert compare_texts(before, after)


def test_headers_are_not_shown_as_what_follows_the_body() -> None:
    before = [*paragraphs("Kept", "Gone"), Piece("header", "Cedar & Stone")]
    after = [*paragraphs("Kept"), Piece("header", "Cedar & Stone")]
    assert [line.before for section in compare_texts(before, after) for line in section.lines] == ["Kept", "Gone"]


@given(st.lists(TEXT, max_size=12), st.lists(TEXT, max_size=12))
def test_differences_turn_the_one_text_into_the_other(before: list[str], after: list[str]) -> None:
    sections = compare_texts([Piece(f"line {n}", text) for n, text in enumerate(before)],
                             [Piece(f"line {n}", text) for n, text in enumerate(after)], exact=True)
    lines = [line for section in sections for line in section.lines if line.kind != "same"]
    gone = {line.place_before for line in lines if line.place_before}
    came = {line.place_after for line in lines if line.place_after}
    assert ([text for n, text in enumerate(before) if f"line {n}" not in gone]
            == [text for n, text in enumerate(after) if f"line {n}" not in came])


# -- workbooks -------------------------------------------------------------------------------------
def test_a_cell_is_told_with_its_address_and_what_it_is_about() -> None:
    (section,) = compare_workbooks(book(Budget=TABLE), book(Budget=[*TABLE[:2], ["2", "Hosting", "1500"], *TABLE[3:]]))
    assert section.title == "Budget"
    assert section.lines == (Line("changed", "Budget!C3", "1200", "Budget!C3", "1500", "Hosting · Price"),)


def test_cells_are_filled_and_emptied() -> None:
    rows = [list(row) for row in TABLE]
    rows[1][2] = ""
    rows[4] = [*rows[4], "late"]
    assert told(compare_workbooks(book(S=TABLE), book(S=rows))) == [
        ("added", "S!D:D", "", "late"), ("removed", "S!C2", "12000", "")]


def test_a_row_that_comes_in_or_goes_marks_nothing_below() -> None:
    rows = [TABLE[0], ["9", "Photos", "80"], *TABLE[1:3], *TABLE[4:]]
    assert told(compare_workbooks(book(S=TABLE), book(S=rows))) == [
        ("added", "S!2:2", "", "9 | Photos | 80"), ("removed", "S!4:4", "3 | Travel | 900", "")]


def test_a_column_that_comes_in_moves_no_other() -> None:
    rows = [[row[0], text, *row[1:]] for row, text in zip(TABLE, ("Owner", "Ann", "Bob", "Ann", "Cid"), strict=True)]
    rows[2][3] = "1500"
    assert told(compare_workbooks(book(S=TABLE), book(S=rows))) == [
        ("added", "S!B:B", "", "Owner | Ann | Bob | Ann | Cid"), ("changed", "S!D3", "1200", "1500")]


def test_a_column_that_goes_is_told_once() -> None:
    assert told(compare_workbooks(book(S=TABLE), book(S=[[row[0], row[2]] for row in TABLE]))) == [
        ("removed", "S!B:B", "Item | Design | Hosting | Travel | Training", "")]


def test_a_column_with_all_new_values_is_still_that_column() -> None:
    rows = [TABLE[0], *([*row[:2], str(int(row[2]) + 7)] for row in TABLE[1:])]
    assert [place for _, place, _, _ in told(compare_workbooks(book(S=TABLE), book(S=rows)))] == [
        "S!C2", "S!C3", "S!C4", "S!C5"]


def test_sheets_come_go_and_get_other_names() -> None:
    before = book(Budget=TABLE, Old=[["x", "y"]], Notes=[["one"], ["two"], ["three"]])
    after = book(Budget=TABLE, Remarks=[["one"], ["two"], ["3"]], New=[["p", "q"]])
    assert told(compare_workbooks(before, after)) == [
        ("changed", "Remarks!", "Notes", "Remarks"), ("changed", "Remarks!A3", "three", "3"),
        ("added", "New!", "", "New"), ("removed", "Old!", "Old", "")]


def test_a_cell_far_to_the_right_costs_no_room() -> None:
    before = [Piece("S!", "S"), *(Piece(f"S!XFD{row}", str(row)) for row in range(1, 3000))]
    after = [*before, Piece("S!XFD3000", "end")]
    assert told(compare_workbooks(before, after)) == [("added", "S!3000:3000", "", "end")]


@given(st.lists(st.lists(st.sampled_from(["", "a", "b", "c", "12"]), min_size=1, max_size=4), max_size=8),
       st.lists(st.lists(st.sampled_from(["", "a", "b", "c", "12"]), min_size=1, max_size=4), max_size=8))
def test_no_value_comes_or_goes_untold(before: list[list[str]], after: list[list[str]]) -> None:
    old, new = book(S=before), book(S=after)
    assert not told(compare_workbooks(old, old))
    gone, came = (Counter(cell for row in rows for cell in row if cell) for rows in (before, after))
    lines = told(compare_workbooks(old, new))
    assert gone == came or lines
    shown = " | ".join(text for line in lines for text in line[2:])
    assert "…" in shown or all(text in shown for text in (gone - came) + (came - gone))


def test_twenty_thousand_rows_of_which_each_has_changed_are_compared() -> None:
    rows = [[f"T{number}", "a task", str(number), "open"] for number in range(20_000)]
    changed = [[*row[:2], f"{row[2]}0", row[3]] for row in rows]
    del changed[10_000]
    found = told(compare_workbooks(book(S=rows), book(S=changed)))
    assert len(found) == 20_000
    assert ("removed", "S!10001:10001", "T10000 | a task | 10000 | open", "") in found


# -- words for people ------------------------------------------------------------------------------
@pytest.mark.parametrize(("place", "en", "zh"), [
    ("paragraph 12", "paragraph 12", "第 12 段"), ("line 3", "line 3", "第 3 行"), ("p. 2", "page 2", "第 2 页"),
    ("table 1 row 3", "table 1, row 3", "表 1 第 3 行"), ("slide 4 notes", "slide 4, notes", "幻灯片 4 备注"),
    ("Budget!C7", "C7", "C7"), ("a!b!C:C", "column C", "C 列"), ("Budget!7:7", "row 7", "第 7 行"),
    ("Budget!", "sheet", "工作表"), ("header", "header", "页眉"), ("size", "size", "大小"),
])
def test_places_are_told_in_both_languages(place: str, en: str, zh: str) -> None:
    assert (place_text(place).en, place_text(place).zh) == (en, zh)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_escapes_what_comes_from_files(language: str) -> None:
    evil = "</td><script>alert(1)</script>&amp;\" onload='x'"
    sections = compare_texts([Piece("<b>", f"{evil} one", evil)], [Piece("<b>", f"{evil} two", evil)])
    properties = (Line("changed", "title", evil, "title", evil + "!", evil),)
    text = page(Comparison("paragraphs", sections, properties), f"{evil}/{evil}", (evil, evil), [evil], language)  # type: ignore[arg-type]
    assert "<script" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "")
