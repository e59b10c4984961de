"""What a scan makes of what people and programs do to files: versions and history go on through all of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.trees import make_tree


def scan(run: Run, *args: str) -> dict[str, str]:
    """What a scan found: path in the project → kind, with the old path of what moved."""
    ran = run("scan", "--json", *args)
    assert ran.code == 0, ran.err
    return {change["path"].partition("/")[2]: change["kind"] + (f" from {change['old']}" if change["old"] else "")
            for change in json.loads(ran.out)}


def versions(run: Run, path: Path) -> list[dict[str, Any]]:
    ran = run("history", str(path), "--json")
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def whys(run: Run, path: Path) -> list[str]:
    return [version["why"] for version in versions(run, path)]


def test_a_new_project_is_kept_already(run: Run, project: Path) -> None:
    assert scan(run) == {}
    assert whys(run, project / "project.yaml") == ["new"]


def test_new_changed_and_unchanged(run: Run, project: Path) -> None:
    make_tree(project, {"a.txt": "one", "00_Inbox/b.txt": "b", "empty": ""})
    assert scan(run) == {"a.txt": "new", "00_Inbox/b.txt": "new", "empty": "new"}
    assert scan(run) == {}
    (project / "a.txt").write_text("two!")
    (project / "00_Inbox/b.txt").touch()
    assert scan(run) == {"a.txt": "changed"}
    assert [version["size"] for version in versions(run, project / "a.txt")] == [3, 4]


def test_same_size_and_same_time_is_still_seen(run: Run, project: Path) -> None:
    """A program may set a file's time back; the change time tells."""
    path = project / "a.txt"
    path.write_text("one")
    scan(run)
    before = path.stat()
    path.write_text("two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert scan(run) == {"a.txt": "changed"}


def test_history_goes_on_through_a_rename_and_a_move(run: Run, project: Path) -> None:
    path = project / "a.txt"
    path.write_text("one")
    scan(run)
    path = path.rename(project / "b.txt")
    assert scan(run) == {"b.txt": "moved from a.txt"}
    path.write_text("two")
    scan(run)
    path = path.rename(project / "00_Inbox" / "c.txt")
    assert scan(run) == {"00_Inbox/c.txt": "moved from b.txt"}
    assert [version["path"].rpartition("/")[2] for version in versions(run, path)] == ["a.txt", "b.txt"]


def test_history_is_found_by_the_name_a_file_had(run: Run, project: Path) -> None:
    (project / "old.txt").write_text("one")
    scan(run)
    (project / "old.txt").rename(project / "new.txt")
    scan(run)
    assert len(versions(run, project / "old.txt")) == 1
    assert "new.txt" in run("history", str(project / "old.txt")).err
    (project / "old.txt").write_text("another file")
    scan(run)
    assert [version["path"].rpartition("/")[2] for version in versions(run, project / "old.txt")] == ["old.txt"]


def test_a_case_only_rename(run: Run, project: Path) -> None:
    (project / "Plan.txt").write_text("one")
    scan(run)
    (project / "Plan.txt").rename(project / "PLAN.txt")
    assert scan(run) == {"PLAN.txt": "moved from Plan.txt"}


def test_a_renamed_folder_moves_all_in_it(run: Run, project: Path) -> None:
    make_tree(project, {"box/a.txt": "a", "box/in/b.txt": "b", "box/in/same.txt": "a"})
    scan(run)
    (project / "box").rename(project / "crate")
    assert scan(run) == {"crate/a.txt": "moved from box/a.txt", "crate/in/b.txt": "moved from box/in/b.txt",
                         "crate/in/same.txt": "moved from box/in/same.txt"}


def test_two_files_that_swap_names_lose_nothing(run: Run, project: Path) -> None:
    make_tree(project, {"a.txt": "content a", "b.txt": "content b!"})
    scan(run)
    (project / "a.txt").rename(project / "t")
    (project / "b.txt").rename(project / "a.txt")
    (project / "t").rename(project / "b.txt")
    assert set(scan(run)) == {"a.txt", "b.txt"}
    for name in ("a.txt", "b.txt"):
        assert [version["size"] for version in versions(run, project / name)] in ([9, 10], [10, 9])


def test_a_save_as_word_does_it(run: Run, project: Path) -> None:
    """Write beside, move the old one away, move the new one in, delete the old one."""
    path = project / "Letter.docx"
    path.write_bytes(b"old words")
    scan(run)
    make_tree(project, {"~$Letter.docx": "who", "~WRD0001.tmp": "new words!"})
    assert scan(run) == {}, "in the middle of it"
    path.rename(project / "~WRL0001.tmp")
    (project / "~WRD0001.tmp").rename(path)
    (project / "~WRL0001.tmp").unlink()
    (project / "~$Letter.docx").unlink()
    assert scan(run) == {"Letter.docx": "changed"}
    assert [version["size"] for version in versions(run, path)] == [9, 10]


def test_a_save_as_excel_does_it(run: Run, project: Path) -> None:
    path = project / "Book.xlsx"
    path.write_bytes(b"old cells")
    scan(run)
    temporary = project / "5DC3F2A0"
    temporary.write_bytes(b"new cells!")
    assert scan(run) == {"5DC3F2A0": "busy"}, "in the middle of it"
    path.unlink()
    temporary.rename(path)
    assert scan(run) == {"Book.xlsx": "changed"}


def test_a_person_may_name_a_file_as_excel_does(run: Run, project: Path) -> None:
    path = project / "C2026001"
    path.write_text("a contract")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert scan(run) == {"C2026001": "new"}


def test_deleted_and_made_again_is_one_history(run: Run, project: Path) -> None:
    path = project / "a.txt"
    path.write_text("one")
    scan(run)
    path.unlink()
    assert scan(run) == {"a.txt": "deleted"}
    assert scan(run) == {}
    path.write_text("two")
    assert scan(run) == {"a.txt": "changed"}
    assert len(versions(run, path)) == 2


def test_copies_are_files_of_their_own(run: Run, project: Path) -> None:
    make_tree(project, {"a.txt": "the same", "b.txt": "the same", "e1": "", "e2": ""})
    assert set(scan(run).values()) == {"new"}
    (project / "c.txt").write_text("the same")
    assert scan(run) == {"c.txt": "new"}
    (project / "e1").rename(project / "e3")
    assert scan(run) == {"e3": "moved from e1"}
    (project / "a.txt").write_text("changed")
    scan(run)
    assert len(versions(run, project / "b.txt")) == 1


def test_one_of_two_deleted_copies_is_no_move(run: Run, project: Path) -> None:
    """Two files of one content are gone and a third appears: nobody knows which it was."""
    make_tree(project, {"a.txt": "the same", "b.txt": "the same"})
    scan(run)
    (project / "a.txt").unlink()
    (project / "b.txt").unlink()
    (project / "c.txt").write_text("the same")
    found = scan(run)
    assert found == {"a.txt": "deleted", "b.txt": "deleted", "c.txt": "new"}


def test_links_pipes_and_sockets_are_left_alone_and_told(run: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("outside")
    (project / "link.txt").symlink_to(tmp_path / "outside.txt")
    (project / "folder").symlink_to(tmp_path)
    (project / "dead").symlink_to("nowhere")
    os.mkfifo(project / "pipe")
    server = socket.socket(socket.AF_UNIX)
    try:
        os.chdir(project)
        server.bind("socket")
        odd = ["link.txt", "folder", "dead", "pipe", "socket"]
        assert scan(run, "-C", str(project)) == dict.fromkeys(odd, "skipped")
    finally:
        server.close()
    assert (project / "link.txt").is_symlink()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no FIFO")
def test_a_file_in_whose_place_something_else_lies_is_gone(run: Run, project: Path) -> None:
    names = ["link", "pipe", "folder"]
    make_tree(project, {name: name for name in names})
    scan(run)
    for name in names:
        (project / name).unlink()
    (project / "link").symlink_to("project.yaml")
    os.mkfifo(project / "pipe")
    make_tree(project, {"folder/in.txt": "in"})
    found = [(change["path"].partition("/")[2], change["kind"]) for change in json.loads(run("scan", "--json").out)]
    assert sorted(found) == [("folder", "deleted"), ("folder/in.txt", "new"), ("link", "deleted"), ("link", "skipped"),
                             ("pipe", "deleted"), ("pipe", "skipped")]
    (project / "link").unlink()
    (project / "link").write_text("link")
    assert scan(run) == {"link": "changed", "pipe": "skipped"}
    assert whys(run, project / "link") == ["scan", "scan"]



def test_a_name_that_is_no_text_is_told_and_the_rest_kept(run: Run, project: Path) -> None:
    (Path(os.fsdecode(os.fsencode(project) + b"/bad\xff.txt"))).write_text("x")
    (project / "good.txt").write_text("x")
    found = scan(run)
    assert found["good.txt"] == "new"
    assert sorted(found.values()) == ["new", "skipped"]


@pytest.mark.parametrize("name", ["a\nb.txt", "tab\t.txt", "'\".txt", "e\u0301.txt", "é.txt", "名" * 80 + ".txt", "-rf",
                                  " lead.txt", "trail. ", "%s{}", "CON.txt", "\u202e.txt"])
def test_any_name_that_a_disk_takes_is_kept(run: Run, project: Path, name: str) -> None:
    (project / name).write_text("x")
    assert scan(run) == {name: "new"}
    assert len(versions(run, project / name)) == 1


def test_deep_folders_are_kept(run: Run, project: Path) -> None:
    folder = project
    for _ in range(60):
        folder = folder / "a folder with a name"
    folder.mkdir(parents=True)
    (folder / "deep.txt").write_text("deep")
    assert list(scan(run).values()) == ["new"]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root, to become somebody else")
def test_what_cannot_be_read_is_told_and_not_taken_for_deleted(run: Run, project: Path) -> None:
    make_tree(project, {"shut/a.txt": "a", "shut.txt": "b", "open.txt": "c"})
    scan(run)
    (project / "open.txt").write_text("c2")
    (project / "shut.txt").write_text("b2")
    (project / "shut").chmod(0)
    (project / "shut.txt").chmod(0)
    for folder in (project, *project.parents):
        if folder.is_relative_to("/tmp"):  # noqa: S108
            folder.chmod(0o755)
    subprocess.run(["chown", "-R", "12345", str(project.parent)], check=True)
    ran = subprocess.run(["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", sys.executable,
                          "-m", "folderkit", "scan", "--json"],
                         cwd=project, capture_output=True, text=True, check=False,
                         env={"PATH": os.environ["PATH"], "HOME": "/", "PYTHONDONTWRITEBYTECODE": "1",
                              "PYTHONPATH": str(Path(__file__).parents[2])})
    if ran.returncode not in range(5) or "No module named" in ran.stderr:
        pytest.skip("this Python cannot be run by another user")
    assert ran.stdout, (ran.returncode, ran.stderr)
    found = {change["path"].partition("/")[2]: (change["kind"], change["reason"]) for change in json.loads(ran.stdout)}
    assert found["open.txt"] == ("changed", None)
    assert found["shut"] == ("skipped", "permission is denied")
    assert found["shut.txt"] == ("skipped", "permission is denied")
    assert "shut/a.txt" not in found, "it is not deleted"


def test_the_settings_ignore_names(run: Run, workspace: Path, project: Path) -> None:
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text() + "ignore: ['*.bak', node_modules]\n")
    make_tree(project, {"a.bak": "x", "node_modules/b.txt": "x", "c.txt": "x"})
    assert scan(run) == {"c.txt": "new"}


def test_a_scan_of_one_project_leaves_the_others_for_later(run: Run, workspace: Path, project: Path) -> None:
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    make_tree(project, {"a.txt": "a"})
    make_tree(second, {"b.txt": "b"})
    assert scan(run, "Second") == {"b.txt": "new"}
    assert scan(run) == {"a.txt": "new"}


# -- files that move from one project to another ---------------------------------------------------
@pytest.fixture
def second(run: Run, workspace: Path, project: Path) -> Path:
    assert run("new", "Second", "--client", "Beta").code == 0
    return next(workspace.glob("*Second"))


def moves(run: Run, *args: str) -> list[tuple[str, str, str, str]]:
    """What a scan found: kind, path in the workspace, old path and the project it was in."""
    ran = run("scan", "--json", *args)
    assert ran.code == 0, ran.err
    return sorted((change["kind"], change["path"], change["old"] or "", change["old_project"] or "")
                  for change in json.loads(ran.out))


def test_a_file_moved_to_another_project_keeps_its_history_there_and_back(
    run: Run, workspace: Path, project: Path, second: Path
) -> None:
    """Both ways, so that it is found whichever project is scanned first."""
    (project / "a.txt").write_text("one")
    scan(run)
    (project / "a.txt").write_text("two!")
    scan(run)
    (project / "a.txt").rename(second / "00_Inbox" / "b.txt")
    assert moves(run) == [("moved", f"{second.name}/00_Inbox/b.txt", "a.txt", project.name)]
    found = versions(run, second / "00_Inbox" / "b.txt")
    assert [version["path"] for version in found] == [f"{project.name}/a.txt"] * 2
    assert f"({project.name}/a.txt)" in run("history", str(second / "00_Inbox" / "b.txt")).out
    (second / "00_Inbox" / "b.txt").rename(project / "a.txt")
    assert moves(run) == [("moved", f"{project.name}/a.txt", "00_Inbox/b.txt", second.name)]
    assert len(versions(run, project / "a.txt")) == 2
    assert moves(run) == []
    for one in (project, second):
        told = run("log", "-p", one.name).out
        assert f"{second.name}/00_Inbox/b.txt  ← {project.name}/a.txt" in told
        assert f"{project.name}/a.txt  ← {second.name}/00_Inbox/b.txt" in told
    assert "file gone" not in run("log").out


def test_a_moved_file_is_restored_where_it_is_now(run: Run, workspace: Path, project: Path, second: Path) -> None:
    (project / "a.txt").write_text("one")
    scan(run)
    (project / "a.txt").rename(second / "a.txt")
    scan(run)
    (second / "a.txt").write_text("two!")
    scan(run)
    assert str(second / "a.txt").endswith(run("history", str(project / "a.txt")).err.split()[3])
    assert run("restore", str(project / "a.txt"), "--version", "1").code == 0
    assert (second / "a.txt").read_text() == "one"
    assert not (project / "a.txt").exists()
    assert run("restore", str(second / "a.txt"), "--version", "2", "--to", str(project / "a.txt")).code == 0
    assert (project / "a.txt").read_text() == "two!"
    assert whys(run, project / "a.txt") == ["restore"], "a file of its own"
    (second / "a.txt").unlink()
    assert moves(run) == [("deleted", f"{second.name}/a.txt", "", "")]
    assert run("restore", str(second / "a.txt")).code == 0
    assert (second / "a.txt").read_text() == "one"
    shutil.rmtree(second)
    scan(run)
    assert run("restore", "a.txt", "-p", "Second").code == 0
    assert (second / "a.txt").read_text() == "one"


@pytest.mark.parametrize("order", [["Second"], ["Site", "Second"]], ids=["the new one alone", "the old one before it"])
def test_a_move_is_recognised_when_one_project_is_scanned(
    run: Run, workspace: Path, project: Path, second: Path, order: list[str]
) -> None:
    (project / "a.txt").write_text("one")
    scan(run)
    (project / "a.txt").rename(second / "a.txt")
    for name in order[:-1]:
        assert scan(run, name) == {"a.txt": "deleted"}
    assert moves(run, order[-1]) == [("moved", f"{second.name}/a.txt", "a.txt", project.name)]
    assert moves(run) == []
    assert len(versions(run, second / "a.txt")) == 1


def test_a_folder_moved_to_another_project_keeps_all_histories(
    run: Run, workspace: Path, project: Path, second: Path
) -> None:
    make_tree(project, {"box/a.txt": "a", "box/in/b.txt": "b", "box/in/same.txt": "a", "box/empty": ""})
    scan(run)
    (project / "box").rename(second / "crate")
    assert {(kind, path.partition("/")[2], old) for kind, path, old, _ in moves(run)} == {
        ("moved", "crate/a.txt", "box/a.txt"), ("moved", "crate/in/b.txt", "box/in/b.txt"),
        ("moved", "crate/in/same.txt", "box/in/same.txt"), ("moved", "crate/empty", "box/empty")}


def test_a_folder_that_left_a_link_behind_has_moved(run: Run, workspace: Path, project: Path, second: Path) -> None:
    make_tree(project, {"box/a.txt": "a"})
    scan(run)
    (project / "box").rename(second / "box")
    (project / "box").symlink_to(second / "box")
    assert ("moved", f"{second.name}/box/a.txt", "box/a.txt", project.name) in moves(run)


def test_a_move_through_another_disk_is_known_by_the_content_alone(
    run: Run, workspace: Path, project: Path, second: Path
) -> None:
    make_tree(project, {"a.txt": "only here", "b.txt": "in two places", "c.txt": "in two places"})
    scan(run)
    for name in ("a.txt", "b.txt"):
        (second / name).write_text((project / name).read_text())
        (project / name).unlink()
    assert moves(run) == [("deleted", f"{project.name}/b.txt", "", ""),
                          ("moved", f"{second.name}/a.txt", "a.txt", project.name),
                          ("new", f"{second.name}/b.txt", "", "")], "b.txt may be a copy of c.txt"


def test_copies_and_hard_links_in_another_project_are_no_moves(
    run: Run, workspace: Path, project: Path, second: Path
) -> None:
    make_tree(project, {"a.txt": "a", "b.txt": "b"})
    scan(run)
    shutil.copy2(project / "a.txt", second / "a.txt")
    os.link(project / "b.txt", second / "b.txt")
    assert [kind for kind, *_ in moves(run)] == ["new", "new"]
    assert moves(run) == []


def test_a_file_saved_from_a_project_before_its_folder_was_deleted_keeps_its_history(
    run: Run, workspace: Path, project: Path, second: Path
) -> None:
    (project / "a.txt").write_text("one")
    scan(run)
    (project / "a.txt").rename(second / "a.txt")
    shutil.rmtree(project)
    assert moves(run) == [("moved", f"{second.name}/a.txt", "a.txt", project.name)]
    assert len(versions(run, project / "a.txt")) == 1


# -- projects that move ----------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["clients", "clients/2026", "a/b/c"])
def test_projects_may_lie_in_a_folder_of_the_settings(run: Run, workspace: Path, where: str) -> None:
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text() + f"projects: {where}\n")
    assert run("new", "Site", "--client", "Acme").code == 0
    folder = next((workspace / where).iterdir())
    listed = json.loads(run("list", "--json").out)
    assert [one["folder"] for one in listed] == [folder.relative_to(workspace).as_posix()]
    (folder / "a.txt").write_text("x")
    assert run("scan").out.startswith("new")
    assert json.loads(run("find", "xlsx", "--json").out)[0]["project"] == folder.relative_to(workspace).as_posix()


