"""Programs that copy, move, load down and unpack."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from folderkit.watch.settling import is_open_for_writing
from tests.faults.programs.world import SECONDS, World

MEMORY = Path("/dev/shm")  # noqa: S108  another file system
SFTP_FOLDERS = ("/usr/lib/openssh", "/usr/libexec/openssh", "/usr/libexec")  # where its server lies
LARGE_MB = int(os.environ.get("FOLDERKIT_LARGE_MB", "300"))  # here, since a test's own environment has no such names
STALL_SECONDS = 12.0  # longer than a content that is not complete is waited for


def content(number: int, size: int = 40_000) -> bytes:
    """Text that a format check cannot see through."""
    line = f"第 {number} 版 {'x' * 60}\n".encode()
    return (line * (size // len(line) + 1))[:size]


@functools.cache
def package(number: int, size: int = 300_000) -> bytes:
    """A Word file, as far as its ends tell."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("word/document.xml", random.Random(number).randbytes(size))
    return stream.getvalue()


def large_package(path: Path) -> None:
    """A stored zip of `LARGE_MB`, so that a half is seen to be one."""
    block = random.Random(path.name).randbytes(1 << 20)
    with zipfile.ZipFile(path, "w") as made, made.open("film.bin", "w", force_zip64=True) as stream:
        for number in range(LARGE_MB):
            stream.write(number.to_bytes(8, "big") + block[8:])


def is_closed(path: Path) -> bool:
    return not is_open_for_writing(str(path))


def call(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)


@contextlib.contextmanager
def killed_at(world: World, command: Sequence[str | Path], name: str, size: int) -> Iterator[None]:
    """Run a program until its file has so many bytes; it is stopped while the block runs, and then killed."""
    place = world.project / name
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as program:
        deadline = time.monotonic() + SECONDS
        while program.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                if place.stat().st_size >= size:
                    break
            time.sleep(0.001)
        program.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            program.kill()
    if program.returncode == 0:
        world.wrong(f"{command[0]} was done before it could be killed")


# -- slow writers ----------------------------------------------------------------------------------
WRITER = """
import sys, time
data = open(sys.argv[2], "rb").read()
with open(sys.argv[1], "wb", buffering=0) as stream:
    for start in range(0, len(data), len(data) // 5 + 1):
        stream.write(data[start : start + len(data) // 5 + 1])
        time.sleep(float(sys.argv[3]))
"""


def slow_writer(world: World, pause: float) -> None:
    for number in (1, 2):
        (world.outside / "source").write_bytes(content(number))
        call(sys.executable, "-c", WRITER, world.project / "报告.txt", world.outside / "source", str(pause))
        world.saved("报告.txt")


