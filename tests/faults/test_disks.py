"""Real disks that are full, out of inodes, read-only or closed to the user."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.power import gone_on, mounted, new_image, stopped, unable
from tests.faults.sweep import environment, state_faults, tree_of

Mount = Callable[..., Path]
SMALL = ("--skeleton", "consulting-engagement")
FILL = ("fill", "meeting-notes", "--quick", "--set", "meeting.title=Start", "--set", "meeting.date=2026-03-01", "--set",
        "meeting.time=14:00", "--set", "meeting.attendees=Li")


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mount a tmpfs at a name below the test's folder: ``mount("disk", "size=4m")``."""
    mounted: list[Path] = []

    def mount_(name: str, options: str) -> Path:
        place = tmp_path / name
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(place)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    yield mount_
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=False)


def run(*arguments: str, cwd: Path, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*before, sys.executable, "-m", "folderkit", *arguments], cwd=cwd,
                          env={**environment(cwd.parent), "XDG_CACHE_HOME": str(cwd.parent.parent / "cache")},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)


def done(*arguments: str, cwd: Path) -> None:
    result = run(*arguments, cwd=cwd)
    assert result.returncode == 0, result.stdout + result.stderr


def clear_error(result: subprocess.CompletedProcess[str], *codes: int) -> None:
    assert result.returncode in (codes or (1,)), (result.returncode, result.stderr)
    assert "Traceback" not in result.stderr
    assert "Error: " in result.stderr
    assert len(result.stderr.strip().splitlines()) >= 2, result.stderr  # a hint


def workspace_on(root: Path, vault: Path | None = None) -> Path:
    root.mkdir()
    done("init", ".", cwd=root)
    if vault is not None:
        with (root / "folderkit.yaml").open("a") as stream:
            stream.write(f"vault: '{vault}'\n")
    done("new", "Site", "--client", "Acme", "--code", "S1", *SMALL, cwd=root)
    folder = next(root.glob("*/project.yaml")).parent
    (folder / "note.txt").write_text("one")
    done("scan", cwd=root)
    (folder / "note.txt").write_text("two")
    done("scan", cwd=root)
    return folder


