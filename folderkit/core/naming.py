"""Names of files and folders: what may be one everywhere, and patterns that make one from facts."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from folderkit.core import facts as facts_
from folderkit.core.errors import Misuse
from folderkit.core.language import Text

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_FORBIDDEN = '<>:"/\\|?*'
_VARIANTS = "\ufe0e\ufe0f\u20e3"  # turn a plain sign into a picture
_PORTS = "0123456789¹²³"
_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(f"COM{n}" for n in _PORTS), *(f"LPT{n}" for n in _PORTS)}
MAX_BYTES = 255  # ext4, APFS, and most shares; NTFS counts 255 UTF-16 units, which is never less
_MAX_ENDING = 10  # characters; what is longer after a dot is no file's ending
MAX_NAME = 80  # characters of a name that a person gives; leaves room for code and client beside it


def fault_of(name: str) -> Text | None:
    """Why `name` cannot be a file's or folder's name on every system, or None when it can."""
    if not name.strip() or not name.strip("\u3000\u200b"):
        return Text("it is empty", "名称是空的")
    if name in (".", "..") or ".." in name.split("/"):
        return Text("'.' and '..' mean other folders", "“.”和“..”指向别的文件夹")
    for char in name:
        fault = _fault_of_character(char)
        if fault:
            return fault
    if name != name.strip() or name.endswith("."):
        return Text("it begins or ends with a space, or ends with a dot, which Windows drops",
                    "名称首尾有空格或以句点结尾，Windows 会去掉它们")
    device = _device(name)
    if device:
        return Text(f"Windows keeps '{device}' for a device", f"Windows 把“{device}”留作设备名")
    size = len(name.encode())
    if size > MAX_BYTES:
        return Text(f"it is too long ({size} bytes; {MAX_BYTES} are possible)",
                    f"名称太长（{size} 字节，最多 {MAX_BYTES}）")
    return None


@functools.lru_cache(maxsize=4096)  # a few characters make most names
def _fault_of_character(char: str) -> Text | None:
    if char in _FORBIDDEN:
        return Text(f"the character {char} is not possible in a name", f"名称中不能有字符 {char}")
    kind = unicodedata.category(char)
    if kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or char in _VARIANTS:
        return Text(f"it holds an invisible or unassigned character (U+{ord(char):04X})",
                    f"名称中有看不见的或未定义的字符（U+{ord(char):04X}）")
    if (kind == "So" and ord(char) > 0x2190 and not _squared(char)) or 0x1F000 <= ord(char) <= 0x1FAFF:
        return Text(f"it holds the symbol {char}, which many programs and zip files cannot carry",
                    f"名称中有符号 {char}，许多程序和压缩包不支持")
    return None


def _squared(char: str) -> bool:
    """Units and firms in one character, which Chinese and Japanese names hold: ㎡, ㈱."""
    return 0x3200 <= ord(char) <= 0x33FF


def _device(name: str) -> str:
    """The part of a name for which Windows would open a device instead, or nothing."""
    stem = name.split(".")[0].rstrip()
    return stem if stem.upper() in _DEVICES else ""


def check_name(name: str, what: Text) -> str:
    """`name` in the form in which it is kept (NFC). Raises `Misuse` when it cannot be a name everywhere."""
    name = unicodedata.normalize("NFC", name)
    fault = fault_of(name)
    if fault is None and len(name) > MAX_NAME:
        fault = Text(f"it is too long ({len(name)} characters; {MAX_NAME} are possible)",
                     f"名称太长（{len(name)} 个字符，最多 {MAX_NAME}）")
    if fault is None:
        return name
    shown = name if len(name) <= 40 else name[:40] + "…"
    raise Misuse(
        Text(f"'{shown}' cannot be {what.en}: {fault.en}.", f"“{shown}”不能作为{what.zh}：{fault.zh}。"),
        Text("Choose a name of letters, digits, spaces, '-' and '_'.", "请用汉字、字母、数字、空格、“-”和“_”。"))


@functools.lru_cache(maxsize=1024)  # the same facts stand in many names
def clean_name(text: str) -> str:
    """A possible name made of any text, or nothing: what cannot stand in a name becomes '-', ends are
    trimmed, what is too long is cut before the ending."""
    text = unicodedata.normalize("NFC", text)
    name = "".join("-" if _fault_of_character(char) else char for char in text)
    name = _spare_devices(re.sub(r"\s+", " ", re.sub(r"-{2,}", "-", name)).strip(" .-"))
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > _MAX_ENDING:
        stem, dot, ending = name, "", ""
    return _cut(stem, MAX_BYTES - len((dot + ending).encode())) + dot + ending


def parts_of(name: str) -> tuple[str, str]:
    """A file's name and its ending, with the dot; what is too long after a dot is no ending."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem and len(ending) <= _MAX_ENDING and " " not in ending else (name, "")


