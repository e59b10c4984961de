"""What lies in a project and is not kept is told: temporaries that stay."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest

from folderkit.cli import app as app_
from folderkit.cli import scan as scan_
from folderkit.cli import status as status_
from folderkit.cli import watch as watch_
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
