"""Laying out a skeleton's tree for one project: which nodes there are, and where each lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.errors import Failed, Misuse, words_of
from folderkit.core.facts import Facts
from folderkit.core.language import Language, Text
from folderkit.skeletons.model import FileNode, FolderNode, Skeleton, Source


class PlannedNode(NamedTuple):
    """One folder (`source` is None) or file of a project to be; `path` is relative to the project's folder.

    `origin` is the file to copy or to fill, for the sources that have one.
    """

    id: str
    path: str
    about: str
    source: Source | None = None
    reference: str = ""
    origin: Path | None = None


@dataclass(frozen=True)
class _Place:
    """Where the walk is: in which folder, repeated for what (``{each}``), which adds what to the ids."""

    path: str = ""
    each: Mapping[str, Any] = field(default_factory=dict)
    suffix: str = ""


def lay_out(
    skeleton: Skeleton, facts: Facts, language: Language, default_names: Mapping[tuple[str, str], Text]
) -> tuple[PlannedNode, ...]:
    """Every node of the project, parents first. `default_names` gives the file name pattern of registers and
    templates, by (source, reference). Raises `Misuse` when a name made of the facts is impossible or made
    twice, `Failed` when the skeleton itself is at fault."""
    layout = _Layout(skeleton, facts, language, default_names)
    nodes = [*layout.folders(skeleton.tree, _Place()), *layout.files(skeleton.files, _Place())]
    _refuse_collisions(nodes)
    return tuple(nodes)


class _Layout:
    """The walk over one skeleton for one project. A fact that was not asked for is empty."""

    def __init__(self, skeleton: Skeleton, facts: Facts, language: Language,
                 default_names: Mapping[tuple[str, str], Text]) -> None:
        self.skeleton, self.language, self.default_names = skeleton, language, default_names
        self.questions = {question.key: question for question in skeleton.questions}
        self.facts: Facts = {}
        for key in self.questions:
            facts_.put(self.facts, key, facts_.get(facts, key, ""))

    def folders(self, nodes: tuple[FolderNode, ...], place: _Place) -> Iterator[PlannedNode]:
        for node in nodes:
            if self._wanted(node.when):
                for inside in self._repeated(node, place):
                    path = self._path(inside, node.name)
                    yield PlannedNode(node.id + inside.suffix, path, node.about.in_(self.language))
                    inside = replace(inside, path=path)
                    yield from self.folders(node.folders, inside)
                    yield from self.files(node.files, inside)

    def files(self, nodes: tuple[FileNode, ...], place: _Place) -> Iterator[PlannedNode]:
        for node in nodes:
            if self._wanted(node.when):
                origin = None
                if node.source in ("copy", "text"):
                    origin = self.skeleton.place / node.reference.replace("{lang}", self.language)
                yield PlannedNode(node.id + place.suffix, self._path(place, self._name(node)), "", node.source,
                                  node.reference, origin)

    def _repeated(self, node: FolderNode, place: _Place) -> Iterator[_Place]:
        """The node's place, or one for each member of the list it is repeated for. A member's own words are
        a part of its id, not its number: another order must not take one folder for the other."""
        if not node.for_each:
            yield place
            return
        question = self.questions.get(node.for_each)
        members = facts_.get(self.facts, node.for_each)
        members = members if isinstance(members, list | tuple) else [members]
        for number, member in enumerate((str(member) for member in members if member not in (None, "")), start=1):
            known = question is not None and member in question.choices
            shown = question.choices[member].in_(self.language) if question and known else member
            yield _Place(place.path, {"each": shown, "number": number}, f"{place.suffix}@{naming.key_of(member)}")

    def _name(self, node: FileNode) -> Text:
        name = node.name if node.name.every() != ("",) else self.default_names.get((node.source, node.reference))
        if name is None:
            raise self._fault(Text(f"There is no {node.source} '{node.reference}'",
                                   f"没有“{node.reference}”（{node.source}）"))
        return name

    def _wanted(self, condition: str) -> bool:
        if not condition:
            return True
        from folderkit.core import tags  # brings Jinja, which few skeletons need

        try:
            return tags.holds(condition, self.facts)
        except tags.NotComputable as error:
            raise self._fault(Text(f"The condition '{condition}' fails: {error.message.en}",
                                   f"条件“{condition}”无法计算：{error.message.zh}")) from None

    def _path(self, place: _Place, name_: Text) -> str:
        pattern = name_.in_(self.language)
        try:
            name = naming.expand(pattern, {**self.facts, **place.each})
        except (KeyError, ValueError) as error:
            why = words_of(error)
            raise self._fault(Text(f"The name '{pattern}' cannot be made: {why.en}",
                                   f"无法生成名称“{pattern}”：{why.zh}")) from None
        fault = naming.fault_of(name)
        if fault:
            raise Misuse(Text(f"'{pattern}' would make the name '{name}': {fault.en}.",
                              f"“{pattern}”会得到名称“{name}”：{fault.zh}。"),
                         Text("Choose other values for what stands in braces.", "请修改花括号中字段的值。"))
        return f"{place.path}/{name}" if place.path else name

    def _fault(self, what: Text) -> Failed:
        return Failed(Text(f"Skeleton '{self.skeleton.id}': {what.en}.", f"骨架“{self.skeleton.id}”：{what.zh}。"),
                      Text(f"Check it with 'folderkit skeleton check {self.skeleton.id}'.",
                           f"请用 folderkit skeleton check {self.skeleton.id} 检查。"))


def _refuse_collisions(nodes: list[PlannedNode]) -> None:
    paths: dict[str, PlannedNode] = {}
    ids: dict[str, PlannedNode] = {}
    for node in nodes:
        other = paths.setdefault(naming.key_of(node.path), node)
        if other is node:
            other = ids.setdefault(node.id, node)
        if other is not node:
            raise Misuse(Text(f"'{node.path}' would be made twice, for '{other.id}' and for '{node.id}'.",
                              f"“{node.path}”会被“{other.id}”和“{node.id}”重复生成。"),
                         Text("Give the two different names or values.", "请使用不同的名称或取值。"))
