"""Work shared out to processes of our own. Each has a pipe to the first one, and shares nothing with the others: none
waits for what another held that was ended."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from folderkit.core.undisturbed import undisturbed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Task = TypeVar("Task")
Made = TypeVar("Made")


class Ended(Exception):
    """The system has ended a process that was at work, or waiting for some."""


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared_out(work: Callable[[Task], Made], tasks: Sequence[Task], processes: int) -> Generator[Made, None, None]:
    """What `work` makes of each of the tasks, in their order, by so many processes at once. Who does not take all of it
    closes it. Raises what `work` raises, and `Ended`."""
    import multiprocessing

    # a fork has all that is read and compiled; where it is not safe, each process is given what `work` holds
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    crew: dict[Connection, BaseProcess] = {}
    try:
        with undisturbed():  # no process that was just made gets a Ctrl-C, and tells of it
            for _ in range(processes):
                ours, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(theirs, work), daemon=True)
                process.start()
                theirs.close()
                crew[ours] = process
        yield from _made(crew, tasks)
    finally:
        with undisturbed():
            _end(crew)


def _made(crew: Mapping[Connection, BaseProcess], tasks: Sequence[Task]) -> Iterator[Any]:
    from multiprocessing.connection import wait

    left = iter(enumerate(tasks))
    at: dict[Any, int] = {}
    done: dict[int, tuple[Any, Exception | None]] = {}
    pipes: list[Any] = list(crew)
    for pipe in pipes:
        _give(pipe, left, at)
    for number in range(len(tasks)):
        while number not in done:
            for pipe in wait(pipes):  # one that waits for work tells nothing but that it is gone
                done[at.pop(pipe)] = _told(pipe)
                _give(pipe, left, at)
        made, error = done.pop(number)
        if error is not None:
            raise error
        yield made


def _told(pipe: Any) -> tuple[Any, Exception | None]:
    try:
        told: tuple[Any, Exception | None] = pipe.recv()
    except (EOFError, ConnectionError):
        raise Ended from None
    return told


def _give(pipe: Any, left: Iterator[tuple[int, Task]], at: dict[Any, int]) -> None:
    """Give a process the next task, if there is one."""
    for number, task in left:
        try:
            pipe.send(task)
        except ConnectionError:
            raise Ended from None
        at[pipe] = number
        return


def _end(crew: Mapping[Connection, BaseProcess]) -> None:
    for process in crew.values():
        process.kill()  # it holds nothing that it would have to give back
    for pipe, process in crew.items():
        process.join()
        pipe.close()


# -- in one of them --------------------------------------------------------------------------------
def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    threading.Thread(target=_end_with_first, daemon=True).start()
    gc.freeze()  # all that came along stays: looking through it again and again takes long
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        told: tuple[Any, Exception | None]
        try:
            told = work(task), None
        except Exception as error:  # noqa: BLE001  it is raised in the first process
            told = None, error
        pipe.send(told)


def _end_with_first() -> None:
    """End this process when the first one is gone: when that was killed, nothing else would ever end this one."""
    import multiprocessing

    if first := multiprocessing.parent_process():
        first.join()
        os._exit(1)
