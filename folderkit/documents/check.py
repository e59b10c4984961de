"""Everything that is wrong in a template and what it includes, told at once, also what goes wrong only in filling."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.errors import FolderkitError
from folderkit.core.language import NO_TEXT, Language, Text
from folderkit.documents.fields import Field, fields_in, groups_of, merged
from folderkit.documents.findings import Checked, Finding, faults_of_source
from folderkit.documents.included import Included
from folderkit.documents.known import Known, root_of
from folderkit.documents.parts import package
from folderkit.documents.tags.places import TagPlaces, Words, around, place_of
from folderkit.documents.tags.sources import Part, read_sources, tagged_parts
from folderkit.documents.tags.syntax import TagFault, loose_ends, offset_of, swallows
from folderkit.documents.tags.tagged import TAG
from folderkit.documents.template import Template, kind_of_file

if TYPE_CHECKING:
    from folderkit.core.tags import Tags

_DRAWN = {"word/charts/chart": Text("a chart", "图表"),
          "word/diagrams/data": Text("a SmartArt graphic", "SmartArt 图形")}  # by how the names of their parts begin
_READ_IT = Text("Open it in Word and save it as .docx.", "请用 Word 打开并另存为 .docx。")


def check_file(path: Path, language: Language, currency: str, known: Known, templates: Sequence[Path] = ()) -> Checked:
    """Every fault of the Word or Excel file, and of those that it includes by their names, with what is known of their
    fields; `templates` are folders of files that it may include besides those that lie beside it."""
    if kind_of_file(path) == "excel":
        from folderkit.documents.workbook.check import check_workbook

        return check_workbook(path, language, currency, known)
    from jinja2 import StrictUndefined

    from folderkit.documents.environment import word_tags

    tags = word_tags(language, currency, StrictUndefined)
    found: dict[Finding, None] = {}
    fields: list[tuple[Field, ...]] = []
    met: set[Included] = set()
    waiting = [Included((path,))]
    while waiting:
        one = waiting.pop(0)
        if one not in met:
            met.add(one)
            checked, included = _check_one(one, replace(known, given=one.given), tags, language, templates)
            found.update(dict.fromkeys(checked.findings))
            fields.append(checked.fields)
            waiting += included
    return Checked(tuple(found), merged(fields))


def _check_one(one: Included, known: Known, tags: Tags, language: Language, templates: Sequence[Path]
               ) -> tuple[Checked, list[Included]]:
    """What is found in one of the files, and those that it includes."""
    from folderkit.documents.included import MARKS_OF_NOTES, faults_of_included, included_by
    from folderkit.documents.tags.healing import healed
    from folderkit.documents.tags.tearing import torn_ways

    path, inside = one.path, len(one.around) > 1
    try:
        parts, _ = package.read_package(package.read_file(path), str(path))
        tagged = list(tagged_parts(parts, path, also=("}", "｝", *(MARKS_OF_NOTES if inside else ()))))
        sources, faults = read_sources(parts, path, tags)
    except FolderkitError as error:
        return Checked((Finding(path, error.message, error.hint or _READ_IT),)), []
    compiled = {source.part.name: source for source in sources}
    wrong = {part.name: part for part, _ in faults}
    healthy = {name: source for name, part in wrong.items() if name not in compiled and (source := healed(part, tags))}
    readable = [source for part in tagged if (source := compiled.get(part.name) or healthy.get(part.name))]
    groups = groups_of(readable)
    found: list[Finding] = []
    included: list[Included] = []
    for part in tagged:
        places = TagPlaces(part.xml)
        told = list(_of_text(part))
        if part.name in compiled and not any(fault.grave for fault in told):
            told += torn_ways(compiled[part.name])
        told += _first_of_each_place(places, (fault for owner, fault in faults if owner.name == part.name))
        if inside and part.name == package.main_part(parts):
            told += faults_of_included(part)
        if source := compiled.get(part.name) or healthy.get(part.name):
            told += faults_of_source(source, known, groups, tags)
            others, lost = included_by(source, one, templates, language)
            told += lost
            included += others
        found += _of_part(path, part, places, told)
    found += _in_drawings(path, parts)
    fields = tuple(field for field in fields_in(readable) if root_of(field.name) not in one.given)
    return Checked(tuple(found), fields), included


def _of_text(part: Part) -> Iterator[TagFault]:
    """The faults that stand in the part's own XML."""
    from folderkit.documents.tags.tearing import crossing_blocks

    yield from crossing_blocks(part.xml)
    yield from loose_ends(part.xml)


def _in_drawings(path: Path, parts: package.Package) -> Iterator[Finding]:
    """Tags where no text is filled: in charts and SmartArt that somebody drew in Word."""
    for name, data in parts.items():
        called = next((called for begin, called in _DRAWN.items() if name.startswith(begin)), None)
        for tag in dict.fromkeys(TAG.findall(Words(data.decode("utf-8", "replace")).text)) if called else ():
            fault = TagFault(html.unescape(" ".join(tag.split())), Text(
                "A tag is not filled there; it is printed as it is.", "此处的标签不会填写，将原样印出。"))
            yield Finding(path, fault.message, Text(
                "Write it into the text beside it; charts are drawn by chart(…).",
                "请写在旁边的正文里；图表可用 chart(…) 绘制。"), called or NO_TEXT, tag=fault.shown, grave=False)


def _first_of_each_place(places: TagPlaces, faults: Iterable[TagFault]) -> Iterator[TagFault]:
    """One fault of its spelling for each tag: the others follow from it."""
    told: set[int] = set()
    for fault in faults:
        offset = offset_of(fault, places)
        if offset < 0 or offset not in told:
            told.add(offset)
            yield replace(fault, offset=offset)


def _of_part(path: Path, part: Part, places: TagPlaces, faults: Iterable[TagFault]) -> list[Finding]:
    """The findings of one part, in the order of their places, with their tags as the author wrote them. What stands in
    a text box stands twice in the file, for old and new programs, and is told once."""
    placed = sorted(((offset_of(fault, places), fault) for fault in faults), key=lambda pair: pair[0])
    inside = around(part.xml, [max(offset, 0) for offset, _ in placed])
    found: dict[Finding, None] = {}
    for (offset, fault), elements in zip(placed, inside, strict=True):
        written = " ".join(html.unescape(places.tags.get(offset, "")).split())
        if swallows(written):
            written = ""
        finding = Finding(path, fault.message, fault.hint, part.called, place_of(elements),
                          replace(fault, tag=written or fault.tag).shown, fault.field, fault.grave)
        found[finding] = None
    return list(found)


def editions_differ(template: Template, checked: dict[Language, Checked]) -> Iterator[Finding]:
    """The fields that one edition of a template uses and another does not."""
    names = {language: {field.name for field in one.fields} for language, one in checked.items()}
    for language, own in names.items():
        others = set().union(*(used for other, used in names.items() if other != language))
        if lacking := sorted(others - own):
            yield Finding(template.edition(language), Text(
                f"The other edition uses fields that this one does not: {', '.join(lacking)}.",
                f"另一语言的版本用到而这一版本没有的字段：{'、'.join(lacking)}。"), grave=False,
                hint=Text("Use them here too, if they belong here.", "若应有这些内容，请在这里也用上。"))
