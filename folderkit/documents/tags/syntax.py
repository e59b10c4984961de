"""What is wrong in a template's tags: every fault at once, each with its tag."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError

from folderkit.core.language import NO_TEXT, Text
from folderkit.documents.tags.places import TagPlaces, Words, around, occurrences, place_of
from folderkit.documents.tags.tagged import TAG
from folderkit.documents.tags.wording import BLOCKS, INNER, WORDS, meant_word, no_other_half, told, unknown_word

_WORD = re.compile(r"\{%[-+]?\s*(\w+)")
_FULL_WIDTH = re.compile(r"｛\s*[｛%％]|\{％|[｝%％]\s*｝")
_LOST = {"p": Text("paragraph", "段落"), "tr": Text("table row", "表格行"), "tc": Text("table cell", "单元格")}
_MARKUP = re.compile(r"<[^>]+>")
_HALF = re.compile(r"\{\{|\{%|\{#|%\}|\}\}|#\}")
_SHOWN = 120  # characters of a tag in a message
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_INNER_BEGIN = re.compile(r"\{[{%]")
_INNER_TAG = re.compile(r"(?<!^)(?=\{[{%#])")
_LIFTED = re.compile(r"(?:\{\{|\{%)(p|tr|tc)\s.*?[%}]\}", re.DOTALL)


@dataclass(frozen=True)
class TagFault:
    """One thing wrong; `tag` as the author wrote it, or the text around it. Which one it is when there are several
    alike: the one after `nth` others, or the one at `offset` in the part's own XML. `hint` says what to do where the
    message does not, `field` is the field that it is about; what is not `grave` is only worth a look."""

    tag: str
    message: Text
    nth: int = 0
    offset: int = -1
    hint: Text = NO_TEXT
    field: str = ""
    grave: bool = True

    @property
    def shown(self) -> str:
        """The tag as long as a message can hold it."""
        return self.tag if len(self.tag) <= _SHOWN else f"{self.tag[:_SHOWN]}…"


def full_width_braces(xml: str) -> Iterator[TagFault]:
    """Braces that look like those of a tag."""
    words = Words(xml)
    ended = 0  # where the paragraph ends in which one was told last
    for found in _FULL_WIDTH.finditer(words.text):
        offset = words.offset(found.start())
        if found[0][0] not in "｛{" and offset < ended:
            continue  # the end of a tag whose beginning was told
        ended = _paragraph_end(xml, offset)
        yield TagFault(around_words(xml, offset), Text("Full-width braces are no tag.", "全角括号不是标签。"),
                       offset=offset, hint=Text("Type {{ and }} in half width.", "请改用半角的 {{ 和 }}。"))


def faults_before(xml: str) -> Iterator[TagFault]:
    """Faults to be seen in the part's own XML: full-width braces; text beside a tag that stands for its whole
    paragraph, row or cell, which would be lost with it."""
    yield from full_width_braces(xml)
    yield from _faults_of_lifted(Words(xml), xml)


def _faults_of_lifted(words: Words, xml: str) -> Iterator[TagFault]:
    """Tags that stand for their whole paragraph, row or cell and are not alone in it."""
    lifted = [(words.offset(found.start()), words.offset(found.end() - 1), found[0], found[1])
              for found in _LIFTED.finditer(words.text)]
    met: dict[int, tuple[int, bool]] = {}  # where a paragraph, row or cell begins → its end, whether it holds text
    for (start, stop, tag, kind), path in zip(lifted, around(xml, [start for start, *_ in lifted]), strict=True):
        begin = next((begin for name, _, begin in reversed(path) if name == kind), -1)
        if begin < 0:
            continue
        first = begin not in met
        if first or met[begin][0] < stop:  # behind a table in the same row
            end = xml.find(f"</w:{kind}>", stop)
            met[begin] = (end, bool(TAG.sub("", _MARKUP.sub("", xml[begin : max(end, begin)])).strip()))
        name, shown = _LOST[kind], " ".join(tag.split())
        hint = Text(f"Give each tag a {name.en} of its own.", f"请让每个标签单独占一个{name.zh}。")
        if met[begin][1]:
            yield TagFault(shown, Text(
                f"This tag stands for its whole {name.en}, and other text is in it, which would be lost.",
                f"这个标签代表整个{name.zh}，其中还有别的文字，这些文字会丢失。"), offset=start, hint=hint)
        elif not first:
            yield TagFault(shown, Text(
                f"Two tags that each stand for the whole {name.en} are in the same one.",
                f"两个各代表整个{name.zh}的标签放在了同一处。"), offset=start, hint=hint)


def faults_in(source: str, xml: str, tags: Environment) -> list[TagFault]:
    """Every fault in the source of a part that does not compile; `xml` is the part's own."""
    found = list(half_tags(xml))
    written = [piece for tag in TAG.findall(source) for piece in pieces_of(tag) if TAG.fullmatch(piece)]
    before = occurrences(written)
    found += [replace(fault, nth=nth) for tag, nth in zip(written, before, strict=True)
              if (fault := fault_of_tag(tag, tags))]
    for name, place in pair_blocks(written)[1]:
        message, hint = no_other_half(name)
        found.append(TagFault(" ".join(written[place].split()), message, before[place], hint=hint))
    return found or [_whole_fault(source, tags)]


