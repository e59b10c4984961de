"""The watch as a real process: what is dropped is found, it ends when told, and a kill does no harm."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.conftest import Run, folderkit
from tests.trees import read_tree

SECONDS = 60.0  # the longest that anything may take on a busy machine


class Watch:
    """A running watch, and what it has printed; what it is waited for may take so many `seconds`."""

    def __init__(self, workspace: Path, command: Sequence[str] = (sys.executable, "-u", "-m", "folderkit", "watch"),
                 seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self.process = subprocess.Popen(command, cwd=workspace, text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.until(lambda: any("Watching" in line for line in self.lines))
        except AssertionError:
            self.process.kill()
            raise

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._seconds
        while not holds():
            assert time.monotonic() < deadline, self.lines
            assert self.process.poll() is None or holds(), self.lines
            time.sleep(0.05)

    def until_told(self, text: str) -> None:
        self.until(lambda: any(text in line for line in self.lines))

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(self._seconds)
        self._reader.join(self._seconds)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def drop(path: Path, text: str) -> None:
    """Let a file appear whole: a scan that happens to come between open and write would keep it empty as well."""
    beside = path.parents[2] / path.name
    beside.write_text(text)
    beside.rename(path)


def history(run: Run, path: Path) -> list[str]:
    ran = run("history", str(path), "--json")
    return [version["why"] for version in json.loads(ran.out)] if ran.code == 0 else []


def test_what_is_dropped_is_versioned_and_found_until_it_ends(run: Run, project: Path, watch: Watch) -> None:
    path = project / "00_Inbox" / "note.txt"
    path.write_text("alpha 违约金")
    watch.until_told("note.txt  v1")
    assert run("find", "违约").code == 0
    path.write_text("beta penalty")
    watch.until_told("note.txt  v2")
    assert run("find", "penalty").code == 0
    path.rename(project / "moved.txt")
    watch.until_told("← 00_Inbox/note.txt")
    (project / "moved.txt").unlink()
    watch.until_told("gone  ")
    (project / "~$lock.docx").write_text("x")
    assert watch.end() == 0
    assert history(run, project / "moved.txt") == ["watch", "watch"]
    assert "Traceback" not in "\n".join(watch.lines)
    assert not any("lock.docx" in line for line in watch.lines)


def test_a_new_folder_a_new_project_and_a_renamed_one(run: Run, workspace: Path, project: Path, watch: Watch,
                                                      tmp_path: Path) -> None:
    made = tmp_path / "made" / "in"
    made.mkdir(parents=True)
    (made / "a.txt").write_text("in a folder that is moved in as a whole")
    (tmp_path / "made").rename(project / "made")
    watch.until_told("made/in/a.txt  v1")
    (project / "made" / "in" / "b.txt").write_text("in a folder that the watch has only just seen")
    watch.until_told("made/in/b.txt  v1")
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    (second / "c.txt").write_text("c")
    watch.until_told("c.txt  v1")
    renamed = second.rename(workspace / "Renamed")
    (renamed / "d.txt").write_text("d")
    watch.until_told("Renamed/d.txt  v1")
    assert watch.end(signal.SIGINT) == 0


def test_a_file_moved_to_another_project(run: Run, workspace: Path, project: Path, watch: Watch) -> None:
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    drop(project / "a.txt", "a")
    watch.until_told("a.txt  v1")
    (project / "a.txt").rename(second / "a.txt")
    watch.until_told(f"{second.name}/a.txt  ← {project.name}/a.txt")
    (second / "a.txt").rename(project / "a.txt")
    watch.until_told(f"{project.name}/a.txt  ← {second.name}/a.txt")
    assert watch.end() == 0
    assert history(run, project / "a.txt") == ["watch"]
    assert not any(line.partition("  ")[2].startswith("gone") for line in watch.lines)


def test_a_burst_of_files(run: Run, project: Path, watch: Watch) -> None:
    for number in range(300):
        (project / "00_Inbox" / f"{number:03}.txt").write_text(f"content {number}")
    watch.until(lambda: sum("new  " in line for line in watch.lines) >= 300)
    assert watch.end() == 0
    assert sum("new  " in line for line in watch.lines) == 300
    assert json.loads(run("scan", "--json").out) == []


def test_a_second_watch_is_refused_and_so_is_a_rebuild(run: Run, workspace: Path, watch: Watch) -> None:
    for command in ("watch", "rebuild"):
        ran = subprocess.run([sys.executable, "-m", "folderkit", command], cwd=workspace, capture_output=True,
                             text=True, timeout=SECONDS, check=False)
        assert ran.returncode == 3
        assert "already" in ran.stderr
    assert run("scan").code == 0, "other commands work beside it"
    assert watch.end() == 0


def test_killed_at_work_it_starts_again_and_nothing_is_missing(run: Run, workspace: Path, project: Path,
                                                               watch: Watch) -> None:
    for number in range(40):
        drop(project / f"{number:03}.txt", f"content {number} " * 100)
    watch.until_told("v1")
    watch.end(signal.SIGKILL)
    for number in range(40, 60):
        drop(project / f"{number:03}.txt", f"content {number}")
    again = Watch(workspace)
    drop(project / "last.txt", "last")
    again.until_told("last.txt")
    assert again.end() == 0
    assert json.loads(run("scan", "--json").out) == []
    for number in range(60):
        assert history(run, project / f"{number:03}.txt") == ["watch"]


def test_commands_beside_a_watch_record_everything_once(run: Run, project: Path, watch: Watch) -> None:
    for number in range(5):
        drop(project / f"{number}.txt", f"content {number}")
        assert run("scan").code == 0
        assert run("fill", "meeting-notes", "-p", "Site", "--set", f"meeting.title=T{number}", "--set",
                   "meeting.time=1", "--set", "meeting.attendees=A", "--quick").code == 0
        to = str(project / f"r{number}.txt")
        assert run("restore", str(project / "0.txt"), "--version", "1", "--to", to).code == 0
    drop(project / "end.txt", "end")
    watch.until_told("end.txt")
    assert watch.end() == 0
    entries = json.loads(run("log", "--json", "--limit", "9999").out)
    kept = [entry["path"] for entry in entries if entry["op"] == "version.kept" and entry["why"] != "new"]
    assert len(kept) == len(set(kept)) == 5 + 5 + 5 + 1, (kept, watch.lines)
    assert not [entry for entry in entries if entry["op"] == "file.deleted"]


def test_what_stays_as_it_is_is_told_once(project: Path, watch: Watch) -> None:
    (project / "link").symlink_to("nowhere")
    (project / "a.txt").write_text("a")
    watch.until_told("a.txt  v1")
    (project / "b.txt").write_text("b")
    watch.until_told("b.txt  v1")
    assert watch.end() == 0
    assert sum("link" in line for line in watch.lines) == 1


def test_a_project_that_is_deleted_does_not_end_it(workspace: Path, project: Path, watch: Watch) -> None:
    shutil.rmtree(project)
    watch.until_told("gone")
    (workspace / "x").mkdir()
    assert watch.process.poll() is None
    assert watch.end() == 0


def delete(folder: Path) -> None:
    """Delete a folder into which a watch may be writing."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def test_private_state_that_is_deleted_is_told_and_begun_afresh(run: Run, workspace: Path, project: Path,
                                                               watch: Watch) -> None:
    path = project / "a.txt"
    drop(path, "one")
    watch.until_told("a.txt  v1")
    before = read_tree(workspace)
    delete(workspace / ".folderkit")
    watch.until_told("deleted or moved away, and with it the versions kept so far")
    watch.until(lambda: sum("a.txt  v1" in line for line in watch.lines) == 2)
    assert read_tree(workspace) == before
    assert folderkit("watch", cwd=workspace).returncode == 3, "it holds the place of the one watch again"
    path.write_text("two!")
    watch.until_told("a.txt  v2")
    assert run("restore", str(path), "--version", "1").code == 0
    assert path.read_text() == "one"
    assert run("find", "Acme").code == 0
    delete(workspace / ".folderkit")
    watch.until(lambda: sum("deleted or moved away" in line for line in watch.lines) == 2)
    watch.until(lambda: sum("a.txt  v1" in line for line in watch.lines) == 3)
    assert watch.end() == 0
    if os.name == "posix":
        assert (workspace / ".folderkit").stat().st_mode & 0o77 == 0
    assert "Traceback" not in "\n".join(watch.lines)
    assert json.loads(run("scan", "--json").out) == []


