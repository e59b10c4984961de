"""Calendars (.ics) and address cards (.vcf): a passage per line that says something to people.

Sources: RFC 5545, 3.1 and 3.3.11; RFC 6350, 3.2 and 4; vCard 2.1, 2.1.3 (quoted-printable).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from folderkit.core.charset import decode
from folderkit.extract.model import BROKEN, MAX_CHARACTERS, TOO_BIG, Findings, UnreadableError
from folderkit.extract.source import Source

_MOST = MAX_CHARACTERS * 4
_BEGIN = re.compile(rb"\s*BEGIN:(VCALENDAR|VCARD)\b", re.I)
_LINE = re.compile(r"(?:[\w-]+\.)?([A-Za-z][\w-]*)((?:;(?:[^\":;]|\"[^\"]*\")*)*):(.*)", re.S)
_FOLD = re.compile(rb"\r?\n[ \t]")
"""A long line goes on in the next, perhaps in the middle of a character."""
_QUOTED = "QUOTED-PRINTABLE"
_NAME = re.compile(r';CN="?([^";:]+)', re.I)
_ESCAPED = re.compile(r"\\(.)", re.S)
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")

_ENTRIES = {"VEVENT": "event", "VTODO": "task", "VJOURNAL": "note", "VCARD": "contact", "VFREEBUSY": "event"}
_NAMES = frozenset({"SUMMARY", "FN", "X-WR-CALNAME"})
_DATES = frozenset({"DTSTART", "DTEND", "DUE", "BDAY", "ANNIVERSARY", "RECURRENCE-ID"})
_PEOPLE = frozenset({"ORGANIZER", "ATTENDEE"})
_TEXTS = frozenset({
    "SUMMARY", "DESCRIPTION", "LOCATION", "CATEGORIES", "COMMENT", "CONTACT", "URL", "RESOURCES", "X-WR-CALNAME",
    "X-WR-CALDESC", "FN", "N", "NICKNAME", "ORG", "TITLE", "ROLE", "EMAIL", "TEL", "ADR", "LABEL", "NOTE", "IMPP",
    "X-QQ", "X-WECHAT",
})  # fmt: skip


def read(path: Source, findings: Findings) -> None:
    """Add what each entry says, in its order."""
    with path.open("rb") as file:
        data = file.read(_MOST)
        cut = bool(file.read(1))
    if not _BEGIN.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise UnreadableError(BROKEN, "This is no calendar and no address card.")
    text = decode(_FOLD.sub(b"", data), cut=cut).replace("\r\n", "\n").replace("\r", "\n")
    counts: dict[str, int] = {}
    places = [""]
    for name, parameters, value in _lines(text):
        if name == "BEGIN":
            kind = _ENTRIES.get(value.strip().upper(), "")
            counts[kind] = counts.get(kind, 0) + 1
            places.append(f"{kind} {counts[kind]}" if kind else places[-1])
        elif name == "END" and len(places) > 1:
            places.pop()
        else:
            if name in _NAMES:
                findings.name(_plain(value))
            findings.add(places[-1], _shown(name, parameters, value))
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: the file is too big.")


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    """(name, parameters, value) of the lines."""
    lines = iter(text.split("\n"))
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if _QUOTED in parameters.upper():
            pieces = [value]
            while pieces[-1].endswith("=") and (more := next(lines, None)) is not None:
                pieces.append(more)
            charset = re.search(r"CHARSET=([\w.-]+)", parameters, re.I)
            value = decode(binascii.a2b_qp("\n".join(pieces).encode()), charset[1] if charset else "")
        yield name, parameters, value


def _shown(name: str, parameters: str, value: str) -> str:
    """What a line says to people; "" for what is for programs."""
    if name in _DATES:
        return _date(value)
    if name in _PEOPLE:
        called = _NAME.search(parameters)
        address = re.sub("^mailto:", "", value.strip(), flags=re.I)
        return f"{called[1]} <{address}>" if called else address
    if name in ("N", "ADR", "ORG"):
        return " ".join(part.strip() for part in _plain(value).split(";") if part.strip())
    return _plain(value) if name in _TEXTS else ""


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _date(value: str) -> str:
    """20260301T093000Z as 2026-03-01 09:30; what is written otherwise as it is."""
    found = _DATE.fullmatch(value.strip())
    if not found:
        return value
    year, month, day, hour, minute, _, _ = found.groups()
    return f"{year}-{month}-{day}" + (f" {hour}:{minute}" if hour else "")
