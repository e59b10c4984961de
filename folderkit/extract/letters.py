"""Letters in pictures, recognised by Tesseract, which is a program of its own and runs within the worker's limits.

Source: the manual page tesseract(1), 5.x: stdin and stdout as files, `--psm`, `--list-langs`, OMP_THREAD_LIMIT.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from folderkit.extract.model import NONE, TIMED_OUT, UnreadableError

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS = 600.0
"""The time that the letters of one file may take."""
_SECONDS_A_PAGE = 60.0
_GRACE_SECONDS = 15.0
_WANTED = ("chi_sim", "chi_tra", "eng")
_LAYOUTS = ("3", "6")
"""A page whose parts are sought; where that finds nothing, as with a line alone, one block of text."""
_HAN = "\u3001-\u301f\u3400-\u9fff\uf900-\ufaff\uff01-\uffef"
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])[ \t]+(?=[{_HAN}])")
_MOST_SIDE = 6000
LEAST_SIDE = 100
"""Pixels; what is smaller is a logo or a line."""


def is_installed() -> bool:
    """Whether the program is there."""
    return shutil.which("tesseract") is not None


@functools.lru_cache(maxsize=1)
def languages() -> str:
    """The languages that are installed, of those that we want, as the program takes them; "" for none."""
    try:
        done = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=_SECONDS_A_PAGE,
                              stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    known = done.stdout.decode("utf-8", "replace").split()
    return "+".join(name for name in _WANTED if name in known)


class Recogniser:
    """Recognises letters until the time of a file is up; then raises `UnreadableError`, as where nothing can be."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds - _GRACE_SECONDS

    def __call__(self, image: Image) -> str:
        """The text in a picture; "" where the program finds none or fails over it."""
        if not languages():
            raise UnreadableError(NONE, "Tesseract has no language that is wanted here.")
        picture = _as_file(image)
        found = ""
        for layout in _LAYOUTS:
            left = min(self._end - time.monotonic(), _SECONDS_A_PAGE)
            if left <= 0:
                raise UnreadableError(TIMED_OUT, "Not all pages were recognised within the time for a file.")
            found = _run(picture, layout, left).strip()
            if found:
                break
        return _BETWEEN_HAN.sub("", found)


def _as_file(image: Image) -> bytes:
    largest = max(image.size)
    grey = image.convert("L") if image.mode != "L" else image
    if largest > _MOST_SIDE:
        grey = grey.resize((max(1, grey.width * _MOST_SIDE // largest), max(1, grey.height * _MOST_SIDE // largest)))
    target = io.BytesIO()
    grey.save(target, "PNG", compress_level=1)
    return target.getvalue()


def _run(picture: bytes, layout: str, seconds: float) -> str:
    command = ["tesseract", "stdin", "stdout", "-l", languages(), "--psm", layout, "--dpi", "200"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env={**os.environ, "OMP_THREAD_LIMIT": "1"})
    _limit(process.pid, seconds)
    try:
        out, _ = process.communicate(picture, timeout=seconds)
    except subprocess.TimeoutExpired:
        return ""
    finally:
        process.kill()
        process.wait()
    return out.decode("utf-8", "replace")


def _limit(process: int, seconds: float) -> None:
    """Should we be ended while it runs, it ends soon too. Only on Linux; elsewhere it ends with its page."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(process, resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