@contextlib.contextmanager
def slow_server(data: bytes, pause: float = 0.5) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # it is killed
                for start in range(0, len(data), 10_000):
                    self.wfile.write(data[start : start + 10_000])
                    time.sleep(pause)

        def log_message(self, *values: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def curl(world: World) -> None:
    with slow_server(content(1, 100_000)) as address:
        call("curl", "-s", "-o", world.project / "download.txt", address)
    world.saved("download.txt")


def curl_killed(world: World) -> None:
    with slow_server(package(1)) as address:
        with killed_at(world, ["curl", "-s", "-o", world.project / "offer.docx", address], "offer.docx", 50_000):
            pass
        world.saved("offer.docx", incomplete=True)
    with slow_server(package(1), 0.0) as address:
        call("curl", "-s", "-o", world.project / "offer.docx", address)
    world.saved("offer.docx")


# -- rsync, cp, sftp -------------------------------------------------------------------------------
def rsync_with(world: World, way: Sequence[str]) -> None:
    for number in (1, 2):
        (world.outside / "offer.txt").write_bytes(content(number, 200_000))
        os.utime(world.outside / "offer.txt", (10**9 + number,) * 2)  # rsync compares sizes and times
        call("rsync", *way, world.outside / "offer.txt", world.project / "offer.txt")
        world.saved("offer.txt")


def rsync_killed_in_place(world: World) -> None:
    source = world.outside / "contract.docx"
    source.write_bytes(package(1))
    command: list[str | Path] = ["rsync", "--inplace", "--bwlimit=60", source, world.project]
    with killed_at(world, command, "contract.docx", 60_000):
        pass
    world.saved("contract.docx", incomplete=True)
    call("rsync", "--inplace", source, world.project)
    world.saved("contract.docx")


def rsync_killed(world: World) -> None:
    """What it leaves, such as ``.offer.txt.k3Xz9Q``, is nobody's file."""
    for number in (1, 2):
        (world.outside / "offer.txt").write_bytes(content(number, 200_000))
        os.utime(world.outside / "offer.txt", (10**9 + number,) * 2)
        with subprocess.Popen(["rsync", "--bwlimit=60", world.outside / "offer.txt", world.project],
                              stderr=subprocess.DEVNULL, start_new_session=True) as program:
            world.until(lambda: any(world.project.glob(".offer.txt.*")))
            time.sleep(1)
            os.killpg(program.pid, signal.SIGKILL)
        call("rsync", world.outside / "offer.txt", world.project)
        world.saved("offer.txt")


def cp_large(world: World) -> None:
    large_package(world.outside / "film.zip")
    call("cp", world.outside / "film.zip", world.project / "film.zip")
    world.saved("film.zip")


def cp_stalled(world: World) -> None:
    """A copy that stands still for long, goes on, and is whole in the end; the second one is killed."""
    source, pipe, name = world.outside / "film.zip", world.outside / "pipe", "film.zip"
    large_package(source)
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", pipe, world.project / name]), pipe.open("wb") as feed:  # it stands when we do
        feed.write(source.read_bytes()[: source.stat().st_size // 2])
        feed.flush()
        time.sleep(STALL_SECONDS)
        feed.write(source.read_bytes()[source.stat().st_size // 2 :])
    world.saved(name)
    with killed_at(world, ["cp", source, world.project / "again.zip"], "again.zip", 1):
        time.sleep(1)
    world.saved("again.zip", incomplete=True)


def sftp(world: World) -> None:
    server = shutil.which("sftp-server", path=os.pathsep.join(SFTP_FOLDERS)) or "sftp-server"
    make_source(world.outside / "folder", 10)
    (world.outside / "offer.docx").write_bytes(package(1))
    batch = world.outside / "batch"
    batch.write_text(f"put {world.outside}/offer.docx {world.project}/offer.docx\n"
                     f"put -r {world.outside}/folder {world.project}\n")
    call("sftp", "-q", "-D", server, "-b", batch)
    for name in ["offer.docx", *(f"folder/{number}.txt" for number in range(10))]:
        world.saved(name)
    (world.outside / "offer.docx").write_bytes(package(2))
    batch.write_text(f"put {world.outside}/offer.docx {world.project}/second.docx\n")
    with killed_at(world, ["sftp", "-q", "-l", "800", "-D", server, "-b", batch], "second.docx", 100_000):
        pass
    world.until(lambda: is_closed(world.project / "second.docx"))  # its server writes what it has been sent
    world.saved("second.docx", incomplete=True)
    batch.write_text(f"put {world.outside}/offer.docx {world.project}/second.docx\n")
    call("sftp", "-q", "-D", server, "-b", batch)
    world.saved("second.docx")


# -- many at once ----------------------------------------------------------------------------------
def make_source(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.txt").write_bytes(content(number))
    return folder


def tar(world: World) -> None:
    make_source(world.outside / "source", 30)
    call("tar", "-cf", world.outside / "a.tar", "-C", world.outside, "source")
    (world.project / "tar").mkdir()
    call("tar", "-xf", world.outside / "a.tar", "-C", world.project / "tar")
    world.saved_below("tar", 30)


def unzip(world: World) -> None:
    make_source(world.outside / "source", 30)
    shutil.make_archive(str(world.outside / "b"), "zip", world.outside, "source")
    call("unzip", "-q", world.outside / "b.zip", "-d", world.project / "zip")
    world.saved_below("zip", 30)


def move_in(world: World) -> None:
    """From the same file system: a file, a folder."""
    make_source(world.outside / "source", 30)
    (world.outside / "a.docx").write_bytes(package(1))
    call("mv", world.outside / "source", world.project / "moved")
    call("mv", world.outside / "a.docx", world.project)
    world.saved_below("moved", 30)
    world.saved("a.docx")


def move_across(world: World) -> None:
    """From another file system, which is a copy: a folder, a file, and a file over one that is there."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as elsewhere:
        make_source(Path(elsewhere) / "moved", 30)
        (Path(elsewhere) / "moved" / "a.docx").write_bytes(package(1, 10 << 20))
        call("mv", Path(elsewhere) / "moved", world.project / "moved")
        world.saved_below("moved", 31)
        (Path(elsewhere) / "a.docx").write_bytes(package(2, 10 << 20))
        os.utime(Path(elsewhere) / "a.docx", (10**9,) * 2)
        call("mv", "-f", Path(elsewhere) / "a.docx", world.project / "moved" / "a.docx")
        world.saved("moved/a.docx")
