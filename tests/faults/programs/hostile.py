"""What no watch should trip over: each is refused or waited for, with a reason that is told once, and the rest is kept
as ever."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.programs.copying import content
from tests.faults.programs.world import WATCH, World


def beside(world: World, name: str) -> None:
    """The watch goes on: it keeps a file that is beside what it refuses."""
    (world.project / name).parent.mkdir(exist_ok=True)
    (world.project / name).write_bytes(content(len(name)))
    world.saved(name)


def links(world: World) -> None:
    """Links in a circle, out of the project, to nothing, and in place of a file; what changes behind one is not seen
    through it."""
    (world.outside / "secret").mkdir()
    (world.outside / "secret" / "in.txt").write_bytes(content(1))
    beside(world, "folder/a.txt")
    beside(world, "was.txt")
    beside(world, "first.txt")
    targets: dict[str, str | Path] = {"loop": ".", "folder/up": "..", "one": "two", "two": "one",
                                      "out": world.outside / "secret", "out.txt": world.outside / "secret" / "in.txt",
                                      "system": "/", "nothing": "nowhere",
                                      "state": world.root / ".folderkit", "self": "self"}
    for name, target in targets.items():
        (world.project / name).symlink_to(target)
    beside(world, "folder/b.txt")
    (world.outside / "secret" / "in.txt").write_bytes(content(2))
    (world.outside / "secret" / "new.txt").write_bytes(content(3))
    (world.project / "was.txt").unlink()
    (world.project / "was.txt").symlink_to("first.txt")
    world.gone("was.txt")
    for name in (*targets, "was.txt"):
        world.told(f"Site/{name}  (a link)")
    beside(world, "folder/c.txt")


def specials(world: World) -> None:
    """A FIFO, a socket and, where the system lets one make it, a device; alone, and in place of a file."""
    project = world.project
    beside(world, "was.txt")
    os.mkfifo(project / "pipe.docx")
    names = ["pipe.docx", "socket.txt", "was.txt"]
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(project / "socket.txt"))  # an address holds 107 bytes
    try:
        os.mknod(project / "zero.bin", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        names.append("zero.bin")
    except PermissionError:
        sys.stderr.write("Not as this user: a device.\n")
    (project / "was.txt").unlink()
    os.mkfifo(project / "was.txt")
    world.gone("was.txt")
    beside(world, "a.txt")
    for name in names:
        world.told(f"Site/{name}  (no regular file)")


def plain_user() -> Sequence[str]:
    """A watch whom the system refuses what is closed to its user, also when that is root."""
    closed = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={closed}", f"--inh-caps={closed}", *WATCH] if os.geteuid() == 0 else WATCH


def closed(world: World) -> None:
    """A folder and a file without permission: what was known of them stays known."""
    folder, file = world.project / "folder", world.project / "secret.txt"
    for number in range(30):
        beside(world, f"folder/{number}.txt")
    beside(world, "secret.txt")
    (folder / "0.txt").write_bytes(content(100))
    folder.chmod(0)
    file.write_bytes(content(101))
    file.chmod(0)
    beside(world, "a.txt")
    world.told("Site/folder  (permission is denied)")
    world.told("Site/secret.txt  (permission is denied)")
    beside(world, "b.txt")
    folder.chmod(0o755)
    file.chmod(0o644)
    world.saved("folder/0.txt")
    world.saved("secret.txt")


RESTLESS = """
import sys, time
with open(sys.argv[1], "ab", buffering=0) as stream:
    while True:
        stream.write(b"one line more\\n")
        time.sleep(0.05)
"""


def restless(world: World) -> None:
    """A file that is written to for ever is waited for, which is told, and others are kept meanwhile."""
    with subprocess.Popen([sys.executable, "-c", RESTLESS, world.project / "log.txt"]) as program:
        try:
            world.until(lambda: world.waiting() == [str(world.project / "log.txt")])
            beside(world, "a.txt")
            world.told("Site/log.txt  (a program has it open for writing)")
            beside(world, "b.txt")
        finally:
            program.send_signal(signal.SIGKILL)
    world.saved("log.txt")


REWRITTEN = """
import sys, time
number = 0
while True:
    number += 1
    with open(sys.argv[1], "wb") as stream:
        stream.write(b"%d\\n" % number * 5000)
    time.sleep(0.05)
"""


def rewritten(world: World) -> None:
    """A file that is written anew and closed, for ever: what is kept of it was whole."""
    name = "state.csv"
    with subprocess.Popen([sys.executable, "-c", REWRITTEN, world.project / name]) as program:
        try:
            world.until(lambda: (world.project / name).exists())
            for number in range(8):
                beside(world, f"{number}.txt")
        finally:
            program.send_signal(signal.SIGSTOP)  # the next line waits until it is between two of its saves
            last = settled(world.project / name, program)
            program.send_signal(signal.SIGKILL)
    for number in range(1, last):
        world.passing(name, b"%d\n" % number * 5000)
    world.saved(name)


def settled(path: Path, program: subprocess.Popen[bytes]) -> int:
    """Stop a program between two of its saves; returns the number of the last one."""
    while not ((data := path.read_bytes()) and data == data[: data.index(b"\n") + 1] * 5000):
        program.send_signal(signal.SIGCONT)
        program.send_signal(signal.SIGSTOP)
    return int(data[: data.index(b"\n")])


def odd_names() -> list[str]:
    """Names that a system allows, all of them text."""
    return ["line\nbreak.txt", "tab\tname.txt", "bell\x07.txt", "\x1b[31mred\x1b[0m.txt", "del\x7f.txt",
            "\u202etxt.exe", "x" * 251 + ".txt", "名" * 83 + ".docx", " lead.txt", "trail .", "-rf",
            "--help", "%s%n.txt", "$HOME.txt",
            "a\\b.txt", 'quote".txt', "it's.txt", "*.txt", "?", "CON", "nul.txt", "a:b", "😀.txt", "e\u0301.txt",
            "\u00e9.txt", "\u2028.txt", "\ufeff.txt", "{0}.txt", "new  Site", "'; DROP TABLE file; --"]


def names(world: World) -> None:
    """Names with line breaks, control characters, of 255 bytes, and such as are no text."""
    raw = os.fsencode(world.project)
    os.mkdir(raw + b"/\xff\xfefolder")  # noqa: PTH102
    for bad in (b"/\xff\xfefolder/in.txt", b"/caf\xe9.txt", "/报告.txt".encode("gb18030")):
        with open(raw + bad, "wb") as stream:  # noqa: PTH123
            stream.write(b"x")
    for number, name in enumerate(odd_names()):
        (world.project / name).write_bytes(content(number))
    for name in odd_names():
        world.saved(name)
    world.told("(its name is not valid text)", 3)


def deep(world: World) -> None:
    """Folders in folders, until a path is longer than the system takes."""
    beside(world, "a.txt")
    handle = os.open(world.project, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=handle)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
        with open(os.open("in.txt", os.O_WRONLY | os.O_CREAT, dir_fd=handle), "wb") as stream:  # noqa: PTH123
            stream.write(content(1))
    os.close(handle)
    deepest = max(world.on_disk(), key=len)
    for name in world.on_disk():
        if name.startswith("d"):
            world.kept(name)
    world.until(lambda: deepest in world.known())
    world.told("ddd  (cannot be read: its name is too long)")
    beside(world, "b.txt")
