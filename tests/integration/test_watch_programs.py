"""Real programs save files under a running watch: no version is half a file, none is missed, none is there twice."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.integration.test_watch import Watch


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


class World:
    """A project under a watch."""

    def __init__(self, watch: Watch, project: Path, run: Run) -> None:
        self.watch, self.project, self._run = watch, project, run

    def versions(self, name: str) -> list[bytes]:
        ran = self._run("history", str(self.project / name), "--json")
        assert ran.code == 0, ran.err
        found = []
        for version in json.loads(ran.out):
            to = self.project.parent / "out" / f"{name}.{version['version']}"
            to.parent.mkdir(parents=True, exist_ok=True)
            back = self._run("restore", str(self.project / name), "--version", str(version["version"]), "--to", str(to))
            assert back.code == 0, back.err
            found.append(to.read_bytes())
        return found

    def flags(self, name: str) -> list[bool]:
        ran = self._run("history", str(self.project / name), "--json")
        return [version.get("incomplete", False) for version in json.loads(ran.out)]

    def until_kept(self, name: str, number: int) -> None:
        self.watch.until(lambda: any(line.endswith((f"{name}  v{number}", f"{name}  v{number}  (its end is missing)"))
                                     for line in self.watch.lines))

    def lines_of(self, name: str) -> list[str]:
        return [line.partition("  ")[2] for line in self.watch.lines if name in line]


@pytest.fixture
def world(workspace: Path, project: Path, run: Run) -> Iterator[World]:
    watch = Watch(workspace)
    yield World(watch, project, run)
    assert watch.process.poll() is None, watch.lines
    assert watch.end() == 0
    assert "Traceback" not in "\n".join(watch.lines)


# -- slow and interrupted writers ------------------------------------------------------------------
WRITER = """
import sys, time
data = open(sys.argv[2], "rb").read()
with open(sys.argv[1], "wb", buffering=0) as stream:
    for start in range(0, len(data), len(data) // 8 + 1):
        stream.write(data[start : start + len(data) // 8 + 1])
        time.sleep(float(sys.argv[3]))
"""


@pytest.mark.parametrize("pause", [0.3, 2.5], ids=["all the time", "with pauses"])
def test_a_slow_writer(world: World, tmp_path: Path, pause: float) -> None:
    for number in (1, 2):
        (tmp_path / "source").write_bytes(content(number))
        subprocess.run([sys.executable, "-c", WRITER, world.project / "报告.txt", tmp_path / "source", str(pause)],
                       check=True)
        world.until_kept("报告.txt", number)
    assert world.versions("报告.txt") == [content(1), content(2)]


@contextlib.contextmanager
def slow_server(data: bytes) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for start in range(0, len(data), 10_000):
                self.wfile.write(data[start : start + 10_000])
                time.sleep(0.7)

        def log_message(self, *values: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_curl_from_a_slow_server(world: World) -> None:
    with slow_server(content(1, 100_000)) as address:
        subprocess.run(["curl", "-s", "-o", world.project / "download.txt", address], check=True)
    world.until_kept("download.txt", 1)
    assert world.versions("download.txt") == [content(1, 100_000)]


@pytest.mark.parametrize("way", [["--whole-file"], ["--inplace"], ["--inplace", "--bwlimit=60"], ["-a"]],
                         ids=["a new file", "in place", "slowly in place", "with its old time"])
def test_rsync(world: World, tmp_path: Path, way: list[str]) -> None:
    for number in (1, 2):
        (tmp_path / "offer.txt").write_bytes(content(number, 200_000))
        os.utime(tmp_path / "offer.txt", (10**9 + number,) * 2)  # rsync compares sizes and times
        subprocess.run(["rsync", *way, tmp_path / "offer.txt", world.project / "offer.txt"], check=True)
        world.until_kept("offer.txt", number)
    assert world.versions("offer.txt") == [content(1, 200_000), content(2, 200_000)]


def test_a_copy_that_is_killed_is_marked_and_the_whole_one_is_the_next_version(world: World, tmp_path: Path) -> None:
    (tmp_path / "contract.docx").write_bytes(package(1))
    copying = subprocess.Popen(["rsync", "--inplace", "--bwlimit=60", tmp_path / "contract.docx", world.project])
    place = world.project / "contract.docx"
    world.watch.until(lambda: place.exists() and place.stat().st_size > 60_000)
    copying.kill()
    copying.wait()
    half = place.read_bytes()
    world.until_kept("contract.docx", 1)
    assert world.flags("contract.docx") == [True]
    subprocess.run(["rsync", "--inplace", tmp_path / "contract.docx", world.project], check=True)
    world.until_kept("contract.docx", 2)
    assert world.versions("contract.docx") == [half, package(1)]
    assert world.flags("contract.docx") == [True, False]


def test_a_large_copy(world: World, tmp_path: Path) -> None:
    data = random.Random("large").randbytes(1 << 20) * 300
    (tmp_path / "film.bin").write_bytes(data)
    subprocess.run(["cp", tmp_path / "film.bin", world.project / "film.bin"], check=True)
    world.until_kept("film.bin", 1)
    assert world.versions("film.bin") == [data]


# -- programs that save at once --------------------------------------------------------------------
def test_archives_and_moves(world: World, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(30):
        (source / f"{number}.txt").write_bytes(content(number))
    subprocess.run(["tar", "-cf", tmp_path / "a.tar", "-C", tmp_path, "source"], check=True)
    shutil.make_archive(str(tmp_path / "b"), "zip", tmp_path, "source")
    (world.project / "tar").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "a.tar", "-C", world.project / "tar"], check=True)
    subprocess.run(["unzip", "-q", tmp_path / "b.zip", "-d", world.project / "zip"], check=True)
    memory = Path("/dev/shm")  # noqa: S108  another file system
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as elsewhere:
        shutil.copytree(source, Path(elsewhere) / "moved")
        subprocess.run(["mv", Path(elsewhere) / "moved", world.project / "moved"], check=True)
    names = [f"{folder}/{number}.txt" for folder in ("tar/source", "zip/source", "moved") for number in range(30)]
    for name in names:
        world.until_kept(name, 1)
    time.sleep(3)
    for name in names:
        assert len(world.lines_of(name)) == 1, world.lines_of(name)
    for name in names[::17]:
        assert world.versions(name) == [content(int(Path(name).stem))]


def test_vim(world: World) -> None:
    path = world.project / "notes.txt"
    for number in (1, 2):
        subprocess.run(["vim", "-N", "-u", "NONE", "-es", "-c", f"normal iline {number}", "-c", "wq", path], check=True)
        world.until_kept("notes.txt", number)
    assert [data.split(b"\n")[0] for data in world.versions("notes.txt")] == [b"line 1", b"line 2line 1"]


# -- how office programs save, replayed ------------------------------------------------------------
def word(folder: Path, name: str, data: bytes, pause: Callable[[], None]) -> None:
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


def excel(folder: Path, name: str, data: bytes, pause: Callable[[], None]) -> None:
    new, old = folder / "5DC3F2A0", folder / "8A1B2C3D.tmp"
    new.write_bytes(data)
    pause()
    if (folder / name).exists():
        (folder / name).rename(old)
        pause()
    new.rename(folder / name)
    pause()
    old.unlink(missing_ok=True)


def wps(folder: Path, name: str, data: bytes, pause: Callable[[], None]) -> None:
    (folder / f".~{name}").write_bytes(b"laura")
    new = folder / f"~{random.Random(data).randrange(10**6)}.tmp"
    new = new.with_name(f"~$tmp{new.stem[1:]}.tmp")
    new.write_bytes(data)
    pause()
    (folder / name).unlink(missing_ok=True)
    pause()
    new.rename(folder / name)
    pause()
    (folder / f".~{name}").unlink()


@pytest.mark.parametrize("save", [word, excel, wps])
@pytest.mark.parametrize("seconds", [0.0, 1.2], ids=["at once", "slowly"])
def test_office_programs(world: World, save: Callable[[Path, str, bytes, Callable[[], None]], None],
                         seconds: float) -> None:
    name = "方案 2026.docx"
    for number in (1, 2, 3):
        save(world.project, name, package(number), functools.partial(time.sleep, seconds))
        world.until_kept(name, number)
    time.sleep(1)
    assert world.versions(name) == [package(1), package(2), package(3)]
    assert [line.split("  ")[0] for line in world.lines_of(name)] == ["new", "changed", "changed"]
