"""A drag with the mouse in a real file manager, pcmanfm, on a screen that nobody sees."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.programs.copying import content, make_source, package
from tests.faults.programs.world import SECONDS, World

WIDTH, LEFT = 650, 160  # of a window, with its border; of its pane of places
FIRST, FREE = (300, 95), (600, 420)  # the first file, beside the folder; below all


class Screen:
    """A screen with two windows of the file manager beside each other."""

    def __init__(self, home: Path, source: Path, target: Path) -> None:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1300x500x24", "-nolisten", "tcp"], pass_fds=[write],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            own = ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
            self._env = {**os.environ, **dict.fromkeys(own, str(home)), "DISPLAY": f":{told.readline().strip()}"}
        self._programs = [self._open(source, 0), self._open(target, WIDTH)]

    def _open(self, folder: Path, left: int) -> subprocess.Popen[bytes]:
        """Open a window and move it; on a busy machine the program may end, or hang, before it shows one."""
        window = ("search", "--onlyvisible", "--name", f"^{folder.name}$", "windowmove", str(left), "0")
        for _ in range(5):
            program = subprocess.Popen(["pcmanfm", "--no-desktop", "--new-win", folder], env=self._env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if until(lambda: self.can(*window), SECONDS / 5):
                return program
            program.kill()
            program.wait()
        raise AssertionError(f"pcmanfm shows no window of {folder}")

    def can(self, *words: str) -> bool:
        """Whether xdotool did what it was told; a window may be gone before it is moved."""
        return not subprocess.run(["xdotool", *words], env=self._env, capture_output=True, timeout=SECONDS,
                                  check=False).returncode

    def do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._env, check=True, stdout=subprocess.DEVNULL, timeout=SECONDS)

    def mouse(self, *places: tuple[int, int], key: str = "") -> None:
        """Press the button at the first place, let it go at the last; hold the key meanwhile."""
        words = ["mousemove", *map(str, places[0]), "sleep", "0.1", "mousedown", "1"]
        words += ["keydown", key] if key else []
        for x, y in places[1:]:
            words += ["mousemove", str(x), str(y), "sleep", "0.05"]
        words += ["sleep", "0.3", "mouseup", "1"]
        self.do(*words, *(["keyup", key] if key else []), "sleep", "0.3")

    def drag_all(self, *, copy: bool) -> None:
        """Draw a frame around all that lies in the left window, and drag it into the right one."""
        self.mouse(FREE, (500, 300), (300, 150), (LEFT + 2, 68))
        self.mouse(FIRST, *((x, 250) for x in (310, 330, 400, 600, 800, 1000, 1050)), key="ctrl" if copy else "")

    def close(self) -> None:
        for program in (*self._programs, self._server):
            program.terminate()
            program.wait()


@contextlib.contextmanager
def screen(world: World, source: Path, target: Path) -> Iterator[Screen]:
    home = world.outside / "home"
    home.mkdir(mode=0o700)
    shown = Screen(home, source, target)
    try:
        yield shown
    finally:
        shown.close()


def until(holds: Callable[[], bool], seconds: float = SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def volume(folder: Path) -> tuple[int, int]:
    """How many files lie below a folder, and how many bytes they have."""
    sizes = []
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # on its way
            if path.is_file():
                sizes.append(path.stat().st_size)
    return len(sizes), sum(sizes)


def drag(world: World, copy: bool) -> None:
    """A folder and five files, one of them large, are dragged in: moved, or copied with the Ctrl key down."""
    source, target = make_source(world.outside / "from", 4), world.project / "to"
    (source / "large.docx").write_bytes(package(1, 50 << 20))
    make_source(source / "folder", 5)
    (source / "folder" / "内").mkdir()
    (source / "folder" / "内" / "深.txt").write_bytes(content(7))
    target.mkdir()
    whole = volume(source)
    with screen(world, source, target) as shown:
        seconds = 5.0
        while seconds < SECONDS:  # a window may not be drawn yet
            shown.drag_all(copy=copy)
            if until(lambda: any(target.iterdir()), seconds):
                break
            seconds *= 2
        if not until(lambda: volume(target) == whole):
            world.wrong(f"the file manager brought {volume(target)} of {whole} files and bytes")
    if volume(source) != (whole if copy else (0, 0)):
        world.wrong(f"the file manager left {volume(source)} files and bytes")
    world.saved_below("to", whole[0])
