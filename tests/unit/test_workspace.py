"""Where a workspace is, where its private state lies, and which folders in it are projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from folderkit.core.errors import FolderkitError, Refused
from folderkit.core.workspace import create_workspace, find_root, is_shared, open_workspace, state_folder
from tests.trees import make_tree, read_tree


def test_it_is_found_from_below(tmp_path: Path) -> None:
    make_tree(tmp_path, {"w/folderkit.yaml": "id: a", "w/p/q": None})
    for place in ("w", "w/p", "w/p/q"):
        assert find_root(tmp_path / place) == tmp_path / "w"
    assert find_root(tmp_path) is None
    with pytest.raises(Refused):
        open_workspace(tmp_path, {})


def test_none_is_made_inside_another(tmp_path: Path) -> None:
    create_workspace(tmp_path / "a" / "b", "en", "Cedar")
    before = read_tree(tmp_path)
    for place in ("a/b", "a/b/c"):
        with pytest.raises(Refused):
            create_workspace(tmp_path / place, "en", "")
    assert read_tree(tmp_path) == before
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderkitError):
        create_workspace(tmp_path / "file", "en", "")


def test_two_have_two_ids(tmp_path: Path) -> None:
    for name in ("a", "b"):
        create_workspace(tmp_path / name, "en", "")
    assert open_workspace(tmp_path / "a", {}).settings.id != open_workspace(tmp_path / "b", {}).settings.id


@pytest.mark.parametrize(("vault", "place"), [("", "w/.folderkit/vault"), ("store", "w/store"), ("../disk", "disk"),
                                              ("/abs/disk", "/abs/disk")])
def test_the_vault_may_lie_elsewhere(tmp_path: Path, vault: str, place: str) -> None:
    make_tree(tmp_path, {"w/folderkit.yaml": f"id: a\nvault: '{vault}'"})
    assert open_workspace(tmp_path / "w", {}).vault.resolve() == (tmp_path / place).resolve()


@pytest.mark.parametrize(("projects", "found"), [
    ("", ["A", "g/B", "1/2/3/4/5/C"]), ("1/2/3/4/5/6", ["A", "g/B", "1/2/3/4/5/C", "1/2/3/4/5/6/D"])])
def test_projects_lie_up_to_six_levels_below(tmp_path: Path, projects: str, found: list[str]) -> None:
    make_tree(tmp_path, {"folderkit.yaml": f"id: a\nprojects: '{projects}'", "A/project.yaml": "",
                         "A/in/project.yaml": "", "g/B/project.yaml": "", "1/2/3/4/5/C/project.yaml": "",
                         "1/2/3/4/5/6/D/project.yaml": "", ".hidden/project.yaml": "", "empty": None, "file": "x"})
    folders = open_workspace(tmp_path, {}).project_folders()
    assert sorted(folder.relative_to(tmp_path).as_posix() for folder in folders) == sorted(found)


@pytest.mark.parametrize(("path", "shared"), [
    ("/home/a/OneDrive - Firm/work", True), ("/home/a/Dropbox/w", True), ("/home/a/Google Drive/w", True),
    ("/home/a/我的坚果云/项目", True), ("/Users/a/Library/Mobile Documents/com~apple~CloudDocs/w", True),
    ("/mnt/share/w", True), ("/mnt/share/local/w", False), ("/home/a/work", False), ("/mnt/with space/w", True)])
def test_shared_places_are_known(path: str, shared: bool) -> None:
    mounts = ("/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/share nfs4 rw 0 0\n/dev/sdb1 /mnt/share/local ext4 rw 0 0\n"
              "//s/x /mnt/with\\040space cifs rw 0 0\nbroken\n")
    assert is_shared(Path(path), mounts) == shared


def test_private_state_leaves_a_shared_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert state_folder(tmp_path / "Dropbox" / "w", "abc").name == "abc"
    assert not state_folder(tmp_path / "Dropbox" / "w", "abc").is_relative_to(tmp_path / "Dropbox")
    assert state_folder(tmp_path / "w", "abc") == tmp_path / "w" / ".folderkit"
