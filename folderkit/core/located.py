"""YAML that remembers its lines: a checked reader that collects every fault with file, line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from folderkit.core.errors import Failed, nearest, os_failure, words_of
from folderkit.core.language import LANGUAGES, Text
from folderkit.core.terminal import plain

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is four times faster
MAX_DEPTH = 100  # of lists and mappings in each other; the C parser dies of a hundred thousand
MAX_VALUES = 500_000  # with every alias written out
_NESTING = ("[", "{", "- ", "? ")  # without these, a nested level costs a deeper indented line
_NO_DATE = re.compile(r"(year|month|day|hour|minute|second)\b.*(must be|out of range)")  # what datetime says
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a file; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    message: Text = field(compare=False)

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Faults(Failed):
    """Everything wrong in one file, told at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__(
            Text(
                "\n".join(f"{plain(fault.place)}: {fault.message.en}" for fault in self.faults),
                "\n".join(f"{plain(fault.place)}: {fault.message.zh}" for fault in self.faults),
            ),
            Text("Correct the file, then run the command again.", "请改正该文件，再运行一次。"),
        )


class Reader:
    """A checked view of one YAML node. Faults are collected in `faults`, so that all are told at once."""

    def __init__(self, node: yaml.Node, file: str, faults: list[Fault], name: str = "") -> None:
        self.node, self.file, self.faults, self.name = node, file, faults, name
        self._pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._add(key, value)

    def _add(self, key: yaml.Node, value: yaml.Node) -> None:
        if not isinstance(key, yaml.ScalarNode):
            self.fault(Text("A key must be one word.", "键应为一个词。"), key)
            return
        if key.value in self._pairs:
            self.fault(Text(f"'{key.value}' stands here twice.", f"“{key.value}”重复了。"), key)
        if value.start_mark.index == value.end_mark.index and value.start_mark.line > key.start_mark.line:
            value.start_mark = key.start_mark  # where '? key' stands alone, the parser tells of what comes after it
        self._pairs[key.value] = (key, value)

    # -- faults ------------------------------------------------------------------------------------
    def fault(self, message: Text, node: yaml.Node | None = None) -> None:
        mark = (node or self.node).start_mark
        found = Fault(self.file, mark.line + 1, mark.column + 1, message)
        if not any(found == other and message == other.message for other in self.faults):  # read twice, told once
            self.faults.append(found)

    def fault_at(self, key: str, message: Text) -> None:
        """A fault at the value of `key`, or here when the key is absent."""
        self.fault(message, self._pairs[key][1] if key in self._pairs else None)

    def expect_mapping(self) -> bool:
        if isinstance(self.node, yaml.MappingNode):
            return True
        self.fault(Text("Here must stand 'key: value' lines.", "这里应为“键: 值”的形式。"))
        return False

    def only(self, *allowed: str) -> None:
        """Report every key that is not one of `allowed`, with the nearest that is."""
        if not self.expect_mapping():
            return
        for name, (key, _) in self._pairs.items():
            if name not in allowed:
                guess = nearest(name, allowed)
                tip = (f" Did you mean '{guess}'?", f"是不是“{guess}”？") if guess else (
                    f" Known here: {', '.join(allowed)}.", f"这里可用：{'、'.join(allowed)}。")
                self.fault(Text(f"'{name}' is not known here.{tip[0]}", f"不认识“{name}”。{tip[1]}"), key)

    # -- structure ---------------------------------------------------------------------------------
    def __contains__(self, key: str) -> bool:
        return key in self._pairs

    def keys(self) -> list[str]:
        return list(self._pairs)

    def at(self, key: str) -> Reader:
        """The reader of the value of `key`, which must be there."""
        return Reader(self._pairs[key][1], self.file, self.faults, key)

    def is_empty(self) -> bool:
        """Whether there is nothing here: no value, no member, no line."""
        return not self.node.value

    def items(self, key: str | None = None) -> Iterator[tuple[str, Reader]]:
        """The entries of the mapping at `key` (or of this one), with their readers."""
        reader = self if key is None else self.at(key) if key in self else None
        if reader is not None and reader.expect_mapping():
            for name, (_, value) in reader._pairs.items():
                yield name, Reader(value, self.file, self.faults, name)

    def each(self, key: str) -> Iterator[Reader]:
        """The members of the list at `key`; nothing when it is absent."""
        if key not in self:
            return
        node = self._pairs[key][1]
        if not isinstance(node, yaml.SequenceNode):
            self.fault(Text(f"'{key}' must be a list ('- …' lines).", f"“{key}”应为列表（“- …”）。"), node)
            return
        for member in node.value:
            yield Reader(member, self.file, self.faults, key)

    def members(self) -> Iterator[Reader]:
        """The members of this list itself; nothing when it is none."""
        if isinstance(self.node, yaml.SequenceNode):
            for member in self.node.value:
                yield Reader(member, self.file, self.faults, self.name)

    # -- values ------------------------------------------------------------------------------------
    def value(self) -> Any:
        """The plain value: str, int, float, bool, date, None, list, dict."""
        try:
            return yaml.constructor.SafeConstructor().construct_document(self.node)
        except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            # PyYAML lets all of these escape for an explicit tag (!!timestamp x) or an impossible date
            why = words_of(error)
            if _NO_DATE.match(why.en):
                why = Text("there is no such date or time", "没有这样的日期或时间")
            elif isinstance(error, yaml.MarkedYAMLError) and error.problem:
                why = Text(error.problem, f"“{error.problem}”")
            self.fault(Text(f"This value cannot be read: {why.en}.", f"无法读取这个值：{why.zh}。"))
            return None

    def text(self, key: str, default: str | None = None) -> str:
        """The text at `key` exactly as written; a fault when it is absent or empty and has no default."""
        if key not in self:
            if default is None:
                self.fault(Text(f"'{key}' is missing.", f"缺少“{key}”。"))
            return default or ""
        node = self._pairs[key][1]
        if node.tag == _NULL or node.value == "":
            if default is None:
                self.fault_at(key, Text(f"'{key}' is empty.", f"“{key}”是空的。"))
            return default or ""
        if not isinstance(node, yaml.ScalarNode):
            self.fault(Text(f"'{key}' must be one text.", f"“{key}”应为一段文字。"), node)
            return default or ""
        return str(node.value)

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        word = self.text(key, default)
        if key in self and word not in choices:
            listed = ", ".join(choices)
            self.fault_at(key, Text(f"'{word}' is not one of: {listed}.", f"“{word}”不在可选值中：{listed}。"))
            return default or choices[0]
        return word

    def flag(self, key: str, default: bool = False) -> bool:
        if key not in self:
            return default
        value = self.at(key).value()
        if not isinstance(value, bool):
            self.fault_at(key, Text(f"'{key}' must be true or false.", f"“{key}”应为 true 或 false。"))
            return default
        return value

    def number(self, key: str, default: int | None = None) -> int:
        if key not in self and default is not None:
            return default
        word = self.text(key, None if default is None else str(default))
        if not re.fullmatch("[0-9]{1,9}", word):
            if word:
                self.fault_at(key, Text(f"'{key}' must be a whole number.", f"“{key}”应为整数。"))
            return default or 0
        return int(word)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one bare text counts as a list of one."""
        if key in self and isinstance(self._pairs[key][1], yaml.ScalarNode):
            word = self.text(key, "")
            return (word,) if word else ()
        found = []
        for member in self.each(key):
            if isinstance(member.node, yaml.ScalarNode):
                found.append(str(member.node.value))
            else:
                member.fault(Text("Here must stand one text.", "这里应为一段文字。"))
        return tuple(found)

    def bilingual(self, key: str, default: Text | None = None) -> Text:
        """A text in both languages: ``{zh: …, en: …}``, or one text that serves for both."""
        if key not in self:
            if default is None:
                self.fault(Text(f"'{key}' is missing.", f"缺少“{key}”。"))
            return default or Text("", "")
        return self.at(key).own_bilingual()

    def own_bilingual(self) -> Text:
        """This node itself as a text in both languages."""
        if isinstance(self.node, yaml.ScalarNode):
            if self.node.tag == _NULL:
                self.fault(Text(f"'{self.name}' is empty.", f"“{self.name}”是空的。"))
            return Text(str(self.node.value), str(self.node.value))
        self.only(*LANGUAGES)
        if not isinstance(self.node, yaml.MappingNode):
            return Text("", "")
        return Text(self.text("en"), self.text("zh"))


def parse(text: str, file: str, faults: list[Fault]) -> Reader:
    """A reader of the whole of `text`; syntax errors are raised at once, with their line."""
    try:
        _refuse_deep(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problem = error.problem or "syntax error"
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        lines = text.splitlines() or [""]
        if line > len(lines):  # the parser means the end of the file
            line, column = len(lines), len(lines[-1]) + 1
        told = _PROBLEMS.get(problem, Text(problem, f"解析器报告“{problem}”"))
        if any(_FULL_WIDTH.match(before) for before in lines[max(0, line - 2): line]):
            told = Text("the ':' after a key must be in half width, with a space behind it",
                        "键后面应为半角冒号“:”加一个空格")
        message = Text(f"This is not valid YAML: {told.en}.", f"YAML 格式有误：{told.zh}。")
        raise Faults([Fault(file, line, column, message)]) from None
    except (yaml.reader.ReaderError, UnicodeEncodeError):  # a character YAML does not allow
        raise Faults([_impossible_character(text, file)]) from None
    if node is None or node.start_mark.index == node.end_mark.index:  # nothing, or '---' and nothing
        node = yaml.MappingNode("tag:yaml.org,2002:map", [], yaml.Mark(file, 0, 0, 0, None, 0),
                                yaml.Mark(file, 0, 0, 0, None, 0))
    _refuse_tangled(node, file)
    return Reader(node, file, faults)


_FULL_WIDTH = re.compile(r"\s*(- )?[^\s:'\"#]+：(?!.*: )")
_QUOTE = Text("; put a text that holds ': ' in quotes", "；含有冒号加空格的文字请加引号")
_PROBLEMS = {  # what libyaml says, in words for somebody who has never heard of tokens
    "mapping values are not allowed in this context": Text(
        f"a ':' too many, or a line that is indented wrongly{_QUOTE.en}", f"多了一个冒号，或缩进不对{_QUOTE.zh}"),
    "did not find expected ',' or ']'": Text("a ']' or a ',' is missing", "缺少“]”或“,”"),
    "did not find expected ',' or '}'": Text("a '}' or a ',' is missing", "缺少“}”或“,”"),
    "did not find expected key": Text("this line is indented wrongly, or a quote is open",
                                      "这一行缩进不对，或引号没有成对"),
    "did not find expected '-' indicator": Text("this line is indented wrongly", "这一行缩进不对"),
    "did not find expected node content": Text("a value is missing", "缺少值"),
    "did not find expected <document start>": Text("this does not belong here", "这里多了内容"),
    "could not find expected ':'": Text("a ':' is missing after the key", "键后面缺少冒号"),
    "found unexpected end of stream": Text("a quote or a bracket is not closed", "引号或括号没有成对"),
    "found character that cannot start any token": Text(
        "a line cannot be indented with a tab, nor a text begin with this character; indent with spaces, and put such "
        "a text in quotes", "不能用制表符缩进，文字也不能以这个字符开头；请用空格缩进，或给文字加引号"),
    "found unknown escape character": Text("'\\' means something in double quotes; use single ones",
                                           "双引号内的“\\”有特殊含义，请改用单引号"),
    "did not find expected hexdecimal number": Text("'\\' means something in double quotes; use single ones",
                                                    "双引号内的“\\”有特殊含义，请改用单引号"),
    "did not find expected alphabetic or numeric character": Text(
        "a text that begins with '*' or '&' must be in quotes", "以“*”或“&”开头的文字请加引号"),
    "did not find expected comment or line break": Text(
        "the text after '|' or '>' begins on the next line", "“|”或“>”之后的文字应从下一行开始"),
    "but found another document": Text("another document begins here; take the '---' away",
                                       "这里开始了另一份文档，请去掉“---”"),
    "found undefined alias": Text("a text that begins with '*' must be in quotes", "以“*”开头的文字请加引号"),
    "block sequence entries are not allowed in this context": Text("a '-' cannot stand here", "这里不能有“-”"),
}


def _impossible_character(text: str, file: str) -> Fault:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    before = text[: found.start()] if found else ""
    char = f"U+{ord(found.group()):04X}" if found else "?"
    return Fault(file, before.count("\n") + 1, len(before) - before.rfind("\n"), Text(
        f"This is not valid YAML: the character {char} is not allowed.", f"YAML 格式有误：不允许字符 {char}。"))


def _refuse_deep(text: str, file: str) -> None:
    """Refuse what is nested so deep that the C parser would take the process with it."""
    if sum(text.count(sign) for sign in _NESTING) <= 1000:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise Faults([_too_deep(event.start_mark, file)])


def _too_deep(mark: Any, file: str) -> Fault:
    return Fault(file, mark.line + 1, mark.column + 1,
                 Text("This is nested too deep, or holds itself.", "嵌套层次太深，或引用了自身。"))


def _refuse_tangled(root: yaml.Node, file: str) -> None:
    """Refuse aliases that lead back to themselves or would grow without end."""
    count, pending = 0, [(root, 0)]
    while pending:
        node, depth = pending.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_VALUES:
            raise Faults([_too_deep(node.start_mark, file)])
        if isinstance(node, yaml.MappingNode):
            pending += [(value, depth + 1) for pair in node.value for value in pair]
        elif isinstance(node, yaml.SequenceNode):
            pending += [(value, depth + 1) for value in node.value]


def read(path: Path, faults: list[Fault], shown: str | None = None) -> Reader:
    """A reader of the YAML file at `path`. Raises `Failed` when it cannot be read, `Faults` when not YAML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, path) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = Text("This is not UTF-8 text; save the file as UTF-8.", "不是 UTF-8 文本，请另存为 UTF-8。")
        raise Faults([Fault(shown or str(path), line, 1, message)]) from None
    return parse(text, shown or str(path), faults)


def raise_if_any(faults: Sequence[Fault]) -> None:
    if faults:
        raise Faults(faults)
