"""Which rule fits a file, and by what."""

from __future__ import annotations

import fnmatch
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from folderkit.core.language import Text
from folderkit.core.naming import parts_of
from folderkit.core.rules import PATTERN, Condition, Rule
from folderkit.intake.candidate import Candidate, GivenUp, Undecided
from folderkit.intake.papers import Paper, first_word, is_blank, papers, word_of
from folderkit.intake.patterns import SlowPatterns

_HEADING_WORDS = 5
_OF_PROGRAMS = (".json", ".yaml", ".yml", ".log")  # texts that programs write for programs


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


def first_match(rules: Iterable[Rule], candidate: Candidate, slow: SlowPatterns) -> Match | None:
    """The first rule that fits. Raises `Undecided` when none does, and not all could be decided: a text could not be
    read, or a pattern took too long."""
    undecided: Undecided | None = None
    for rule in rules:
        try:
            found = _Trial(candidate, rule.id, slow).test(rule.match)
        except Undecided as error:
            undecided = _of_two(undecided, error)
            continue
        if found is not None:
            groups = {name: text for clue in found for name, text in clue.groups.items()}
            paper = next((clue.paper for clue in found if clue.paper), None)
            return Match(rule, tuple(Clue(clue.where, clue.text) for clue in found if clue.text), groups, paper)
    if undecided:
        raise undecided
    return None


def _of_two(one: Undecided | None, other: Undecided) -> Undecided:
    """What to tell of two that could not be decided: what was given up may be, the next time."""
    return one if isinstance(one, GivenUp) else other


class _Sign(NamedTuple):
    where: str
    text: str
    groups: Mapping[str, str] = {}
    paper: Paper | None = None


class _Trial:
    """One candidate under the tests of a rule: each gives the signs by which it fits, or None."""

    def __init__(self, candidate: Candidate, rule: str, slow: SlowPatterns) -> None:
        self.candidate, self.rule, self.slow = candidate, rule, slow

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
                undecided = _of_two(undecided, error)
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
                undecided = _of_two(undecided, error)
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
        return self._by_patterns("name", self.candidate.name, condition.words)

    def _subject(self, condition: Condition) -> list[_Sign] | None:
        letter = self.candidate.letter
        return self._by_patterns("subject", letter.subject, condition.words) if letter else None

    def _sender(self, condition: Condition) -> list[_Sign] | None:
        letter = self.candidate.letter
        fits = letter and any(word.casefold() in letter.sender.casefold() for word in condition.words)
        return [_Sign("sender", letter.sender)] if letter and fits else None

    def _content(self, condition: Condition) -> list[_Sign] | None:
        return self._by_words("content", self.candidate.text, condition.words)

    def _heading(self, condition: Condition) -> list[_Sign] | None:
        return self._by_words("heading", self.candidate.heading, condition.words)

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

    def _by_patterns(self, where: str, text: str, patterns: Iterable[str]) -> list[_Sign] | None:
        for pattern in patterns:
            found = self.slow.look(self.rule, pattern, functools.partial(re.search, pattern, text))
            if found:
                groups = {name: value for name, value in found.groupdict().items() if value}
                return [_Sign(where, found[0], groups)]
        return None

    def _by_words(self, where: str, text: str, words: Iterable[str]) -> list[_Sign] | None:
        for word in words:
            if word.startswith(PATTERN):
                found = self._by_patterns(where, text, [word.removeprefix(PATTERN)])
                if found:
                    return found
            elif stands := first_word(text, (word,)):
                return [_Sign(where, stands)]
        return None


def _is_heading(line: str, word: str) -> bool:
    """Whether a Latin word in a line is no mere word of a sentence: it has a capital, or a few words end with it."""
    return not word.isascii() or word[:1].isupper() or (
        len(line.split()) <= _HEADING_WORDS and line.rstrip(" :#0123456789").endswith(word))


def _within(value: float, condition: Condition) -> bool:
    return ((condition.low is None or value >= condition.low) and (condition.high is None or value <= condition.high))


def why(match: Match) -> Text:
    """By what a rule fits, in a person's words."""
    shown = [f"{_WHERE[clue.where].en} '{clue.text}'" for clue in match.clues]
    zh = [f"{_WHERE[clue.where].zh}“{_TYPES.get(clue.text, clue.text) if clue.where == 'type' else clue.text}”"
          for clue in match.clues]
    return Text(", ".join(shown), "，".join(zh))


_TYPES = {"word": "Word", "excel": "Excel", "slides": "演示文稿", "picture": "图片", "sound": "录音", "film": "录像",
          "drawing": "图纸", "mail": "邮件", "chat": "聊天记录", "transcript": "会议转写", "archive": "压缩包",
          "web": "网页", "text": "文本", "other": "其他", "pdf": "PDF"}
_WHERE = {
    "place": Text("place", "位置"), "ext": Text("ending", "扩展名"), "type": Text("type", "类型"),
    "name": Text("name", "文件名"), "subject": Text("subject", "主题"), "sender": Text("sender", "发件人"),
    "content": Text("text", "正文"), "heading": Text("heading", "标题"),
}
