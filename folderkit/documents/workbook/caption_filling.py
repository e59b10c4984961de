"""The texts that stand in no cell, filled: those of each sheet from its facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book
from folderkit.documents.parts import package
from folderkit.documents.tags.tagged import TAG
from folderkit.documents.workbook.captioned import source_of
from folderkit.documents.workbook.captions import Caption, all_sheets, captions_of
from folderkit.documents.workbook.program import RUN_BEGINS, RUN_NAMED
from folderkit.documents.workbook.running import WRONG, cannot_compute, render_code
from folderkit.documents.workbook.values import MAX_TEXT, units_of

_RUN = re.compile(f"{RUN_BEGINS}([0-9]{{1,5}}){RUN_NAMED}")
_VALUE = "\x1d"  # before what a tag of a header gives
_SIZED = re.compile(rf"(&\d+){_VALUE}(?=\d)")
_MOST_IN_HEADER = 255  # characters (Excel's limits)
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class CaptionFiller:
    """Fills the texts in no cell of the template at `path`: `codes` by their sources, `tags` the environment."""

    path: Path
    codes: Mapping[str, CodeType]
    tags: Any

    def fill(self, parts: Mapping[str, bytes], facts_of: Mapping[str, Facts | None], facts: Facts) -> package.Package:
        """The parts with their texts filled: those of each sheet by its facts (None: it stays blank), those of others
        by `facts`. Raises `Failed` for a tag that cannot be computed, `Misuse` for a text that has no place."""
        book = Book(parts=parts)
        for name, part in all_sheets(book).items():
            for caption in list(captions_of(book, part)):
                own = facts_of.get(name, facts)
                caption.write(self._texts(caption, name, own))
                book.touch(caption.part)
        return {**parts, **book.changes()[0]}

    def _texts(self, caption: Caption, sheet: str, facts: Facts | None) -> list[str]:
        if facts is None:
            return [TAG.sub("", run.text) for run in caption.runs]
        source = source_of(caption)
        header, plain = caption.kind == "header", self.tags.finalize
        if header:
            self.tags.finalize = lambda value: _VALUE + str(plain(value)).replace("&", "&&")
        try:
            text = render_code(self.tags, self.codes[source], facts)
        except WRONG as error:
            if not self.tags.undefined.found:
                raise cannot_compute(self.path, sheet, caption.label, _tag_of(source, error), error) from None
            text = ""
        finally:
            self.tags.finalize = plain
        text = _SIZED.sub(r"\1 ", text).replace(_VALUE, "") if header else text
        most = _MOST_IN_HEADER if header else MAX_TEXT
        if units_of(_RUN.sub("", text)) > most:
            raise _too_long(self.path, sheet, caption.label, most)
        return _by_run(text, len(caption.runs))


def _tag_of(source: str, error: BaseException) -> str:
    """The tag at which an error came up."""
    from folderkit.documents.absent import line_of

    found = TAG.findall(source)
    line = getattr(error, "lineno", None) or line_of(error) or 2
    return " ".join(found[min(max(line - 2, 0), len(found) - 1)].split()) if found else ""


def _by_run(text: str, count: int) -> list[str]:
    """The text of each run; all of it in the first where a loop has them several times."""
    first, *pieces = _RUN.split(text)
    numbers = [int(number) for number in pieces[::2]]
    made = [""] * count
    if not numbers or numbers != sorted(set(numbers)) or numbers[-1] >= count:
        made[0] = first + "".join(pieces[1::2])
        return made
    made[0] = first
    for number, piece in zip(numbers, pieces[1::2], strict=True):
        made[number] += piece
    return made


def _too_long(path: Path, sheet: str, place: Text, most: int) -> Misuse:
    return Misuse(Text(f"{path}: {sheet}, {place.en}: its text would have more than {most:,} characters.",
                       f"{path}：{sheet}，{place.zh}：文字会超过 {most:,} 个字符。"),
                  Text("Shorten the value, or the text.", "请缩短该值或文字。"))
