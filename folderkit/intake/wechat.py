"""Chats of WeChat as text: mailed or copied from the program, or written by MemoTrace (留痕); and texts of DingTalk and
others in which names and times stand alike.

An ordinary text must not pass for one: minutes, logs and tables hold times and names too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from folderkit.intake.talk import MOST_LINES, TOO_MUCH, Line, Named, Talk, span

_DATE = r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)"
_CLOCK = r"(\d{1,2}:\d{2}(?::\d{2})?)"
_DAY = re.compile(rf"[—─―–\-]{{2,}}\s+{_DATE}\s+[—─―–\-]{{2,}}")
_NAME_CLOCK = re.compile(rf"(\S.{{0,60}}?)\s{{2,}}{_CLOCK}")
_NAME_MOMENT = re.compile(rf"(\S.{{0,60}}?)[:：]?\s+{_DATE}\s+{_CLOCK}")
_MOMENT_NAME = re.compile(rf"{_DATE}\s+(\d{{1,2}}:\d{{2}}:\d{{2}})\s+(\S.{{0,60}}?)[:：]?")
_NAME_ALONE = re.compile(r"(\S.{0,30}?)：")
_SENTENCES = (
    re.compile(r"(?:微信群|群聊|微信)\s*[“\"「『](.{1,80}?)[”\"」』]\s*的聊天记录如下"),
    re.compile(r"(.{1,80}?)\s*在(?:微信|钉钉|飞书|企业微信)上?的聊天记录(?:如下|$)"),
    re.compile(r"(?i)(?:wechat|weixin|dingtalk|feishu|lark)?.{0,40}?chat (?:history|records?).{0,40}?"
               r"(?:between|in|of|with)\s+[\"“]?(.{1,80}?)[\"”]?\s*(?:on \w+\s*)?(?:is|are|as)\b"
               r".{0,20}(?:follows?|below)"),
)
_ORIGINS = (("钉钉", "dingtalk"), ("dingtalk", "dingtalk"), ("飞书", "feishu"), ("feishu", "feishu"),
            ("lark", "feishu"), ("qq", "qq"))
_NO_NAME = re.compile(
    r"(?i)\W*(?:trace|debug|info|notice|warn(?:ing)?|error|fatal|critical|severe)\b.*|[\[<{(#*/|].*|.*[,;，；|\t].*|"
    r".*[。！？]|.* .*[.!?]|.*https?:.*|.*\.(?:txt|log|md|py|docx?|xlsx?|pptx?|pdf|csv|zip|rar|jpe?g|png)")
"""What stands beside times in logs, tables and minutes."""
_SHARE_OF_TEXTS = 0.8
_SENTENCE_WITHIN = 8  # lines that are not empty


@dataclass
class _Message:
    who: str
    day: dt.date | None
    clock: str
    text: list[str] = field(default_factory=list)

    def line(self) -> Line | None:
        """What was said, if anything was."""
        text = "\n".join(self.text).strip()
        at = _moment(self.day, self.clock)
        return Line(at, self.who, text, self.clock) if text else None


def read(text: str, named: Named, private: bool = False) -> Talk | None:
    """The chat in a text; None for any other."""
    rows = text.lstrip("\ufeff").split("\n")
    start, subject, sentence = _sentence(rows)
    messages = list(_messages(rows[start:], has_sentence=bool(sentence)))
    if sentence and not messages:
        messages = list(_messages(rows[start:], has_sentence=True, names_alone=True))
    lines = tuple(line for line in map(_Message.line, messages) if line)
    if not lines or not _is_chat(messages, lines, has_sentence=bool(sentence)):
        return None
    begun, ended = span(lines)
    origin = f"{sentence} {named.subject}".lower()
    source = next((source for word, source in _ORIGINS if word in origin), "wechat")
    return Talk(source, subject or named.subject, begun, ended, lines,
                truncated=(TOO_MUCH,) if len(messages) >= MOST_LINES else ())


def _sentence(rows: list[str]) -> tuple[int, str, str]:
    """The sentence with which a mailed chat begins: the row after it, between whom it was, the sentence itself."""
    seen = 0
    for number, row in enumerate(rows):
        seen += bool(row.strip())
        if seen > _SENTENCE_WITHIN:
            break
        for pattern in _SENTENCES:
            if found := pattern.search(row[:300]):
                return number + 1, found[1].strip(" \"“”"), row[:300]
    return 0, "", ""


def _messages(rows: list[str], *, has_sentence: bool, names_alone: bool = False) -> Iterator[_Message]:
    """The messages, each from its line with name and time (or name alone, where none has a time) to the next."""
    day: dt.date | None = None
    message: _Message | None = None
    count = 0
    for row in rows:
        line = row.strip()
        if found := _DAY.fullmatch(line) if len(line) < 100 else None:
            day = _date(found[1])
            continue
        begun = _begun(line, day, has_sentence=has_sentence) if len(line) < 100 else None
        if names_alone and (found := _NAME_ALONE.fullmatch(line)):
            begun = _message(found[1], day, "")
        if begun:
            if message:
                yield message
            count += 1
            if count > MOST_LINES:
                return
            message, day = begun, begun.day
        elif message:
            message.text.append(row.rstrip())
        elif line and not has_sentence:
            return  # a chat begins with a message; what begins otherwise is an ordinary text
    if message:
        yield message


def _begun(line: str, day: dt.date | None, *, has_sentence: bool) -> _Message | None:
    """The message that begins with this line, if one does."""
    if found := _MOMENT_NAME.fullmatch(line):
        return _message(found[3], _date(found[1]), found[2])
    if found := _NAME_MOMENT.fullmatch(line):
        return _message(found[1], _date(found[2]), found[3])
    if found := _NAME_CLOCK.fullmatch(line) if day or has_sentence else None:
        return _message(found[1], day, found[2])
    return None


def _message(who: str, day: dt.date | None, clock: str) -> _Message | None:
    who = who.strip()
    return None if _NO_NAME.fullmatch(who) or (clock and _time(clock) is None) else _Message(who, day, clock)


def _is_chat(messages: list[_Message], lines: tuple[Line, ...], *, has_sentence: bool) -> bool:
    """Whether these are messages of people: nearly all say something, and the same people come again."""
    if has_sentence:
        return True
    if any(message.day is None for message in messages) or len(messages) < 2:
        return False
    people = len({message.who for message in messages})
    if people == 1 and any(message.clock.count(":") < 2 for message in messages):
        return False  # more likely the heads of minutes
    return len(lines) >= len(messages) * _SHARE_OF_TEXTS and (people <= 3 or people < len(messages) * 0.7)


def _date(text: str) -> dt.date | None:
    try:
        year, month, day = (int(part) for part in re.findall(r"\d+", text))
        return dt.date(year, month, day)
    except ValueError:
        return None


def _time(clock: str) -> dt.time | None:
    hour, minute, second = (int(part) for part in f"{clock}:0".split(":")[:3])
    return dt.time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _moment(day: dt.date | None, clock: str) -> dt.datetime | None:
    time = _time(clock) if clock else None
    return dt.datetime.combine(day, time) if day and time else None
