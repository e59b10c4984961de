"""Places and properties in a person's words."""

from __future__ import annotations

import re
from collections.abc import Callable

from folderkit.core.language import Text, same

_FORMS: tuple[tuple[str, Callable[[re.Match[str]], Text]], ...] = (
    (r"paragraph (\d+)", lambda found: Text(f"paragraph {found[1]}", f"第 {found[1]} 段")),
    (r"line (\d+)", lambda found: Text(f"line {found[1]}", f"第 {found[1]} 行")),
    (r"p\. (\d+)", lambda found: Text(f"page {found[1]}", f"第 {found[1]} 页")),
    (r"table (\d+) row (\d+)",
     lambda found: Text(f"table {found[1]}, row {found[2]}", f"表 {found[1]} 第 {found[2]} 行")),
    (r"slide (\d+)", lambda found: Text(f"slide {found[1]}", f"幻灯片 {found[1]}")),
    (r"slide (\d+) notes", lambda found: Text(f"slide {found[1]}, notes", f"幻灯片 {found[1]} 备注")),
    (r"slide (\d+) comment", lambda found: Text(f"slide {found[1]}, comment", f"幻灯片 {found[1]} 批注")),
    (r".*!([A-Z]+\d+)", lambda found: same(found[1])),
    (r".*!(\d+):\1", lambda found: Text(f"row {found[1]}", f"第 {found[1]} 行")),
    (r".*!([A-Z]+):\1", lambda found: Text(f"column {found[1]}", f"{found[1]} 列")),
    (r".*!", lambda found: Text("sheet", "工作表")),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), text) for pattern, text in _FORMS)
_NAMES = {
    "header": Text("header", "页眉"), "footer": Text("footer", "页脚"), "footnote": Text("footnote", "脚注"),
    "endnote": Text("endnote", "尾注"), "comment": Text("comment", "批注"),
    "subject": Text("subject", "主题"), "from": Text("from", "发件人"), "to": Text("to", "收件人"),
    "cc": Text("cc", "抄送"), "date": Text("date", "日期"), "attachment": Text("attachment", "附件"),
    "size": Text("size", "大小"), "type": Text("type", "类型"), "title": Text("title", "标题"),
    "author": Text("author", "作者"), "saved by": Text("saved by", "保存者"), "pages": Text("pages", "页数"),
    "pictures": Text("pictures", "图片数"), "pixels": Text("pixels", "像素"),
    "line ends": Text("line ends", "换行符"),
}


def place_text(place: str) -> Text:
    """A place as it is shown, inside of its sheet: page 2; table 1, row 3; C7."""
    if place in _NAMES:
        return _NAMES[place]
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(place)
        if found:
            return text(found)
    return same(place)


def value_text(name: str, value: str) -> str:
    """The value of a property as it is shown."""
    return f"{int(value):,} B" if name == "size" and value.isdecimal() else value


def summary(changed: int, added: int, removed: int) -> Text:
    """How much is different."""
    return Text(f"{changed} changed, {added} added, {removed} removed.",
                f"改动 {changed} 处，新增 {added} 处，删除 {removed} 处。")
