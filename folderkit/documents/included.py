"""The files that a template includes by their names, as a check follows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.language import Language, Text
from folderkit.documents.tags.syntax import TagFault

if TYPE_CHECKING:
    from folderkit.documents.tags.sources import Part, Source

MARKS_OF_NOTES = ("<w:footnoteReference", "<w:endnoteReference", "<w:commentReference")
_NOTE = re.compile("|".join(MARKS_OF_NOTES))
_HINT = Text("Put the file beside the template, or name another one.", "请把该文件放在模板旁边，或改写文件名。")


@dataclass(frozen=True)
class Included:
    """A file that is included: itself and the files `around` it, the template first; and the names of what it is
    `given` where it is."""

    around: tuple[Path, ...]
    given: frozenset[str] = frozenset()

    @property
    def path(self) -> Path:
        return self.around[-1]


def included_by(source: Source, one: Included, templates: Sequence[Path], language: Language
                ) -> tuple[list[Included], list[TagFault]]:
    """The files that a part of a file includes by their names, and the faults of those that cannot be."""
    from folderkit.documents.drawn.include import find_included, include_calls
    from folderkit.documents.parts.additions import NotDrawable

    found, lost = [], []
    for name, given, line in include_calls(source):
        try:
            place = find_included(name, one.around, templates, language)
        except NotDrawable as error:
            tag, nth = source.part.numbered_tag(line)
            why = Text(f"It cannot be included: {error.message.en}.", f"无法插入：{error.message.zh}。")
            lost.append(TagFault(tag, why, nth, hint=_HINT))
        else:
            found.append(Included((*one.around, place), frozenset(given)))
    return found, lost


def faults_of_included(part: Part) -> Iterator[TagFault]:
    """What in the text of a file cannot be taken along into another one."""
    if note := _NOTE.search(part.xml):
        yield TagFault("", Text("It is included, and has notes or comments, which cannot be taken along.",
                                "该文件会被插入别的文件，而其中的脚注、尾注或批注无法带入。"), offset=note.start(),
                       hint=Text("Delete them, or write the notes into the text.", "请删除它们，或把注释写进正文。"))
