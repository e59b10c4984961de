"""The fields a template uses: what a person must give."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from folderkit.core.facts import Question
from folderkit.core.language import Language, Text, same
from folderkit.core.settings import Firm
from folderkit.documents.template import Template

if TYPE_CHECKING:
    from jinja2 import nodes

    from folderkit.documents.compiled import Compiled

_NO_FIRM = Firm()
FieldKind = Literal["value", "list", "condition"]


@dataclass(frozen=True)
class Field:
    """A dotted name that a template uses (``tasks[].name`` for a member of a list), what it seems to be, and
    where it is first used; `optional` when the template itself asks whether it is there."""

    name: str
    kind: FieldKind
    where: Text
    optional: bool = False


def fields_of(template: Template, language: Language, firm: Firm = _NO_FIRM) -> tuple[Field, ...]:
    """Every field of the edition, in the order of use; with the `firm` that it will be filled for, it is compiled once
    for both. Raises `Failed` when the template cannot be read."""
    from folderkit.documents.compiled import compile_template

    return _fields(compile_template(template, language, firm))


@functools.lru_cache(maxsize=8)
def _fields(compiled: Compiled) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for source in compiled.sources:
        for use in _Uses(source.part.called).walk(source.tree, {}):
            _add(found, use)
    return tuple(field for name, field in found.items() if not _only_parent(name, field, found))


def _add(found: dict[str, Field], use: Field) -> None:
    """One more use of a field: a list stays a list, a value is more than a condition."""
    known = found.get(use.name)
    if known is None:
        found[use.name] = use
        return
    kinds = (known.kind, use.kind)
    kind: FieldKind = "list" if "list" in kinds else "value" if "value" in kinds else "condition"
    found[use.name] = replace(known, kind=kind, optional=known.optional or use.optional)


def _only_parent(name: str, field: Field, found: Mapping[str, Field]) -> bool:
    """Whether a name was only the way to another: `client` where `client.name` is used."""
    return field.kind != "list" and any(other.startswith(f"{name}.") for other in found)


class _Uses:
    """The uses of fields in a syntax tree; names that the template makes itself are known by what they stand for."""

    def __init__(self, where: Text) -> None:
        self.where = where

    def walk(self, node: nodes.Node, known: dict[str, str], kind: FieldKind = "value") -> Iterator[Field]:
        from jinja2 import nodes

        if isinstance(node, nodes.For):
            yield from self._loop(node, known)
        elif isinstance(node, nodes.If | nodes.CondExpr):
            yield from self.walk(node.test, known, "condition")
            for child in node.iter_child_nodes(exclude=("test",)):
                yield from self.walk(child, known, kind)
        elif isinstance(node, nodes.Assign):
            yield from self.walk(node.node, known, kind)
            if isinstance(node.target, nodes.Name):
                known[node.target.name] = self._path(node.node, known) or ""
        elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            yield from self._use(node, known, kind)
        elif isinstance(node, nodes.Filter) and node.node is not None:
            inner: FieldKind = "list" if node.name in _LIST_FILTERS else kind
            yield from self.walk(node.node, known, inner)
            for child in node.iter_child_nodes(exclude=("node",)):
                yield from self.walk(child, known)
        else:
            for child in node.iter_child_nodes():
                yield from self.walk(child, known, kind)

    def _loop(self, node: nodes.For, known: dict[str, str]) -> Iterator[Field]:
        from jinja2 import nodes

        of_text = isinstance(node.iter, nodes.Filter) and node.iter.name == "lines"
        yield from self.walk(node.iter, known, "value" if of_text else "list")
        inside = {**known, "loop": ""}
        if isinstance(node.target, nodes.Name):
            path = self._path(node.iter, known)
            inside[node.target.name] = f"{path}[]" if path else ""
        else:
            inside.update({name.name: "" for name in node.target.find_all(nodes.Name)})
        if node.test is not None:
            yield from self.walk(node.test, inside, "condition")
        for child in (*node.body, *node.else_):
            yield from self.walk(child, inside)

    def _use(self, node: nodes.Node, known: dict[str, str], kind: FieldKind) -> Iterator[Field]:
        from jinja2 import nodes

        if isinstance(node, nodes.Getitem):
            yield from self.walk(node.arg, known)
        path = self._path(node, known)
        if path is None and isinstance(node, nodes.Getattr | nodes.Getitem):
            yield from self.walk(node.node, known, kind)
        elif path and not path.endswith("[]"):
            yield Field(path, kind, self.where, kind == "condition")

    def _path(self, node: nodes.Node, known: dict[str, str]) -> str | None:
        """The dotted name of an expression; "" for what the template made itself, None for no plain name."""
        from jinja2 import nodes

        if isinstance(node, nodes.Name):
            return known.get(node.name, "" if node.name in _GLOBALS else node.name)
        if isinstance(node, nodes.Filter) and node.name in _LIST_FILTERS and node.node is not None:
            return self._path(node.node, known)
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            above = self._path(node.node, known)
            if isinstance(node, nodes.Getattr) and above:
                return f"{above}.{node.attr}"
            if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and above:
                return f"{above}[]" if isinstance(node.arg.value, int) else f"{above}.{node.arg.value}"
            return "" if above == "" else None
        return None


_LIST_FILTERS = {"selectattr", "rejectattr", "select", "reject", "list", "sort", "map", "groupby", "unique", "batch",
                 "slice", "sum", "join", "length", "count", "first", "last"}
_GLOBALS = {"range", "dict", "namespace", "cycler", "joiner", "lipsum", "loop"}


def _is_given(name: str) -> bool:
    """Whether folderkit itself gives the field to every template."""
    return name.partition(".")[0] in ("doc", "today", "language") or name == "firm.logo"


def questions_of(fields: Sequence[Field]) -> tuple[Question, ...]:
    """A question for each field, for a template that has no template.yaml."""
    members: dict[str, list[Question]] = {}
    for field in fields:
        parent, mark, inner = field.name.partition("[].")
        if mark and "[]" not in inner:
            members.setdefault(parent, []).append(Question(inner, ask=same(inner)))
    return tuple(
        Question(
            field.name,
            "list" if field.kind == "list" else "text",
            ask=same(field.name),
            required=not field.optional,
            fields=tuple(members.get(field.name, ())),
        )
        for field in fields if "[]" not in field.name and not _is_given(field.name)
    )
