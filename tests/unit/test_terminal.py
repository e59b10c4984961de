"""Text for a terminal: what would command it or turn its order is shown, and colours of our own stay."""

from __future__ import annotations

import click
import pytest

from folderkit.core.terminal import harmless, plain, styled


@pytest.mark.parametrize(("name", "shown"), [
    ("a\nb", r"a\nb"), ("a\x1b[31mb", r"a\x1b[31mb"), ("\u202etxt.exe", r"\u202etxt.exe"), ("a\x9bb", r"a\x9bb"),
    ("\u2066x\u2069", r"\u2066x\u2069"), ("\u200e\u200f\u061c", r"\u200e\u200f\u061c"), ("a\u2028b", r"a\u2028b"),
    ("\x00\t\r\x7f", r"\x00\t\r\x7f"), ("合同 é 👩\u200d💻.docx", "合同 é 👩\u200d💻.docx"),
    ("a\\nb", "a\\nb"), ("", "")])
def test_a_name_stands_in_one_line(name: str, shown: str) -> None:
    assert plain(name) == shown


def test_a_message_keeps_its_lines() -> None:
    assert harmless("one\ntwo\x1b[2J\u202e") == "one\ntwo\\x1b[2J\\u202e"


def test_colours_of_our_own_stay_and_other_sequences_do_not() -> None:
    coloured = click.style("filed", fg="green", bold=True)
    assert styled(f"{coloured}  a\x1b[2J\x1b]0;title\x07\n{plain(chr(27) + '[31mb')}") == (
        f"{coloured}  a\\x1b[2J\\x1b]0;title\\x07\n\\x1b[31mb")
