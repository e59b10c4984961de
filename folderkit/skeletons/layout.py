"""Laying out a skeleton's tree for one project: which nodes there are, and where each lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.errors import Failed, Misuse
from folderkit.core.facts import Facts
from folderkit.core.language import Language, Text
from folderkit.skeletons.model import FileNode, FolderNode, Skeleton, Source


@dataclass(frozen=True)
class PlannedNode:
    """One folder (`source` is None) or file of a project to be; `path` is relative to the project's folder.

    `origin` is the file to copy or to fill, for the sources that have one.
    """

    id: str
    path: str
    about: str
    source: Source | None = None
    reference: str = ""
    origin: Path | None = None


def lay_out(
    skeleton: Skeleton, facts: Facts, language: Language, default_names: Mapping[tuple[str, str], Text]
) -> tuple[PlannedNode, ...]:
    """Every node of the project, parents first. `default_names` gives the file name pattern of registers and
    templates, by (source, reference). Raises `Misuse` when a name made of the facts is impossible."""
    layout = _Layout(skeleton, facts, language, default_names)
    nodes = [*layout.folders(skeleton.tree, ""), *layout.files(skeleton.files, "")]
    _refuse_collisions(nodes)
    return tuple(nodes)


class _Layout:
    """The walk over one skeleton for one project."""

    def __init__(self, skeleton: Skeleton, facts: Facts, language: Language,
                 default_names: Mapping[tuple[str, str], Text]) -> None:
        self.skeleton, self.facts, self.language, self.default_names = skeleton, facts, language, default_names

    def folders(self, nodes: tuple[FolderNode, ...], above: str, extra: Mapping[str, Any] | None = None,
                suffix: str = "") -> Iterator[PlannedNode]:
        for node in nodes:
            if not self._wanted(node.when):
                continue
            for each, member in self._members(node):
                more = {**(extra or {}), **each}
                identity = f"{node.id}{suffix}{member}"
                path = self._path(above, node.name.in_(self.language), more)
                yield PlannedNode(identity, path, node.about.in_(self.language))
                yield from self.folders(node.folders, path, more, suffix + member)
                yield from self.files(node.files, path, more, suffix + member)

    def files(self, nodes: tuple[FileNode, ...], above: str, extra: Mapping[str, Any] | None = None,
              suffix: str = "") -> Iterator[PlannedNode]:
        for node in nodes:
            if self._wanted(node.when):
                name = node.name.in_(self.language)
                if not name:
                    name = self.default_names[node.source, node.reference].in_(self.language)
                origin = None
                if node.source in ("copy", "text"):
                    origin = self.skeleton.place / node.reference.replace("{lang}", self.language)
                yield PlannedNode(node.id + suffix, self._path(above, name, extra or {}), "", node.source,
                                  node.reference, origin)

    def _members(self, node: FolderNode) -> Iterator[tuple[dict[str, Any], str]]:
        """What a node is repeated for: ({each: …}, the addition to its id)."""
        if not node.for_each:
            yield {}, ""
            return
        question = next((q for q in self.skeleton.questions if q.key == node.for_each), None)
        for number, member in enumerate(facts_.get(self.facts, node.for_each, []) or [], start=1):
            known = question is not None and member in question.choices
            shown = question.choices[member].in_(self.language) if question and known else member
            yield {"each": shown, "number": number}, f"@{member if known else number}"

    def _wanted(self, condition: str) -> bool:
        if not condition:
            return True
        from folderkit.core import tags

        try:
            return tags.holds(condition, self.facts)
        except ValueError as error:
            raise Failed(
                Text(f"The condition '{condition}' of skeleton '{self.skeleton.id}' fails: {error}.",
                     f"骨架“{self.skeleton.id}”的条件“{condition}”无法计算：{error}。"),
                Text(f"Check it with 'folderkit skeleton check {self.skeleton.id}'.",
                     f"请用 folderkit skeleton check {self.skeleton.id} 检查。")) from None

    def _path(self, above: str, pattern: str, extra: Mapping[str, Any]) -> str:
        name = naming.expand(pattern, {**self.facts, **extra})
        fault = naming.fault_of(name)
        if fault:
            raise Misuse(Text(f"'{pattern}' would make the name '{name}': {fault.en}.",
                              f"“{pattern}”会得到名称“{name}”：{fault.zh}。"),
                         Text("Choose other values for what stands in braces.", "请修改花括号中字段的值。"))
        return f"{above}/{name}" if above else name


def _refuse_collisions(nodes: list[PlannedNode]) -> None:
    taken: dict[str, str] = {}
    for node in nodes:
        other = taken.setdefault(naming.key_of(node.path), node.id)
        if other != node.id:
            raise Misuse(Text(f"'{node.path}' would be made twice, for '{other}' and for '{node.id}'.",
                              f"“{node.path}”会被“{other}”和“{node.id}”重复生成。"),
                         Text("Give the two different names or values.", "请使用不同的名称或取值。"))