def numbered(name: str, number: int) -> str:
    """The name with a number before its ending, as ``plan (2).docx``; cut where it would become too long."""
    return tailed(name, f" ({number})")


def tailed(name: str, tail: str) -> str:
    """The name with more before its ending; cut where it would become too long."""
    stem, ending = parts_of(name)
    return _cut(stem, MAX_BYTES - len((tail + ending).encode())) + tail + ending


_MAX_SENT = 1000  # characters at either end of a name that is cleaned; mails may bring megabytes
_DRIVE = re.compile(r"^[A-Za-z]:(?=.)")
_PATH = re.compile(r"[/\\]|[A-Za-z]:")


def _cut(text: str, size: int) -> str:
    """As much of `text` as fits in `size` bytes, without a loose end."""
    if len(text.encode()) <= size:
        return text
    return text.encode()[: max(size, 0)].decode(errors="ignore").rstrip(" .-_")


def _spare_devices(name: str) -> str:
    device = _device(name)
    return f"{device}_{name[len(device):]}" if device else name


def safe_name(name: str, otherwise: str = "attachment") -> str:
    """One harmless name for a file that a stranger named, or `otherwise` where nothing of the name is left.

    Of a path (``C:\\Users\\me\\a.pdf``, ``../../a``) the last part counts; else "/" is a sign like others.
    """
    if len(name) > 2 * _MAX_SENT:
        name = name[:_MAX_SENT] + name[-_MAX_SENT:]
    name = re.sub(r"\s+", " ", name)
    parts = name.replace("\\", "/").split("/")
    if _PATH.match(name) or ".." in parts or "\\" in name:
        name = next((part for part in reversed(parts) if part.strip(" .")), "")
    name = _DRIVE.sub("", name)
    stem, _, ending = name.rpartition(".")
    if stem and not clean_name(stem):
        return clean_name(f"{otherwise}.{ending}")
    return clean_name(name) or otherwise


class UniqueNames:
    """Gives each name once, also where Windows and macOS see no difference: a second ``a.pdf`` is ``a (2).pdf``."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}

    def take(self, name: str) -> str:
        """`name`, or the next free one like it."""
        stem, dot, ending = name.rpartition(".")
        if not stem or len(ending) > _MAX_ENDING:
            stem, dot, ending = name, "", ""
        key, free = key_of(name), name
        number = self._numbers.get(key, 1)
        while key_of(free) in self._taken:
            number += 1
            tail = f" ({number}){dot}{ending}"
            free = _cut(stem, MAX_BYTES - len(tail.encode())) + tail
        self._numbers[key] = number
        self._taken.add(key_of(free))
        return free


def key_of(path: str) -> str:
    """What two paths that are one on Windows or macOS have in common: NFC, without case."""
    return unicodedata.normalize("NFC", path).casefold()


class NotAPattern(ValueError):
    """A pattern of names that cannot be read; `message` says why."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


def pattern_fields(pattern: str) -> list[str]:
    """The dotted names that a pattern refers to. Raises `NotAPattern` on stray braces and unknown forms."""
    return [name for _, name, _ in _parse(pattern) if name is not None]


def worded(pattern: str, word: Callable[[str], str]) -> str:
    """The pattern with a word in the place of each dotted name that it refers to. Raises `NotAPattern`."""
    return "".join(literal + (word(name) if name is not None else "") for literal, name, _ in _parse(pattern))


@functools.lru_cache(maxsize=64)
def _parse(pattern: str) -> tuple[tuple[str, str | None, str], ...]:
    """(literal, dotted name or None, form) for each part of a pattern."""
    found = []
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError:
        raise NotAPattern(Text("a brace is not closed, or too many", "花括号没有成对")) from None
    for literal, name, form, conversion in parts:
        if name is not None and (conversion or not facts_.KEY.fullmatch(name)):
            raise NotAPattern(Text(f"'{name}' is no name of a fact", f"“{name}”不是字段名"))
        if not _FORM.fullmatch(form or ""):
            raise NotAPattern(Text(f"'{form}' is no form; known are 02d and such as %Y%m%d",
                                   f"“{form}”不是有效的格式，可用 02d 或 %Y%m%d 这样的格式"))
        found.append((literal, name, form or ""))
    return tuple(found)


