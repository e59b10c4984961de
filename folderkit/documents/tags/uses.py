"""How a template uses its fields: each use of a dotted name, with what it is taken for, read from the syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from folderkit.documents.tags.functions import CALLED, Drawn, drawn_by

if TYPE_CHECKING:
    from jinja2 import nodes

FieldKind = Literal["boolean", "text", "number", "percent", "money", "date", "long", "picture", "values", "list"]
_OWN = {"loop", "self", "caller", "varargs", "kwargs"}
_TAKEN_FOR: dict[str, FieldKind] = {
    "date": "date", "money": "money", "percent": "percent", "number": "number", "round": "number", "int": "number",
    "float": "number", "abs": "number", "lines": "long", "fit": "picture", "image": "picture", "markdown": "long",
    "capitals": "money", "大写": "money", "weekday": "date", "chinese_date": "date", "add_workdays": "date",
    "workdays_until": "date", "qr": "text"}
_SAME = {"list", "sort", "select", "reject", "selectattr", "rejectattr", "unique", "reverse", "default", "d", "batch",
         "slice"}  # filters whose result has the members of what they are given
_ONE_OF = {"first", "last", "random", "min", "max"}
_OF_LISTS = _SAME - {"default", "d", "reverse"} | _ONE_OF | {"map", "groupby", "sum", "join", "length", "count"}
_BY_MEMBER: dict[str, FieldKind] = {  # filters that name a field of the members, and what it is taken for
    "sum": "number", "map": "text", "sort": "text", "unique": "text", "groupby": "text", "min": "number",
    "max": "number", "join": "text", "selectattr": "boolean", "rejectattr": "boolean"}
_FIRST_NAMES_IT = {"groupby", "selectattr", "rejectattr"}


@dataclass(frozen=True)
class Use:
    """One use of a field (``tasks[].name`` for a member of a list): what it is taken for; `by` which filter, or "for",
    "print", "if", "chart", "gantt", "" for something else; the line in the source with a tag to a line; whether the
    template asks if it is there; a word that it is compared with; and what stands there when it is not there."""

    name: str
    kind: FieldKind
    by: str
    line: int
    tested: bool = False
    word: str = ""
    default: Any = None


@dataclass(frozen=True)
class _Asked:
    """What the place in which an expression stands takes it for."""

    kind: FieldKind = "text"
    by: str = ""
    tested: bool = False
    word: str = ""
    default: Any = None


_PRINTED, _TESTED = _Asked("text", "print"), _Asked("boolean", "if", True)
_COMPUTED, _LISTED = _Asked("number", ""), _Asked("list", "for")


def uses_of(tree: nodes.Template) -> Iterator[Use]:
    """Every use of a field in a part, in the order in which it is written."""
    own = dict.fromkeys([*_OWN, *CALLED, *(tree.environment.globals if tree.environment else ())], "")
    return _walk(tree, own, _Asked())


def _walk(node: nodes.Node, known: dict[str, str], asked: _Asked) -> Iterator[Use]:
    """The uses in a node; `known` are names that the template itself makes, with what they stand for ("" for nothing
    that has a field's name)."""
    from jinja2 import nodes

    if isinstance(node, nodes.For):
        yield from _loop(node, known)
    elif isinstance(node, nodes.If | nodes.CondExpr):
        yield from _walk(node.test, known, _TESTED)
        for child in node.iter_child_nodes(exclude=("test",)):
            yield from _walk(child, known, asked)
    elif isinstance(node, nodes.Assign):
        yield from _walk(node.node, known, asked)
        known.update(_own(node.target))
        if isinstance(node.target, nodes.Name):
            known[node.target.name] = path_of(node.node, known) or ""
    elif isinstance(node, nodes.Macro | nodes.CallBlock | nodes.With | nodes.AssignBlock):
        yield from _scope(node, known)
    elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        yield from _name(node, known, asked)
    elif isinstance(node, nodes.Call) and (drawn := drawn_by(node)):
        yield from _drawn(node, drawn, known)
    else:
        for child, asked_here in _children(node, asked):
            yield from _walk(child, known, asked_here)
        if isinstance(node, nodes.Filter):
            yield from _member(node, known)


def _drawn(call: nodes.Call, drawn: Drawn, known: dict[str, str]) -> Iterator[Use]:
    """What a chart takes of each row of a list, or of the values by name that it is given instead."""
    yield from _walk(drawn.rows, known, _LISTED if drawn.label else _Asked("values", ""))
    if path := path_of(drawn.rows, known):
        taken: list[tuple[str, FieldKind, str]] = [
            (drawn.label, "text", ""), *((name, "date", "gantt") for name in drawn.dates),
            *((name, drawn.number, "chart") for name in drawn.numbers)]
        yield from (Use(f"{path}[].{name}", kind, by, call.lineno) for name, kind, by in taken if name)
    for child in call.iter_child_nodes():
        if child is not drawn.rows:
            yield from _walk(child, known, _Asked())


def _member(node: nodes.Filter, known: dict[str, str]) -> Iterator[Use]:
    """The field of the members that a filter names: ``sum(attribute='amount')``, ``selectattr('done')``."""
    from jinja2 import nodes

    path = path_of(node.node, known) if node.node is not None and node.name in _BY_MEMBER else None
    given = [word.value for word in node.kwargs if word.key == "attribute"] or (
        node.args[:1] if node.name in _FIRST_NAMES_IT else [])
    if path and given and isinstance(given[0], nodes.Const) and isinstance(given[0].value, str):
        compared = node.args[2].value if len(node.args) > 2 and isinstance(node.args[2], nodes.Const) else None
        word = compared if isinstance(compared, str) else ""
        kind = "text" if word and _BY_MEMBER[node.name] == "boolean" else _BY_MEMBER[node.name]
        yield Use(f"{path}[].{given[0].value}", kind, "", node.lineno, _BY_MEMBER[node.name] == "boolean", word)


def _children(node: nodes.Node, asked: _Asked) -> Iterator[tuple[nodes.Node, _Asked]]:
    """What an expression is made of, each part with what it is taken for there."""
    from jinja2 import nodes

    if isinstance(node, nodes.Output):
        asked = _PRINTED
    elif isinstance(node, nodes.Filter) and node.node is not None:
        yield node.node, _by_filter(node, asked)
        for child in node.iter_child_nodes(exclude=("node",)):
            yield child, _Asked()
        return
    elif isinstance(node, nodes.Call):
        if isinstance(node.node, nodes.Getattr):  # a method of a value
            yield node.node.node, _Asked("text", "", asked.tested)
        for child in node.iter_child_nodes(exclude=("node",)):
            yield child, _Asked()
        return
    elif isinstance(node, nodes.Compare):
        yield from ((side, _compared(side, node, asked)) for side in (node.expr, *(one.expr for one in node.ops)))
        return
    elif isinstance(node, nodes.Test):
        yield node.node, _Asked("boolean", "if", True)
        for child in node.iter_child_nodes(exclude=("node",)):
            yield child, _Asked()
        return
    elif isinstance(node, nodes.Sub | nodes.Mul | nodes.Div | nodes.FloorDiv | nodes.Pow | nodes.Neg | nodes.Pos):
        asked = _Asked("number", "", asked.tested)
    elif isinstance(node, nodes.Add | nodes.Mod):
        sides = (node.left, node.right)
        numeric = any(isinstance(side, nodes.Const) and not isinstance(side.value, str) for side in sides)
        asked = _Asked("number" if numeric else "text", "", asked.tested)
    elif isinstance(node, nodes.Concat):
        asked = _Asked("text", "print", asked.tested)
    for child in node.iter_child_nodes():
        yield child, asked


def _by_filter(node: nodes.Filter, asked: _Asked) -> _Asked:
    """What a filter takes its value for."""
    from jinja2 import nodes

    if node.name in _TAKEN_FOR:
        return _Asked(_TAKEN_FOR[node.name], node.name, asked.tested)
    if node.name in ("default", "d"):
        default = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else None
        return _Asked(asked.kind, asked.by, True, "", default)
    if node.name in _OF_LISTS:
        return _Asked("list", node.name, asked.tested)
    return _Asked("text", asked.by if node.name in ("in_run", "in_paragraph", "upper", "lower", "trim") else node.name,
                  asked.tested)


def _compared(side: nodes.Node, node: nodes.Compare, asked: _Asked) -> _Asked:
    """What one side of a comparison is taken for, from the constant on another side."""
    from jinja2 import nodes

    constants = [one.value for one in (node.expr, *(other.expr for other in node.ops))
                 if one is not side and isinstance(one, nodes.Const)]
    words = [value for value in constants if isinstance(value, str) and value]
    if words and node.ops[0].op in ("eq", "ne"):
        return _Asked("text", "", True, words[0])
    numeric = any(isinstance(value, int | float) and not isinstance(value, bool) for value in constants)
    return _Asked("number" if numeric else "text", "", True)


def _loop(node: nodes.For, known: dict[str, str]) -> Iterator[Use]:
    from jinja2 import nodes

    yield from _walk(node.iter, known, _LISTED)
    inside = {**known, "loop": ""}
    inside.update(_own(node.target))
    path = path_of(node.iter, known)
    by = node.iter.name if isinstance(node.iter, nodes.Filter) else ""
    if isinstance(node.target, nodes.Name) and path:
        inside[node.target.name] = path if by in ("batch", "slice") else f"{path}[]"
    elif by == "groupby" and isinstance(node.target, nodes.Tuple) and isinstance(node.target.items[-1], nodes.Name):
        inside[node.target.items[-1].name] = path_of(next(node.iter.iter_child_nodes()), known) or ""
    if node.test is not None:
        yield from _walk(node.test, inside, _TESTED)
    for child in node.body:
        yield from _walk(child, inside, _Asked())
    for child in node.else_:
        yield from _walk(child, known, _Asked())


def _own(target: nodes.Node) -> dict[str, str]:
    """The names that a loop or an assignment gives."""
    from jinja2 import nodes

    names = [target] if isinstance(target, nodes.Name) else list(target.find_all(nodes.Name))
    return {name.name: "" for name in names}


def _scope(node: nodes.Macro | nodes.CallBlock | nodes.With | nodes.AssignBlock, known: dict[str, str]
           ) -> Iterator[Use]:
    """A block with names of its own."""
    from jinja2 import nodes

    inside = known if isinstance(node, nodes.AssignBlock) else dict(known)
    if isinstance(node, nodes.With):
        for target, value in zip(node.targets, node.values, strict=True):
            yield from _walk(value, known, _Asked())
            inside.update(_own(target))
            if isinstance(target, nodes.Name):
                inside[target.name] = path_of(value, known) or ""
    elif isinstance(node, nodes.AssignBlock):
        known.update(_own(node.target))
    else:
        inside.update({name.name: "" for name in node.args})
        if isinstance(node, nodes.Macro):
            known[node.name] = ""
        else:
            yield from _walk(node.call, known, _Asked())
    for child in node.body:
        yield from _walk(child, inside, _Asked())


def _name(node: nodes.Name | nodes.Getattr | nodes.Getitem, known: dict[str, str], asked: _Asked) -> Iterator[Use]:
    from jinja2 import nodes

    if isinstance(node, nodes.Getitem):
        yield from _walk(node.arg, known, _Asked())
    path = path_of(node, known)
    if path is None and not isinstance(node, nodes.Name):
        by_value = isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const)
        yield from _walk(node.node, known, _Asked("values", "", asked.tested) if by_value else asked)
    elif path:
        yield Use(path, asked.kind, asked.by, node.lineno, asked.tested, asked.word, asked.default)


def path_of(node: nodes.Node, known: dict[str, str]) -> str | None:
    """The dotted name of an expression; "" for what the template made itself, None for no plain name."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return known.get(node.name, node.name)
    if isinstance(node, nodes.Filter) and node.node is not None:
        above = path_of(node.node, known)
        return "" if node.name in ("map", "groupby") else f"{above}[]" if above and node.name in _ONE_OF else (
            above if node.name in _SAME else None)
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        above = path_of(node.node, known)
        if not above:
            return above
        if isinstance(node, nodes.Getattr):
            return f"{above}.{node.attr}"
        if isinstance(node.arg, nodes.Slice):
            return above
        if isinstance(node.arg, nodes.Const):
            return f"{above}[]" if isinstance(node.arg.value, int) else f"{above}.{node.arg.value}"
    return None
