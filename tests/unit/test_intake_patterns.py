"""Patterns that people wrote are looked for no longer than a moment."""

from __future__ import annotations

import signal
import threading

import pytest

from folderkit.intake import patterns
from folderkit.intake.patterns import TooSlow, bounded, search

SLOW, LONG = "(a+)+$", "a" * 60 + "!"
needs_alarm = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)


def test_what_a_pattern_finds() -> None:
    found = search(r"INV-(\d+)", "an INV-12")

    assert found
    assert found[1] == "12"
    assert search("x", "abc") is None
    assert bounded(lambda: 3) == 3


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
