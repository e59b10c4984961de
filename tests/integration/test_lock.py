"""The writer's lock between processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from folderkit.core.lock import writers_lock

AGAIN = """
import sys, time
from pathlib import Path
from folderkit.core.lock import writers_lock
vault = Path(sys.argv[1])
lock = writers_lock(vault)
for turn in range(100000):
    with lock:
        with (vault / "turns").open("a") as stream:
            stream.write("x")
        time.sleep(0.005)
"""


def test_who_waits_comes_before_who_takes_it_again(tmp_path: Path) -> None:
    """One that writes batch after batch, as a scan of many files does, lets others in between."""
    turns = tmp_path / "turns"
    again = subprocess.Popen([sys.executable, "-c", AGAIN, tmp_path])
    try:
        while not turns.exists() or turns.stat().st_size < 5:
            assert again.poll() is None
        for _ in range(5):
            before = turns.stat().st_size
            with writers_lock(tmp_path):
                assert turns.stat().st_size <= before + 3
            while turns.stat().st_size <= before + 3:
                assert again.poll() is None, "it goes on"
    finally:
        again.kill()
        again.wait()


def test_who_does_not_wait_is_told_at_once(tmp_path: Path) -> None:
    with writers_lock(tmp_path):
        assert not writers_lock(tmp_path).acquire(0)
        assert not writers_lock(tmp_path).acquire(0.05)
    assert writers_lock(tmp_path).acquire(0)
