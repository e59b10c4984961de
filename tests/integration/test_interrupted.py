"""What cannot be finished or taken away stops no command: it is told, and tried again."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from folderkit import placing
from folderkit.core import events
from folderkit.core.workspace import open_workspace
from folderkit.store import Store
from tests.conftest import Run


def opened(workspace: Path) -> Store:
    return Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC))


def intend(workspace: Path, project: Path, *paths: str) -> None:
    """Begin to place files, as a run does that is killed then."""
    with contextlib.closing(opened(workspace)) as store, store.batch() as batch:
        for path in paths:
            place = (project / path).relative_to(workspace).as_posix()
            batch.add(events.Intended(path, placing.VERB, {"path": place, "content": "", "events": [],
                                                           "temporary": ["a", "b", "c"]}))


def test_one_that_is_hindered_is_told_and_the_others_are_concluded(run: Run, workspace: Path, project: Path) -> None:
    (project / "notes").write_text("a file where a folder was\n")
    intend(workspace, project, "notes/one.txt", "two.txt")

    for told in (f"begun with '{project.name}/two.txt' was finished", ""):  # it was by the first run
        ran = run("list")
        assert ran.code == 0
        assert f"begun with '{project.name}/notes/one.txt' cannot be finished or taken away yet" in ran.err
        assert f"{project / 'notes'}" in ran.err
        assert "a file stands where a folder is needed" in ran.err
        assert "vault" not in ran.err
        assert told in ran.err
    assert "目前无法完成或撤销" in run("list", lang="zh").err

    (project / "notes").unlink()
    assert f"begun with '{project.name}/notes/one.txt' was finished" in run("list").err
    assert run("list").err == ""
    assert run("verify").code == 0


def test_of_many_files_some_are_named(run: Run, workspace: Path, project: Path) -> None:
    intend(workspace, project, *(f"{number:02}.txt" for number in range(14)))
    told = run("list").err.splitlines()
    assert len(told) == 11
    assert told[0] == f"What an earlier run had begun with '{project.name}/00.txt' was finished."
    assert told[-1] == "What it had begun with 4 other files was finished."
    assert run("list").err == ""
