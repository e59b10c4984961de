"""Transcripts of Zoom and Teams, which are captions with the names of who speaks (.vtt).

Source: WebVTT, W3C 2019 (4.1 structure, 4.2.2 voices); how Zoom and Teams write it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from folderkit.core.webtext import unescape
from folderkit.intake.talk import MOST_LINES, TOO_MUCH, Line, Named, Talk

_TIMES = re.compile(r"\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})\s+-->\s+((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>\n]{1,200})>")
_TAG = re.compile(r"<[^<>]*>")
_SPEAKER = re.compile(r"([^:：\n]{1,60})(?::[ \t]|：)\s*")
_NO_NAME = re.compile(r"[.!?。！？,，;；\"“”]|^-|^\d+$|https?$")


@dataclass
class _Cue:
    begin: str
    end: str
    text: list[str] = field(default_factory=list)


def read(text: str, named: Named, private: bool = False) -> Talk | None:
    """The transcript in a file of captions; None for any other text."""
    if not text.lstrip("\ufeff\n ").startswith("WEBVTT"):
        return None
    cues: list[_Cue] = []
    for cue in _cues(text):
        if len(cues) >= MOST_LINES:
            break
        cues.append(cue)
    voices = any(_VOICE.search("\n".join(cue.text)) for cue in cues)
    speakers = {} if voices else _speakers(cues)
    lines = tuple(line for cue in cues for line in _lines(cue, named.begun, speakers))
    ended = named.begun + max((_since(cue.end) for cue in cues), default=dt.timedelta()) if named.begun else None
    source = "teams" if voices else "zoom" if speakers else "vtt"
    return Talk(source, named.subject, named.begun, ended, lines,
                truncated=(TOO_MUCH,) if len(cues) >= MOST_LINES else ())


def _cues(text: str) -> Iterator[_Cue]:
    """The captions; their numbers, and blocks of notes and styles, are passed over."""
    cue: _Cue | None = None
    for line in text.split("\n"):
        found = _TIMES.match(line)
        if found:
            if cue:
                if cue.text and cue.text[-1].strip().isdigit():
                    cue.text.pop()  # the number of this one, without an empty line before it
                yield cue
            cue = _Cue(found[1], found[2])
        elif cue and line.strip():
            cue.text.append(line)
        elif cue:
            yield cue
            cue = None
    if cue:
        yield cue


def _speakers(cues: list[_Cue]) -> dict[str, int]:
    """Who speaks, where captions begin with a name: most of them do, or none does."""
    names: dict[str, int] = {}
    for cue in cues:
        if name := _name(cue.text[0] if cue.text else ""):
            names[name] = names.get(name, 0) + 1
    return names if names and sum(names.values()) * 2 >= len(cues) else {}


def _name(line: str) -> str:
    found = _SPEAKER.match(line)
    name = found[1].strip() if found else ""
    return "" if not name or _NO_NAME.search(name) or len(name.split()) > 6 else name


def _lines(cue: _Cue, begun: dt.datetime | None, speakers: dict[str, int]) -> Iterator[Line]:
    text = "\n".join(cue.text)
    at = begun + _since(cue.begin) if begun else None
    pieces = _VOICE.split(text)
    if len(pieces) > 1:
        for who, said in zip(["", *pieces[1::2]], pieces[::2], strict=True):
            if said := _plain(said):
                yield Line(at, " ".join(unescape(who).split()), said, cue.begin)
        return
    name = _name(cue.text[0] if cue.text else "")
    found = _SPEAKER.match(text)
    if name in speakers and found:
        text = text[found.end():]
    else:
        name = ""
    if said := _plain(text):
        yield Line(at, name, said, cue.begin)


def _plain(text: str) -> str:
    lines = (" ".join(line.split()) for line in unescape(_TAG.sub("", text)).split("\n"))
    return "\n".join(line for line in lines if line)


def _since(clock: str) -> dt.timedelta:
    seconds = 0.0
    for part in clock.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return dt.timedelta(milliseconds=round(seconds * 1000))
