"""Tags that stand for a whole run or paragraph, given a plain text: the text gets the run or paragraph that it needs.
With docxtpl it would stand where Word shows no text, and be lost; so would rich text inside of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from folderkit.documents.drawn.drawing import NoText

if TYPE_CHECKING:
    from jinja2 import nodes
    from markupsafe import Markup

_BETWEEN_PARAGRAPHS = re.compile(
    r"(?:</w:(?:p|tbl|sdt|tcPr)>|<w:tcPr/>|<w:(?:body|tc|hdr|ftr|footnote|endnote|comment|txbxContent)(?: [^<>]*)?>)$")
_IN_TABLE = re.compile(
    r"(?:</w:(?:tr|tc|tblPr|tblGrid|trPr)>|<w:(?:tblPr|tblGrid|trPr)/>|<w:(?:tbl|tr)(?: [^<>]*)?>)$")
_RUN = re.compile(r"<w:r(?: [^<>]*)?>(<w:rPr>(?:(?!</?w:rPr[ />]).)*</w:rPr>)?", re.DOTALL)
_PARAGRAPH = re.compile(r"<w:p(?: [^<>]*)?>(?:(?!</w:p>|<w:p[ >]).)*</w:p>", re.DOTALL)
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"')
_MARKDOWN = re.compile(r"\{\{p?\s[^}]*\|\s*markdown\b")
_ELEMENT = re.compile(r"<[^>]*>")
_RUNS = ("<w:r>", "<w:r ", "<w:hyperlink ")


@dataclass(frozen=True)
class Paragraphs(NoText):
    """A value that is whole paragraphs and tables, for a tag that stands for its paragraph: ``{{p … }}``."""

    xml: str

    def __html__(self) -> str:
        return self.xml


def give_holders(tree: nodes.Template) -> None:
    """Make the tags between runs and between paragraphs put a plain text into one of their own; a run looks like the
    one that the tag stood in."""
    from jinja2 import nodes

    name, given = "", tuple[str, ...]()  # of the filter for the tags after a text
    for output in tree.find_all(nodes.Output):
        for place, child in enumerate(output.nodes):
            if isinstance(child, nodes.TemplateData):
                name, given = _holder_after(child.data)
            elif name:
                output.nodes[place] = _filtered(child, name, *given)


def _holder_after(text: str) -> tuple[str, tuple[str, ...]]:
    """The filter for a tag that stands after this text, and what it is given."""
    if text.endswith("</w:r>"):
        run = _RUN.match(text, max(text.rfind("<w:r>"), text.rfind("<w:r "), 0))
        return "in_run", ((run[1] if run else "") or "",)
    if _BETWEEN_PARAGRAPHS.search(text):
        return "in_paragraph", ()
    return ("in_table" if _IN_TABLE.search(text) else "", ())


def give_styles(tree: nodes.Template, xml: str) -> None:
    """Tell each tag of Markdown the style of the paragraph it stands for in the part's own XML."""
    from jinja2 import nodes

    stood = [style[1] if (style := _STYLE.search(found[0])) else "" for found in _PARAGRAPH.finditer(xml)
             if _MARKDOWN.search(_ELEMENT.sub("", found[0]))]
    tags = [node for node in tree.find_all(nodes.Filter) if node.name == "markdown"]
    if len(stood) == len(tags):
        for node, ident in zip(tags, stood, strict=True):
            given: list[Any] = node.kwargs
            given.append(nodes.Keyword("own", nodes.Const(ident)))


def _filtered(node: nodes.Expr, name: str, *given: str) -> nodes.Filter:
    from jinja2 import nodes

    made = nodes.Filter(node, name, [nodes.Const(value) for value in given], [], None, None)
    made.set_lineno(node.lineno)
    made.environment = node.environment
    return made


def in_run(value: Any, properties: str) -> Markup:
    """A value between runs: a text in a run of its own, rich text and pictures as they are."""
    from markupsafe import Markup, escape

    if hasattr(value, "__html__"):
        return Markup(value.__html__())  # noqa: S704
    text = escape(value)
    return Markup(f'<w:r>{properties}<w:t xml:space="preserve">{text}</w:t></w:r>') if text else text  # noqa: S704


def in_paragraph(value: Any) -> Markup:
    """A value between paragraphs: a text in a paragraph of its own, paragraphs as they are."""
    from markupsafe import Markup

    runs = in_run(value, "")
    return Markup(f"<w:p>{runs}</w:p>") if runs.startswith(_RUNS) else runs  # noqa: S704


def in_text(value: Any) -> Markup:
    """A value that is XML of its own inside a text: rich text leaves the run around it, and another one begins."""
    from markupsafe import Markup

    xml = value.__html__()
    if xml.startswith(_RUNS):
        xml = f'</w:t></w:r>{xml}<w:r><w:t xml:space="preserve">'
    return Markup(xml)  # noqa: S704
