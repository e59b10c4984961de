"""What lies in a project and is not kept is told: temporaries that stay, and files that are only in a cloud."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from folderkit.cli import app as app_
from folderkit.cli import scan as scan_
from folderkit.cli import status as status_
from folderkit.cli import watch as watch_
from folderkit.watch import tree
from folderkit.watch.cloud import is_placeholder, stub_of
from tests.conftest import Run
from tests.trees import make_tree

LATER = dt.timedelta(hours=25)


def state(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("watch", "--status", "--json").out)
    return found


@pytest.fixture
def a_day_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (app_, scan_, status_, watch_):
        monkeypatch.setattr(module, "now", lambda: dt.datetime.now(dt.UTC) + LATER)


# -- temporaries -----------------------------------------------------------------------------------
LEFT = {"film.mp4.part": "half", "00_Inbox/~WRD0001.tmp": "a save that broke off", "~$offer.docx": "a lock",
        "00_Inbox/offer.docx~": "old"}
NEVER = {".DS_Store": "", "00_Inbox/Thumbs.db": "", "desktop.ini": "", "._a.docx": "", ".~folderkit-0a1b2c.tmp": "",
         "x.bak": "", ".git/HEAD.part": ""}


def test_temporaries_that_stay_are_told_and_not_kept(run: Run, workspace: Path, project: Path,
                                                     request: pytest.FixtureRequest) -> None:
    with (workspace / "folderkit.yaml").open("a") as stream:
        stream.write("ignore: ['*.bak']\n")
    make_tree(project, {**LEFT, **NEVER})
    os.utime(project / "film.mp4.part", (1, 1))
    assert "part" not in run("scan", "--json").out
    assert state(run)["parked"] == [], "none is old enough, whatever its date says"
    request.getfixturevalue("a_day_later")
    parked = state(run)["parked"]
    assert [one["path"] for one in parked] == sorted(f"{project.name}/{name}" for name in LEFT)
    assert {one["path"]: one["size"] for one in parked}[f"{project.name}/film.mp4.part"] == 4
    since = dt.datetime.fromisoformat(parked[0]["since"])
    assert abs(since - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=10)
    told = run("watch", "--status").out
    assert "4 temporary files stay: they have no versions" in told
    assert f"{project.name}/film.mp4.part" in told
    assert "4 个临时文件" in run("watch", "--status", lang="zh").out
    odd = {one["place"]: one for one in json.loads(run("doctor", "--json").out)}
    assert {f"{project.name}/{name}" for name in LEFT} == {place for place in odd if place.startswith(project.name)}
    assert "no versions" in odd[f"{project.name}/film.mp4.part"]["what"]


@pytest.mark.usefixtures("a_day_later")
def test_a_temporary_that_went_or_was_finished_is_not_told(run: Run, project: Path) -> None:
    make_tree(project, {"a.pdf.part": "a", "b.pdf.part": "b", "c/d.pdf.part": "d"})
    assert run("scan").code == 0
    assert len(state(run)["parked"]) == 3
    (project / "a.pdf.part").unlink()
    assert len(state(run)["parked"]) == 2, "also before the next scan"
    (project / "b.pdf.part").rename(project / "b.pdf")
    (project / "c").rename(project / "e")
    assert "b.pdf" in run("scan", "--json").out
    assert [one["path"] for one in state(run)["parked"]] == [f"{project.name}/e/d.pdf.part"]
    assert run("scan").code == 0
    assert len(state(run)["parked"]) == 1, "its folder is as it was"


# -- placeholders of a cloud -----------------------------------------------------------------------
NOT_HERE = "not on this computer; open it once to download it"


@pytest.mark.parametrize(("marks", "away"), [
    ({}, False), ({"st_file_attributes": 0x20}, False), ({"st_file_attributes": 0x400020}, True),
    ({"st_file_attributes": 0x40000}, True), ({"st_file_attributes": 0x1000}, True), ({"st_flags": 0x40}, False),
    ({"st_flags": 0x40000040}, True), ({"st_blocks": 0, "st_size": 9}, False)])
def test_what_tells_a_placeholder(marks: dict[str, int], away: bool) -> None:
    status = SimpleNamespace(**{"st_mode": 0o100644, "st_size": 9, "st_blocks": 8, **marks})
    assert is_placeholder(cast("os.stat_result", status)) is away


@pytest.mark.parametrize(("name", "size", "original"), [
    (".报告.docx.icloud", 180, "报告.docx"), (".report.docx.icloud", 9000, ""), ("report.docx.icloud", 180, ""),
    ("报告.docx.nextcloud", 1, "报告.docx"), ("a.pdf.owncloud", 1, "a.pdf"), ("a.pdf.nextcloud", 2, ""),
    (".icloud", 1, ""), ("cloud", 1, ""), ("a.docx", 1, "")])
def test_what_a_stub_stands_for(name: str, size: int, original: str) -> None:
    assert stub_of(name, size) == original


class Cloud:
    """A cloud's client, which says of some files that their content is elsewhere, and what of them was opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away: set[int] = set()
        self.opened: list[str] = []
        monkeypatch.setattr(tree, "_looks", self._looks)
        monkeypatch.setattr(tree, "MASKS", (0x400000,))
        sys.addaudithook(self._note)
        self.listens = True

    def _looks(self, status: os.stat_result) -> tuple[int, ...]:
        return (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino,
                0x400020 if status.st_ino in self.away else 0x20)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and self.listens and isinstance(arguments[0], str):
            self.opened.append(os.path.basename(arguments[0]))  # noqa: PTH119

    def free(self, *paths: Path) -> None:
        """Take the contents away; the client changes nothing but the change time."""
        for path in paths:
            self.away.add(path.stat().st_ino)
            path.chmod(path.stat().st_mode)

    def download(self, *paths: Path) -> None:
        for path in paths:
            self.away.discard(path.stat().st_ino)
            path.chmod(path.stat().st_mode)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    client = Cloud(monkeypatch)
    yield client
    client.listens = False  # a hook stays


