"""Chats of WeChat as a table (.csv), as MemoTrace (留痕) writes it, with English headers or, newer, Chinese ones."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping

from folderkit.core.language import Text
from folderkit.core.webtext import unescape
from folderkit.intake.talk import MOST_LINES, TOO_MUCH, Line, Named, Talk, span

_Row = Mapping[str, str]

_OLD = frozenset({"type", "createtime", "strcontent"})
_NEW = frozenset({"类型", "发送人", "时间", "内容"})
_TEXT_TYPES = ("", "1", "文本", "文字")
_KINDS = {"3": "图片", "34": "语音", "42": "名片", "43": "视频", "47": "表情", "48": "位置", "49": "链接或文件",
          "50": "通话", "10000": "系统消息"}
_TITLE = re.compile(r"<title>(?:<!\[CDATA\[)?([^<\]]{1,200})")
_DAMAGED = Text("the table is damaged, and only the rows above were read", "表格已损坏，只读取了前面的行")
_ONESELF = "我"


def read(text: str, named: Named, private: bool = False) -> Talk | None:
    """The chat in a table; None for any other table or text."""
    head = text.lstrip("\ufeff").partition("\n")[0]
    names = frozenset(name.strip().strip('"').lower() for name in head.split(","))
    if not (names >= _OLD or names >= _NEW):
        return None
    line_of = _old_line if names >= _OLD else _new_line
    lines: list[Line] = []
    truncated: tuple[Text, ...] = ()
    try:
        for line in _lines(text, line_of):
            lines.append(line)
    except csv.Error:
        truncated = (_DAMAGED,)
    begun, ended = span(lines)
    if len(lines) >= MOST_LINES:
        truncated = (TOO_MUCH,)
    return Talk("wechat", named.subject, begun, ended, tuple(lines), truncated=truncated)


def _lines(text: str, line_of: Callable[[_Row], Line]) -> Iterator[Line]:
    table = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    head = [name.strip().lower() for name in next(table)]
    count = 0
    for cells in table:
        line = line_of(dict(zip(head, cells, strict=False)))
        if line.text:
            count += 1
            yield line
        if count >= MOST_LINES:
            return


def _old_line(row: _Row) -> Line:
    who = next((name for key in ("remark", "nickname", "sender") if (name := row.get(key, "").strip())), "")
    if row.get("issender", "").strip() == "1":
        who = who or _ONESELF
    written = row.get("strtime", "").strip()
    at = _written(written) or _counted(row.get("createtime", ""))
    kind = row.get("type", "").strip()
    return Line(at, who, _said(kind, row.get("strcontent", "")), written)


def _new_line(row: _Row) -> Line:
    who = next((name for key in ("发送人", "备注", "昵称") if (name := row.get(key, "").strip())), "")
    written = row.get("时间", "").strip()
    return Line(_written(written), who, _said(row.get("类型", "").strip(), row.get("内容", "")), written)


def _said(kind: str, content: str) -> str:
    """What a message says: its text, or what it is instead of one."""
    content = content.strip()
    if kind in _TEXT_TYPES:
        return content
    name = _KINDS.get(kind, kind)
    if content.startswith("<"):
        title = _TITLE.search(content)
        return f"[{name}] {unescape(title[1]).strip()}" if title else f"[{name}]"
    return content or f"[{name}]"


def _written(text: str) -> dt.datetime | None:
    """A moment as it is written, in the local time of whoever exported it."""
    try:
        return dt.datetime.fromisoformat(text.replace("/", "-")).replace(tzinfo=None)
    except ValueError:
        return None


def _counted(seconds: str) -> dt.datetime | None:
    """A moment by its seconds since 1970, in local time, as the written ones are."""
    try:
        return dt.datetime.fromtimestamp(int(seconds))
    except (ValueError, OverflowError, OSError):
        return None
