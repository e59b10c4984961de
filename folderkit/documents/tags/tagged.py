"""Word's XML made a text with Jinja tags, and back: the only module that knows docxtpl."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docxtpl import DocxTemplate
    from jinja2 import nodes

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_OPENING = re.compile(r"(\{\{|\{%)([-+]?)")
_ENTITIES = re.compile(r"(?<=\{[{%#])[^{}]*?&(?:quot|apos|amp);.*?(?=[}%#]\})", re.DOTALL)
# docxtpl looks for the end of a row's or paragraph's tag at the next % or }, and makes every quote in it straight
_WHOLE_TAG = re.compile(r"(\{[{%])((?:(?!%\}|\}\}|\{[{%]).)*)([%}]\})", re.DOTALL)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# these stand for others while a part is read; no text holds them, since they are no characters
_VEIL = {ord("%"): "\ufdd2", ord("}"): "\ufdd3"}
_VEIL_QUOTES = {ord("“"): "\ufdd4", ord("”"): "\ufdd5", ord("‘"): "\ufdd6", ord("’"): "\ufdd7"}
_UNVEIL = {ord(hidden): chr(shown) for shown, hidden in {**_VEIL, **_VEIL_QUOTES}.items()}
_DELETED = re.compile(r"(<w:del(?:Instr)?Text)((?: [^<>]*)?>)([^<]+)")
_WAS = re.compile(r'(<w:del(?:Instr)?Text) was="([^"]*)"([^<>]*>)')
_HIDDEN = {ord("{"): "\ufdd0", ord("}"): "\ufdd1", ord('"'): "\ufdd8", ord(">"): "\ufdd9"}
_SHOWN = {ord(hidden): chr(sign) for sign, hidden in _HIDDEN.items()}
_PROLOG = re.compile(r"^\ufeff?(<\?xml[^>]*\?>)\s*")
_EMPTY_CELL = re.compile(
    r"(<w:tc(?: [^>]*)?>(?:<w:tcPr>(?:(?!</w:tcPr>).)*</w:tcPr>|<w:tcPr/>)?)\s*</w:tc>", re.DOTALL)
_EMPTY_ROW = re.compile(r"<w:tr(?: [^>]*)?>(?:<w:trPr>(?:(?!</w:trPr>).)*</w:trPr>|<w:trPr/>)?\s*</w:tr>", re.DOTALL)
_EMPTY_TABLE = re.compile(
    r"<w:tbl>\s*(?:<w:tblPr>(?:(?!</w:tblPr>).)*</w:tblPr>|<w:tblPr/>)?\s*"
    r"(?:<w:tblGrid>(?:(?!</w:tblGrid>).)*</w:tblGrid>|<w:tblGrid/>)?\s*</w:tbl>", re.DOTALL)
_NO_GRID = re.compile(
    r"(<w:tbl>\s*+(?:<w:tblPr>(?:(?!</w:tblPr>).)*</w:tblPr>|<w:tblPr/>)?+)(?!\s*<w:tblGrid[ />])", re.DOTALL)
_ESCAPED = re.compile(r"\{_[{%]|[}%]_\}")
_COLUMNS = re.compile(r"\{%tc\s|\{%\s*(?:colspan|hm)\b")


def to_source(xml: str) -> str:
    """The Jinja source of a part: tags joined from split runs, paragraph and row tags lifted out of theirs."""
    xml = _WHOLE_TAG.sub(_veiled, _PROLOG.sub(r"\1", xml))
    patched = str(_docxtpl().patch_xml(xml)).translate(_UNVEIL)
    return _ENTITIES.sub(_typed, patched)


def _typed(found: re.Match[str]) -> str:
    """What a person typed in a tag."""
    return found[0].replace("&quot;", '"').replace("&apos;", "'").replace("&amp;", "&")


def _veiled(found: re.Match[str]) -> str:
    """A tag in which docxtpl finds only what it should: no end before its end, no quotes inside of quotes."""
    begin, words, end = found.groups()
    if "<" not in words:
        words = _QUOTED.sub(lambda quoted: quoted[0].translate(_VEIL_QUOTES), words)
    return str(begin + (words.translate(_VEIL) if begin == "{%" else words.replace("%", _VEIL[ord("%")])) + end)


def one_tag_per_line(source: str) -> str:
    """The same source with a line break inside every tag, so that an error's line names its tag."""
    return _OPENING.sub(r"\1\2" + "\n", source)


def tags_and_lines(source: str) -> list[tuple[str, int]]:
    """The tags of `one_tag_per_line(source)`, each with the line in which it begins; what it says is on the next."""
    spread = one_tag_per_line(source)
    found, at, line = [], 0, 1
    for tag in TAG.finditer(spread):
        line += spread.count("\n", at, tag.start())
        at = tag.start()
        found.append((" ".join(tag[0].split()), line))
    return found


def without_deleted(xml: str) -> str:
    """The XML of a part in which what was deleted while changes were tracked is no text, and so no tag, until
    `unescape_braces` makes it again what it was."""
    return _DELETED.sub(lambda found: f'{found[1]} was="{found[3].translate(_HIDDEN)}"{found[2]}', xml
                        ) if "<w:del" in xml else xml


def unescape_braces(tree: nodes.Template) -> None:
    """What the author wrote so that it is no tag, ``{_{`` and ``{_%`` with their ends, made what it stands for, and
    what `without_deleted` took away put back; in the template's own text alone, not in values."""
    from jinja2 import nodes

    for text in tree.find_all(nodes.TemplateData):
        shown = _ESCAPED.sub(lambda found: found[0].replace("_", ""), text.data)
        text.data = _WAS.sub(lambda found: found[1] + found[3] + found[2].translate(_SHOWN), shown)


def has_columns(xml: str) -> bool:
    """Whether the tags of a part may change the number of cells in a row."""
    return bool(_COLUMNS.search(xml))


def with_line_breaks(xml: str) -> str:
    """What values say by control characters, made Word's own: line breaks, tabs, new paragraphs (``\\a``) and pages
    (``\\f``)."""
    return str(_docxtpl().resolve_listing(xml.replace("\r\n", "\n").replace("\r", "\n")))


def with_full_cells(xml: str) -> str:
    """A paragraph in each cell that loops and conditions left empty, and no row without cells."""
    if xml.count("</w:tc>") == xml.count("</w:p></w:tc>") and xml.count("</w:tr>") == xml.count("</w:tc></w:tr>"):
        return xml
    return _EMPTY_ROW.sub("", _EMPTY_CELL.sub(r"\1<w:p/></w:tc>", xml))


def without_empty_tables(xml: str) -> str:
    """No table that loops and conditions left without rows."""
    return xml if xml.count("</w:tbl>") == xml.count("</w:tr></w:tbl>") else _EMPTY_TABLE.sub("", xml)


def with_grid(xml: str) -> str:
    """The grid of each table with as many columns as its rows have."""
    from lxml import etree

    whole = _NO_GRID.sub(r"\1<w:tblGrid/>", xml)
    return etree.tostring(_docxtpl().fix_tables(whole.encode()), encoding="unicode")


def _docxtpl() -> DocxTemplate:
    from docxtpl import DocxTemplate

    return DocxTemplate(io.BytesIO())