def scanned(run: Run, project: Path) -> dict[str, tuple[str, str | None]]:
    found = json.loads(run("scan", "--json").out)
    return {one["path"].removeprefix(f"{project.name}/"): (one["kind"], one["reason"]) for one in found}


def test_a_file_that_is_only_in_the_cloud_is_told_and_never_opened(run: Run, project: Path, cloud: Cloud) -> None:
    make_tree(project, {"a.docx": "a", "in/b.docx": "b" * 9_000_000})
    cloud.free(project / "a.docx", project / "in" / "b.docx")
    cloud.opened.clear()
    for _ in range(2):
        assert scanned(run, project) == dict.fromkeys(("a.docx", "in/b.docx"), ("skipped", NOT_HERE))
    assert not {"a.docx", "b.docx"} & set(cloud.opened)
    assert state(run)["not_here"] == [f"{project.name}/a.docx", f"{project.name}/in/b.docx"]
    assert "2 files are not on this computer" in run("watch", "--status").out
    assert "2 个文件的内容不在这台电脑上" in run("watch", "--status", lang="zh").out
    assert "请打开一次" in run("scan", lang="zh").out
    cloud.download(project / "a.docx")
    assert scanned(run, project) == {"a.docx": ("new", None), "in/b.docx": ("skipped", NOT_HERE)}
    assert "a.docx" in cloud.opened
    assert state(run)["not_here"] == [f"{project.name}/in/b.docx"]


def test_a_known_file_that_goes_to_the_cloud_is_neither_gone_nor_changed(run: Run, project: Path,
                                                                         cloud: Cloud) -> None:
    make_tree(project, {"a.docx": "a", "in/b.docx": "b"})
    scanned(run, project)
    cloud.free(project / "a.docx", project / "in" / "b.docx")
    cloud.opened.clear()
    assert scanned(run, project) == {}, "its version is kept"
    (project / "c.txt").write_text("c")  # its folder is looked at closer
    assert scanned(run, project) == {"c.txt": ("new", None)}
    assert not {"a.docx", "b.docx"} & set(cloud.opened)
    assert state(run)["not_here"] == []
    cloud.download(project / "a.docx")
    assert scanned(run, project) == {}
    os.utime(project / "in" / "b.docx", (10**9, 10**9))  # another computer has saved it
    assert scanned(run, project) == {"in/b.docx": ("skipped", NOT_HERE)}
    assert state(run)["not_here"] == [f"{project.name}/in/b.docx"]
    cloud.download(project / "in" / "b.docx")
    (project / "in" / "b.docx").write_text("b2")
    assert scanned(run, project) == {"in/b.docx": ("changed", None)}


def test_a_file_that_is_moved_in_the_cloud_keeps_its_history(run: Run, project: Path, cloud: Cloud) -> None:
    make_tree(project, {"in/a.docx": "a", "in/b.docx": "b"})
    scanned(run, project)
    cloud.free(project / "in" / "a.docx", project / "in" / "b.docx")
    (project / "in").rename(project / "out")
    cloud.opened.clear()
    assert scanned(run, project) == {f"out/{name}.docx": ("moved", None) for name in "ab"}
    assert not {"a.docx", "b.docx"} & set(cloud.opened)
    assert scanned(run, project) == {}
    cloud.download(project / "out" / "a.docx")
    assert scanned(run, project) == {}
    (project / "out" / "b.docx").unlink()
    assert scanned(run, project) == {"out/b.docx": ("deleted", None)}


@pytest.mark.parametrize("stub", [".{}.icloud", "{}.nextcloud"])
def test_the_stubs_of_clients(run: Run, project: Path, stub: str) -> None:
    make_tree(project, {"a.docx": "a", "b.txt": "b"})
    scanned(run, project)
    (project / "a.docx").rename(project.parent / "a.docx")
    make_tree(project, {stub.format("a.docx"): "s", stub.format("new.docx"): "s"})
    for _ in range(2):
        assert scanned(run, project) == {"new.docx": ("skipped", NOT_HERE)}
    assert state(run)["not_here"] == [f"{project.name}/new.docx"]
    (project / stub.format("a.docx")).unlink()
    (project.parent / "a.docx").rename(project / "a.docx")
    assert scanned(run, project) == {"new.docx": ("skipped", NOT_HERE)}
    (project / stub.format("new.docx")).unlink()
    (project / "new.docx").write_text("new")
    assert scanned(run, project) == {"new.docx": ("new", None)}