@contextlib.contextmanager
def filled(disk: Path, leave: int = 0) -> Iterator[None]:
    """Fill a disk up to `leave` bytes, and give the room back in the end."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    with ballast.open("wb") as stream, contextlib.suppress(OSError):
        stream.write(bytes(max(0, free - leave)))
    yield
    ballast.unlink()


@pytest.mark.parametrize("leave", [0, 40 << 10, 120 << 10])
@pytest.mark.parametrize("command", [("new", "Other", "--client", "B", *SMALL), ("scan",), FILL,
                                     ("restore", "note.txt", "--version", "1")], ids=lambda command: command[0])
def test_a_full_disk(mount: Mount, command: tuple[str, ...], leave: int) -> None:
    disk = mount("disk", "size=16m")
    project = workspace_on(disk / "work")
    (project / "note.txt").write_text("three, never scanned")
    if command == ("scan",):
        (project / "big.bin").write_bytes(random.Random(1).randbytes(1 << 20))
    before = tree_of(disk / "work")
    with filled(disk, leave):
        result = run(*command, cwd=project)
        if result.returncode:
            clear_error(result)
            assert tree_of(disk / "work") == before
        else:
            assert leave
    done("scan", cwd=project)
    if result.returncode:
        done(*command, cwd=project)
        done("scan", cwd=project)
    assert state_faults(disk / "work") == []


@pytest.mark.parametrize("command", [("new", "Other", "--client", "B", *SMALL), ("scan",), FILL,
                                     ("restore", "note.txt", "--version", "1")], ids=lambda command: command[0])
def test_a_full_disk_of_the_vault_alone(mount: Mount, tmp_path: Path, command: tuple[str, ...]) -> None:
    disk = mount("disk", "size=3m")
    project = workspace_on(tmp_path / "work", disk / "vault")
    (project / "note.txt").write_bytes(random.Random(2).randbytes(300_000))
    (project / "big.bin").write_bytes(random.Random(1).randbytes(1 << 20))
    before = tree_of(tmp_path / "work")
    with filled(disk):
        clear_error(run(*command, cwd=project))
        assert tree_of(tmp_path / "work") == before
        assert run("history", "note.txt", cwd=project).returncode == 0
    done(*command, cwd=project)
    done("scan", cwd=project)
    assert state_faults(tmp_path / "work") == []


@pytest.mark.parametrize("left", [0, 10])
def test_no_inodes_left(mount: Mount, left: int) -> None:
    disk = mount("disk", "size=32m,nr_inodes=400")
    project = workspace_on(disk / "work")
    before = tree_of(disk / "work")
    (disk / "many").mkdir()
    with contextlib.suppress(OSError):
        for number in range(1000):
            (disk / "many" / str(number)).touch()
    for number in range(left):
        (disk / "many" / str(number)).unlink()
    clear_error(run("new", "Other", "--client", "B", *SMALL, cwd=project))
    assert tree_of(disk / "work") == before
    shutil.rmtree(disk / "many")
    done("new", "Other", "--client", "B", *SMALL, cwd=project)
    assert state_faults(disk / "work") == []


def test_a_disk_that_became_read_only(mount: Mount) -> None:
    disk = mount("disk", "size=32m")
    project = workspace_on(disk / "work")
    (project / "note.txt").write_text("three")
    before = tree_of(disk / "work")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for command in (("new", "Other", "--client", "B", *SMALL), ("scan",), FILL,
                    ("restore", "note.txt", "--version", "1"), ("init", "elsewhere")):
        clear_error(run(*command, cwd=disk / "work" if command[0] == "init" else project), 1, 3)
    assert tree_of(disk / "work") == before
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    done("scan", cwd=project)
    assert state_faults(disk / "work") == []


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root and setpriv")
@pytest.mark.parametrize("closed", ["all", "state", "project", "root"])
def test_folders_closed_to_the_user(closed: str) -> None:
    """As nobody: whose folders belong to root and may be read, not written to."""
    import tempfile

    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        root = Path(scratch) / "work"
        project = workspace_on(root)
        (project / "note.txt").write_text("three")
        subprocess.run(["chown", "-R", "65534:65534", str(root)], check=True)
        shut = {"all": root, "state": root / ".folderkit", "project": project, "root": root}[closed]
        subprocess.run(["chown", *(["-R"] if closed in ("all", "state") else []), "root:root", str(shut)], check=True)
        subprocess.run(["chmod", *(["-R"] if closed in ("all", "state") else []), "a+rX", str(shut)], check=True)
        before = tree_of(root)
        tried = run("new", "Other", "--client", "B", *SMALL, cwd=root, before=nobody)
        if "No module" in tried.stderr or "can't open file" in tried.stderr:
            pytest.skip("nobody may not run this Python")
        if closed == "project":
            assert tried.returncode == 0, tried.stderr
            clear_error(run("restore", str(project / "note.txt"), "--version", "1", cwd=root, before=nobody))
        else:
            clear_error(tried)
            assert tree_of(root) == before


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root and setpriv")
def test_a_project_closed_to_the_user_stops_no_other() -> None:
    import tempfile

    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        root = Path(scratch) / "work"
        project = workspace_on(root)
        done("new", "Other", "--client", "B", "--code", "S2", *SMALL, cwd=root)
        other = next(path.parent for path in root.glob("*/project.yaml") if path.parent != project)
        subprocess.run(["chown", "-R", "65534:65534", str(root)], check=True)
        (project / "notes").mkdir(mode=0o700)
        (project / "notes" / "kept.txt").write_text("kept")
        os.chown(project / "notes" / "kept.txt", 65534, 65534)
        os.chown(project / "notes", 65534, 65534)
        tried = run("scan", "--quick", cwd=root, before=nobody)
        if "No module" in tried.stderr or "can't open file" in tried.stderr:
            pytest.skip("nobody may not run this Python")
        assert tried.returncode == 0, tried.stderr
        (project / "notes").chmod(0)
        inside = run("scan", "--quick", "--json", cwd=root, before=nobody)
        assert "deleted" not in inside.stdout
        (project / "notes").chmod(0o700)
        project.chmod(0)
        (other / "new.txt").write_text("new")
        closed = run("scan", "--quick", cwd=root, before=nobody)
        assert closed.returncode == 1
        assert "permission is denied" in closed.stderr
        assert "new.txt" in closed.stdout
        lost = run("show", "S1", cwd=root, before=nobody)
        assert (lost.returncode, "permission is denied" in lost.stderr) == (3, True), lost.stderr
        for command in ("list", "show"):
            listed = run(command, *(["S2"] if command == "show" else []), cwd=root, before=nobody)
            assert listed.returncode == 0, listed.stderr
            assert "Other" in listed.stdout
        project.chmod(0o755)
        (root / "sub").mkdir()
        project.rename(root / "sub" / project.name)
        done("scan", cwd=root)
        subprocess.run(["chown", "-R", "65534:65534", str(root)], check=True)
        (root / "sub").chmod(0)
        above = run("scan", "--quick", cwd=root, before=nobody)
        assert (above.returncode, "permission is denied" in above.stderr) == (1, True), above.stderr
        (root / "sub").chmod(0o755)
        again = run("scan", "--quick", "--json", cwd=root, before=nobody)
        assert (again.returncode, again.stdout.strip()) == (0, "[]"), again.stdout


@pytest.mark.parametrize("command", [("init", "w"), ("tour", "w")])
def test_a_full_disk_is_left_without_an_empty_folder(mount: Mount, command: tuple[str, ...]) -> None:
    disk = mount("disk", "size=1m")
    with filled(disk):
        clear_error(run(*command, cwd=disk))
        assert not (disk / "w").exists()


# -- the disk of a backup --------------------------------------------------------------------------
def backup_of(project: Path, disk: Path) -> Path:
    """A first backup on the disk, and more in the workspace than that."""
    done("backup", "run", "--to", str(disk), cwd=project)
    (project / "big.bin").write_bytes(random.Random(1).randbytes(1 << 20))
    done("scan", cwd=project)
    return next(disk.glob("*/backup.json")).parent


@pytest.mark.parametrize("leave", [0, 40 << 10, 1 << 20])
def test_a_full_disk_of_the_backup(mount: Mount, tmp_path: Path, leave: int) -> None:
    disk = mount("disk", "size=4m")
    project = workspace_on(tmp_path / "work")
    place = backup_of(project, disk)
    before = tree_of(place)
    with filled(disk, leave):
        clear_error(run("backup", "run", "--to", str(disk), cwd=project))
        done("backup", "verify", "--from", str(disk), cwd=tmp_path)
        assert {path: data for path, data in tree_of(place).items() if path.endswith((".json", ".yaml"))} == {
            path: data for path, data in before.items() if path.endswith((".json", ".yaml"))}
        assert not list(place.rglob(".~*"))
    done("backup", "run", "--to", str(disk), cwd=project)
    done("backup", "verify", "--from", str(disk), cwd=tmp_path)
    done("backup", "restore", str(disk), "again", cwd=tmp_path)
    assert tree_of(tmp_path / "again") == tree_of(tmp_path / "work")


def test_a_backup_that_became_read_only_or_vanished(mount: Mount, tmp_path: Path) -> None:
    disk = mount("disk", "size=8m")
    project = workspace_on(tmp_path / "work")
    backup_of(project, disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    clear_error(run("backup", "run", "--to", str(disk), cwd=project))
    done("backup", "verify", "--from", str(disk), cwd=tmp_path)
    done("backup", "restore", str(disk), "again", cwd=tmp_path)
    assert "same disk" not in run("backup", "run", "--to", str(disk), "--dry-run", cwd=project).stderr
    subprocess.run(["umount", "-l", str(disk)], check=True)
    clear_error(run("backup", "run", "--to", str(disk), cwd=project), 3)
    assert not list(disk.iterdir())
    assert state_faults(tmp_path / "work") == []


def test_restoring_to_a_full_disk(mount: Mount, tmp_path: Path) -> None:
    disk = mount("disk", "size=4m")
    (tmp_path / "backup").mkdir()
    project = workspace_on(tmp_path / "work")
    backup_of(project, tmp_path / "backup")
    done("backup", "run", "--to", str(tmp_path / "backup"), cwd=project)
    with filled(disk, 1 << 20):
        clear_error(run("backup", "restore", str(tmp_path / "backup"), str(disk / "again"), cwd=tmp_path))
        assert not (disk / "again" / "folderkit.yaml").exists()
    done("backup", "restore", str(tmp_path / "backup"), str(disk / "again"), cwd=tmp_path)
    assert tree_of(disk / "again") == tree_of(tmp_path / "work")
    done("scan", cwd=disk / "again")
    assert state_faults(disk / "again") == []


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root and setpriv")
@pytest.mark.parametrize("mode", ["a+rX,go-w", "go-rwx"])
def test_a_backup_closed_to_the_user(mode: str) -> None:
    import tempfile

    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        project = workspace_on(Path(scratch) / "work")
        (Path(scratch) / "disk").mkdir()
        place = backup_of(project, Path(scratch) / "disk")
        before = tree_of(place)
        subprocess.run(["chown", "-R", "65534:65534", str(Path(scratch) / "work")], check=True)
        subprocess.run(["chmod", "-R", mode, str(place.parent)], check=True)
        tried = run("backup", "run", "--to", str(place.parent), cwd=project, before=nobody)
        if "No module" in tried.stderr or "can't open file" in tried.stderr:
            pytest.skip("nobody may not run this Python")
        clear_error(tried, 1, 3)
        assert tree_of(place) == before


# -- the disk of the vault -------------------------------------------------------------------------
def test_a_vault_that_became_read_only(mount: Mount, tmp_path: Path) -> None:
    disk = mount("disk", "size=16m")
    project = workspace_on(tmp_path / "work", disk / "vault")
    (project / "note.txt").write_text("three")
    before = tree_of(tmp_path / "work")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for command in (("new", "Other", "--client", "B", *SMALL), ("scan",), FILL, ("prune", "--yes"),
                    ("restore", "note.txt", "--version", "1")):
        clear_error(run(*command, cwd=project))
        assert tree_of(tmp_path / "work") == before, command
    for command in (("history", "note.txt"), ("find", "two"), ("log",), ("status",), ("verify", "--read"), ("doctor",),
                    ("restore", "note.txt", "--version", "1", "--to", str(tmp_path / "out.txt"))):
        result = run(*command, cwd=project)
        assert result.returncode in (0, 4), (command, result.stderr)
    assert (tmp_path / "out.txt").read_text() == "one"
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    done("scan", cwd=project)
    assert state_faults(tmp_path / "work") == []


@pytest.mark.skipif(bool(unable()), reason=unable() or "-")
@pytest.mark.parametrize("call", ["writev:1", "pwrite64:2", "pwrite64:9", "fdatasync:1"])
def test_a_vault_whose_disk_vanishes_in_the_middle(tmp_path: Path, call: str) -> None:
    """The image file behind the vault's disk is emptied while a scan writes; then the disk is plugged in again."""
    image = new_image(tmp_path / "image")
    work, place = tmp_path / "work", tmp_path / "disk"
    with mounted(image, place) as disk:
        project = workspace_on(work, disk / "vault")
        for number in range(40):
            (project / f"big {number}.bin").write_bytes(random.Random(number).randbytes(1 << 20))
        before = tree_of(work)
        process = stopped(("scan",), call, project, tmp_path / "log")
        shutil.copyfile(image, tmp_path / "plugged in again")
        os.truncate(image, 0)
        Path("/proc/sys/vm/drop_caches").write_text("3")
        gone_on(process)
        assert process.stderr is not None
        told = process.stderr.read().decode()
        if process.wait() == 0:
            assert call == "fdatasync:1", told
        else:
            clear_error(subprocess.CompletedProcess((), process.returncode, "", told), 1, 3)
        clear_error(run("scan", cwd=project), 1, 3)
        assert tree_of(work) == before
    clear_error(run("scan", cwd=project), 3)
    assert not list(place.iterdir()), "no other vault is begun"
    with mounted(tmp_path / "plugged in again", place):
        done("scan", cwd=project)
        done("verify", "--read", cwd=project)
        assert state_faults(work) == []
