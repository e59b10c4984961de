"""The fields a template uses: what each is, judged from how it is used, and the questions that ask for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from folderkit.core.facts import Question
from folderkit.core.language import Language, Text, same
from folderkit.core.settings import Firm
from folderkit.documents.tags.sources import Part, Source
from folderkit.documents.tags.uses import FieldKind, Use, uses_of
from folderkit.documents.template import Template

_NO_FIRM = Firm()
_STRENGTH: tuple[FieldKind, ...] = ("boolean", "text", "number", "percent", "money", "date", "long", "picture",
                                    "values", "list")


@dataclass(frozen=True)
class Field:
    """A dotted name that a template uses (``tasks[].name`` for a member of a list), what it seems to be, and
    where it is first used; `optional` when the template itself asks whether it is there; `words` are what it is
    compared with; `default` is what the template puts in its place."""

    name: str
    kind: FieldKind
    where: Text
    optional: bool = False
    words: tuple[str, ...] = ()
    default: Any = None

    def lasting(self) -> tuple[Any, ...]:
        """What `of` makes it of again, as plain values."""
        return (self.name, self.kind, (self.where.en, self.where.zh), self.optional, self.words, self.default)

    @staticmethod
    def of(name: str, kind: FieldKind, where: tuple[str, str], *rest: Any) -> Field:
        """What `lasting` told of."""
        return Field(name, kind, Text(*where), *rest)


def fields_of(template: Template, language: Language, firm: Firm = _NO_FIRM) -> tuple[Field, ...]:
    """Every field of the edition, in the order of use; with the `firm` that it will be filled for, it is compiled once
    for both. Raises `Failed` when the template cannot be read."""
    from folderkit.documents.compiled import companions, compile_template
    from folderkit.documents.drawn.include import included
    if template.kind == "excel":
        from folderkit.documents.workbook.template import compile_workbook

        return compile_workbook(template, language, firm).fields
    compiled = compile_template(template, language, firm)
    return merged((compiled.fields, *included(compiled, companions(template, language, firm), template.folders)))


def fields_in(sources: Iterable[Source]) -> tuple[Field, ...]:
    """Every field that these parts use, in the order of use."""
    found: dict[str, Field] = {}
    tested: set[str] = set()
    for source in sources:
        for use in uses_of(source.tree):
            if use.name.endswith("[]"):
                continue
            if use.tested:
                tested.add(use.name)
            known = found.get(use.name, Field(use.name, "boolean", source.part.where(use.line)))
            words = known.words + ((use.word,) if use.word and use.word not in known.words else ())
            kind = max(known.kind, use.kind, key=_STRENGTH.index)
            found[use.name] = replace(known, kind=kind, words=words, default=known.default or use.default)
    return _without_parents({name: replace(field, optional=bool(tested.intersection(_with_groups(name))))
                             for name, field in found.items()})


def merged(lists: Iterable[Sequence[Field]]) -> tuple[Field, ...]:
    """The fields of several files, each once: what one of them needs, all of them need."""
    found: dict[str, Field] = {}
    for field in itertools.chain.from_iterable(lists):
        if known := found.get(field.name):
            kind = max(known.kind, field.kind, key=_STRENGTH.index)
            field = replace(known, kind=kind, optional=known.optional and field.optional)
        found[field.name] = field
    return _without_parents(found)


def _with_groups(name: str) -> Iterator[str]:
    """The name, and the groups that it is in: who tests `client.sponsor` tests what is in it. A list is no group."""
    yield name
    above = name.split(".")[:-1]
    while above and not above[-1].endswith("[]"):
        yield ".".join(above)
        above.pop()


def _without_parents(found: Mapping[str, Field]) -> tuple[Field, ...]:
    """The fields but for those whose name was only the way to another: `client` where `client.name` is used."""
    parents = {name[:at] for name in found for at, char in enumerate(name) if char == "."}
    return tuple(field for name, field in found.items() if field.kind == "list" or name not in parents)


def groups_of(sources: Iterable[Source]) -> frozenset[str]:
    """The names that others are in: ``client`` for ``client.name``, ``tasks[]`` for ``tasks[].name``."""
    names = {use.name for source in sources for use in uses_of(source.tree)}
    return frozenset(name[:at] for name in names for at, char in enumerate(name) if char == ".")


def first_uses(sources: Iterable[Source], names: Iterable[str]) -> dict[str, tuple[Part, Use]]:
    """The first use of each of these fields that is used at all, and its part."""
    wanted = set(names)
    found: dict[str, tuple[Part, Use]] = {}
    for source in sources:
        for use in uses_of(source.tree):
            if use.name in wanted:
                found.setdefault(use.name, (source.part, use))
    return found


def _is_given(name: str) -> bool:
    """Whether folderkit itself gives the field to every template."""
    return name.partition(".")[0] in ("doc", "today", "language") or name == "firm.logo"


def questions_of(fields: Sequence[Field]) -> tuple[Question, ...]:
    """A question for each field that folderkit does not know itself, for a template that has no template.yaml."""
    return tuple(_question(field, field.name, fields) for field in fields
                 if "[]" not in field.name and not _is_given(field.name))


def _question(field: Field, key: str, fields: Sequence[Field]) -> Question:
    inside = f"{field.name}[]."
    members = tuple(_question(member, member.name.removeprefix(inside), fields) for member in fields
                    if member.name.startswith(inside) and "[]" not in member.name.removeprefix(inside))
    kind = "text" if field.kind == "picture" else field.kind
    plain = field.default not in (None, "") and "{" not in str(field.default)  # braces would name another fact
    return Question(key, kind, ask=same(key), required=not field.optional and "[]" not in field.name, fields=members,
                    default=field.default if plain else None)
