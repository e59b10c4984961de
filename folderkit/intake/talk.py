"""What people said to each other, in a transcript or a chat: the value, whatever program it came from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from folderkit.core.language import Text

MOST_LINES = 200_000
TOO_MUCH = Text("it is so long that only its beginning was read", "内容过长，只读取了开头")

_IN_GMT = re.compile(r"GMT(\d{8})-?(\d{6})[_ ]*")
_TEAMS = re.compile(r"[-_ ](\d{8})_(\d{6})(UTC)?(?:-(?:Meeting Recording|Meeting Transcript|会议录制|会议录音))?$")
_FOLDER = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}\.\d{2}\.\d{2})(?: (.*?))?(?: \d{9,11})?$")
_OF_THE_PROGRAM = re.compile(
    r"(?i)(?:^|[._ ]+)(?:audio_transcript|transcript|recording|gallery|gvo|cc|meeting_saved_(?:new_)?chat|"
    r"(?:new_?)?chat|closed_caption|\d{3,4}x\d{3,4})(?=$|[._ ])")


class Line(NamedTuple):
    """Something that was said. `at` is None where the file does not tell the day; `clock` is the time as it is written
    there ("14:03:21", or since the beginning "00:00:02.656")."""

    at: dt.datetime | None
    who: str
    text: str
    clock: str = ""


@dataclass(frozen=True)
class Talk:
    """A transcript or a chat. `source` is "zoom", "teams", "wechat", "dingtalk", "feishu", "qq", or "vtt" for captions
    of any other origin. Moments know their time zone where the file tells it; in one talk all do, or none does.

    `left_out` counts the direct messages that were dropped; `truncated` says what else is missing.
    """

    source: str
    subject: str
    begun: dt.datetime | None
    ended: dt.datetime | None
    lines: tuple[Line, ...]
    left_out: int = 0
    truncated: tuple[Text, ...] = ()

    @property
    def participants(self) -> tuple[str, ...]:
        """Who said something, in the order of their first word."""
        return tuple(dict.fromkeys(line.who for line in self.lines if line.who))

    def days(self, zone: dt.tzinfo | None = None) -> tuple[Talk, ...]:
        """The talk day by day, since the messages of a group of one day are one entry of a log. Moments that know their
        time zone are of the day that it was in `zone`, by default the computer's."""
        found = []
        day: dt.date | None = next((_day(line.at, zone) for line in self.lines if line.at), None)

        def day_of(line: Line) -> dt.date | None:
            nonlocal day
            day = _day(line.at, zone) if line.at else day
            return day

        for _, group in groupby(self.lines, day_of):
            lines = tuple(group)
            begun, ended = span(lines)
            found.append(replace(self, begun=begun, ended=ended, lines=lines, left_out=0))
        return tuple(found)


def _day(at: dt.datetime, zone: dt.tzinfo | None) -> dt.date:
    return (at.astimezone(zone) if at.tzinfo else at).date()


def span(lines: Sequence[Line]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The first and the last moment that lines tell."""
    moments = [line.at for line in lines if line.at]
    return (min(moments), max(moments)) if moments else (None, None)


class Named(NamedTuple):
    """What the names of a file and its folder tell."""

    begun: dt.datetime | None
    subject: str


def told_by_name(path: Path) -> Named:
    """When it began, and what it was about: Zoom's recordings are named in UTC, the folders of what it saves on a
    computer in local time, Teams' recordings by their title and the time."""
    stem = path.name.removesuffix(path.suffix)
    if found := _IN_GMT.match(stem):
        begun = _moment(found[1], found[2], "%Y%m%d%H%M%S")
        return Named(begun.replace(tzinfo=dt.UTC) if begun else None, _subject(stem[found.end():]))
    if found := _TEAMS.search(stem):
        begun = _moment(found[1], found[2], "%Y%m%d%H%M%S")
        begun = begun.replace(tzinfo=dt.UTC) if begun and found[3] else begun
        return Named(begun, _subject(stem[: found.start()]))
    if found := _FOLDER.fullmatch(path.parent.name):
        return Named(_moment(found[1], found[2], "%Y-%m-%d%H.%M.%S"), (found[3] or "").strip())
    return Named(None, _subject(stem))


def _moment(day: str, clock: str, form: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(day + clock, form)
    except ValueError:
        return None


def _subject(stem: str) -> str:
    """A name without what the program puts into it."""
    return " ".join(_OF_THE_PROGRAM.sub(" ", stem).replace("_", " ").split())[:200].strip(" .-")
