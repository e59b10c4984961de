"""Patterns that people wrote are looked for no longer than a moment."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable

import pytest

from folderkit.intake import patterns
from folderkit.intake.candidate import Undecided
from folderkit.intake.patterns import TIMES, SlowPatterns, TooSlow, bounded

SLOW, LONG = "(a+)+$", "a" * 60 + "!"
needs_alarm = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)


def search(pattern: str, text: str) -> re.Match[str] | None:
    return bounded(lambda: re.search(pattern, text))


def test_what_a_pattern_finds() -> None:
    found = search(r"INV-(\d+)", "an INV-12")

    assert found
    assert found[1] == "12"
    assert search("x", "abc") is None
    assert bounded(lambda: 3) == 3
    assert SlowPatterns().look("rule", "x", lambda: 3) == 3


@needs_alarm
def test_a_pattern_that_would_take_for_ever_ends() -> None:
    with pytest.raises(TooSlow):
        search(SLOW, LONG)
    assert search("a", LONG)  # and the next one is looked for


@needs_alarm
def test_the_alarm_is_left_as_it_was() -> None:
    def mine(number: int, frame: object) -> None:
        """Somebody else's."""

    before = signal.signal(signal.SIGALRM, mine)
    try:
        search("a", "b")
        with pytest.raises(TooSlow):
            search(SLOW, LONG)
        assert signal.getsignal(signal.SIGALRM) is mine
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_another_thread_may_look_too() -> None:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(search("a", "cab") is not None))
    thread.start()
    thread.join()

    assert found == [True]


def test_an_error_of_what_is_looked_at_passes_through() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        bounded(fail)


# -- slow --------------------------------------------------------------------------------------
def _tries(slow: SlowPatterns, rule: str, find: Callable[[], object], times: int) -> list[str]:
    """Why a pattern of a rule could not be decided, each time; "" when it could."""
    told = []
    for _ in range(times):
        try:
            slow.look(rule, SLOW, find)
            told.append("")
        except Undecided as error:
            told.append(error.why.en)
    return told


def test_a_pattern_that_takes_too_long_is_tried_three_times_and_told_once() -> None:
    slow, looked = SlowPatterns(), list[int]()

    def find() -> None:
        looked.append(1)
        raise TooSlow

    told = _tries(slow, "slow", find, 5)

    assert len(looked) == TIMES == 3
    assert told[:3] == ["the pattern '(a+)+$' of the rule 'slow' took too long"] * 3
    assert told[3:] == ["the pattern '(a+)+$' of the rule 'slow' took too long 3 times, and is not tried again"] * 2
    assert [reason.en for reason in slow.given_up()] == told[-1:]
    assert _tries(slow, "another", lambda: 1, 1) == [""]  # that rule may ask it of other texts
    assert _tries(SlowPatterns(), "slow", lambda: 1, 1) == [""]


def test_what_is_slow_now_and_then_is_tried_on() -> None:
    slow = SlowPatterns()

    def find() -> None:
        raise TooSlow

    _tries(slow, "slow", find, 2)

    assert _tries(slow, "slow", lambda: 1, 4) == [""] * 4
    assert slow.given_up() == []
