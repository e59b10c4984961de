"""Work shared out to processes: in order, told when one is gone, and ended by Ctrl-C however often it comes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from folderkit.core.processes import Ended, shared_out

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


def late(task: int) -> tuple[int, int]:
    time.sleep(0.02 if task % 3 == 0 else 0)
    return task, os.getpid()


def odd_refused(task: int) -> int:
    if task % 2:
        raise OSError(28, "No space left on device", f"file {task}")
    return task


def ended_at_3(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def test_in_their_order_by_all_of_them() -> None:
    made = list(shared_out(late, range(30), 3))
    assert [task for task, _ in made] == list(range(30))
    assert len({process for _, process in made}) == 3
    assert os.getpid() not in {process for _, process in made}
    assert list(shared_out(late, [], 2)) == []
    assert multiprocessing.active_children() == []


def test_what_the_work_raises_comes_out_where_its_turn_is() -> None:
    making = shared_out(odd_refused, [0, 2, 4, 5, 6, 7], 2)
    assert [next(making) for _ in range(3)] == [0, 2, 4]
    with pytest.raises(OSError, match="No space left") as refused:
        next(making)
    assert refused.value.filename == "file 5"
    assert multiprocessing.active_children() == []


@posix
def test_one_that_is_killed_at_work_is_told() -> None:
    with pytest.raises(Ended):
        list(shared_out(ended_at_3, range(8), 2))
    assert multiprocessing.active_children() == []


@posix
def test_one_that_is_killed_while_it_waits_is_told() -> None:
    making = shared_out(late, range(100), 2)
    next(making)
    time.sleep(0.2)  # then one of them, or both, have told what they were given and wait
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
    with pytest.raises(Ended):
        list(making)
    assert multiprocessing.active_children() == []


def test_who_closes_it_has_ended_all() -> None:
    making = shared_out(late, range(100), 2)
    next(making)
    assert len(multiprocessing.active_children()) == 2
    making.close()
    assert multiprocessing.active_children() == []


FIRST = """
import os, signal
from folderkit.core.processes import shared_out
from tests.integration.test_processes import late
making = shared_out(late, range(100), 2)
print(*{process for _, process in (next(making) for _ in range(20))}, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_they_end_when_the_first_is_killed(tmp_path: Path) -> None:
    with (tmp_path / "told").open("w") as told:  # a pipe would be held open by those that are left
        subprocess.run([sys.executable, "-c", FIRST], stdout=told, stderr=told, check=False, timeout=60,
                       cwd=Path(__file__).parents[2])
    pids = {int(pid) for pid in (tmp_path / "told").read_text().split()}
    assert len(pids) == 2
    until = time.monotonic() + 30
    while (left := [pid for pid in pids if runs(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


AT_WORK = """
import contextlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores it
from folderkit.core.processes import shared_out
from tests.integration.test_processes import late
print("begun", flush=True)
while True:
    with contextlib.closing(shared_out(late, range(20), 3)) as making:
        for _ in making:
            pass
"""


@posix
@pytest.mark.parametrize("wait", [0.0, 0.002, 0.011, 0.03, 0.07, 0.12, 0.2])
def test_ctrl_c_three_times_ends_every_process(wait: float) -> None:
    process = subprocess.Popen([sys.executable, "-c", AT_WORK], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, cwd=Path(__file__).parents[2], start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(wait)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        time.sleep(wait / 10)

    _, err = process.communicate(timeout=20)

    assert process.returncode != 0
    assert "KeyboardInterrupt" in err
    assert "Process-" not in err  # what one of the others would tell
    until = time.monotonic() + 20
    while is_there(process.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not is_there(process.pid)


def is_there(group: int) -> bool:
    """Whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
