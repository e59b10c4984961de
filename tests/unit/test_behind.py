"""Work behind: one piece after another, beside who gives it, and no error is lost."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from folderkit.core.behind import Behind


@pytest.mark.parametrize("thread", [False, True])
def test_each_piece_is_done_once_and_in_order(thread: bool) -> None:
    done: list[int] = []
    with Behind(thread=thread) as behind:
        for number in range(50):
            behind.do(lambda number=number: done.append(number))  # type: ignore[misc]
    assert done == list(range(50))


def test_who_gives_a_piece_goes_on() -> None:
    let_go, done = threading.Event(), []
    with Behind(thread=True) as behind:
        behind.do(lambda: done.append(let_go.wait(60)))
        assert done == []  # it waits for what is done only now
        let_go.set()
    assert done == [True]


@pytest.mark.parametrize("thread", [False, True])
@pytest.mark.parametrize("more", [0, 1])
def test_an_error_comes_out_and_nothing_is_begun_after_it(thread: bool, more: int) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("as told")

    def give() -> None:
        with Behind(thread=thread) as behind:
            behind.do(fail)
            for number in range(more):
                behind.do(lambda number=number: done.append(number))  # type: ignore[misc]

    with pytest.raises(ValueError, match="as told"):
        give()
    assert done == []


def test_the_error_of_who_gives_it_is_the_one_that_comes_out() -> None:
    done: list[int] = []

    def give() -> None:
        with Behind(thread=True) as behind:
            behind.do(lambda: done.append(1))
            raise KeyError

    with pytest.raises(KeyError):
        give()
    assert done == [1]


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals that can wait")
def test_a_second_ctrl_c_waits_until_the_work_is_done() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
    done = []

    def work() -> None:
        time.sleep(0.4)
        done.append(True)

    def stopped_twice() -> None:
        with Behind(thread=True) as behind:
            behind.do(work)
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            stopped_twice()
    finally:
        signal.signal(signal.SIGINT, before)
    assert done
