"""More at once than the system tells of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from folderkit.watch.health import HEALTH_FILE, read_health
from tests.faults.programs.copying import call
from tests.faults.programs.world import WATCH, Unable, World

LIMIT, FOLDERS = 200, 300
MANY = 3000
NESTED_FILES = int(os.environ.get("FOLDERKIT_NESTED_FILES", "6000"))  # in 2,000 folders


def place(number: int) -> str:
    """Of a file, in one of 2,000 nested folders."""
    folder = number % 2000
    return f"{folder // 200}/{folder // 20 % 10}/{folder % 20}/{number}.txt"


def make_nested(root: Path, count: int, word: str = "content") -> None:
    for number in range(count):
        path = root / place(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{word} {number}\n" * (number % 50 + 1))


def nested_folders(world: World) -> None:
    """20,000 files (fewer in the suite) in 2,000 new folders in folders, by cp."""
    make_nested(world.outside / "many", NESTED_FILES)
    call("cp", "-r", world.outside / "many", world.project / "many")
    world.saved_below("many", NESTED_FILES)


def overflow(world: World) -> None:
    """The watch stands still while so much is edited, made, renamed and deleted that the system drops events."""
    if sys.platform != "linux":
        raise Unable("inotify is Linux's")
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if room > 100_000:
        raise Unable(f"the system's queue holds {room} events")
    many = world.project / "many"
    make_nested(many, MANY)
    world.saved_below("many", MANY)
    world.watch.process.send_signal(signal.SIGSTOP)
    for turn in range(room // (3 * MANY) + 2):  # three events each: opened, written to, closed
        for number in range(110, MANY):
            (many / place(number)).write_text(f"content {number}, edited {turn}\n")
    for number in range(100):
        (many / place(number)).rename(many / f"renamed {number}.txt")
        world.moved(f"many/{place(number)}", f"many/renamed {number}.txt")
    for number in range(100, 110):
        (many / place(number)).unlink()
        world.gone(f"many/{place(number)}")
    make_nested(world.project / "new", MANY // 2, "new")
    world.watch.process.send_signal(signal.SIGCONT)
    for number in range(110, MANY):
        world.kept(f"many/{place(number)}")
    world.saved_below("new", MANY // 2)
    health = read_health(world.root / ".folderkit" / HEALTH_FILE)
    if not health or not health.overflows:
        world.wrong("the watch does not tell that events were lost")


def limited() -> Sequence[str]:
    """A watch that the system lets watch `LIMIT` folders."""
    limit = f"echo {LIMIT} > /proc/sys/user/max_inotify_watches"
    if subprocess.run(["unshare", "-Ur", "sh", "-c", limit], capture_output=True, check=False).returncode:
        raise Unable("this system makes no user namespaces")
    return ["unshare", "-Ur", "sh", "-c", f"{limit} && exec {sys.executable} {' '.join(WATCH[1:])}"]


def make_folders(project: Path, name: str = "old") -> None:
    for number in range(FOLDERS):
        (project / name / str(number)).mkdir(parents=True)
        (project / name / str(number) / "a.txt").write_text(f"{name} {number}")


def watch_limit(world: World) -> None:
    """Files are edited, made, renamed and deleted in folders of which most are not watched."""
    world.told("The system does not watch")
    make_folders(world.project, "new")
    for number in range(FOLDERS):
        (world.project / "old" / str(number) / "a.txt").write_text(f"edited {number}")
        (world.project / "old" / str(number) / "b.txt").write_text(f"b {number}")
    for number in range(0, FOLDERS, 30):
        world.passing(f"old/{number}/a.txt")
        (world.project / "old" / str(number) / "a.txt").unlink()
        world.gone(f"old/{number}/a.txt")
    world.saved_below("new", FOLDERS)
    world.saved_below("old", 2 * FOLDERS - FOLDERS // 30)
    for number in range(FOLDERS):
        folder = world.project / "old" / str(number)
        (folder / "b.txt").rename(folder / "c.txt")
        world.moved(f"old/{number}/b.txt", f"old/{number}/c.txt")
