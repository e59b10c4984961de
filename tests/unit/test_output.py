"""Columns stay straight with Chinese in them, trees and marks, and numbers as people write them."""

from __future__ import annotations

import click
import pytest

from folderkit.cli.output import Bar, counted, marked, size, table, tree, width
from folderkit.core.language import Text


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("abc", 3), ("项目", 4), ("e\u0301", 1), ("Ａ", 2), ("a项b", 4),
                                               ("（）", 4), ("é", 1)])
def test_width_counts_columns(text: str, columns: int) -> None:
    assert width(text) == columns


def test_a_table_is_straight(capsys: pytest.CaptureFixture[str]) -> None:
    table(["CODE", "名称", "N"], [["P1", "官网改版", "7"], ["P2026", "x", "12"]], right=(2,))
    lines = capsys.readouterr().out.splitlines()
    assert [width(line) for line in lines] == [19, 19, 19]
    assert lines[1].endswith(" 7")
    table(["A"], [])
    assert capsys.readouterr().out == "A\n"


def test_a_tree_has_its_branches_and_remarks_in_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    tree([("r", True, ""), ("r/文档", True, "one"), ("r/文档/a.txt", False, "two"), ("r/b.txt", False, "three")])
    lines = [click.unstyle(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "└── r"
    assert lines[1].startswith("    ├── 文档")
    assert lines[2].startswith("    │   └── a.txt")
    assert lines[3].startswith("    └── b.txt")
    assert len({width(line[: line.index(word)]) for line, word in zip(lines[1:], ("one", "two", "three"),
                                                                      strict=True)}) == 1


def test_marks_keep_the_text() -> None:
    assert click.unstyle(marked("a penalty of 5%", [(2, 9), (13, 15)])) == "a penalty of 5%"
    assert marked("plain", []) == "plain"
    assert marked("ab", [(0, 1)]) != "ab"


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (14_200, "14.2 kB"),
                                             (3_100_000, "3.1 MB"), (5 * 10**12, "5000.0 GB")])
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_one_file_two_files() -> None:
    assert [counted(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


def test_a_bar_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(Text("Keeping", "保存"), "zh")
    bar(1, 2)
    bar.close()
    assert capsys.readouterr() == ("", "")
