"""The environment in which the tags of a workbook are evaluated: rows of values come out of it, and no text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator

from folderkit.core.language import Language
from folderkit.core.tags import Tags, environment
from folderkit.documents.shown import as_words
from folderkit.documents.workbook.program import PREFIX

if TYPE_CHECKING:
    from jinja2 import Undefined
    from jinja2.compiler import Frame

CALLS = ("put", "row", "blank", "mark")


def workbook_tags(language: Language, currency: str, undefined: type[Undefined]) -> Tags:
    """An environment whose tags speak `language` where they stand in a text, and give typed values where they stand
    alone: a program (`program.py`) hands these on by the calls ``folderkit_put`` and so on."""
    tags = environment(language, currency, undefined=undefined)

    def plain(value: Any) -> Any:
        return as_words(tags, value, language)

    tags.finalize = plain
    counting: Any = tags.code_generator_class
    tags.code_generator_class = _writer_of_rows(counting)
    return tags


@functools.cache
def _writer_of_rows(kind: Any) -> Any:
    return type("RowWriter", (_RowWriter, kind), {})


class _RowWriter(CodeGenerator):
    """Makes of ``{{ folderkit_put(x) }}`` one call of the environment's `put`, with the value as it is."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802
        if not any(_call_of(one) for one in node.nodes):
            super().visit_Output(node, frame)
            return
        for one in node.nodes:
            name = _call_of(one)
            if name and isinstance(one, nodes.Call):
                self.writeline(f"environment.{name}(", one)
                for arg in one.args:
                    self.visit(arg, frame)
                self.write(")")


def _call_of(node: nodes.Node) -> str:
    """Which of a program's calls it is, or ""."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name.startswith(PREFIX):
        name = node.node.name.removeprefix(PREFIX)
        return name if name in CALLS else ""
    return ""


Writer = Callable[[Any], None]