def is_text(name: str) -> bool:
    """Whether a name can be written at all; one of a foreign encoding cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_named(key: str, value: str) -> None:
    """Raise `Misuse` when a fact that folders are named by cannot be in a name."""
    what = {"project.name": Text("a project's name", "项目名称"), "project.code": Text("a project's code", "项目编号")}
    if key in what:
        check_name(value, what[key])
    elif key == "client.name" and not clean_name(value):
        check_name(value, Text("a client's name", "客户名称"))


def expand(pattern: str, facts: Mapping[str, Any]) -> str:
    """A name from a pattern such as ``{project.code}_{title}_{date:%Y%m%d}``.

    Every value is cleaned for use in a name, an empty one takes its separator with it, and the longest
    are cut until the whole is possible. Without any value there is no name. A name that is not among
    `facts` raises `KeyError`, a pattern that cannot be read `NotAPattern`.
    """
    pieces: list[str] = []  # literals and values by turns
    for literal, name, form in _parse(pattern):
        pieces.append(literal)
        if name is not None:
            value = facts_.get(facts, name, _ABSENT)
            if value is _ABSENT:
                raise KeyError(name)
            pieces.append(_piece(value, form))
    if len(pieces) < 2:
        return "".join(pieces)
    _fit(pieces)
    joined = unicodedata.normalize("NFC", "".join(pieces))
    joined = re.sub(r"([_\-])[_\-]+", r"\1", re.sub(r"\s+", " ", joined))
    joined = re.sub(r"[ _\-]+(?=\.[^.]*$)", "", joined).strip("_- ").rstrip(". ")
    return "" if joined.startswith(".") and not any(pieces[1::2]) else _spare_devices(joined)


def _piece(value: Any, form: str) -> str:
    """A value as it stands in a name; separators at its ends would take those around it with them."""
    return re.sub(r"([_\-])[_\-]+", r"\1", clean_name(_shown(value, form))).strip(" _-")


def _fit(pieces: list[str]) -> None:
    """Cut the longest values, each at most by half at a time, until the whole fits."""
    room = MAX_BYTES - 1  # since a device's name grows by one
    while (excess := sum(len(piece.encode()) for piece in pieces) - room) > 0 and any(pieces[1::2]):
        longest = max(range(1, len(pieces), 2), key=lambda index: len(pieces[index].encode()))
        size = len(pieces[longest].encode())
        pieces[longest] = _cut(pieces[longest], max(size - excess, size // 2))


def _shown(value: Any, form: str) -> str:
    if isinstance(value, str) and "%" in form:
        with contextlib.suppress(ValueError):
            value = dt.date.fromisoformat(value)
    if isinstance(value, dt.date):
        return value.strftime(form if "%" in form else "%Y%m%d")
    if isinstance(value, int) and form and "%" not in form:
        return format(value, form)
    if isinstance(value, list | tuple):
        return "-".join(_shown(member, "") for member in value)
    return "" if value is None or isinstance(value, Mapping) else str(value)


_ABSENT = object()
_FORM = re.compile(r"(?:0?\d{0,2}d)?|(?:%[YymdjHM]|[-_. 年月日])+")
_COUNTER = re.compile(r"\{(n+)\}")


def next_code(pattern: str, taken: list[str], today: dt.date) -> str:
    """The next free code of a pattern such as ``P{yyyy}-{nnn}``: one more than the highest that is taken."""
    dated = pattern.replace("{yyyy}", f"{today:%Y}").replace("{yy}", f"{today:%y}").replace("{mm}", f"{today:%m}")
    counter = _COUNTER.search(dated)
    if not counter:
        return dated
    before, after = dated[: counter.start()], dated[counter.end():]
    like = re.compile(re.escape(before) + r"(\d+)" + re.escape(after), re.IGNORECASE)
    numbers = [int(found[1]) for code in taken if (found := like.fullmatch(code))]
    return f"{before}{max(numbers, default=0) + 1:0{len(counter[1])}d}{after}"


# -- conventions -----------------------------------------------------------------------------------
_PARTS = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%H": r"\d{2}", "%M": r"\d{2}",
          "%j": r"\d{3}"}


def conforms(pattern: str, facts: Mapping[str, Any], stem: str) -> bool:
    """Whether a name without its ending may have been made by a pattern: the facts that are given stand in it, each
    other value may be any, `version` and `date` have their form; a number behind it does not count."""
    whole = "".join(_expected(literal, name, form, facts) for literal, name, form in _parse(pattern))
    return re.fullmatch(rf"[_\- ]?{whole}(?: \(\d+\))?", f"_{stem}" if stem[:1] not in "_- " else stem) is not None


def _expected(literal: str, name: str | None, form: str, facts: Mapping[str, Any]) -> str:
    if name is None:
        return re.escape(literal)
    if name == "version":
        return re.escape(literal) + r"\d+(?:\.\d+){0,3}"
    if name == "date":
        return re.escape(literal) + "".join(_PARTS.get(part, re.escape(part))
                                            for part in re.findall("%.|.", form or "%Y%m%d"))
    value = facts_.get(facts, name, None)
    shown = "" if value is None else _piece(value, form)
    return re.escape(literal + shown) if shown else f"(?:{re.escape(literal)}.+?)?"
