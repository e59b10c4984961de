"""Zip archives unpacked for real: all of it, under harmless names, or nothing."""

from __future__ import annotations

import errno
import io
import os
import shutil
import struct
import subprocess
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from folderkit.core.errors import Failed, FolderkitError, Refused
from folderkit.intake import unpack as module
from folderkit.intake.members import Bounds
from folderkit.intake.unpack import Unpacked, unpack
from tests.trees import read_tree

Member = tuple[str, bytes]


def make(path: Path, *members: Member, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (2026, 3, 2, 9, 30, 0))
            info.compress_type = method
            archive.writestr(info, content)
    return path


def with_raw_names(path: Path, names: dict[str, bytes]) -> Path:
    """An archive whose names are these bytes, without the flag for UTF-8: each name was as long in ASCII."""
    data = make(path, *[(name, name.encode()) for name in names]).read_bytes()
    for name, raw in names.items():
        assert len(name) == len(raw)
        head, middle, tail = data.partition(name.encode())[0::1]
        data = head + raw + tail  # in the local header
        at = data.rfind(name.encode())
        data = data[:at] + raw + data[at + len(raw):]  # in the directory
        assert middle
    path.write_bytes(data)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.zip"


def refused(path: Path, folder: Path, bounds: Bounds | None = None) -> FolderkitError:
    """The error with which an archive is not unpacked; nothing is left of the attempt."""
    with pytest.raises(FolderkitError) as caught:
        unpack(path, folder, bounds)
    assert read_tree(folder) == {}
    assert sorted(child.name for child in folder.parent.iterdir()) == ["a.zip", "out"]
    assert caught.value.message.zh != caught.value.message.en
    return caught.value


def told(unpacked: Unpacked) -> str:
    assert all(text.zh != text.en for text in unpacked.told)
    return "\n".join(text.en for text in unpacked.told)


def test_files_come_out_with_folders_contents_and_times(path: Path, folder: Path) -> None:
    make(path, ("合同/终稿.docx", b"one"), ("合同/附件/图.png", b"two" * 50_000), ("empty/", b""), ("readme.txt", b""))

    unpacked = unpack(path, folder)

    assert read_tree(folder) == {"合同": None, "合同/终稿.docx": b"one", "合同/附件": None,
                                 "合同/附件/图.png": b"two" * 50_000, "empty": None, "readme.txt": b""}
    assert [(file.name, file.path.as_posix(), file.size) for file in unpacked.files] == [
        ("合同/终稿.docx", "合同/终稿.docx", 3), ("合同/附件/图.png", "合同/附件/图.png", 150_000),
        ("readme.txt", "readme.txt", 0)]
    assert unpacked.told == ()
    assert time.localtime((folder / "readme.txt").stat().st_mtime)[:6] == (2026, 3, 2, 9, 30, 0)


def test_names_in_gbk(path: Path, folder: Path) -> None:
    with_raw_names(path, {"aaaaaaaa/bbbb.doc": "合同附件/终稿.doc".encode("gbk"), "cccc.txt": "鑫淼.txt".encode("gbk")})
    unpack(path, folder)
    assert sorted(read_tree(folder)) == ["合同附件", "合同附件/终稿.doc", "鑫淼.txt"]


def test_names_in_utf8_without_the_flag_and_beside_gbk(path: Path, folder: Path) -> None:
    with_raw_names(path, {"aaaaaa.doc": "合同.doc".encode(), "cccc.txt": "终稿.txt".encode("gbk")})
    unpack(path, folder)
    assert sorted(read_tree(folder)) == ["合同.doc", "终稿.txt"]


def test_western_names_of_old_programs(path: Path, folder: Path) -> None:
    with_raw_names(path, {"Rxsumx.pdf": "Résumé.pdf".encode("cp437"), "Mxller.doc": "Müller.doc".encode("cp437")})
    unpack(path, folder)
    assert sorted(read_tree(folder)) == ["Müller.doc", "Résumé.pdf"]


def test_the_name_that_winrar_adds_counts_while_it_belongs(path: Path, folder: Path) -> None:
    raw = "合同.doc".encode("gbk")
    with zipfile.ZipFile(path, "w") as archive:
        for checksum, name in ((zlib.crc32(b"a.doc"), "合同（囍）.doc"), (zlib.crc32(raw), "other.doc")):
            info = zipfile.ZipInfo("a.doc" if name != "other.doc" else "b.doc")
            body = b"\1" + struct.pack("<I", checksum) + name.encode()
            info.extra = struct.pack("<HH", 0x7075, len(body)) + body
            archive.writestr(info, b"x")
    unpack(path, folder)
    assert sorted(read_tree(folder)) == ["b.doc", "合同（囍）.doc"]


