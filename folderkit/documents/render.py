"""Fill a template: the facts of the context into the tags of every part, in the firm's colours."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.core.errors import Failed
from folderkit.core.language import Language, Text
from folderkit.core.settings import Firm
from folderkit.documents.absent import line_of, raise_missing, with_optional
from folderkit.documents.compiled import Compiled, companions, compile_template, recolored
from folderkit.documents.drawn.colors import palette
from folderkit.documents.drawn.logo import add_logo, users_of, with_logo
from folderkit.documents.drawn.objects import Objects, package_of
from folderkit.documents.drawn.picture import read_picture
from folderkit.documents.finished import Filled, finished, packed
from folderkit.documents.parts import package
from folderkit.documents.parts.additions import Additions
from folderkit.documents.parts.identity import identify
from folderkit.documents.parts.provenance import Provenance, make_place, put_provenance, with_files
from folderkit.documents.parts.taken import Takings
from folderkit.documents.tags.functions import NOWHERE, Kit, Reach
from folderkit.documents.tags.sources import Part, Source
from folderkit.documents.template import Template

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

    from folderkit.documents.tags.missing import Missing

_NO_HEADINGS: Mapping[str, Mapping[str, str]] = {}
_REFERENCE = re.compile(r'\br:(?:id|embed|link)="([^"]+)"')


def render(template: Template, language: Language, context: Mapping[str, Any], firm: Firm,
           provenance: Provenance | None = None, host: DocxTemplate | None = None, reach: Reach = NOWHERE,
           computed: bool = False, headings: Mapping[str, Mapping[str, str]] = _NO_HEADINGS) -> bytes:
    """The filled Word or Excel file, with where it comes from inside. The same input gives the same bytes. `computed`
    has LibreOffice, where it is installed, tell what the formulas of a workbook give; `headings` are what the columns
    of lists are called (list → header → field), for its tables that are filled without tags.

    The context may hold docxtpl's RichText and Listing, and objects of a `DocxTemplate` of the same file: pictures,
    sub-documents, and links, for which it must be given as `host`. Its tags may take pictures within `reach`.

    Raises `Misuse` naming every field that has no value, or that holds characters a file cannot; `Failed`
    for a template that cannot be read or whose tags are wrong, or a logo that is no picture.
    """
    taken, logos = (reach.taken if reach.taken is not None else {}), Takings()
    if template.kind == "excel":
        from folderkit.documents.workbook.computed import values_of
        from folderkit.documents.workbook.render import render_workbook

        return render_workbook(template, language, context, firm, provenance, values_of if computed else None,
                               headings, taken)
    compiled = compile_template(template, language, firm, taken)
    logo = read_picture(Path(firm.logo), "firm.logo", logos) if firm.logo else None
    rendering = _Rendering(template, compiled, firm, reach, taken, Objects(host))
    filled, kit = rendering.filled(with_logo(context, logo))
    parts, members = rendering.parts(filled, kit, places=provenance is not None)
    if logo and (users := users_of(logo, filled, kit)):
        members = {**members, **add_logo(parts, users, logo)}
        taken.update(logos)
    _check_relations(parts, filled, compiled.path)
    if provenance:
        identify(parts, provenance.document)
        put_provenance(parts, with_files(provenance, taken, compiled.path))
    return package.write_package(parts, members)


class _Rendering(NamedTuple):
    """One rendering of a Word template."""

    template: Template
    compiled: Compiled
    firm: Firm
    reach: Reach
    taken: Takings
    objects: Objects

    def filled(self, facts: dict[str, Any]) -> tuple[list[Filled], Kit]:
        """The text of every part with tags, and what its functions worked with. Raises `Misuse` naming every field
        without a value."""
        kit = self._kit(facts)
        filled, absent = _fill(self.compiled, self.objects, kit)
        if absent:
            kit = self._kit(with_optional(self.template, self.compiled, self.firm, facts, absent))
            filled, absent = _fill(self.compiled, self.objects, kit)
            raise_missing(self.template, self.compiled, absent)
        return filled, kit

    def _kit(self, facts: Mapping[str, Any]) -> Kit:
        compiled = self.compiled
        return Kit(Additions(compiled.parts), compiled.language, compiled.currency, palette(self.firm), self.reach,
                   compiled.main, facts, [compiled.path],
                   companions(self.template, compiled.language, self.firm, self.taken), self.taken)

    def parts(self, filled: Sequence[Filled], kit: Kit, *, places: bool) -> tuple[package.Package, package.Members]:
        """The parts of the document, with places for where it comes from where these are wanted, and how they are
        packed."""
        whole, members = _with_places(self.compiled) if places else (self.compiled.parts, self.compiled.members)
        if self.objects.host:
            whole = _with_objects(self.objects.host, self.template, self.firm)
        ready = packed(filled)
        others = [part for part in filled if part.source.part.name not in ready]
        parts = {**whole, **{name: member.data for name, member in ready.items()},
                 **finished(others, whole, self.compiled.path, kit)}
        kit.additions.put_into(parts)
        return parts, {**members, **ready}


@functools.lru_cache(maxsize=8)
def _with_places(compiled: Compiled) -> tuple[package.Package, package.Members]:
    """The template's parts with places for where a document comes from, and how they are packed: all but the two parts
    that tell it are the same in every document."""
    parts = dict(compiled.parts)
    identify(parts, "0" * 12)
    make_place(parts)
    new = {name: data for name, data in parts.items() if data is not compiled.parts.get(name)}
    return parts, {**compiled.members, **package.pack_package(new, {})}


# -- the parts -------------------------------------------------------------------------------------
def _with_objects(host: DocxTemplate, template: Template, firm: Firm) -> package.Package:
    """The parts of docxtpl's package, in the firm's colours."""
    parts = package_of(host)
    return {**parts, **recolored(parts, template.colors, palette(firm))}


def _fill(compiled: Compiled, objects: Objects, kit: Kit) -> tuple[list[Filled], list[str]]:
    """The text of every part with tags, and the fields without a value. All that a rendering has of its own is made
    here: the environment, and what is found in it."""
    from folderkit.documents.environment import word_tags
    from folderkit.documents.tags.missing import recorder

    part = compiled.sources[0].part if compiled.sources else None
    markup: set[str] = set()

    def meet(value: Any) -> None:
        if part:
            name = tags.inside or part.name
            markup.add(name)
            objects.meet(value, name)

    missing = recorder(kit.facts)
    kit.known["tags"] = tags = word_tags(compiled.language, compiled.currency, missing, meet, kit)
    filled = []
    for source in compiled.sources:
        part = source.part
        kit.additions.part = part.name
        pieces = evaluate(kit, source, kit.facts, compiled.path)
        markup.update(turn.part for turn in tags.turns)  # a note that nobody has looked at as a whole
        filled.append(Filled(source, pieces, part.name in markup))
    return filled, list(missing.found)


def evaluate(kit: Kit, source: Source, facts: Mapping[str, Any], path: Path) -> list[str]:
    """The text of a part with the values of its tags, in pieces. Raises `Failed` when one cannot be computed."""
    from jinja2 import Template as JinjaTemplate
    from jinja2.exceptions import TemplateError

    tags, part = kit.known["tags"], source.part
    missing: type[Missing] = tags.undefined
    try:
        return list(JinjaTemplate.from_code(tags, source.code, tags.globals).generate(facts))
    except TemplateError as error:
        raise _failed_tag(part, path, error) from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError) as error:
        if missing.found:  # what is missing may be the reason
            return []
        raise _failed_tag(part, path, error) from None


def _check_relations(parts: package.Package, filled: Sequence[Filled], path: Path) -> None:
    """Raises `Failed` when a part refers to a link or picture that is not in the file."""
    for part in (one.source.part for one in filled if one.markup):
        known = parts.get(package.relationships_of(part.name), b"").decode("utf-8", "replace")
        used = dict.fromkeys(_REFERENCE.findall(parts[part.name].decode()))
        if lost := [ident for ident in used if f'"{ident}"' not in known]:
            raise _lost(part, path, lost)


# -- errors ----------------------------------------------------------------------------------------
def _lost(part: Part, path: Path, idents: Sequence[str]) -> Failed:
    return Failed(
        Text(f"{path}: in {part.called.en}, a value refers to a link or picture that is not in the file "
             f"({', '.join(idents)}).",
             f"{path}：{part.called.zh}中有值指向文件里没有的链接或图片（{'、'.join(idents)}）。"),
        Text("Give 'render' the DocxTemplate that the value was made with, as 'host'.",
             "请把生成该值的 DocxTemplate 作为 host 传给 render。"))


def _failed_tag(part: Part, path: Path, error: BaseException) -> Failed:
    from folderkit.core.tags import reason

    line = getattr(error, "lineno", None) or line_of(error)
    tag, place = part.tag_at(line)
    called, why = part.at(line)[0].called, reason(error)
    return Failed(
        Text(f"{path}: in {called.en}, {tag} cannot be computed: {why.en}{place.en}.",
             f"{path}：{called.zh}中的 {tag} 无法计算：{why.zh}{place.zh}。"),
        Text("Correct the tag, or the value it uses.", "请改正该标签，或它所用的值。"))