def test_a_renamed_project_keeps_its_history(run: Run, workspace: Path, project: Path) -> None:
    (project / "a.txt").write_text("one")
    scan(run)
    moved = project.rename(workspace / "Renamed by hand")
    assert scan(run) == {}
    assert len(versions(run, moved / "a.txt")) == 1
    assert versions(run, moved / "a.txt")[0]["path"] == "Renamed by hand/a.txt"
    deeper = workspace / "2026" / "Acme"
    deeper.parent.mkdir()
    moved.rename(deeper)
    assert scan(run) == {}
    assert json.loads(run("find", "xlsx", "--json").out)[0]["path"].startswith("2026/Acme/")
    assert run("show", "P2026", cwd=workspace).code in (0, 2)


def test_a_copied_project_is_told_and_the_original_goes_on(run: Run, workspace: Path, project: Path) -> None:
    (project / "a.txt").write_text("one")
    scan(run)
    copy = workspace / "A copy"
    shutil.copytree(project, copy)
    (copy / "b.txt").write_text("in the copy")
    (project / "c.txt").write_text("in the original")
    ran = run("scan", "--json")
    assert [change["path"] for change in json.loads(ran.out)] == [f"{project.name}/c.txt"]
    assert "copy" in ran.err
    assert "id" in ran.err
    assert run("show", project.name).code == 0
    # what the message says to do makes it a project of its own
    text = (copy / "project.yaml").read_text()
    (copy / "project.yaml").write_text(re.sub(r"  id: .*", "  id: '0123456789ab'", text))
    ran = run("scan", "--json")
    assert ran.err == ""
    assert f"{copy.name}/b.txt" in {change["path"] for change in json.loads(ran.out)}