def loose_ends(xml: str) -> Iterator[TagFault]:
    """Ends of tags without a beginning: the client will read them."""
    words = Words(xml)
    rest = TAG.sub(lambda tag: "\0" * len(tag[0]), words.text)
    ended = 0  # where the paragraph ends in which one was begun last
    for found in _HALF.finditer(rest):
        offset = words.offset(found.start())
        if found[0] in _ENDS:
            ended = _paragraph_end(xml, offset)
        elif rest[found.end() : found.end() + 1] != "_" and offset >= ended:
            begin = {end: begin for begin, end in _ENDS.items()}[found[0]]
            yield TagFault(around_words(xml, offset), offset=offset, grave=False, message=Text(
                "A tag is ended here that was never begun; it is printed as it is.", "标签有尾无头，将原样印出。"),
                hint=Text(f"Put '{begin}' at its beginning, or delete it.", f"请在开头补上“{begin}”，或删除它。"))


def half_tags(xml: str) -> Iterator[TagFault]:
    """Tags that are begun and not ended."""
    words = Words(xml)
    halves = [(half.start(), half[0]) for half in _HALF.finditer(TAG.sub(_without_whole_tags, words.text))]
    for number, (at, half) in enumerate(halves):
        if half in _ENDS:
            offset, wanted = words.offset(at), _ENDS[half]
            end = halves[number + 1][1] if number + 1 < len(halves) else ""
            message = Text("This tag is begun and never ended.", "这个标签有头无尾。")
            if end and end not in _ENDS and "</w:p>" not in xml[offset : words.offset(halves[number + 1][0])]:
                message = Text(f"This tag begins with '{half}' and ends with '{end}'.",
                               f"这个标签以“{half}”开头，却以“{end}”结尾。")
            yield TagFault(around_words(xml, offset), message, offset=offset,
                           hint=Text(f"Put '{wanted}' at its end.", f"请在末尾写上“{wanted}”。"))


def _without_whole_tags(tag: re.Match[str]) -> str:
    """Nothing, as long as the tag; of one that swallows others, what is no tag in it."""
    return "".join("\0" * len(piece) if TAG.fullmatch(piece) else piece for piece in pieces_of(tag[0]))


def swallows(tag: str) -> bool:
    """Whether a tag is never ended and goes on into the next one."""
    return not tag.startswith("{#") and bool(_INNER_BEGIN.search(tag, 2))


def pieces_of(tag: str) -> list[str]:
    """A tag as it is; one that swallows others cut into those tags and what is between them."""
    if not swallows(tag):
        return [tag]
    pieces: list[str] = []
    for piece in _INNER_TAG.split(tag):
        whole = TAG.match(piece)
        pieces += [whole[0], piece[whole.end() :]] if whole and not swallows(whole[0]) else [piece]
    return pieces


