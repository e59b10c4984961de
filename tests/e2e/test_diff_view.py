"""`diff` as a person sees it: at a terminal with room, at a narrow one, through a pipe."""

from __future__ import annotations

import re

import pytest

from folderkit.cli import diff_view
from folderkit.cli.output import width
from folderkit.differences import Piece, compare_texts
from tests.e2e.conftest import World, english_in
from tests.e2e.test_terminal import Terminal

_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def test_a_pipe_gets_lines_with_their_changed_words_in_brackets(world: World) -> None:
    ran = world.run("diff", f"{world.project.name}/note.txt")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("--- note.txt  ")
    assert lines[1].startswith("+++ note.txt  ")
    assert "-[-alpha-] 违约金" in lines
    assert "+{+beta+} 违约金{+ penalty+}" in lines
    assert "\x1b" not in ran.out
    if world.language == "zh":
        assert not english_in(ran.out)
        assert "改动 1 处" in lines[-1]
    else:
        assert lines[-1] == "1 changed, 0 added, 0 removed."


def test_a_terminal_with_room_shows_both_beside_each_other_in_colour(world: World) -> None:
    terminal = Terminal("--lang", world.language, "diff", f"{world.project.name}/note.txt", cwd=world.root)
    terminal.expect("\x1b[31m\x1b[1malpha")
    terminal.expect("│")
    terminal.expect("\x1b[32m\x1b[1mbeta")
    assert terminal.end() == 0


def test_no_color_is_plain_on_a_terminal_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal("diff", f"{world.project.name}/note.txt", cwd=world.root)
    terminal.expect("-[-alpha-] 违约金")  # one below the other, and no colour before it
    assert terminal.end() == 0


@pytest.mark.parametrize("columns", [90, 120, 171])
def test_no_row_is_wider_than_the_terminal(columns: int) -> None:
    texts = ["合同总价的万分之五，逾期支付违约金。" * 9, "word " * 60, "x" * 400, "a\tb\n\n  c", "\u202eto the left"]
    before = [Piece(f"paragraph {number}", text) for number, text in enumerate(texts)]
    after = [Piece(f"paragraph {number}", f"{text} 新 new") for number, text in enumerate(texts)]
    sections = compare_texts(before, after)
    rows = list(diff_view.side_by_side(sections, "zh", columns, ("版本 1", "版本 2")))
    plain = [_STYLE.sub("", row) for row in rows]
    assert max(map(width, plain)) <= columns
    bars = {tuple(width(row[:at]) for at, char in enumerate(row) if char in "│┼") for row in plain}
    assert len(bars) == 1
    assert not any("\u202e" in row or "\t" in row for row in rows)