def test_a_project_that_came_from_elsewhere_is_taken_in(
    run: Run, workspace: Path, project: Path, tmp_path: Path
) -> None:
    away = project.rename(tmp_path / "away")
    scan(run)
    back = away.rename(workspace / "Back again")
    ran = run("scan")
    assert ran.code == 0
    assert ran.err == ""
    assert whys(run, back / "project.yaml") == ["new"]


def test_a_project_that_cannot_be_scanned_fails_the_scan_after_all_others(
    run: Run, workspace: Path, project: Path
) -> None:
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    facts = (project / "project.yaml").read_text()
    (project / "project.yaml").write_text("project: [\n")
    (second / "b.txt").write_text("b")
    ran = run("scan")
    assert ran.code == 1
    assert f"{second.name}/b.txt" in ran.out
    assert "project.yaml:1" in ran.err
    (second / "b.txt").write_text("b again")
    assert scan(run, "Second") == {"b.txt": "changed"}, "the one that was asked for could be scanned"
    (project / "project.yaml").unlink()
    assert run("scan", "--json").code == 1, "its files get no versions"
    (project / "project.yaml").write_text(facts)
    assert scan(run) == {}
    shutil.rmtree(project)
    ran = run("scan")
    assert "gone" in ran.err
    assert ran.code == 0, "nothing of it is left to be scanned"


