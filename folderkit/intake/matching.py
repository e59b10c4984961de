"""Which rule fits a file, by what, and what is known of the file then."""

from __future__ import annotations

import datetime as dt
import fnmatch
import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from folderkit.core.language import Text
from folderkit.core.naming import clean_name, parts_of
from folderkit.core.rules import PATTERN, Condition, Rule
from folderkit.intake.dates import date_behind, date_in
from folderkit.intake.papers import Paper, first_word, is_blank, papers, word_of
from folderkit.intake.patterns import TooSlow, bounded, search
from folderkit.intake.titles import says_nothing, title_of

_HEADING_LINES, _HEADING_WIDTH = 8, 60  # a heading is a short line near the top
_HEADING_WORDS = 5
_TITLE_WIDTH = 40
_OF_PROGRAMS = (".json", ".yaml", ".yml", ".log")  # texts that programs write for programs
_LONGEST_TEXT = 400_000  # characters in which patterns are looked for
_LONGEST_FACT = 80


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
    its type. Text and mail are read when a rule asks for them."""

    path: str
    size: int
    modified: dt.datetime
    type: str
    read: Callable[[], Reading]
    read_letter: Callable[[], Letter | None] = lambda: None

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


class Clue(NamedTuple):
    """Which text matched, and where: name, heading, content, sender …"""

    where: str
    text: str


@dataclass(frozen=True)
class Match:
    """A rule that fits, by which clues, and the groups of its patterns."""

    rule: Rule
    clues: tuple[Clue, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    paper: Paper | None = None


def first_match(rules: Iterable[Rule], candidate: Candidate) -> Match | None:
    """The first rule that fits. Raises `Undecided` when none does, and not all could be decided: a text could not be
    read, or a pattern took too long."""
    undecided: Undecided | None = None
    for rule in rules:
        try:
            found = _Trial(candidate).test(rule.match)
        except Undecided as error:
            undecided = error
            continue
        if found is not None:
            groups = {name: text for clue in found for name, text in clue.groups.items()}
            paper = next((clue.paper for clue in found if clue.paper), None)
            return Match(rule, tuple(Clue(clue.where, clue.text) for clue in found if clue.text), groups, paper)
    if undecided:
        raise undecided
    return None


class _Sign(NamedTuple):
    where: str
    text: str
    groups: Mapping[str, str] = {}
    paper: Paper | None = None


class _Trial:
    """One candidate under test: each test gives the signs by which it fits, or None."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate

    def test(self, condition: Condition) -> list[_Sign] | None:
        if condition.kind == "all":
            return self._all(condition.parts)
        if condition.kind == "any":
            return self._any(condition.parts)
        if condition.kind == "none":
            return [] if self._any(condition.parts) is None else None
        return getattr(self, f"_{condition.kind}")(condition)  # type: ignore[no-any-return]

    def _all(self, parts: Sequence[Condition]) -> list[_Sign] | None:
        """All signs; one that does not fit decides, also beside one that cannot be decided."""
        undecided: Undecided | None = None
        signs: list[_Sign] = []
        for part in parts:
            try:
                found = self.test(part)
            except Undecided as error:
                undecided = error
                continue
            if found is None:
                return None
            signs += found
        if undecided:
            raise undecided
        return signs

    def _any(self, parts: Sequence[Condition]) -> list[_Sign] | None:
        """The first that fits; one that cannot be decided does not hinder the others."""
        undecided: Undecided | None = None
        for part in parts:
            try:
                found = self.test(part)
            except Undecided as error:
                undecided = error
                continue
            if found is not None:
                return found
        if undecided:
            raise undecided
        return None

    def _place(self, condition: Condition) -> list[_Sign] | None:
        path = unicodedata.normalize("NFC", self.candidate.path)
        places = (path, *(above.as_posix() for above in PurePosixPath(path).parents if above.as_posix() != "."))
        return next(([_Sign("place", place)] for pattern in condition.words for place in places
                     if fnmatch.fnmatchcase(place.casefold(), pattern.casefold())), None)

    def _ext(self, condition: Condition) -> list[_Sign] | None:
        name = self.candidate.name.lower()
        return next(([_Sign("ext", f".{word}")] for word in condition.words if name.endswith(f".{word}")), None)

    def _type(self, condition: Condition) -> list[_Sign] | None:
        return [_Sign("type", self.candidate.type)] if self.candidate.type in condition.words else None

    def _name(self, condition: Condition) -> list[_Sign] | None:
        return _by_patterns("name", self.candidate.name, condition.words)

    def _subject(self, condition: Condition) -> list[_Sign] | None:
        letter = self.candidate.letter
        return _by_patterns("subject", letter.subject, condition.words) if letter else None

    def _sender(self, condition: Condition) -> list[_Sign] | None:
        letter = self.candidate.letter
        fits = letter and any(word.casefold() in letter.sender.casefold() for word in condition.words)
        return [_Sign("sender", letter.sender)] if letter and fits else None

    def _content(self, condition: Condition) -> list[_Sign] | None:
        return _by_words("content", self.candidate.text, condition.words)

    def _heading(self, condition: Condition) -> list[_Sign] | None:
        return _by_words("heading", self.candidate.heading, condition.words)

    def _size(self, condition: Condition) -> list[_Sign] | None:
        return [] if _within(self.candidate.size, condition) else None

    def _date(self, condition: Condition) -> list[_Sign] | None:
        return [] if _within(self.candidate.modified.date().toordinal(), condition) else None

    def _paper(self, condition: Condition) -> list[_Sign] | None:
        """By its name; else, for what is written, by a heading."""
        known = [papers()[word] for word in condition.words]
        stem, ending = parts_of(self.candidate.name)
        if self.candidate.type == "other" or ending.lower() in _OF_PROGRAMS or is_blank(stem):
            return None
        for paper in known:
            if word := word_of(paper, stem):
                return [_Sign("name", word, paper=paper)]
        if self.candidate.type in ("sound", "film", "archive", "mail", "picture"):
            return None
        for paper in known:
            for line in self.candidate.heading.splitlines():
                word = word_of(paper, line)
                if word and _is_heading(line, word):
                    return [_Sign("heading", word, paper=paper)]
        return None


