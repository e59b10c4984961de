"""How Word, Excel and WPS save, replayed; and an editor."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.programs.copying import package
from tests.faults.programs.world import World

Pause = Callable[[], None]


def word(folder: Path, name: str, data: bytes, pause: Pause) -> None:
    lock, new, old = folder / f"~${name[2:]}", folder / "~WRD0001.tmp", folder / "~WRL0002.tmp"
    lock.write_bytes(b"\x05laura" + b"\0" * 100)
    with new.open("wb") as stream:
        for start in range(0, len(data), 50_000):
            stream.write(data[start : start + 50_000])
            pause()
    if (folder / name).exists():
        (folder / name).rename(old)
        pause()
    new.rename(folder / name)
    pause()
    old.unlink(missing_ok=True)
    lock.unlink()


def excel(folder: Path, name: str, data: bytes, pause: Pause) -> None:
    new, old = folder / "5DC3F2A0", folder / "8A1B2C3D.tmp"
    new.write_bytes(data)
    pause()
    if (folder / name).exists():
        (folder / name).rename(old)
        pause()
    new.rename(folder / name)
    pause()
    old.unlink(missing_ok=True)


def wps(folder: Path, name: str, data: bytes, pause: Pause) -> None:
    (folder / f".~{name}").write_bytes(b"laura")
    new = folder / f"~$tmp{random.Random(data).randrange(10**6)}.tmp"
    new.write_bytes(data)
    pause()
    (folder / name).unlink(missing_ok=True)
    pause()
    new.rename(folder / name)
    pause()
    (folder / f".~{name}").unlink()


def replay(world: World, save: Callable[[Path, str, bytes, Pause], None], seconds: float) -> None:
    name = "方案 2026.docx"
    for number in (1, 2, 3):
        save(world.project, name, package(number), lambda: time.sleep(seconds))
        world.saved(name)


def vim(world: World) -> None:
    for number in (1, 2):
        subprocess.run(["vim", "-N", "-u", "NONE", "-es", "-c", f"normal iline {number}", "-c", "wq",
                        world.project / "notes.txt"], check=True, stdin=subprocess.DEVNULL)
        world.saved("notes.txt")
