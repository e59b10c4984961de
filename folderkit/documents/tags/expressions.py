"""What in the expressions of a template goes wrong only when a document is filled: filters, tests and functions that
there are not, what the sandbox refuses, other files, macros."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from folderkit.core.language import Text
from folderkit.documents.tags.sources import Source
from folderkit.documents.tags.syntax import TagFault
from folderkit.documents.tags.wording import no_such

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

_FORMATTED = ("date", "money", "percent", "number", "lines")
_OWN = ("loop", "caller", "super", "self")


def expression_faults(source: Source, tags: Environment) -> Iterator[TagFault]:
    """The faults of a part that compiles, in the order in which they are written."""
    from jinja2 import nodes

    own = {*_OWN, *(node.name for node in source.tree.find_all(nodes.Macro)),
           *(name.name for name in source.tree.find_all(nodes.Name) if name.ctx in ("store", "param"))}
    for node in source.tree.find_all(nodes.Node):
        for message, hint, grave in _faults_of(node, own, tags):
            tag, nth = source.part.numbered_tag(node.lineno)
            yield TagFault(tag, message, nth, hint=hint, grave=grave)


def _faults_of(node: nodes.Node, own: set[str], tags: Environment) -> Iterator[tuple[Text, Text, bool]]:
    from jinja2 import nodes

    if isinstance(node, nodes.Filter):
        if node.name not in tags.filters:
            yield *no_such("filter", node.name, tags), True
        elif node.name in ("fit", "image") and isinstance(node.node, nodes.Filter) and node.node.name in _FORMATTED:
            yield (Text(f"'{node.name}' is for pictures, and this is a text.",
                        f"{node.name} 用于图片，而这里是文字。"),
                   Text(f"Name a picture, such as firm.logo, or its path before '|{node.name}'.",
                        f"请在 |{node.name} 前写图片（例如 firm.logo）或图片的路径。"), True)
        elif node.name == "attr" and node.args and _hidden(getattr(node.args[0], "value", "")):
            yield _FORBIDDEN
    elif isinstance(node, nodes.Test) and node.name not in tags.tests:
        yield *no_such("test", node.name, tags), True
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        if node.node.name not in tags.globals and node.node.name not in own:
            yield *no_such("function", node.node.name, tags), True
    elif isinstance(node, nodes.Getattr):
        if _hidden(node.attr):
            yield _FORBIDDEN
    elif isinstance(node, nodes.Getitem):
        if isinstance(node.arg, nodes.Const) and _hidden(node.arg.value):
            yield _FORBIDDEN
    elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
        yield (Text("A tag cannot take in another file like this.", "标签不能这样引入别的文件。"),
               Text("Write {{p include('terms.docx') }}, or put the text into this file.",
                    "请写成 {{p include('terms.docx') }}，或把内容写进本文件。"), True)
    elif isinstance(node, nodes.Macro):
        yield (Text("A macro: its fields are known only where it is used, and it costs time in every document.",
                    "这是宏：其中的字段只有在使用处才知道，而且每次填写都更慢。"),
               Text("Write the text out, or repeat it with 'for'.", "请直接写出内容，或用 for 重复。"), False)


_FORBIDDEN = (Text("A template may not look into the insides of Python.", "模板不能访问 Python 的内部。"),
              Text("Delete it.", "请删除它。"), True)


def _hidden(name: object) -> bool:
    return isinstance(name, str) and name.startswith("__")
