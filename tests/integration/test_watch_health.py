"""Events are hints: what the system does not tell ends in the state of the disk all the same, and is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from folderkit.cli.app import App
from folderkit.cli.guide import pages
from folderkit.cli.watch import _Telling
from folderkit.core.language import LANGUAGES, Language, Text
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import Scan
from folderkit.service import FULL_SCAN_SECONDS
from folderkit.watch import Patience
from folderkit.watch.health import HEALTH_FILE, Health, Waiting, read_health, write_health
from folderkit.watch.hints import Hints
from tests.conftest import Run
from tests.integration.test_watch import Watch
from tests.trees import make_tree

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


def state(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("watch", "--status", "--json").out)
    return found


def unseen(run: Run) -> list[dict[str, Any]]:
    """What a scan finds that the watch has not kept."""
    found: list[dict[str, Any]] = json.loads(run("scan", "--json").out)
    return found


# -- what the system does not tell -----------------------------------------------------------------
@linux
def test_a_queue_that_overflows(run: Run, project: Path, watch: Watch) -> None:
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if room > 100_000:
        pytest.skip(f"the system's queue holds {room} events")
    (project / "many").mkdir()
    for name in ("first.bin", "second.bin"):  # the folder is watched when the second is told
        (project / "many" / name).write_bytes(b"x")
        watch.until_told(f"{name}  v1")
    watch.process.send_signal(signal.SIGSTOP)
    for turn in range(room // (2 * 400) + 2):  # two events each: written to, closed
        for number in range(400):
            (project / "many" / f"{number}.bin").write_bytes(b"%d %d" % (number, turn))
    watch.process.send_signal(signal.SIGCONT)
    watch.until(lambda: state(run)["overflows"] > 0)
    watch.until(lambda: sum("  new  " in line for line in watch.lines) >= 400)
    (project / "many" / "last.txt").write_text("its folder is watched again")
    watch.until_told("last.txt  v1")
    assert watch.end() == 0
    assert unseen(run) == []


@linux
def test_more_folders_than_the_system_watches(run: Run, workspace: Path, project: Path) -> None:
    make_tree(project, {f"many/{number}/a.txt": str(number) for number in range(120)})
    limited = ("echo 100 > /proc/sys/user/max_inotify_watches && exec "
               f"{sys.executable} -u -m folderkit watch")
    if subprocess.run(["unshare", "-Ur", "sh", "-c", "echo 100 > /proc/sys/user/max_inotify_watches"],
                      capture_output=True, check=False).returncode:
        pytest.skip("this system makes no user namespaces")
    watch = Watch(workspace, ["unshare", "-Ur", "sh", "-c", limited])
    try:
        watch.until_told("The system does not watch")
        told = state(run)
        assert told["watches"] == 100
        assert told["unwatched"] >= 40
        assert told["every"] < FULL_SCAN_SECONDS
        for number in range(120):
            (project / "many" / str(number) / "b.txt").write_text(f"b {number}")
        watch.until(lambda: sum("b.txt  v1" in line for line in watch.lines) == 120)
        assert sum("The system does not watch" in line for line in watch.lines) == 1, "it is told once"
        assert watch.end() == 0
    finally:
        if watch.process.poll() is None:
            watch.end(signal.SIGKILL)
    assert unseen(run) == []


def test_what_watchdog_says_for_itself_is_not_shown() -> None:
    script = ("import logging, folderkit.watch.hints\n"
              "logging.getLogger('watchdog.observers.inotify').error('called when the thread is inactive')\n")
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


@linux
def test_what_is_taken_of_watchdog_s_inside_is_there(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / str(number) / "in").mkdir(parents=True)
    hints = Hints(tmp_path, lambda name, folder: False)
    hints.start()
    try:
        assert hints.watches == 7
        inside = [str(path) for path in tmp_path.rglob("*")]
        assert hints.watch_all([str(tmp_path), *inside]) == 0
        assert hints.watch_all([*inside, str(tmp_path.parent)]) == 1
        assert hints.watch_all([*inside, "/nowhere"]) == 0, "what is gone needs no watch"
        hints.again("a", 60)
        hints.again("b", 60)
        hints._note("b", 0)
        hints.again("b", 60)
        assert hints.wait(5) == ["b"], "what came meanwhile is not put off"
        hints._group().on_queue_overflow()
        assert hints.overflows == 1
        assert hints.wait(5) == [str(tmp_path)]
        assert hints.watches == 7
    finally:
        hints.stop()


@linux
def test_folders_without_permission_that_are_opened_later(run: Run, workspace: Path, project: Path) -> None:
    make_tree(project, {f"{name}/in/a.txt": name for name in ("shut", "closed", "hidden")})
    for name in ("shut", "closed", "hidden"):
        (project / name).chmod(0)
    command = [sys.executable, "-u", "-m", "folderkit", "watch"]
    if os.geteuid() == 0:  # whom no permission stops
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not here")
        command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *command]
    watch = Watch(workspace, command)
    try:
        watch.until_told("shut  (permission is denied)")
        told = state(run)
        assert (told["unwatched"], told["every"]) == (0, FULL_SCAN_SECONDS), "no limit is reached"
        (project / "shut").chmod(0o755)
        watch.until_told("shut/in/a.txt  v1")
        (project / "shut" / "in" / "b.txt").write_text("in a folder that is watched now")
        watch.until_told("shut/in/b.txt  v1")
        (project / "closed").rename(project / "renamed")
        (project / "renamed").chmod(0o755)
        watch.until_told("renamed/in/a.txt  v1")
        (project / "renamed" / "b.txt").write_text("so is this one")
        watch.until_told("renamed/b.txt  v1")
        assert watch.end() == 0
        assert "Warning" not in "\n".join(watch.lines)
    finally:
        if watch.process.poll() is None:
            watch.end(signal.SIGKILL)


@linux
def test_a_folder_that_is_not_watched_is_watched_when_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    hints = Hints(tmp_path, lambda name, folder: False)
    hints.start()
    try:
        group = hints._group()
        group._remove_callbacks([group._active_callbacks_by_path[os.fsencode(tmp_path / "in")]])
        assert hints.watches == 1
        assert hints.watch_all([str(tmp_path), str(tmp_path / "in")]) == 0
        assert hints.watches == 2
        assert hints.wait(5) == [str(tmp_path / "in")], "it is looked at once more"
        (tmp_path / "in" / "a.txt").write_text("a")
        assert any(str(tmp_path / "in" / "a.txt") in hints.wait(5) for _ in range(20))
    finally:
        hints.stop()


def test_a_hint_is_not_put_off_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.watch.hints.LATEST_SECONDS", 0.5)
    hints = Hints(tmp_path, lambda name, folder: False)
    ripe: list[str] = []
    for _ in range(600):  # events that come all the time
        hints._note("a", 60)
        if ripe := hints.wait(0.05):
            break
    assert ripe == ["a"]
    hints._note("a", 60)
    assert hints.wait(0.05) == [], "its time begins anew"


def test_new_nested_folders_filled_at_once(run: Run, project: Path, watch: Watch) -> None:
    make_tree(project / "new", {f"{number % 40}/{number % 7}/{number}.txt": str(number) for number in range(2000)})
    (project / "new" / "0").rename(project / "new" / "renamed")
    watch.until(lambda: sum("  new  " in line or "  moved  " in line for line in watch.lines) >= 2000)
    assert watch.end() == 0
    assert unseen(run) == []


# -- how it is doing -------------------------------------------------------------------------------
def test_status_while_it_runs_and_after(run: Run, workspace: Path, project: Path) -> None:
    told = state(run)
    assert told.pop("free_bytes") > 0
    assert told == {"running": False, "process": None, "started": None, "scanned": None, "seconds": None, "every": None,
                    "folders": None, "watches": None, "unwatched": None, "overflows": None, "frozen": [],
                    "waiting": [], "oldest_waiting": None, "incomplete": [], "parked": [], "not_here": []}
    assert "folderkit watch" in run("watch", "--status").out
    assert "没有运行" in run("status", lang="zh").out
    watch = Watch(workspace)
    with (project / "open.txt").open("w") as stream:
        stream.write("x")
        stream.flush()
        watch.until(lambda: bool(state(run)["waiting"]))
        told = state(run)
        (waiting,) = told["waiting"]
        assert waiting["path"] == str(project / "open.txt")
        assert waiting["reason"] == "a program has it open for writing"
        assert told["oldest_waiting"] == waiting["since"]
        assert told["running"]
        assert told["process"] == watch.process.pid
        assert told["unwatched"] == 0
        assert told["watches"] >= told["folders"] > 10
        assert "waits for 1 file" in run("status").out
        assert "open.txt" in run("watch", "--status").out
        assert "有程序正打开它写入" in run("watch", "--status", lang="zh").out
        assert watch.end(signal.SIGKILL) != 0
        again = Watch(workspace)  # goes on waiting, since then
        assert [one["since"] for one in state(run)["waiting"]] == [waiting["since"]]
    again.until_told("open.txt  v1")
    again.until(lambda: state(run)["waiting"] == [])
    assert again.end() == 0
    assert not state(run)["running"]


@pytest.mark.parametrize("end", ["back", "scan", "project"])
def test_deletions_are_frozen_until_the_files_are_back_or_a_scan_took_them(run: Run, project: Path, watch: Watch,
                                                                           tmp_path: Path, end: str) -> None:
    (tmp_path / "aside").mkdir()
    make_tree(tmp_path / "aside", {f"{number}.txt": str(number) for number in range(80)})
    (tmp_path / "aside").rename(project / "share")
    watch.until_told("share/79.txt  v1")
    watch.until(lambda: not state(run)["waiting"])
    (project / "share").rename(tmp_path / "aside")
    watch.until(lambda: state(run)["frozen"] == [project.name])
    scanned = state(run)["scanned"]
    if end == "back":
        (tmp_path / "aside").rename(project / "share")
    elif end == "scan":
        assert run("scan").code == 0
    else:
        project.rename(project.with_name("Renamed"))
    watch.until(lambda: state(run)["frozen"] == (["Renamed"] if end == "project" else []))
    assert state(run)["scanned"] == scanned or end == "project", "no scan of everything was needed"
    assert watch.end() == 0


SEVEN = {"the last scan": "scanned", "the oldest pending": "oldest_waiting", "overflows": "overflows",
         "watches": "watches", "folders": "folders", "suspects": "incomplete", "parked": "parked",
         "the free disk": "free_bytes"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_tells_every_key(run: Run, workspace: Path, language: Language) -> None:
    keys = state(run).keys()
    assert set(SEVEN.values()) <= keys
    (row,) = [line for line in pages(language)["commands"].read_text(encoding="utf-8").splitlines()
              if "`running`" in line]
    assert not [key for key in keys if f"`{key}`" not in row]


def test_a_trouble_is_told_once_until_a_scan_of_everything_is_without_it(
        workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    telling = _Telling(App(click.Context(click.Command("watch"))), open_workspace(workspace, {}), None)
    trouble = ("A", Text("40 files are missing", "40 个文件不见了"))

    def told(result: Scan) -> int:
        telling.tell(result)
        return capsys.readouterr().err.count("40 files")

    assert told(Scan(troubles=[trouble], whole=True)) == 1
    assert told(Scan()) == 0, "a scan of another project"
    assert told(Scan(troubles=[trouble])) == 0
    assert told(Scan(whole=True)) == 0
    assert told(Scan(troubles=[trouble])) == 1, "it has come back"


def test_it_is_seen_to_run_before_its_first_scan_has_ended(run: Run, workspace: Path, project: Path) -> None:
    (project / "film.bin").write_bytes(b"x" * 300_000_000)
    watch = subprocess.Popen([sys.executable, "-m", "folderkit", "watch"], cwd=workspace, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        while not (told := state(run)).get("process"):
            assert watch.poll() is None
        assert told["process"] == watch.pid
        assert told["running"]
    finally:
        watch.kill()
        watch.wait()


def test_json_without_status_is_refused(run: Run, workspace: Path) -> None:
    ran = run("watch", "--json")
    assert ran.code == 2
    assert "--status" in ran.err


def test_what_is_not_complete_is_named(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.watch.settling.BROKEN_SECONDS", 0.0)
    (project / "half.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 5000)
    assert run("scan").code == 0
    assert state(run)["incomplete"] == [f"{project.name}/half.pdf"]
    assert "half.pdf" in run("watch", "--status").out
    assert "not complete" in run("history", str(project / "half.pdf")).out
    (project / "half.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 5000 + b"%%EOF\n")
    assert run("scan").code == 0
    assert state(run)["incomplete"] == []


def test_doctor_names_conflict_copies_and_what_is_not_complete(run: Run, project: Path,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.watch.settling.BROKEN_SECONDS", 0.0)
    (project / "half.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 5000)
    (project / "offer.sync-conflict-20260301-101112-ABCDEFG.txt").write_text("two")
    assert "(a conflict copy of offer.txt)" in run("scan").out
    ran = run("doctor")
    assert ran.code == 4
    assert "A sync program made this conflict copy of offer.txt." in ran.out
    assert "half.pdf: Its end is missing" in ran.out
    assert "offer.txt 的冲突副本" in run("doctor", lang="zh").out


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": 1}', '{"waiting": [1]}', '{"waiting": [], "x": 1}'])
def test_a_status_file_that_is_broken_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / HEALTH_FILE).write_text(text)
    assert read_health(tmp_path / HEALTH_FILE) is None


def test_a_status_file_comes_back_as_it_was(tmp_path: Path) -> None:
    health = Health(1, 2.0, 3.0, 0.5, 600.0, 7, 8, 9, 10, ("项目",), (Waiting("/a", 1.0, 2, ("why", "原因")),))
    write_health(tmp_path / HEALTH_FILE, health)
    assert read_health(tmp_path / HEALTH_FILE) == health
    assert [path.name for path in tmp_path.iterdir()] == [HEALTH_FILE]


def test_patience_takes_up_what_was_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    patience = Patience([Waiting(path, 5.0, 9, ("old", "旧"))], clock=lambda: 7.0, now=lambda: 50.0)
    assert patience.put_off(path, Text("why", "原因")) == 45
    assert patience.waiting() == (Waiting(path, 5.0, 1, ("why", "原因")),)
    patience.settle(str(tmp_path), ())
    assert patience.waiting() == ()
