"""A transcript or a chat in a file that somebody dropped, told by what is in it; any other file is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from folderkit.core.charset import decode, is_binary
from folderkit.core.errors import os_failure
from folderkit.core.language import Text
from folderkit.intake import captions, wechat, wechat_table, zoom_chat
from folderkit.intake.talk import TOO_MUCH, Named, Talk, told_by_name

SUFFIXES = frozenset({".vtt", ".txt", ".csv"})
"""What such files are called, in lower case."""

_MOST = 32 << 20

_READERS: tuple[Callable[[str, Named, bool], Talk | None], ...] = (
    captions.read, zoom_chat.read, wechat_table.read, wechat.read)
"""Each takes the text, what the file's name tells, and whether direct messages are wanted; None when it is not its."""


def read_talk(path: Path, *, private: bool = False) -> Talk | None:
    """The talk in a file, or None where it holds none: an ordinary text never passes for a chat.

    Direct messages are dropped unless `private`. Raises `core.errors.Failed` where the file cannot be read.
    """
    if path.suffix.lower() not in SUFFIXES:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
            cut = bool(file.read(1))
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, path) from error
    if is_binary(data):
        return None
    text = decode(data, cut=cut).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    named = told_by_name(path)
    for reader in _READERS:
        if talk := reader(text, named, private):
            return replace(talk, truncated=(*talk.truncated, TOO_MUCH)) if cut else talk
    return None
