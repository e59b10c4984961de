"""Chats of Zoom's meetings, in the three layouts in which it saves them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from folderkit.intake.talk import MOST_LINES, TOO_MUCH, Line, Named, Talk, span

_CLOCK = r"(?:(\d{4}-\d{2}-\d{2})[ \t]+)?(\d{1,2}:\d{2}:\d{2})"
_SAVED = re.compile(
    _CLOCK + r"[ \t]+(?:From|从|自)[ \t]+(.{1,80}?)(?:[ \t]+(?:to|To|到|至|发送给)[ \t]+(.{1,80}?))?[ \t]*[:：]")
_CLOUD = re.compile(_CLOCK + r"\t[ \t]*([^\t]{1,80}?)[ \t]*[:：]\t")
_PRIVATE = re.compile(r"(?i)[(（]?\s*(?:direct message|privately|private|私聊|私信|直接消息|直接讯息)\b")
_EVERYONE = re.compile(
    r"(?i)everyone.*|all\b.*|.*\bpanelists|.*\battendees|hosts?\b.*|waiting room.*|.*group chat|meeting.*|"
    r"所有人.*|每个人.*|全体.*|大家|等候室.*|会议.*|.*群聊|主持人.*")
_REACTION = re.compile(r"(?:Reacted to|Removed a .{1,20} reaction from) ")


@dataclass
class _Message:
    day: str
    clock: str
    who: str
    is_private: bool
    text: list[str] = field(default_factory=list)


def read(text: str, named: Named, private: bool = False) -> Talk | None:
    """The chat in a text; None where its first line is no message."""
    messages = _messages(text)
    if not messages:
        return None
    kept = [message for message in messages if private or not message.is_private]
    is_cloud = bool(_CLOUD.match(text.lstrip("\ufeff\n \t")))
    lines = tuple(_dated(kept, named.begun, is_cloud=is_cloud))
    first, ended = span(lines)
    begun = named.begun if named.begun and (first is None or first.tzinfo == named.begun.tzinfo) else first
    return Talk("zoom", named.subject, begun, ended, lines, left_out=len(messages) - len(kept),
                truncated=(TOO_MUCH,) if len(messages) >= MOST_LINES else ())


def _messages(text: str) -> list[_Message]:
    found: list[_Message] = []
    for line in text.lstrip("\ufeff").split("\n"):
        message = _begin(line)
        if message:
            if len(found) >= MOST_LINES:
                break
            found.append(message)
        elif found:
            found[-1].text.append(line.strip())
        elif line.strip():
            return []
    return [message for message in found if any(message.text)]


def _begin(line: str) -> _Message | None:
    """The message that begins with this line, if one does."""
    if cloud := _CLOUD.match(line):
        return _Message(cloud[1] or "", cloud[2], cloud[3].strip(), False, [line[cloud.end():].strip()])
    saved = _SAVED.match(line)
    if saved is None:
        return None
    said = line[saved.end():].strip()
    whom = (saved[4] or "").strip()
    is_private = bool(_PRIVATE.search(whom) or _PRIVATE.match(said)) or bool(whom and not _EVERYONE.fullmatch(whom))
    return _Message(saved[1] or "", saved[2], saved[3].strip(), is_private, [said])


def _dated(messages: list[_Message], begun: dt.datetime | None, *, is_cloud: bool) -> list[Line]:
    """The messages with their moments: told with their day, or since the beginning, or by the clock of the day on which
    the meeting began, going on over midnight."""
    lines: list[Line] = []
    last, days = dt.timedelta(), 0
    for message in messages:
        clock = _clock(message.clock)
        at: dt.datetime | None = None
        if begun and is_cloud:
            at = begun + clock
        elif message.day:
            at = _moment(message.day, clock)
        elif begun and begun.tzinfo is None:
            days += clock < last - dt.timedelta(hours=12)
            last = clock
            at = dt.datetime.combine(begun.date(), dt.time()) + dt.timedelta(days=days) + clock
        said = "\n".join(message.text).strip()
        if not _REACTION.match(said):
            lines.append(Line(at, message.who, said, message.clock))
    return lines


def _clock(text: str) -> dt.timedelta:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _moment(day: str, clock: dt.timedelta) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(day) + clock
    except (ValueError, OverflowError):
        return None
