"""Files on a network share: known by the table of mounts, polled, and whole when they look the same twice.

No share is mounted here: the table that the system would show is a file of the test's."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest

from folderkit.core import workspace as workspace_
from folderkit.core.workspace import open_workspace, remote_places
from folderkit.service import FULL_SCAN_SECONDS, POLL_SECONDS, watch
from folderkit.watch.health import watch_status
from tests.trees import make_tree

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
