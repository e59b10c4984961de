"""Help pages: every line fits, in both languages, and none breaks where a reader would stumble."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from folderkit.cli import words
from folderkit.cli.help_page import HelpPage, wrapped
from folderkit.cli.output import width
from folderkit.cli.root import COMMANDS, cli


def pages(language: str) -> Iterator[tuple[str, str]]:
    """The help page of each command, as a terminal of 80 columns shows it."""
    context = words.Context(cli, info_name="folderkit", terminal_width=80)
    context.meta["folderkit.language"] = language
    yield "folderkit", cli.get_help(context)
    for name, *_ in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        below = words.Context(command, parent=context, info_name=name)
        yield name, command.get_help(below)
        for verb, inner in command.commands.items() if isinstance(command, click.Group) else ():
            yield f"{name} {verb}", inner.get_help(words.Context(inner, parent=below, info_name=verb))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_line_of_every_help_page_fits(language: str) -> None:
    found = dict(pages(language))
    assert len(found) > 35
    assert {name: line for name, page in found.items() for line in page.splitlines() if width(line) > 80} == {}


@pytest.mark.parametrize(("text", "columns", "lines"), [
    ("one two three", 7, ["one two", "three"]),
    ("查找名称或内容", 6, ["查找名", "称或内", "容"]),
    ("查找名，称或内容", 6, ["查找", "名，称", "或内容"]),  # no comma at the start of a line
    ("写“类型：”的值", 4, ["写", "“类", "型：”", "的值"]),  # no quote at its end
    ("见document.filled、file.deleted。", 20, ["见document.filled、", "file.deleted。"]),
    ("a-very-long-word x", 5, ["a-very-long-word", "x"]),
    ("  a   b ", 9, ["a b"]),
    ("", 9, []),
])
def test_lines_break_between_words_and_never_before_what_closes(text: str, columns: int, lines: list[str]) -> None:
    assert wrapped(text, columns) == lines


def test_a_long_term_stands_above_what_is_said_of_it() -> None:
    page = HelpPage(width=40)
    page.write_dl([("--short", "说明"), ("--a-term-that-is-longer-than-all-others", "说明"), ("--none", "")])
    assert page.getvalue().splitlines() == [
        "--short                         说明", "--a-term-that-is-longer-than-all-others",
        "                                说明", "--none"]
