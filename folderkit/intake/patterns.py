"""Search with patterns that people wrote, for no longer than a moment: some take for ever on some texts."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TypeVar

from folderkit.core.language import Text
from folderkit.intake.candidate import GivenUp, Undecided

SECONDS = 2.0
TIMES = 3  # that a pattern may take too long
_T = TypeVar("_T")


class TooSlow(Exception):
    """A pattern took too long."""


class SlowPatterns:
    """That of one command, or of one pass of a watch: a pattern that took too long some times is not tried again."""

    def __init__(self) -> None:
        self._counted: Counter[tuple[str, str]] = Counter()

    def look(self, rule: str, pattern: str, look: Callable[[], _T]) -> _T:
        """What `look` finds with a pattern of a rule. Raises `Undecided` when that takes too long, `GivenUp` when it
        did too often."""
        one = (rule, pattern)
        if self._counted[one] < TIMES:
            try:
                return bounded(look)
            except TooSlow:
                self._counted[one] += 1
                raise Undecided(_slow(rule, pattern)) from None
        raise GivenUp(_given_up(rule, pattern))

    def given_up(self) -> list[Text]:
        """Which patterns are not tried any more, and why."""
        return [_given_up(*one) for one, times in self._counted.items() if times >= TIMES]


def _slow(rule: str, pattern: str) -> Text:
    return Text(f"the pattern '{pattern}' of the rule '{rule}' took too long", f"规则“{rule}”的模式“{pattern}”耗时过长")


def _given_up(rule: str, pattern: str) -> Text:
    told = _slow(rule, pattern)
    return Text(f"{told.en} {TIMES} times, and is not tried again", f"{told.zh}达 {TIMES} 次，不再尝试")


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
