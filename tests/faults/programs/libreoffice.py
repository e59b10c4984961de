"""LibreOffice edits and saves, told by UNO what to do."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.faults.programs.copying import WRITER, call, package
from tests.faults.programs.world import World, hash_of

PYTHON = "/usr/bin/python3"  # the system's, for which the system's packages are
KINDS = {"报告.docx": ("swriter", "MS_Word_2007_XML"), "letter.odt": ("swriter", "writer8"),
         "budget.xlsx": ("scalc", "Calc_MS_Excel_2007_XML")}


class Office:
    """A running LibreOffice, with a profile of its own, and the script that tells it what to do."""

    def __init__(self, profile: Path) -> None:
        pipe = f"folderkit{uuid.uuid4().hex}"
        self._program = subprocess.Popen(
            ["soffice", "--headless", "--norestore", "--nodefault", "--nologo", f"--accept=pipe,name={pipe};urp;",
             f"-env:UserInstallation={profile.as_uri()}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self._complaints = profile.with_suffix(".txt")  # of a script whose office is killed as well
        with self._complaints.open("w") as stream:
            self._script = subprocess.Popen([PYTHON, Path(__file__).with_name("uno_edits.py"), pipe], text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stream)
        self.end()

    def end(self) -> None:
        """Wait until it has done what it began."""
        assert self._script.stdout is not None
        answer = self._script.stdout.readline()
        assert answer == "done\n", f"LibreOffice does not answer: {answer}{self._complaints.read_text()}"

    def begin(self, *words: str | Path) -> None:
        assert self._script.stdin is not None
        self._script.stdin.write(" ".join(map(str, words)) + "\n")
        self._script.stdin.flush()

    def do(self, *words: str | Path) -> None:
        self.begin(*words)
        self.end()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()
        self._script.kill()
        self._script.communicate()


@contextlib.contextmanager
def office(world: World) -> Iterator[Office]:
    running = Office(world.outside / "profile")
    try:
        yield running
    finally:
        running.kill()


def saves(world: World) -> None:
    """Each document is made, edited and saved twice while it stays open, closed, opened again, edited and saved."""
    with office(world) as program:
        for name, (kind, file_format) in KINDS.items():
            program.do("new", kind)
            program.do("write one")
            program.do("save-as", file_format, world.project / name)
            world.saved(name)
            for _ in range(2):
                program.do("write two")
                program.do("store")
                world.saved(name)
            program.do("close")
            program.do("open", world.project / name)
            program.do("write three")
            program.do("store")
            world.saved(name)
            program.do("close")


def saves_in_a_row(world: World) -> None:
    """Saves that follow each other at once: the watch may pass some over, but never takes a half, nor misses the
    last."""
    name = "budget.xlsx"
    with office(world) as program:
        program.do("new scalc")
        program.do("fill 300")
        program.do("save-as", KINDS[name][1], world.project / name)
        for number in range(12):
            world.passing(name)
            program.do(f"write {number}")
            program.do("store")
            time.sleep(number % 4 * 0.15)
        world.saved(name)
        program.do("close")


def killed_while_saving(world: World) -> None:
    """It leaves its lock file and half a temporary file, of which there is no version; the document is the old or the
    new one. The stale lock hides no later save of another program."""
    name = "budget.xlsx"
    with office(world) as program:
        program.do("new scalc")
        program.do("fill 2000")
        program.do("save-as", KINDS[name][1], world.project / name)
        world.saved(name)
        while not begin_to_save(world, program, name):
            world.saved(name)
        before = hash_of(world.project / name)
    if hash_of(world.project / name) != before:  # it was quicker than the kill
        world.saved(name, incomplete=not zipfile.is_zipfile(world.project / name))
    if not (world.project / f".~lock.{name}#").exists():
        world.wrong("LibreOffice left no lock file")
    save_beside_a_lock(world, name)


def begin_to_save(world: World, program: Office, name: str) -> bool:
    """Edit and save; returns as soon as LibreOffice writes to its temporary file, or False when it was done before
    anyone saw that."""
    inode = (world.project / name).stat().st_ino
    program.do("write more")
    program.begin("store")
    while (world.project / name).stat().st_ino == inode:
        if any(size_of(path) for path in world.project.glob("lu*.tmp")):
            return True
        time.sleep(0.001)
    program.end()
    return False


def stale_lock(world: World) -> None:
    name = "报告.docx"
    (world.project / f".~lock.{name}#").write_text(",laura,desk,01.03.2026 10:00,file:///home/laura;")
    save_beside_a_lock(world, name)


def save_beside_a_lock(world: World, name: str) -> None:
    """A copy at once, and one that is written slowly, with pauses longer than a person's program would make."""
    (world.outside / "source").write_bytes(package(1))
    call("cp", world.outside / "source", world.project / name)
    world.saved(name)
    (world.outside / "source").write_bytes(package(2))
    call(PYTHON, "-c", WRITER, world.project / name, world.outside / "source", "2.5")
    world.saved(name)


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
