"""Templates compiled once: the tags of each part as code, all that has none as it will lie in the document."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.kept import Shelf
from folderkit.core.language import Language
from folderkit.core.settings import Firm
from folderkit.documents.drawn.colors import palette, recolor
from folderkit.documents.drawn.include import includes_of
from folderkit.documents.fields import Field, fields_in
from folderkit.documents.parts import package
from folderkit.documents.parts.taken import Takings
from folderkit.documents.tags.sources import Source, sources_of
from folderkit.documents.template import Template

if TYPE_CHECKING:
    from folderkit.documents.workbook.template import CompiledWorkbook

# what compiles a template otherwise when it is another
_SHELF = Shelf("templates", (Path(__file__).parent,), ("docxtpl", "jinja2", "lxml"))
_KEPT = 16  # templates; whoever fills many documents fills them from a few, with what these include
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A template made ready. It holds nothing of a rendering, so that threads may share it: `parts` and `members` are
    copied from, never changed."""

    path: Path
    language: Language
    currency: str
    parts: Mapping[str, bytes]
    members: package.Members
    sources: tuple[Source, ...]
    fields: tuple[Field, ...]
    includes: tuple[tuple[str, tuple[str, ...]], ...]  # names of other files, each with the names of what it is given

    @functools.cached_property
    def main(self) -> str:
        """The name of the part that holds the text."""
        return package.main_part(self.parts)

    @property
    def has_contents(self) -> bool:
        """Whether its text may hold a table of contents."""
        return b"TOC" in self.parts[self.main]


def compile_template(template: Template, language: Language, firm: Firm, taken: Takings | None = None) -> Compiled:
    """The template's edition for the firm, as it was when it was first read, noted in `taken`; compiled again only when
    that, the language, the currency or the colours are others. Raises `Failed` when it cannot be read, or for every
    fault of its tags."""
    return companions(template, language, firm, taken)(template.edition(language))


def ready(template: Template, language: Language, firm: Firm) -> Compiled | CompiledWorkbook:
    """The template's edition made ready, whatever it is of; as `compile_template`."""
    if template.kind == "excel":
        from folderkit.documents.workbook.template import compile_workbook

        return compile_workbook(template, language, firm)
    return compile_template(template, language, firm)


def companions(template: Template, language: Language, firm: Firm, taken: Takings | None = None
               ) -> Callable[[Path], Compiled]:
    """How the files that a template includes are compiled: drawn in its colours, in its language, noted in `taken`."""
    wanted = tuple(palette(firm).items()) if template.colors else ()
    return lambda path: _compile(template.read(path, taken), path, language, firm.currency,
                                 tuple(template.colors.items()), wanted)


@functools.lru_cache(maxsize=_KEPT)
def _compile(data: bytes, path: Path, language: Language, currency: str, drawn: Pairs, wanted: Pairs) -> Compiled:
    colors, firm_colors = dict(drawn), dict(wanted)
    parts, members = package.read_package(data, str(path))

    def made() -> tuple[Any, ...]:
        from jinja2 import StrictUndefined

        from folderkit.documents.environment import word_tags

        tags = word_tags(language, currency, StrictUndefined)
        found = sources_of(parts, path, tags, lambda xml: recolor(xml, colors, firm_colors))
        return (tuple(source.lasting() for source in found), tuple(field.lasting() for field in fields_in(found)),
                includes_of(found))

    sources_kept, fields_kept, includes = _SHELF.kept((data, repr((language, currency, drawn, wanted)).encode()), made)
    sources = tuple(Source.of(*source) for source in sources_kept)
    tagged = {source.part.name for source in sources}
    parts.update(recolored({name: part for name, part in parts.items() if name not in tagged}, colors, firm_colors))
    untagged = {name: part for name, part in parts.items() if name not in tagged}
    return Compiled(path, language, currency, parts, package.pack_package(untagged, members), sources,
                    tuple(Field.of(*field) for field in fields_kept), includes)


def recolored(parts: Mapping[str, bytes], colors: Mapping[str, str], firm_colors: Mapping[str, str]) -> package.Package:
    """Those of the parts that hold colours of the template, with the firm's in their place."""
    found = {}
    for name, part in parts.items():
        if colors and name.startswith("word/") and name.endswith(".xml"):
            drawn = part.decode("utf-8", "surrogateescape")
            if (xml := recolor(drawn, colors, firm_colors)) != drawn:
                found[name] = xml.encode("utf-8", "surrogateescape")
    return found
