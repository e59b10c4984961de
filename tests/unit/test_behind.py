"""Work behind: one piece after another, beside who gives it, and no error is lost."""

from __future__ import annotations

import threading

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