@pytest.mark.skipif(shutil.which("zip") is None, reason="the program zip is not here")
def test_an_archive_of_the_program_zip(tmp_path: Path, path: Path, folder: Path) -> None:
    (tmp_path / "src" / "合同").mkdir(parents=True)
    (tmp_path / "src" / "合同" / "终稿.txt").write_text("text")
    (tmp_path / "src" / "link").symlink_to("/etc/passwd")
    subprocess.run(["zip", "-qry", str(path), "."], cwd=tmp_path / "src", check=True)
    unpacked = unpack(path, folder)
    assert read_tree(folder) == {"合同": None, "合同/终稿.txt": b"text"}
    assert "'link' was left out: it is a link" in told(unpacked)


@pytest.mark.parametrize(("name", "lies"), [
    ("../../etc/passwd", "etc/passwd"), ("/etc/passwd", "etc/passwd"), ("C:/win/x.dll", "win/x.dll"),
    ("C:\\win\\x.dll", "win/x.dll"), ("..\\..\\x", "x"), ("a/../../b", "a/b"), ("./a//b", "a/b"), ("C:x", "x"),
    ("a/CON.txt", "a/CON_.txt"), ("a:b", "b"), ("a\x01b\u202e.txt", "a-b-.txt"), ("..", "file"), ("", "file"),
    ("a /b. ", "a/b"), ("\\\\server\\share\\x", "server/share/x")])
def test_names_that_lead_out_or_are_impossible(path: Path, folder: Path, name: str, lies: str) -> None:
    unpacked = unpack(make(path, (name, b"x")), folder)
    assert read_tree(folder)[lies] == b"x"
    assert lies in told(unpacked)
    assert all(line.isprintable() for line in told(unpacked).split("\n"))


def test_a_name_that_is_too_long_keeps_its_ending(path: Path, folder: Path) -> None:
    unpack(make(path, ("长" * 200 + ".docx", b"x")), folder)
    (name,) = read_tree(folder)
    assert name.endswith(".docx")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_are_one_on_windows_both_come_out(path: Path, folder: Path) -> None:
    unpacked = unpack(make(path, ("a.txt", b"1"), ("A.TXT", b"2"), ("a.txt", b"3"), ("D/x", b"4"), ("d/y", b"5"),
                           ("d", b"6"), ("\u00e9", b"7"), ("e\u0301", b"8")), folder)
    files = {name: content for name, content in read_tree(folder).items() if content is not None}
    assert sorted(files.values()) == [b"%d" % number for number in range(1, 9)]
    assert len({name.casefold() for name in files}) == 8
    assert read_tree(folder)["D/y"] == b"5"
    assert "'A.TXT' was unpacked as 'A (2).TXT'" in told(unpacked)


