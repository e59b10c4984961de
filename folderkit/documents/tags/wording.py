"""What is wrong with a tag, and what to do, in the words of who wrote it in Word: each answer is both of them."""

from __future__ import annotations

import re
import unicodedata

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError

from folderkit.core.counted import TooDeep
from folderkit.core.errors import nearest
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.tags import reason
from folderkit.documents.tags.functions import PREFIX

BLOCKS = ("if", "for", "with", "filter", "macro", "call", "block", "autoescape", "set")
INNER = {"else": ("if", "for"), "elif": ("if",)}
WORDS = (*BLOCKS, *INNER, *(f"end{name}" for name in BLOCKS), "include", "import", "from", "extends", "print")
_MEANT = {"elseif": "elif", "elsif": "elif", "foreach": "for", "end": "", "fi": "endif", "next": "endfor"}
_CELL_WORDS = ("tr", "tc", "vm", "hm", "colspan", "cellbg")
_QUOTES = dict.fromkeys("„‚«»‹›「」『』′″`´“”‘’＂＇", '"')


def unknown_word(name: str) -> tuple[Text, Text]:
    """What is wrong with a tag that begins with this word, and what to do."""
    if name in _CELL_WORDS:
        return (Text(f"'{name}' has a meaning in a row or cell of a table only, and alone in it.",
                     f"“{name}”只能用在表格的行或格中，并且要独占一处。"),
                Text("Put the tag into a table, or write {%p …%} for whole paragraphs.",
                     "请把标签放进表格；若要重复整段，请写 {%p …%}。"))
    meant = meant_word(name)
    return (Text(f"'{name}' is no word that a tag begins with.", f"标签不能以“{name}”开头。"),
            Text(f"Did you mean '{meant}'?", f"是不是“{meant}”？") if meant else
            Text("Begin with 'if', 'for' or 'set'; for a value write {{ … }}.",
                 "请以 if、for 或 set 开头；要填入值，请写 {{ … }}。"))


def meant_word(name: str) -> str:
    """The word that was probably meant, or ""."""
    return _MEANT[name] if name in _MEANT else nearest(name, WORDS) or ""


def told(error: TemplateSyntaxError, tags: Environment) -> tuple[Text, Text]:
    """What is wrong with a tag, and what to do, in the words of who wrote it in Word."""
    said = str(error.message)
    for pattern, message, hint in _TOLD:
        if found := re.match(pattern, said):
            return (Text(message.en.format(*found.groups()), message.zh.format(*found.groups())),
                    Text(hint.en.format(*found.groups()), hint.zh.format(*found.groups())))
    if found := re.match(r"unexpected char (['\"])(.)\1", said):
        half = _QUOTES.get(found[2]) or unicodedata.normalize("NFKC", found[2])
        if found[2] in "\"'":
            return (Text("A quotation mark is opened and not closed.", "引号不成对。"),
                    Text("Put one at the end of the quoted text.", "请在引用内容末尾补上引号。"))
        return (Text(f"A tag cannot hold the character '{found[2]}'.", f"标签中不能有字符“{found[2]}”。"),
                Text(f"Type {half} in half width.", f"请改用半角的 {half}。") if half != found[2] else
                Text("Delete it.", "请删除它。"))
    if found := re.match(r"No (filter|test) named '(.+)'", said):
        return no_such(found[1], found[2], tags)
    why = reason(error)
    hint = Text("Make it simpler.", "请简化它。") if isinstance(error, TooDeep) else NO_TEXT
    return Text(f"It cannot be read: {why.en}.", f"无法理解：{why.zh}。"), hint


def no_such(kind: str, name: str, tags: Environment) -> tuple[Text, Text]:
    """That there is no "filter", "test" or "function" of this name, and which one may have been meant."""
    known = {"filter": tags.filters, "test": tags.tests, "function": tags.globals}[kind]
    called = {"filter": "过滤器", "test": "判断", "function": "函数"}[kind]
    meant = nearest(name, [one.removeprefix(PREFIX) for one in known])
    return (Text(f"There is no {kind} '{name}'.", f"没有名为“{name}”的{called}。"),
            Text(f"Did you mean '{meant}'?", f"是不是“{meant}”？") if meant else
            Text(f"It is a filter: write {{{{ value|{name} }}}}.", f"它是过滤器，请写成 {{{{ 值|{name} }}}}。")
            if kind == "function" and name in tags.filters else
            Text("'folderkit guide documents' lists what there is.", "可用的见 folderkit guide documents。"))


_TOLD = (
    (r"expected token 'in'", Text("A 'for' needs 'in'.", "for 后面缺少 in。"),
     Text("Write it like {{% for item in items %}}.", "请写成 {{% for 项 in 列表 %}} 的形式。")),
    (r"expected token 'end of .+', got '='", Text("'=' gives a value and compares nothing.", "“=”不能用来比较。"),
     Text("Write '==' to compare.", "比较请用“==”。")),
    (r"[Ee]xpected an expression, got 'end of|unexpected 'end of",
     Text("The tag is empty or not complete.", "标签是空的或不完整。"),
     Text("Name a field in it.", "请写上字段名。")),
    (r"expected name or number", Text("After '.' the name of a field is missing.", "“.”后面缺少字段名。"),
     Text("Name the field.", "请写上字段名。")),
    (r"expected token 'end of .+', got '(.+)'$", Text("'{}' has no meaning here.", "这里不能有“{}”。"),
     Text("Names of fields have no spaces; parts of a name are joined by '.'.",
          "字段名中不能有空格；各级名称用“.”连接。")),
)


def no_other_half(name: str) -> tuple[Text, Text]:
    """What is wrong with a tag of this word that has no other half, and what to do."""
    if name in BLOCKS:
        return (Text(f"It is never ended; 'end{name}' is missing.", f"没有结束，缺少“end{name}”。"),
                Text(f"Put {{% end{name} %}} where it is to end.", f"请在结束处写上 {{% end{name} %}}。"))
    if name in INNER:
        return (Text("No 'if' is open here.", "这里没有未结束的 if。"),
                Text("Put it between {% if … %} and {% endif %}.",
                     "请把它放在 {% if … %} 与 {% endif %} 之间。"))
    return (Text(f"There is no '{name[3:]}' that this could end.", f"没有对应的“{name[3:]}”。"),
            Text(f"Delete it, or write {{% {name[3:]} … %}} before it.",
                 f"请删除它，或在前面写上 {{% {name[3:]} … %}}。"))
