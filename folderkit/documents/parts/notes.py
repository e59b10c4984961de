"""Footnotes, endnotes and comments that a loop has referred to several times: each reference gets a note of its own,
and a comment stays where it was first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from folderkit.documents.parts import package

REFERRING = frozenset(("<w:commentR", "noteReference"))
_REFERENCE = re.compile(
    r'(<w:(footnote|endnote)Reference\b[^>]*?\bw:id=")([^"]*)("[^>]*?/>)(?:\s*<!--turn (\d+)-->)?')
_COMMENT = re.compile(r'<w:comment(RangeStart|RangeEnd|Reference)\b[^>]*?\bw:id="([^"]*)"[^>]*?/>')
_NOTE = re.compile(r'<w:(footnote|endnote)\b(?=[^>]*?\bw:id="(-?\d+)")[^>]*(?<!/)>(?:(?!</w:\1>).)*</w:\1>', re.DOTALL)
_ID = re.compile(r'(<w:(?:footnote|endnote)\b[^>]*?\bw:id=")[^"]*(?=")')
# what may stand in a document once
_ONCE = re.compile(r"<w:(?:bookmark(?:Start|End)|comment(?:RangeStart|RangeEnd|Reference))\b[^>]*?/>"
                   r'|\sw14:(?:paraId|textId)="[^"]*"')


def have_notes(xml: str) -> bool:
    """Whether the text of a part may refer to notes or comments."""
    return any(mark in xml for mark in REFERRING)


def with_own_notes(texts: Mapping[str, str], parts: Mapping[str, bytes], turns: Sequence[str] = ()) -> dict[str, str]:
    """The `texts` of parts in which every reference has a note of its own, and every comment one place; with those of
    the parts that hold the notes, which are among the texts or else among the `parts`. `turns` are the notes of
    references behind which a mark says which is theirs."""
    notes = {kind: _Notes(name, texts[name] if name in texts else parts[name].decode("utf-8-sig"))
             for kind in ("footnote", "endnote") if (name := package.part_of_kind(parts, f"{kind}s+xml"))}
    placed: set[tuple[str, str]] = set()

    def refer(found: re.Match[str]) -> str:
        if found[2] not in notes:
            return found[1] + found[3] + found[4]
        return found[1] + notes[found[2]].own(found[3], turns[int(found[5])] if found[5] else "") + found[4]

    def comment(found: re.Match[str]) -> str:
        if (found[1], found[2]) in placed:
            return ""
        placed.add((found[1], found[2]))
        return found[0]

    made = {name: _COMMENT.sub(comment, _REFERENCE.sub(refer, xml)) if have_notes(xml) else xml
            for name, xml in texts.items()}
    return {**made, **{each.part: each.with_copies(made.get(each.part, each.xml)) for each in notes.values()
                       if each.copies or each.turned}}


class _Notes:
    """The notes of a document of one kind: the `part` that holds them, its `xml`, the `copies` to be made (the number
    of the note, its own, and its text where that differs), and the notes whose text is another, by their number."""

    def __init__(self, part: str, xml: str) -> None:
        self.part, self.xml = part, xml
        self.copies: list[tuple[str, str, str]] = []
        self.turned: dict[str, str] = {}
        self._used: set[str] = set()
        self._there = {note[2]: note[0] for note in _NOTE.finditer(xml)}
        self._last = max(map(int, self._there), default=0)

    def own(self, number: str, text: str) -> str:
        """The number for one more reference to a note, with its `text` if that is not the note's; the number of one
        that is not there stays as it is."""
        if number not in self._used or number not in self._there:
            self._used.add(number)
            if text:
                self.turned[number] = text
            return number
        self._last += 1
        self.copies.append((number, str(self._last), text))
        return str(self._last)

    def with_copies(self, xml: str) -> str:
        """The text of the part with the copies at its end."""
        if self.turned:
            xml = _NOTE.sub(lambda found: self.turned.get(found[2], found[0]), xml)
        made = "".join(_ID.sub(rf"\g<1>{own}", _ONCE.sub("", text or self._there[number]), count=1)
                       for number, own, text in self.copies)
        begin, end, rest = xml.rpartition("</w:")
        return begin + made + end + rest
