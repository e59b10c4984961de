"""What a file's name says when a person gave it: the title without what stands around it, and the version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from folderkit.intake.dates import spans_of_dates

_VERSION = re.compile(r"(?<![a-z])v(?:er(?:sion)?)?[\s.]?(\d{1,3}(?:\.\d{1,3}){0,2})(?![\d.]*\d|[a-z])", re.IGNORECASE)
_EDITION = re.compile(r"第\s?(\d{1,3})\s?版")
_END = r"(?=$|[_.(（\[-]|\s+[-_(（\[]|\s*[)）\]])"  # behind a word that is no part of the title
_NOISE = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (
    r"(?<![a-z])copy of\s|\s-\s?copy(?:\s?\(\d+\))?$|\s?-\s?副本(?:\s?[(（]\d+[)）])?|副本$",
    r"[(（\[]\s?\d{1,3}\s?[)）\]](?=$|[\s_.-])",  # a browser's or WeChat's second one
    r"(?:最终|定稿|终稿|最新)(?:确认|修订|修改|更新)?(?:版|稿)?\d{0,2}" + _END,
    r"(?:确认|修订|修改|更新)(?:版|稿)\d{0,2}" + _END,
    r"(?<![a-z\d])(?:final|latest|rev(?:ised|ision)?)(?:[\s_-]?version)?[\s_-]?\d{0,2}" + _END,
    r"(?<![a-z\d])(?:sent|clean|scan(?:ned)?)" + _END,
    r"[(（\[]\s*_*\s*[)）\]]",  # what stood around one of these
))
_NEW = (r"新建(?:\s*(?:microsoft\s*)?(?:office\s*)?"
        r"(?:word|excel|powerpoint|docx?|xlsx?|pptx?|txt|wps|rtf|文本|表格|演示)?\s*"
        r"(?:文档|文稿|文件夹?|工作表|工作簿|演示文稿|图像|图片)?)")  # what Windows and WPS call a new file
_NOTHING = re.compile(
    r"(?:img|image|dsc|scan|scanned|doc|docs?ument|file|download|untitled|unnamed|mmexport|screenshot|wechat|weixin"
    r"|微信图片|微信截图|扫描件?|图片|文档|附件|截图|" + _NEW + r"|未命名|无标题)?[\W\d_]*", re.IGNORECASE)


class Title(NamedTuple):
    """A title, and the version that the name told ("": none)."""

    text: str
    version: str


def title_of(stem: str, known: Sequence[str] = ()) -> Title:
    """The title in a name without its ending; `known` are words that stand in the name anyway, such as the project's
    code, and are taken off its ends."""
    version = next((match[1] for pattern in (_VERSION, _EDITION) for match in pattern.finditer(stem)), "")
    text = stem
    for begin, end in reversed(spans_of_dates(text)):
        text = f"{text[:begin]}_{text[end:]}"
    for pattern in (_VERSION, _EDITION, *_NOISE):
        text = pattern.sub("_", text)
    parts = [part for part in (piece.strip(" \u3000-.,，、~～") for piece in re.split(r"_+", text)) if part]
    wanted = {word.casefold() for word in known if word}
    kept = [part for part in parts if part.casefold() not in wanted]
    return Title("-".join(kept), version if "." in version or not version else f"{version}.0")


def says_nothing(title: str) -> bool:
    """Whether a title is one that a camera, a scanner or a program gave."""
    return _NOTHING.fullmatch(title) is not None