# -- rebuild, several at once ----------------------------------------------------------------------
def test_a_rebuilt_catalog_gives_the_same_answers(run: Run, workspace: Path, project: Path) -> None:
    make_tree(project, {"a.txt": "alpha penalty", "b.txt": "beta 违约金", "gone.txt": "gone"})
    scan(run)
    (project / "a.txt").rename(project / "a2.txt")
    (project / "gone.txt").unlink()
    (project / "02_Communications").rename(project / "Talks")
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    (project / "b.txt").rename(second / "b.txt")
    scan(run)
    (project / "a2.txt").write_text("alpha again")
    assert run("fill", "meeting-notes", "-p", "Site", "--set", "meeting.title=T", "--set", "meeting.time=9:00", "--set",
               "meeting.attendees=Ann", "--quick").code == 0
    assert run("restore", str(project / "a2.txt"), "--version", "1").code == 0
    scan(run)

    def answers() -> list[str]:
        return [run(*args).out for args in (
            ("history", str(project / "a2.txt"), "--json"), ("history", str(project / "gone.txt"), "--json"),
            ("history", str(project / "b.txt"), "--json"), ("history", str(second / "b.txt"), "--json"),
            ("find", "违约", "--json"), ("find", "penalty", "--json"), ("find", "meeting", "--json"),
            ("log", "--json", "--limit", "1000"), ("show", "Site", "--json"), ("list", "--json"))]

    before = answers()
    assert run("rebuild").code == 0
    assert answers() == before
    for name in ("catalog.db", "vault-index.db"):
        for path in (workspace / ".folderkit").glob(f"{name}*"):
            path.unlink()
    scan(run)
    assert answers() == before, "a catalog that was deleted is made again by itself"
    assert run("fill", "meeting-notes", "-p", "Site", "--set", "meeting.title=T", "--set", "meeting.time=9:00", "--set",
               "meeting.attendees=Ann", "--quick").code == 0
    assert (project / "Talks").is_dir()
    assert not (project / "02_Communications").exists(), "the moved folder is known after a rebuild"


