"""What changed between two versions of a file, or between a version and what lies at its place now."""

from __future__ import annotations

import datetime as dt
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from folderkit.catalog import VersionRow
from folderkit.core.errors import Misuse, os_failure
from folderkit.core.language import Text
from folderkit.differences import (
    Comparison,
    Piece,
    changed_properties,
    compare_texts,
    compare_workbooks,
)
from folderkit.extract import CloseReading, Extractor, Passage
from folderkit.extract.model import (
    BROKEN,
    CELLS,
    CRASHED,
    ENCRYPTED,
    LINES,
    MAX_FILE,
    NO_READER,
    NONE,
    OK,
    PAGES,
    PARTIAL,
    TIMED_OUT,
    TOO_BIG,
)
from folderkit.store import Store

_CHUNK = 1 << 20
_LATEST = 250_000_000_000  # a moment in the year 9892: later ones cannot be told in every time zone
_REASONS = {
    ENCRYPTED: Text("needs a password", "需要密码"),
    BROKEN: Text("is damaged", "已损坏"),
    CRASHED: Text("could not be read", "无法读取"),
    TOO_BIG: Text("is too big", "太大"),
    TIMED_OUT: Text("took too long to read", "读取时间过长"),
    NO_READER: Text("needs 'pip install folderkit[legacy]'", "需先执行 pip install folderkit[legacy]"),
}


@dataclass(frozen=True)
class Side:
    """One of the two contents. `version` is None for what lies at the file's place now, at `file`."""

    version: int | None
    at: dt.datetime
    path: str
    size: int
    content: str
    file: Path | None = None


