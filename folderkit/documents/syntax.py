"""What is wrong in a template's tags: every fault at once, each with its tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError

from folderkit.core.language import Text
from folderkit.core.tags import reason
from folderkit.documents.places import Words, occurrence
from folderkit.documents.tagged import TAG

_BLOCKS = {"if", "for", "with", "filter", "macro", "call", "block", "autoescape"}
_INNER = {"else": ("if", "for"), "elif": ("if",)}
_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_FULL_WIDTH = re.compile(r"｛\s*[｛%％]|\{％|[｝%％]\s*｝")
_LOST = {"p": Text("paragraph", "段落"), "tr": Text("table row", "表格行"), "tc": Text("table cell", "单元格")}
_MARKUP = re.compile(r"<[^>]+>")
_HALF = re.compile(r"\{\{|\{%|\{#|%\}")
_LIFTED = re.compile(r"\{[{%](p|tr|tc)\s")


@dataclass(frozen=True)
class TagFault:
    """One thing wrong; `tag` as the author wrote it, or the text around it. Which one it is when there are several
    alike: the one after `nth` others, or the one at `offset` in the part's own XML."""

    tag: str
    message: Text
    nth: int = 0
    offset: int = -1


def faults_before(xml: str) -> Iterator[TagFault]:
    """Faults to be seen in the part's own XML: full-width braces; text beside a tag that stands for its whole
    paragraph, row or cell, which would be lost with it."""
    for found in _FULL_WIDTH.finditer(xml):
        yield TagFault(_around(xml, found.start()), Text(
            "Full-width braces are no tag; type {{ and }} in half width.", "全角括号不是标签，请改用半角的 {{ 和 }}。"),
            offset=found.start())
    for found in _LIFTED.finditer(xml):
        element = found[1]
        start = max(xml.rfind(f"<w:{element} ", 0, found.start()), xml.rfind(f"<w:{element}>", 0, found.start()))
        end = xml.find(f"</w:{element}>", found.end())
        if start < 0 or end < 0:
            continue
        words = _MARKUP.sub("", xml[start:end])
        if TAG.sub("", words).strip():
            name = _LOST[element]
            yield TagFault(" ".join((TAG.search(words) or [found[0]])[0].split()), Text(
                f"This tag stands for its whole {name.en}, and other text is in it; give the tag a {name.en} "
                f"of its own.", f"这个标签代表整个{name.zh}，其中还有别的文字；请让它单独占一个{name.zh}。"),
                offset=found.start())
        elif len(_LIFTED.findall(_MARKUP.sub("", xml[start : found.end()]))) > 1:
            name = _LOST[element]
            yield TagFault(" ".join(xml[found.start() : xml.find("}", found.end()) + 1].split()), Text(
                f"Two tags that each stand for the whole {name.en} are in the same one; give each a {name.en} of its "
                f"own.", f"两个各代表整个{name.zh}的标签放在了同一处；请让它们各自单独占一个{name.zh}。"),
                offset=found.start())


def faults_in(source: str, xml: str, tags: Environment) -> list[TagFault]:
    """Every fault in the source of a part that does not compile; `xml` is the part's own."""
    written = TAG.findall(source)
    found = [replace(fault, nth=occurrence(written, place)) for place, tag in enumerate(written)
             if (fault := _fault_of_tag(tag, tags))]
    found += _faults_of_blocks(written)
    words = Words(xml)
    rest = TAG.sub(lambda tag: "\0" * len(tag[0]), words.text)
    for half in _HALF.finditer(rest):
        offset = words.offset(half.start())
        found.append(TagFault(_around(xml, offset), Text(
            "A tag is begun or ended here without its other half.", "这里的标签不成对。"), offset=offset))
    return found or [_whole_fault(source, tags)]


def _fault_of_tag(tag: str, tags: Environment) -> TagFault | None:
    """The fault of one tag taken alone."""
    word = _WORD.match(tag)
    alone = tag
    if word and word[1].startswith("end"):
        return None
    if word and word[1] in _INNER:
        block = "{% if 1 %}" if word[1] == "elif" or "if" in _INNER[word[1]] else ""
        alone = block + tag + "{% endif %}"
    elif word and (word[1] in _BLOCKS or (word[1] == "set" and "=" not in tag)):
        alone = f"{tag}{{% end{word[1]} %}}"
    try:
        tags.compile(alone)
    except TemplateSyntaxError as error:
        why = reason(error)
        return TagFault(" ".join(tag.split()), Text(f"It cannot be read: {why.en}.", f"无法理解：{why.zh}。"))
    return None


def _faults_of_blocks(written: list[str]) -> list[TagFault]:
    """Blocks that are not ended, or ended without a beginning."""
    stack: list[tuple[str, int]] = []
    found = []

    def fault(place: int, message: Text) -> None:
        found.append(TagFault(" ".join(written[place].split()), message, occurrence(written, place)))

    def not_ended(name: str, place: int) -> None:
        fault(place, Text(f"It is never ended; 'end{name}' is missing.", f"没有结束，缺少“end{name}”。"))

    for place, tag in enumerate(written):
        word = _WORD.match(tag)
        name = word[1] if word else ""
        if name in _BLOCKS:
            stack.append((name, place))
        elif name in _INNER and (not stack or stack[-1][0] not in _INNER[name]):
            fault(place, Text("No 'if' is open here.", "这里没有未结束的 if。"))
        elif name.startswith("end") and name[3:] in _BLOCKS:
            if name[3:] in [opened for opened, _ in stack]:
                while stack and stack[-1][0] != name[3:]:
                    not_ended(*stack.pop())
                stack.pop()
            else:
                fault(place, Text(f"There is no '{name[3:]}' that this could end.", f"没有对应的“{name[3:]}”。"))
    for left in stack:
        not_ended(*left)
    return found


def _whole_fault(source: str, tags: Environment) -> TagFault:
    try:
        tags.compile(source)
    except TemplateSyntaxError as error:
        why = reason(error)
        return TagFault("", Text(f"{why.en}.", f"{why.zh}。"))
    return TagFault("", Text("The tags cannot be read.", "无法理解其中的标签。"))


def _around(xml: str, at: int) -> str:
    """The words around a place in the XML, as a person sees them in its paragraph."""
    before = xml[max(0, at - 200) : at].rpartition("</w:p>")[2]
    after = xml[at : at + 200].partition("</w:p>")[0]
    return (re.sub(r"<[^>]*>?|^[^<>]*>", "", before)[-12:] + re.sub(r"<[^>]*>?", "", after)[:24]).strip()