def test_list_concludes_what_a_killed_new_left(run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from folderkit.operations.scaffold import placing

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(placing, "_put_in_place", killed)
        patched.setattr(placing, "_undo", lambda *given: None)
        assert run("new", "Half", "--client", "Acme").code == 1
    assert [path for path in workspace.iterdir() if path.name.startswith(".~folderkit-new-")]
    listed = run("list")
    assert listed.code == 0
    assert "undone" in listed.err
    assert not [path for path in workspace.iterdir() if path.name.startswith(".~folderkit-new-")]


def test_a_vault_that_begins_anew_is_told_once(run: Run, workspace: Path, project: Path) -> None:
    assert run("scan").err == ""
    shutil.rmtree(workspace / ".folderkit")
    told = run("scan")
    assert told.code == 0
    assert "No versions of earlier days were found" in told.err
    assert run("scan").err == ""


def test_scans_at_once_record_every_file_once(run: Run, workspace: Path, project: Path) -> None:
    for number in range(120):
        (project / f"f{number:03}.txt").write_text(f"content {number}")
    (project / "f000.txt").rename(project / "first.txt")
    processes = [subprocess.Popen([sys.executable, "-m", "folderkit", "scan", "--json"], cwd=workspace,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    results = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], results
    assert scan(run) == {}
    kept = [entry["path"] for entry in json.loads(run("log", "--json", "--limit", "9999").out)
            if entry["op"] == "version.kept" and entry["why"] == "scan"]
    assert len(kept) == len(set(kept)) == 120
    assert not [entry for entry in json.loads(run("log", "--json", "--limit", "9999").out)
                if entry["op"] == "file.deleted"]


def test_a_quick_scan_leaves_the_texts(run: Run, project: Path) -> None:
    make_tree(project, {"a.txt": "hidden words"})
    assert "a.txt  v1" in run("scan", "--quick").out
    assert '"waiting"' in run("show", "P2026-001", "--json").out
    assert "hidden" in run("find", "hidden").out
