"""Files on a network share: known by the table of mounts, polled, and whole when they look the same twice.

No share is mounted here: the table that the system would show is a file of the test's."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from pathlib import Path

import pytest

from folderkit.core import workspace as workspace_
from folderkit.core.workspace import open_workspace, remote_places
from folderkit.operations.reconcile import scan
from folderkit.service import FULL_SCAN_SECONDS, POLL_SECONDS, watch
from folderkit.store import Store
from folderkit.vault import MEMORY_BYTES
from folderkit.watch import Patience
from folderkit.watch.health import watch_status
from tests.trees import make_tree

LONG = MEMORY_BYTES + 1  # a file that is not read at once
FACTS = "project: {{name: {0}, code: {0}}}\nfolderkit: {{id: {1}}}\n"


@pytest.fixture
def own(workspace: Path) -> Path:
    """A small project's folder."""
    make_tree(workspace / "A", {"project.yaml": FACTS.format("A", "0123456789ab")})
    return workspace / "A"


def mount(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *places: Path) -> None:
    """Have the system say that a share is mounted at the places."""
    escaped = [str(place).replace("\\", "\\134").replace(" ", "\\040") for place in places]
    (tmp_path / "mounts").write_text("/dev/sda1 / ext4 rw 0 0\n" + "".join(
        f"//server/share {place} cifs rw 0 0\n" for place in escaped))
    monkeypatch.setattr(workspace_, "MOUNTS", tmp_path / "mounts")


@pytest.mark.parametrize(("root", "places"), [
    ("/mnt/big disk/work", ("/mnt/big disk/work",)), ("/home/a/w", ("/home/a/w/A", "/home/a/w/B/in\\out")),
    ("/home/a", ("/home/a/w/A", "/home/a/w/B/in\\out")), ("/home/b", ())])
def test_what_of_a_folder_is_on_a_share(root: str, places: tuple[str, ...]) -> None:
    mounts = ("/dev/sda1 / ext4 rw 0 0\n//s/s /mnt/big\\040disk cifs rw 0 0\ns:/e /home/a/w/A nfs4 rw 0 0\n"
              "s:/e /home/a/w/B/in\\134out nfs4 rw 0 0\n/dev/sdb1 /home/a/w/C ext4 rw 0 0\n")
    assert remote_places(Path(root), mounts) == places


@pytest.mark.parametrize(("place", "every"), [("A", POLL_SECONDS), ("A/in", POLL_SECONDS),
                                              ("../other", FULL_SCAN_SECONDS)])
def test_a_share_that_is_mounted_in_the_workspace_is_polled(
        own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, every: float) -> None:
    mount(monkeypatch, tmp_path, (own.parent / place).resolve())
    stop = threading.Event()
    opened = open_workspace(own.parent, {})
    watch(opened, lambda: dt.datetime.now(dt.UTC), stop, lambda result: None, stop.set)
    health = watch_status(opened.state)[1]
    assert health is not None
    assert health.every == every


# -- waiting ---------------------------------------------------------------------------------------
class Looks:
    """Scans of a watch whose clock only the test moves on; what they kept."""

    def __init__(self, project: Path) -> None:
        self.project, self.seconds = project, 0.0
        self.patience = Patience(clock=lambda: self.seconds)

    def look(self, seconds: float = 0.0) -> dict[str, str]:
        self.seconds += seconds
        with Store(open_workspace(self.project.parent, {}), lambda: dt.datetime.now(dt.UTC)) as store:
            found = scan(store, patience=self.patience)
        return {change.path: change.kind for change in found.changes
                if change.path != "project.yaml" and change.kind != "busy"}


@pytest.fixture
def looks(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Looks:
    """A watch of the project, which lies on a share."""
    mount(monkeypatch, tmp_path, own)
    return Looks(own)


def waited_for(looks: Looks) -> list[str]:
    return [Path(one.path).name for one in looks.patience.waiting()]


def test_a_share_whose_clock_is_ahead_is_waited_for_once(own: Path, looks: Looks,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    (own / "a.txt").write_text("one")
    os.utime(own / "a.txt", (10**9, 10**9))  # whole seconds, as some shares have
    ahead = (own / "a.txt").stat().st_ctime_ns - 8 * 10**9
    found = []
    for seconds in (0, 10):
        monkeypatch.setattr(time, "time_ns", lambda seconds=seconds: ahead + seconds * 10**9)
        found.append(looks.look(seconds))
    assert found == [{}, {"a.txt": "new"}], "it looked the same twice"


def test_what_is_nothing_new_is_not_waited_for(own: Path, looks: Looks) -> None:
    (own / "a.txt").write_text("one")
    assert looks.look() == {}
    assert looks.look(10) == {"a.txt": "new"}
    os.utime(own / "a.txt", (1, 1))
    assert looks.look(10) == {}
    assert waited_for(looks) == []


@pytest.mark.parametrize("size", [1000, LONG], ids=["short", "long"])
def test_a_file_that_is_waited_for_is_read_when_it_has_come(own: Path, looks: Looks, size: int) -> None:
    looks.look()
    looks.look(10)
    vault = own.parent / ".folderkit" / "vault"
    before = sum(path.stat().st_size for path in vault.rglob("*"))
    for part in range(4):
        (own / "a.bin").write_bytes(os.urandom(size + part))
        assert looks.look(10) == {}
        assert looks.look(9) == {}
        assert waited_for(looks) == ["a.bin"]
    assert sum(path.stat().st_size for path in vault.rglob("*")) - before < LONG
    assert looks.look(1) == {"a.bin": "new"}
    (own / "a.bin").write_bytes(os.urandom(size))
    assert looks.look() == {}
    assert looks.look(10) == {"a.bin": "changed"}


def test_what_went_while_it_was_waited_for_begins_anew(own: Path, looks: Looks) -> None:
    (own / "a.txt").write_text("one")
    looks.look()
    (own / "a.txt").rename(own.parent / "aside.txt")
    looks.look(5)
    (own.parent / "aside.txt").rename(own / "a.txt")
    assert looks.look(5) == {}
    assert looks.look(10) == {"a.txt": "new"}
