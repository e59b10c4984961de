"""Tables whose columns are straight with Chinese in them, trees, marked words, and a bar for long work."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence

import click

from folderkit.core.language import Language, Text
from folderkit.core.terminal import plain, styled

BAR_AFTER_SECONDS = 1.0


def echo(text: str = "", *, err: bool = False, bold: bool = False, dim: bool = False) -> None:
    """Print lines, coloured or not. All but JSON goes through here: what names and contents hold that would upset a
    terminal is shown as escapes."""
    shown = styled(text)
    click.echo(click.style(shown, bold=bold, dim=dim or None) if bold or dim else shown, err=err)


def width(text: str) -> int:
    """How many columns a terminal uses for `text` (Unicode TR 11: wide and full-width take two)."""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
               for char in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table; the columns numbered in `right` are aligned to the right."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join((" " * (size - width(cell)) + cell) if number in right else cell + " " * (size - width(cell))
                         for number, (cell, size) in enumerate(zip(cells, widths, strict=True))).rstrip()

    echo(line(head), bold=True)
    for row in rows:
        echo(line(row))


def tree(paths: Sequence[tuple[str, bool, str]]) -> None:
    """Print (path, is a folder, remark) rows, parents first, as a tree."""
    children: dict[str, list[tuple[str, bool, str]]] = {}
    paths = [(plain(path), is_folder, plain(remark)) for path, is_folder, remark in paths]
    for path, is_folder, remark in paths:
        children.setdefault(path.rpartition("/")[0], []).append((path, is_folder, remark))
    longest = max((_indent(path) + width(path.rpartition("/")[2]) for path, _, _ in paths), default=0)

    def show(above: str, lead: str) -> None:
        inner = children.get(above, [])
        for number, (path, is_folder, remark) in enumerate(inner, start=1):
            last = number == len(inner)
            name = path.rpartition("/")[2]
            line = f"{lead}{'└── ' if last else '├── '}{click.style(name, bold=True) if is_folder else name}"
            gap = " " * (longest + 2 - _indent(path) - width(name)) if remark else ""
            echo(line + gap + click.style(remark, dim=True))
            show(path, lead + ("    " if last else "│   "))

    show("", "")


def _indent(path: str) -> int:
    return 4 * (path.count("/") + 1)


def marked(text: str, marks: Sequence[tuple[int, int]]) -> str:
    """`text`, in one line, with its marks standing out."""
    parts, position = [], 0
    for start, end in marks:
        parts += [plain(text[position:start]), click.style(plain(text[start:end]), fg="yellow", bold=True)]
        position = end
    return "".join(parts) + plain(text[position:])


def counted(count: int, noun: str) -> str:
    """A number with its English noun: 1 file, 2 files."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(count: int) -> str:
    """A number of bytes in a form for people: 812 B, 14.2 kB, 3.1 MB."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


_STATES = {
    "waiting": Text("waiting for the next scan", "等待下次扫描"), "encrypted": Text("encrypted", "已加密"),
    "broken": Text("broken", "已损坏"), "too-big": Text("too big", "太大"), "timed-out": Text("too slow", "超时"),
    "crashed": Text("its reader crashed", "读取程序崩溃"), "partial": Text("read in part", "只读到一部分"),
    "no-reader": Text("in an old format (to be read after 'pip install folderkit[legacy]')",
                      "旧格式（执行 pip install folderkit[legacy] 后读取）")}
_SCANNED = {  # by whether letters are to be recognised
    False: Text("letters in scans and photos are read with 'ocr: true' in folderkit.yaml",
                "扫描件和照片中的文字，在 folderkit.yaml 中写 ocr: true 后读取"),
    True: Text("letters in scans and photos are read by 'folderkit scan', with Tesseract installed",
               "扫描件和照片中的文字，安装 Tesseract 后由 folderkit scan 读取")}


def unread(states: Mapping[str, int], *, letters: bool) -> list[Text]:
    """How many files' text has not been read, and why, and how many have none; nothing when all have. `states` counts
    files by the state of their text; `letters` says whether those in scans are to be recognised."""
    told = []
    left = [(count, _STATES.get(state, Text(state, state))) for state, count in sorted(states.items())
            if count and state not in ("ok", "none", "scan")]
    if left:
        told.append(Text("text not read: " + ", ".join(f"{count} {words.en}" for count, words in left),
                         "未读取文字的文件：" + "，".join(f"{count} 个{words.zh}" for count, words in left)))
    if scans := states.get("scan", 0):
        told.append(Text(f"no text, only pictures of it: {scans}; {_SCANNED[letters].en}",
                         f"只有图像、没有文字的文件：{scans} 个；{_SCANNED[letters].zh}"))
    if without := states.get("none", 0):
        told.append(Text(f"no text: {without}, found by their names only",
                         f"没有文字的文件：{without} 个，只能按名称查找"))
    return told


def text_state(state: str, *, letters: bool) -> Text | None:
    """Why words of one file's text may not be found; None when all of it was read. `letters` says whether those in
    scans are to be recognised."""
    if state == "ok":
        return None
    if state == "none":
        return Text("no text in it", "没有文字")
    if state == "scan":
        return Text(f"no text, only a picture of it; {_SCANNED[letters].en}",
                    f"只有图像，没有文字；{_SCANNED[letters].zh}")
    words = _STATES.get(state, Text(state, state))
    if state == "partial":
        return words
    return Text(f"text not read: {words.en}", f"文字未读取：{words.zh}")


class Bar:
    """A progress bar on stderr, drawn once the work has taken more than a second, on a terminal only."""

    def __init__(self, what: Text, language: Language) -> None:
        self._what = what.in_(language)
        self._start = time.monotonic()
        self._drawn = False
        self._terminal = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        if not self._terminal or time.monotonic() - self._start < BAR_AFTER_SECONDS:
            return
        filled = 30 * done // max(total, 1)
        click.echo(f"\r{self._what} [{'█' * filled}{'·' * (30 - filled)}] {done}/{total} ", err=True, nl=False)
        self._drawn = True

    def close(self) -> None:
        if self._drawn:
            click.echo("\r\x1b[K", err=True, nl=False)
