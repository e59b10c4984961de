"""Excel templates filled: conditional formats and drop-downs of repeated rows mean for each copy what they meant for
the one that was drawn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed
from tests.workbooks import drawn, fill, sheet_of, xml_of

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
SHEET = "xl/worksheets/sheet1.xml"
PROJECTS = [{"name": "A", "tasks": [1, 2]}, {"name": "B", "tasks": []}, {"name": "C", "tasks": [3]}]


def block(tmp_path: Path, draw: Any, facts: Any = PROJECTS) -> bytes:
    """Rows for each project: 5 its name, 6 a row for each task, 7 a sum; 3 is above all of them, 9 below."""
    def whole(book: Any, sheet: Any) -> None:
        for place, text in {"A4": "{% for p in projects %}", "A5": "{{ p.name }}",
                            "A6": "{% for t in p.tasks %}{{ t }}", "C6": "{% endfor %}", "A7": "sum",
                            "A8": "{% endfor %}", "A9": "end"}.items():
            sheet.write(place, text)
        draw(book, sheet)

    return fill(drawn(tmp_path / "t.xlsx", whole), {"projects": facts})


def formats(data: bytes) -> list[tuple[str, str]]:
    """The cells and the formula of each conditional format, in the order of its rules."""
    found = [(rule.priority, str(holder.sqref), rule.formula[0])
             for holder in sheet_of(data).conditional_formatting for rule in holder.rules]
    assert len({priority for priority, _, _ in found}) == len(found)
    return [one[1:] for one in sorted(found)]


def rule(place: str, formula: str, **more: Any) -> Any:
    return lambda book, sheet: sheet.conditional_format(place, {
        "type": "formula", "criteria": formula, "format": book.add_format({"bold": True}), **more})


# made: row 4 A, 5 and 6 its tasks, 7 sum; 8 B, 9 blank, 10 sum; 11 C, 12 its task, 13 sum; 14 end
@pytest.mark.parametrize(("place", "formula", "made"), [
    ("B6", "=B6>1", [("B5:B6 B9 B12", "B5>1")]),
    ("B6", "=B6>$B$3", [("B5:B6 B9 B12", "B5>$B$3")]),
    ("B6", "=B6>B3", [("B5:B6 B9 B12", "B5>B$3")]),
    ("B6", "=B6>B5", [("B5 B9 B12", "B5>B4"), ("B6", "B6>B4")]),
    ("B7", "=B7>SUM(B6:B6)", [("B7", "B7>SUM(B5:B6)"), ("B10 B13", "B10>SUM(B9:B9)")]),
    ("B5", "=B7>1", [("B4", "B7>1"), ("B8 B11", "B10>1")]),
    ("B5:B7", "=$A5=\"sum\"", [("B4:B13", "$A4=\"sum\"")]),
    ("A9:B9", "=A9>A7", [])],
    ids=["its own row", "fixed outside", "outside", "the header of its turn", "the rows of its turn", "below",
         "over all", "refused"])
def test_a_format_means_its_own_turn(tmp_path: Path, place: str, formula: str, made: Any) -> None:
    if not made:
        with pytest.raises(Failed, match=r"Budget, [AB]\d"):
            block(tmp_path, rule(place, formula))
        return
    assert formats(block(tmp_path, rule(place, formula))) == made


def test_rules_without_formulas_and_others_stay_as_they_are(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        bold = book.add_format({"bold": True})
        sheet.conditional_format("B6", {"type": "2_color_scale"})
        sheet.conditional_format("B6", {"type": "cell", "criteria": ">", "value": "=B5", "format": bold})
        sheet.conditional_format("B6", {"type": "top", "value": 3, "format": bold})
        sheet.conditional_format("B6", {"type": "data_bar", "data_bar_2010": True})

    data = block(tmp_path, draw)
    rules = {(str(holder.sqref), one.type) for holder in sheet_of(data).conditional_formatting for one in holder.rules}
    assert rules == {("B5:B6 B9 B12", "colorScale"), ("B5:B6 B9 B12", "top10"), ("B5:B6 B9 B12", "dataBar"),
                     ("B5 B9 B12", "cellIs"), ("B6", "cellIs")}
    assert re.findall("<xm:sqref>([^<]+)", xml_of(data, SHEET)) == ["B5:B6 B9 B12"]


def test_drop_downs_mean_their_own_turn(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.data_validation("B7", {"validate": "list", "source": "=B5:B6"})
        sheet.data_validation("C6", {"validate": "decimal", "criteria": "between", "minimum": "=C3", "maximum": "=C7"})
        sheet.data_validation("D6", {"validate": "list", "source": ["x", "y"]})

    found = [(str(one.sqref), one.formula1, one.formula2)
             for one in sheet_of(block(tmp_path, draw)).data_validations.dataValidation]
    assert found == [("B7", "B4:B6", None), ("B10 B13", "B8:B9", None), ("C5", "C$3", "C7"), ("C6 C9 C12", "C$3", "C7"),
                     ("D5:D6 D9 D12", '"x,y"', None)]


def test_a_single_row_keeps_one_rule_for_many_copies(tmp_path: Path) -> None:
    def whole(book: Any, sheet: Any) -> None:
        sheet.write("A6", "{% for t in tasks %}{{ t }}")
        sheet.write("B6", "x{% endfor %}")
        rule("A6:B6", "=A6>C3")(book, sheet)
        rule("B6", "=A6>A5")(book, sheet)

    path = drawn(tmp_path / "t.xlsx", whole)
    assert formats(fill(path, {"tasks": list(range(500))})) == [("A6:B505", "A6>C$3"), ("B6:B505", "A6>A5")]


def test_rules_of_repeated_columns(tmp_path: Path) -> None:
    def whole(book: Any, sheet: Any) -> None:
        sheet.write("C1", "{%tc for m in months %}{{ m }}")
        sheet.write("D1", "x{%tc endfor %}")
        rule("D2:D5", "=C2>A2")(book, sheet)
        rule("C2:C5", "=C2>$A2")(book, sheet)

    path = drawn(tmp_path / "t.xlsx", whole)
    assert formats(fill(path, {"months": [1, 2, 3]})) == [
        ("D2:D5 F2:F5 H2:H5", "C2>$A2"), ("C2:C5 E2:E5 G2:G5", "C2>$A2")]
