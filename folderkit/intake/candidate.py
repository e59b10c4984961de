"""A file that may be filed, as rules see it: name and type at once, text and mail when they are asked for."""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from folderkit.core.language import Text
from folderkit.core.suggestions import Suggested

_HEADING_LINES, _HEADING_WIDTH = 8, 60  # a heading is a short line near the top
_TITLE_WIDTH = 40
_LONGEST_TEXT = 400_000  # characters in which patterns are looked for


class Reading(NamedTuple):
    """The text of a file: its title and its lines; `fault` says why it could not be read ("": it could)."""

    title: str = ""
    text: str = ""
    fault: str = ""


class Letter(NamedTuple):
    """What a mail says of itself; `at` is its local time."""

    sender: str
    subject: str
    at: dt.datetime | None


class Undecided(Exception):
    """A test cannot be decided; `why` says why."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


class GivenUp(Undecided):
    """A test was not tried, since it takes too long on others; the next time it is."""


class Unread(Undecided):
    """A test needs the text of a file that could not be read."""

    def __init__(self, fault: str) -> None:
        why = _FAULTS.get(fault, Text(fault, f"“{fault}”"))
        super().__init__(Text(f"its text could not be read ({why.en})", f"无法读取其内容（{why.zh}）"))


_FAULTS = {  # the states of a text that was not read, see `extract`
    "waiting": Text("it was not read yet", "尚未读取"), "encrypted": Text("it is encrypted", "文件已加密"),
    "broken": Text("it is broken", "文件已损坏"), "too-big": Text("it is too big", "文件过大"),
    "timed-out": Text("reading it took too long", "读取超时"), "crashed": Text("reading it failed", "读取失败"),
}


@dataclass(frozen=True)
class Candidate:
    """A file that may be filed: its path in the project, its size in bytes, when it was last written (local time) and
    its type. Text, mail and what the text suggests are read when a rule asks for them."""

    path: str
    size: int
    modified: dt.datetime
    type: str
    read: Callable[[], Reading]
    read_letter: Callable[[], Letter | None] = lambda: None
    read_suggested: Callable[[], Sequence[Suggested]] = tuple

    @property
    def name(self) -> str:
        """In composed form (NFC), in which rules are written; some systems keep names decomposed."""
        return unicodedata.normalize("NFC", PurePosixPath(self.path).name)

    @functools.cached_property
    def reading(self) -> Reading:
        return self.read()

    @functools.cached_property
    def letter(self) -> Letter | None:
        return self.read_letter()

    @functools.cached_property
    def text(self) -> str:
        """Raises `Unread`."""
        if self.reading.fault:
            raise Unread(self.reading.fault)
        return self.reading.text[:_LONGEST_TEXT]

    @functools.cached_property
    def heading(self) -> str:
        """The title and the short lines at the top. Raises `Unread`."""
        lines = [line.strip() for line in self.text[:4000].splitlines() if line.strip()][:_HEADING_LINES]
        return "\n".join([self.reading.title, *(line for line in lines if len(line) <= _HEADING_WIDTH)])

    @property
    def top(self) -> str:
        """The first line that is short enough for a title; "" when there is none, or the text is not known."""
        lines = "" if self.reading.fault else self.heading
        return next((line for line in lines.splitlines() if 2 <= len(line) <= _TITLE_WIDTH), "")
