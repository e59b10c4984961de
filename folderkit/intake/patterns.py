"""Search with patterns that people wrote, for no longer than a moment: some take for ever on some texts."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TypeVar

SECONDS = 2.0
_T = TypeVar("_T")


class TooSlow(Exception):
    """A pattern took too long."""


def search(pattern: str, text: str) -> re.Match[str] | None:
    """What `re.search` finds. Raises `TooSlow`."""
    return bounded(lambda: re.search(pattern, text))


def bounded(look: Callable[[], _T]) -> _T:
    """What `look` finds with patterns. Raises `TooSlow` after `SECONDS`; where there is no alarm (Windows), or not for
    this thread, it takes as long as it takes."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return look()
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return look()  # the engine of `re` looks for signals now and then
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)  # None: it was not set by Python


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise TooSlow