def _is_heading(line: str, word: str) -> bool:
    """Whether a Latin word in a line is no mere word of a sentence: it has a capital, or a few words end with it."""
    return not word.isascii() or word[:1].isupper() or (
        len(line.split()) <= _HEADING_WORDS and line.rstrip(" :#0123456789").endswith(word))


def _within(value: float, condition: Condition) -> bool:
    return ((condition.low is None or value >= condition.low) and (condition.high is None or value <= condition.high))


def _by_patterns(where: str, text: str, patterns: Iterable[str]) -> list[_Sign] | None:
    for pattern in patterns:
        try:
            found = search(pattern, text)
        except TooSlow:
            raise Undecided(Text(f"the pattern '{pattern}' took too long", f"模式“{pattern}”耗时过长")) from None
        if found:
            groups = {name: value for name, value in found.groupdict().items() if value}
            return [_Sign(where, found[0], groups)]
    return None


def _by_words(where: str, text: str, words: Iterable[str]) -> list[_Sign] | None:
    for word in words:
        if word.startswith(PATTERN):
            found = _by_patterns(where, text, [word.removeprefix(PATTERN)])
            if found:
                return found
        elif stands := first_word(text, (word,)):
            return [_Sign(where, stands)]
    return None


# -- facts -----------------------------------------------------------------------------------------
def facts_of(match: Match, candidate: Candidate, own: Sequence[str] = ()) -> dict[str, str]:
    """What the rule notes of a file: the groups of its patterns, what its findings find, and the date (ISO form), which
    a group of that name tells before all else.
    `own` are the names of the firm, which is never the counterparty."""
    found = dict(match.groups)
    findings = {**(match.paper.findings if match.paper else {}), **match.rule.findings}
    for key, finding in findings.items():
        for source in finding.sources:
            value = _find(finding.pattern, _source(candidate, source), own if key == "counterparty" else ())
            if value:
                found.setdefault(key, value)
                break
    date = date_in(found.pop("date", "")) or date_of(candidate, match.rule.date,
                                                     match.paper.dates if match.paper else ())
    if date:
        found["date"] = date.isoformat()
    return found


def date_of(candidate: Candidate, sources: Sequence[str], labels: Sequence[str] = ()) -> dt.date | None:
    """The date of a file, from the first source that tells one."""
    for source in sources:
        if source == "mtime":
            return candidate.modified.date()
        if source == "mail" and candidate.letter and candidate.letter.at:
            return candidate.letter.at.date()
        if source == "name" and (found := date_in(parts_of(candidate.name)[0])):
            return found
        if source == "content" and not candidate.letter and (found := _date_in_text(candidate, labels)):
            return found
    return None


def _date_in_text(candidate: Candidate, labels: Sequence[str]) -> dt.date | None:
    """The date behind one of the labels; without them, one that stands at the top."""
    text = "" if candidate.reading.fault else candidate.text
    for label in labels:
        found = date_behind(text, label)
        if found:
            return found
    return date_in(text[:300])


def _source(candidate: Candidate, source: str) -> str:
    if source == "name":
        return candidate.name
    if source == "subject":
        return candidate.letter.subject if candidate.letter else ""
    return "" if candidate.reading.fault else candidate.text


def _find(pattern: str, text: str, without: Sequence[str]) -> str:
    try:
        return bounded(lambda: _find_first(pattern, text, without))
    except TooSlow:
        return ""


def _find_first(pattern: str, text: str, without: Sequence[str]) -> str:
    for found in re.finditer(pattern, text):
        value = (found[1] if found.re.groups else found[0]) or ""
        value = " ".join(value.split()).strip(" ,，;；。_")[:_LONGEST_FACT]
        if value and not any(name and (name in value or value in name) for name in without):
            return value
    return ""


def title_facts(candidate: Candidate, kind: str, facts: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
    """(title, version) of a file for its name. A name that says nothing is replaced by the file's number, or by its
    heading; a title that only says the `kind` again is left out, as are the `known` words."""
    title = title_of(parts_of(candidate.name)[0], [*known, kind])
    text = clean_name(candidate.letter.subject) if candidate.letter else ""
    text = text or title.text
    if says_nothing(text):
        text = facts.get("number") or (candidate.top if candidate.top.casefold() != kind.casefold() else "") or text
    return {"title": text, "version": title.version or "1.0"}


def why(match: Match) -> Text:
    """By what a rule fits, in a person's words."""
    shown = [f"{_WHERE[clue.where].en} '{clue.text}'" for clue in match.clues]
    zh = [f"{_WHERE[clue.where].zh}“{clue.text}”" for clue in match.clues]
    return Text(", ".join(shown), "，".join(zh))


_WHERE = {
    "place": Text("place", "位置"), "ext": Text("ending", "扩展名"), "type": Text("type", "类型"),
    "name": Text("name", "文件名"), "subject": Text("subject", "主题"), "sender": Text("sender", "发件人"),
    "content": Text("text", "正文"), "heading": Text("heading", "标题"),
}