def test_versions_on_another_disk_outlive_the_private_state(run: Run, workspace: Path, project: Path,
                                                            tmp_path: Path) -> None:
    shutil.move(workspace / ".folderkit" / "vault", tmp_path / "vault")
    with (workspace / "folderkit.yaml").open("a") as stream:
        stream.write(f"vault: {tmp_path / 'vault'}\n")
    watch = Watch(workspace)
    drop(project / "a.txt", "one")
    watch.until_told("a.txt  v1")
    shutil.rmtree(workspace / ".folderkit")
    watch.until_told("made again from the vault")
    drop(project / "b.txt", "b")
    watch.until_told("b.txt  v1")
    assert watch.end() == 0
    assert history(run, project / "a.txt") == ["watch"]
    assert history(run, project / "project.yaml") == ["new"]


def test_a_workspace_that_is_moved_away_ends_it(workspace: Path, project: Path, watch: Watch) -> None:
    workspace.rename(workspace.with_name("moved"))
    assert watch.process.wait(SECONDS) == 3
    watch.until_told("is gone")
    assert not workspace.exists()


def test_a_file_that_is_written_to_for_long_is_kept_when_it_rests(run: Run, project: Path, watch: Watch) -> None:
    path = project / "growing.bin"
    with path.open("wb") as stream:
        for _ in range(8):
            stream.write(os.urandom(100_000))
            stream.flush()
            time.sleep(0.1)
    watch.until(lambda: bool(history(run, path)))
    assert watch.end() == 0
    assert run("scan").code == 0
    assert json.loads(run("history", str(path), "--json").out)[-1]["size"] == 800_000
