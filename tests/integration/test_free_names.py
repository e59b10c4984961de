"""Names that are free: on the disk, and among those that are planned; case and Unicode form make no other name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from folderkit.core.content import content_of
from folderkit.core.renames import free_beside, put_back
from folderkit.proposing import Names
from tests.trees import make_tree, read_tree

NFD = unicodedata.normalize("NFD", "Café.txt")


@pytest.mark.parametrize(("there", "name", "free"), [
    ([], "note.txt", "note.txt"), (["other.txt"], "note.txt", "note.txt"), (["note.txt"], "note.txt", "note (2).txt"),
    (["NOTE.TXT"], "note.txt", "note (2).txt"), (["note.txt", "Note (2).TXT"], "note.txt", "note (3).txt"),
    ([NFD], "Café.txt", "Café (2).txt"), (["Straße.txt"], "STRASSE.txt", "STRASSE (2).txt"),
    (["Pack"], "pack", "pack (2)"),
])
def test_the_first_free_name_on_the_disk_and_among_the_planned_is_the_same(tmp_path: Path, there: list[str], name: str,
                                                                           free: str) -> None:
    planned = Names(tmp_path / "planned")
    for one in there:
        make_tree(tmp_path / "disk", {one: "x"})
        planned.plan(f"a/{one}", "x")

    assert free_beside(tmp_path / "disk" / name) == tmp_path / "disk" / free
    assert Names(tmp_path).free("disk", name, "") == f"disk/{free}"
    assert planned.free("a", name, "") == f"a/{free}"


def test_a_name_is_free_for_what_bears_it(tmp_path: Path) -> None:
    make_tree(tmp_path, {"NOTE.txt": "x"})

    assert Names(tmp_path).free("", "note.txt", "NOTE.txt") == "note.txt"
    assert Names(tmp_path).free("", "note.txt", "another.txt") == "note (2).txt"


def test_what_holds_the_content_is_found_under_its_own_name(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Note.txt": "x", "note (2).txt": "y"})

    for found in ("Note.txt", "note (2).txt"):
        content = content_of(tmp_path / found)
        assert free_beside(tmp_path / "note.txt", content).samefile(tmp_path / found)
    assert free_beside(tmp_path / "note.txt", "another") == tmp_path / "note (3).txt"


@pytest.mark.parametrize(("there", "back"), [
    ([], "note.txt"), (["note.txt"], "note (2).txt"), (["note.txt", "NOTE (2).txt"], "note (3).txt"),
])
def test_a_file_is_put_back_beside_what_took_its_place(tmp_path: Path, there: list[str], back: str) -> None:
    make_tree(tmp_path / "a", dict.fromkeys(there, "other"))
    make_tree(tmp_path, {"a/aside": "mine"})

    put_back(tmp_path / "a" / "aside", tmp_path / "a" / "note.txt")

    assert read_tree(tmp_path / "a") == {**dict.fromkeys(there, b"other"), back: b"mine"}
