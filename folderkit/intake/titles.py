"""What a file's name says when a person gave it: the title without what stands around it, and the version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from folderkit.core.dates import spans_of_dates
from folderkit.intake.papers import papers

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
_EDGE = " \u3000-.,，、~～:："  # what may stand around a part of a title
_OPEN = re.compile(  # what tells nothing without the word that stood beside it
    r"(?:.*[\s-])?(?:and|or|of|for|the|an?|to|with|by|no|not|without|&|on|from|in|into|about|under|re|at|as|per|between"
    r"|before|after|against|within|regarding|concerning)"
    r"|.*(?:[及和与或无非不]|关于|有关|对于|根据|按照|基于)|[\u4e00-\u9fff]|[\W_]*",
    re.IGNORECASE)


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
    parts = [part for part in (piece.strip(_EDGE) for piece in re.split(r"_+", text)) if part]
    wanted = {word.casefold() for word in known if word}
    kept = [part for part in parts if part.casefold() not in wanted]
    return Title("-".join(kept), version if "." in version or not version else f"{version}.0")


def says_nothing(title: str) -> bool:
    """Whether a title is one that a camera, a scanner or a program gave."""
    return _NOTHING.fullmatch(title) is not None


def without_type(title: str, kind: str) -> str:
    """The title in a name that tells the `kind` as well: without a word at its beginning or its end that only says it
    again, unless nothing would be left that tells the file from others. A Chinese word that begins another one, such as
    合同台账, does not say what that is; one that ends it does, as in 软件开发合同."""
    if not kind:
        return title
    words = "|".join(re.escape(word) for word in sorted(_words_for(kind), key=len, reverse=True))
    begin = re.match(rf"(?:{words})(?!['’]s\b)(?=第|[\W\d_])", title, re.IGNORECASE)
    if begin and _tells(rest := _bare(title[begin.end():])):
        title = rest
    apart = "" if re.match(r"[\u4e00-\u9fff]", kind) else r"(?<![^\W\d_])(?<!\S-)"  # a sub-contract is none
    end = re.search(rf"{apart}(?:{words})$", title, re.IGNORECASE)
    if end and _tells(rest := _bare(title[: end.start()].removesuffix("的"))):
        title = rest
    return title


def _words_for(kind: str) -> list[str]:
    """The words that say a kind, and no more than it does, in its language."""
    return [kind, *(word for paper in papers().values() if kind in paper.type.every()
                    for word in paper.same if word.isascii() == kind.isascii())]


def _bare(rest: str) -> str:
    """What is left of a title, without what stood between it and what was taken off."""
    rest = rest.strip(_EDGE)
    inner = re.fullmatch(r"[(（\[]([^()（）\[\]]*)[)）\]]", rest)
    return inner[1].strip(_EDGE) if inner else rest


def _tells(rest: str) -> bool:
    """Whether what is left of a title tells the file from others; a number does."""
    return not _OPEN.fullmatch(rest) and not (says_nothing(rest) and re.search(r"[^\W\d_]", rest))
