"""What is noted of a file that a rule fits: its date, number, amount and counterparty, and what its name tells."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence

from folderkit.core.dates import date_behind, date_in
from folderkit.core.naming import clean_name, parts_of
from folderkit.core.suggestions import FACTS
from folderkit.intake.candidate import Candidate, Undecided
from folderkit.intake.matching import Match
from folderkit.intake.patterns import SlowPatterns
from folderkit.intake.titles import says_nothing, title_of

_LONGEST_FACT = 80
_COLON = re.compile(r"\s*[:：]")
_LAST_WORD = re.compile(r"\s+\S+\s*$")  # the label of what stands behind the colon
_BEHIND_A_PARTY = re.compile(r"\s*(?:统一社会信用代码|纳税人识别号|税号|地址|电话|开户行|法定代表人).*", re.DOTALL)


def facts_of(match: Match, candidate: Candidate, slow: SlowPatterns, own: Sequence[str] = ()) -> dict[str, str]:
    """What the rule notes of a file: the groups of its patterns, what its findings find or
    its text suggests, and the date (ISO form), which a group of that name tells before all else.
    `own` are the names of the firm, which is never the counterparty."""
    found = dict(match.groups)
    findings = {**(match.paper.findings if match.paper else {}), **match.rule.findings}
    for key, finding in findings.items():
        if finding.suggested and (value := FACTS[finding.suggested](candidate.read_suggested(), own)):
            found.setdefault(key, value)
        for source in finding.sources:
            text = _source(candidate, source)
            look = (functools.partial(_find_party, finding.pattern, text, own, bare=key not in match.rule.findings)
                    if key == "counterparty" else functools.partial(_find, finding.pattern, text))
            try:
                value = slow.look(match.rule.id, finding.pattern, look)
            except Undecided:
                continue
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


def _find(pattern: str, text: str) -> str:
    return next((value for found in re.finditer(pattern, text)
                 if (value := _shown((found[1] if found.re.groups else found[0]) or ""))), "")


def _find_party(pattern: str, text: str, own: Sequence[str], *, bare: bool) -> str:
    """The first who is not the firm's `own`; with `bare` without what else stands in the line, which may be the label
    of another one."""
    compiled, place = re.compile(pattern), 0
    while found := compiled.search(text, place):
        group = 1 if compiled.groups else 0
        value, place = found[group] or "", max(found.end(), place + 1)
        if bare and value and _COLON.match(text, found.end()) and (last := _LAST_WORD.search(value)):
            value, place = value[: last.start()], max(found.start(group) + last.start(), found.start() + 1)
        value = _shown(_BEHIND_A_PARTY.sub("", value) if bare else value)
        if value and not any(name and (name in value or value in name) for name in own):
            return value
    return ""


def _shown(value: str) -> str:
    return " ".join(value.split()).strip(" ,，;；。_")[:_LONGEST_FACT]


def title_facts(candidate: Candidate, kind: str, facts: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
    """(title, version) of a file for its name. A name that says nothing is replaced by the file's number, or by its
    heading; a title that only says the `kind` again is left out, or replaced by the number, as are the `known`
    words."""
    title = title_of(parts_of(candidate.name)[0], [*known, kind])
    text = clean_name(candidate.letter.subject) if candidate.letter else ""
    text = text or title.text
    if not text and "number" in facts:
        text = facts["number"]
    elif says_nothing(text) and says_nothing(title_of(parts_of(candidate.name)[0], known).text):
        text = facts.get("number") or (candidate.top if candidate.top.casefold() != kind.casefold() else "") or text
    return {"title": text, "version": title.version or "1.0"}