def fault_of_tag(tag: str, tags: Environment) -> TagFault | None:
    """The fault of one tag taken alone."""
    word = _WORD.match(tag)
    name = word[1] if word else ""
    alone = tag
    if name and name not in WORDS:
        why, hint = unknown_word(name)
        return TagFault(" ".join(tag.split()), why, hint=hint)
    if name.startswith("end"):
        return None
    if name in INNER:
        block = "{% if 1 %}" if name == "elif" or "if" in INNER[name] else ""
        alone = block + tag + "{% endif %}"
    elif name in BLOCKS and (name != "set" or "=" not in tag):
        alone = f"{tag}{{% end{name} %}}"
    try:
        tags.compile(alone)
    except TemplateSyntaxError as error:
        why, hint = told(error, tags)
        return TagFault(" ".join(tag.split()), why, hint=hint)
    except RecursionError:
        return TagFault(" ".join(tag.split()), Text("The tag is nested too deeply.", "标签嵌套过深。"),
                        hint=Text("Make it simpler.", "请简化它。"))
    return None


def pair_blocks(written: Sequence[str]) -> tuple[list[tuple[int, ...]], list[tuple[str, int]]]:
    """The tags of each block (its beginning, any 'elif' and 'else', its end), as places in `written`; and the tags that
    have no other half: their word and place. A misspelt word counts as the one that was meant."""
    stack: list[tuple[str, list[int]]] = []
    opened: Counter[str] = Counter()  # the words in the stack
    blocks: list[tuple[int, ...]] = []
    lonely: list[tuple[str, int]] = []
    for place, tag in enumerate(written):
        word = _WORD.match(tag)
        name = word[1] if word else ""
        if name and name not in WORDS:
            name = meant_word(name)
        if name in BLOCKS and (name != "set" or "=" not in tag):
            stack.append((name, [place]))
            opened[name] += 1
        elif name in INNER:
            if stack and stack[-1][0] in INNER[name]:
                stack[-1][1].append(place)
            else:
                lonely.append((name, place))
        elif name.startswith("end"):
            if not opened[name[3:]]:
                lonely.append((name, place))
                continue
            while stack[-1][0] != name[3:]:
                left, places = stack.pop()
                opened[left] -= 1
                lonely.append((left, places[0]))
            opened[name[3:]] -= 1
            blocks.append((*stack.pop()[1], place))
    return blocks, sorted([*lonely, *((left, places[0]) for left, places in stack)], key=lambda half: half[1])


def _whole_fault(source: str, tags: Environment) -> TagFault:
    """What is wrong with a part of which each tag is right."""
    try:
        tags.compile(source)
    except TemplateSyntaxError as error:
        why, hint = told(error, tags)
        return TagFault("", why, hint=hint)
    except RecursionError:
        return TagFault("", Text("Blocks are nested too deeply.", "标签嵌套过深。"),
                        hint=Text("Make the template simpler.", "请简化模板。"))
    return TagFault("", Text("The tags cannot be read.", "无法理解其中的标签。"))


def offset_of(fault: TagFault, places: TagPlaces) -> int:
    """Where in the part's own XML a fault is; -1 where that is not found."""
    return fault.offset if fault.offset >= 0 or not fault.tag else places.offset(fault.tag, fault.nth)


def places_of(faults: Sequence[TagFault], xml: str) -> list[Text]:
    """The place of each fault in the part's own XML; no text where it is not found."""
    places = TagPlaces(xml)
    offsets = [offset_of(fault, places) for fault in faults]
    rising = sorted(set(offsets) - {-1})
    called = {offset: place_of(path) for offset, path in zip(rising, around(xml, rising), strict=True)}
    return [called.get(offset, NO_TEXT) for offset in offsets]


def _paragraph_end(xml: str, offset: int) -> int:
    """Where the paragraph around a place in the XML ends."""
    end = xml.find("</w:p>", offset)
    return end if end >= 0 else len(xml)


def around_words(xml: str, at: int) -> str:
    """The words around a place in the XML, as a person sees them in its paragraph."""
    before = xml[max(0, at - 200) : at].rpartition("</w:p>")[2]
    after = xml[at : at + 200].partition("</w:p>")[0]
    return (re.sub(r"<[^>]*>?|^[^<>]*>", "", before)[-12:] + re.sub(r"<[^>]*>?", "", after)[:24]).strip()