def test_links_devices_and_what_systems_leave_behind_stay_out(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, mode in (("link", 0o120777), ("fifo", 0o010644), ("device", 0o060644), ("file", 0o100644)):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, mode << 16
            archive.writestr(info, b"/etc/passwd")
        for name in ("__MACOSX/._a", "._a", ".DS_Store", "d/Thumbs.db"):
            archive.writestr(name, b"x")
    unpacked = unpack(path, folder)
    assert read_tree(folder) == {"file": b"/etc/passwd"}
    assert len(unpacked.told) == 7


def test_archives_within_stay_packed(tmp_path: Path, path: Path, folder: Path) -> None:
    inner = make(tmp_path / "inner.zip", ("x", b"x")).read_bytes()
    unpack(make(path, ("inner.zip", inner)), folder)
    assert read_tree(folder) == {"inner.zip": inner}


def test_a_folder_that_is_not_empty_is_left_alone(path: Path, folder: Path) -> None:
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(Refused):
        unpack(make(path, ("mine.txt", b"theirs")), folder)
    assert read_tree(folder) == {"mine.txt": b"mine"}


def test_a_folder_that_is_not_there(path: Path, tmp_path: Path) -> None:
    with pytest.raises(Failed):
        unpack(make(path, ("a", b"")), tmp_path / "none")


# -- bombs and locks -------------------------------------------------------------------------------
def test_a_bomb_is_refused_by_its_directory(path: Path, folder: Path) -> None:
    make(path, ("zeros.bin", bytes(32 << 20)))
    assert "bombs" in refused(path, folder).message.en


def test_a_bomb_whose_members_share_their_bytes_is_refused(path: Path, folder: Path) -> None:
    """One packed stretch that many entries of the directory name."""
    data = make(path, ("a", os.urandom(100_000))).read_bytes()
    at = data.find(b"PK\1\2")
    (size,) = struct.unpack_from("<I", data, data.rfind(b"PK\5\6") + 12)
    entry = data[at : at + size]
    path.write_bytes(data[:at] + entry * 200 + b"PK\5\6" + struct.pack(
        "<HHHHIIH", 0, 0, 200, 200, len(entry) * 200, at, 0))
    refused(path, folder)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("bounds", [Bounds(files=3), Bounds(size=10), Bounds(directory=100), Bounds(depth=1)])
def test_bounds_are_kept(path: Path, folder: Path, bounds: Bounds) -> None:
    make(path, *[(f"a/b{number}", b"xxxx") for number in range(4)])
    refused(path, folder, bounds)
    assert len(unpack(path, folder).files) == 4


def test_a_directory_of_millions_is_not_read(path: Path, folder: Path) -> None:
    end = struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 46_000_000, 0, 0)
    path.write_bytes(bytes(46_000_000) + b"PK\5\6" + end)
    assert "more than is unpacked" in refused(path, folder).message.en


def test_a_password_is_told(path: Path, folder: Path) -> None:
    data = bytearray(make(path, ("a.txt", b"x")).read_bytes())
    data[6] |= 1
    data[data.find(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert "password" in refused(path, folder).message.en


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_ways_of_packing_are_told(path: Path, folder: Path, method: int) -> None:
    assert "rarely" in refused(make(path, ("a", b"x" * 99), method=method), folder).message.en


# -- damage ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("which", ["first", "last"])
def test_a_wrong_sum_leaves_nothing(path: Path, folder: Path, which: str) -> None:
    make(path, ("d/first", b"first" * 99), ("d/e/middle", b"m"), ("last", b"last!" * 99), method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.find((which[:5].ljust(5, "!") * 9).encode()) + 20] ^= 1
    path.write_bytes(data)
    assert "damaged" in refused(path, folder).message.en


@pytest.mark.parametrize("change", [
    lambda data: b"", lambda data: b"no archive", lambda data: data[: len(data) // 2], lambda data: data[:-1],
    lambda data: data[:-10], lambda data: data.replace(b"PK\3\4", b"PK\3\5"),
    lambda data: b"Rar!\x1a\x07\0" + data[7:30]])
def test_what_is_no_whole_archive(path: Path, folder: Path, change: Callable[[bytes], bytes]) -> None:
    data = make(path, ("a/b", b"x" * 1000), ("c", b"y")).read_bytes()
    path.write_bytes(change(data))
    assert isinstance(refused(path, folder), Failed)


def test_a_member_that_is_longer_than_told_leaves_nothing(path: Path, folder: Path) -> None:
    data = make(path, ("a", b"x" * 1000)).read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 1000), struct.pack("<I", 10)))
    refused(path, folder)


def test_a_full_disk_leaves_nothing(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, folder: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    make(path, ("a/b", b"x"), ("c", b"y"))
    monkeypatch.setattr(module, "sync_all", full)
    error = refused(path, folder)
    assert "disk is full" in error.message.en
    assert error.hint


def test_an_interruption_leaves_nothing(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: Path, folder: Path) -> None:
        raise KeyboardInterrupt

    make(path, ("a/b", b"x"), ("c", b"y"))
    monkeypatch.setattr(module, "sync_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        unpack(path, folder)
    assert read_tree(folder) == {}


def test_too_little_room_is_told_before_anything_is_written(path: Path, folder: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=10))
    assert "free" in refused(make(path, ("a", b"x" * 100)), folder).message.en


def test_an_archive_beyond_four_gigabytes_of_numbers(path: Path, folder: Path) -> None:
    """The longer records of ZIP64, which programs also write for small files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as member:
        member.write(b"x")
    path.write_bytes(stream.getvalue())
    unpack(path, folder)
    assert read_tree(folder) == {"a": b"x"}