@dataclass(frozen=True)
class Diff:
    """What changed from one side to the other. `remarks` say why it could not be told better."""

    before: Side
    after: Side
    comparison: Comparison
    remarks: tuple[Text, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the two contents are the same, byte by byte."""
        return self.before.content == self.after.content


def choose_sides(versions: Sequence[VersionRow], place: Path, number: int | None, to: int | None) -> tuple[Side, Side]:
    """The two contents that are meant by --from and --to.

    Without `to`, it is what lies at `place` now where that differs from the last version, else the last version.
    Without `number`, it is the kept version before that. Of a file with one, both are that version.
    Raises `Misuse` for a version that there is not, or that is not kept any more.
    """
    kept = [version.number for version in versions if not version.pruned]
    last = _side(versions, kept[-1])
    now = _now(place, last) if to is None else None
    after = now or (last if to is None else _side(versions, to))
    if number is not None:
        return _side(versions, number), after
    if after.version is None:
        return last, after
    earlier = [number for number in kept if number < after.version]
    if not earlier and to is not None:
        raise Misuse(Text(f"There is nothing before version {to}.", f"版本 {to} 之前没有别的版本。"),
                     Text("Say with --from what to compare it with.", "请用 --from 指定与哪个版本比较。"))
    return _side(versions, earlier[-1]) if earlier else after, after


def _side(versions: Sequence[VersionRow], number: int) -> Side:
    for version in versions:
        if version.number == number and not version.pruned:
            return Side(version.number, version.at, version.path, version.size, version.content)
    hint = Text("'folderkit history FILE' lists them.", "folderkit history 文件 可列出版本。")
    if 1 <= number <= len(versions):
        raise Misuse(Text(f"Version {number} is not kept any more.", f"版本 {number} 已不再保存。"), hint)
    raise Misuse(Text(f"There is no version {number}; there are 1 to {len(versions)}.",
                      f"没有版本 {number}，现有 1 到 {len(versions)}。"), hint)


def _now(place: Path, last: Side) -> Side | None:
    """What lies at the place now; None where that is the last version, or nothing that versions are kept of."""
    from blake3 import blake3

    hasher, size = blake3(), 0
    try:
        entry = place.lstat()
        if not stat.S_ISREG(entry.st_mode):
            return None
        with place.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                hasher.update(chunk)
                size += len(chunk)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, place) from None
    content = hasher.hexdigest()
    if content == last.content:
        return None
    saved = dt.datetime.fromtimestamp(max(0, min(entry.st_mtime, _LATEST)), dt.UTC)
    return Side(None, saved, last.path, size, content, place)


def diff(store: Store, before: Side, after: Side) -> Diff:
    """What changed from the one content to the other. A content that cannot be read is told by its size only.

    Raises `Failed` when the vault cannot give a content back."""
    if before.content == after.content:
        return Diff(before, after, Comparison("properties"))
    with Extractor() as extractor:
        readings = [_read(store, extractor, side) for side in (before, after)]
    comparison = compare(readings[0], readings[1], before, after)
    return Diff(before, after, comparison, tuple(_remarks(readings, (before, after), comparison)))


def _read(store: Store, extractor: Extractor, side: Side) -> CloseReading:
    if side.size > MAX_FILE:
        return CloseReading(TOO_BIG, "", (), "The file is too big.")
    if side.file is not None:
        try:
            return extractor.read_closely(side.file, side.path)
        except OSError as error:
            raise os_failure(Text("read", "读取"), error, side.file) from None
    with store.copy_of(side.content) as copy:
        return extractor.read_closely(copy, side.path)


def compare(old: CloseReading, new: CloseReading, before: Side, after: Side) -> Comparison:
    """The comparison of two readings, in the form that both have; in properties where they have none."""
    properties = changed_properties(_properties(old, before), _properties(new, after))
    form = _common_form((old, before), (new, after))
    if not form:
        return Comparison("properties", (), properties)
    left, right = pieces(old.passages, form), pieces(new.passages, form)
    if form == CELLS:
        return Comparison("cells", compare_workbooks(left, right), properties)
    sections = compare_texts(left, right, exact=form == LINES, flowing=form == PAGES)
    return Comparison("lines" if form == LINES else "paragraphs", sections, properties)


def _common_form(*both: tuple[CloseReading, Side]) -> str:
    """The form in which both can be compared, "" for none. An empty file takes that of the other."""
    forms = {reading.form if reading.state in (OK, PARTIAL, NONE) else "" for reading, side in both if side.size}
    return forms.pop() if len(forms) == 1 else ""


def _properties(reading: CloseReading, side: Side) -> list[tuple[str, str]]:
    import mimetypes

    kind = mimetypes.guess_type(side.path)[0]
    return [("size", str(side.size)), *([("type", kind)] if kind else []), *reading.properties]


def pieces(passages: Iterable[Passage], form: str) -> list[Piece]:
    """Passages as they are compared: body paragraphs counted, each under its heading."""
    if form == CELLS:
        return [Piece(passage.place, passage.text) for passage in passages]
    found: list[Piece] = []
    heading, count = "", 0
    for passage in passages:
        is_heading = passage.place == "heading"
        heading = passage.text if is_heading else heading
        count += is_heading or not passage.place
        place = f"paragraph {count}" if is_heading or not passage.place else passage.place
        found.append(Piece(place, passage.text, heading if is_heading or _is_body(place) else ""))
    return found


def _is_body(place: str) -> bool:
    return place.startswith(("paragraph ", "table "))


def _remarks(readings: Sequence[CloseReading], sides: Sequence[Side], comparison: Comparison) -> Iterable[Text]:
    for reading, side in zip(readings, sides, strict=True):
        name = (Text(f"Version {side.version}", f"版本 {side.version}") if side.version else
                Text("What lies there now", "现有文件"))
        reason = _REASONS.get(reading.state)
        if reason:
            yield Text(f"{name.en} {reason.en}, so its contents are not compared.",
                       f"{name.zh}{reason.zh}，无法比较内容。")
        elif reading.state == PARTIAL:
            yield Text(f"Only a part of {name.en[0].lower()}{name.en[1:]} could be read.", f"{name.zh}只读取了一部分。")
    if not comparison.sections and not any(reading.state in _REASONS for reading in readings):
        yield _NOTHING_INSIDE[comparison.form]


_NOTHING_INSIDE = {
    "properties": Text("Of such files only size and properties are compared.", "这类文件只比较大小和属性。"),
    "paragraphs": Text("The text is the same. The layout, pictures or properties differ.",
                       "文字相同，不同的是版式、图片或属性。"),
    "lines": Text("The lines are the same. Their ends or the encoding differ.", "各行相同，不同的是换行符或编码。"),
    "cells": Text("All values are the same. Formulas, the layout or properties differ.",
                  "所有值相同，不同的是公式、版式或属性。"),
}
