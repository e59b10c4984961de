"""What `log` tells: who did what to which file, and when."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from folderkit.core import events
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import scan
from folderkit.store import Store
from tests.conftest import Run
from tests.trees import make_tree

_FACTS = "project: {{name: {0}, code: {0}}}\nfolderkit: {{id: {1}}}\n"
DAYS = [dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC) for day in (1, 2, 3)]


@pytest.fixture
def told(workspace: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`told(*words)`: (kind, path, who) of what `log` gives, oldest first. On the first day 青木 saves three files,
    on the second Blue renames one, on the third 青木 deletes another."""
    make_tree(workspace / "A", {"project.yaml": _FACTS.format("A", "a" * 12), "01 Info/brief.txt": "one",
                                "01 Info/list.txt": "two"})
    make_tree(workspace / "B", {"project.yaml": _FACTS.format("B", "b" * 12), "brief.txt": "three"})
    changes: list[Callable[[], object]] = [
        lambda: None, lambda: (workspace / "A/01 Info/brief.txt").rename(workspace / "A/offer.txt"),
        (workspace / "A/01 Info/list.txt").unlink]
    who, day = "", DAYS[0]
    monkeypatch.setattr("folderkit.store.user_name", lambda: who)
    for who, day, change in zip(["青木", "Blue", "青木"], DAYS, changes, strict=True):  # noqa: B007  asked for later
        change()
        with Store(open_workspace(workspace, {}), lambda: day) as store:  # noqa: B023  of this turn
            scan(store)

    def tell(*words: str, cwd: Path = workspace) -> list[tuple[str, str, str]]:
        ran = run("log", "--json", "--limit", "1000", *words, cwd=cwd)
        assert ran.code == 0, ran.err
        return [(entry["op"], entry.get("path", ""), entry["by"]) for entry in reversed(json.loads(ran.out))]

    return tell


OF_BRIEF = [("version.kept", "01 Info/brief.txt", "青木"), ("file.moved", "offer.txt", "Blue")]


def test_a_file_by_its_name_of_now_and_of_then(told: Any) -> None:
    assert told("A/offer.txt") == OF_BRIEF
    assert told("A/01 Info/brief.txt") == OF_BRIEF
    assert told("01 Info/brief.txt", "-p", "A") == OF_BRIEF


def test_a_folder_has_what_came_into_it_and_what_left_it(told: Any, workspace: Path) -> None:
    gone = ("file.deleted", "01 Info/list.txt", "青木")
    assert told("A/01 Info") == [OF_BRIEF[0], ("version.kept", "01 Info/list.txt", "青木"), OF_BRIEF[1], gone]
    assert told(".", cwd=workspace / "A/01 Info") == told("A/01 Info")
    assert told("..", cwd=workspace / "A/01 Info") == told("A") == told("-p", "A")
    assert told("A/01 Inf") == []


def test_a_move_to_another_project_is_about_its_new_place_only_there(told: Any, workspace: Path) -> None:
    (workspace / "A/offer.txt").rename(workspace / "B/01.txt")
    with Store(open_workspace(workspace, {}), lambda: DAYS[-1]) as store:
        scan(store)
    moved = ("file.moved", "01.txt", "青木")
    assert told("B/01.txt") == [*OF_BRIEF, moved]
    assert told("01.txt", "-p", "A") == []
    assert told("offer.txt", "-p", "A")[-1] == told("-p", "A")[-1] == told("-p", "B")[-1] == moved


def test_by_whom(told: Any) -> None:
    assert {who for _, _, who in told("--by", "blue")} == {"Blue"}
    assert {who for _, _, who in told("--by", "青木")} == {"青木"}
    assert told("--by", "nobody") == []


def test_of_which_kind(told: Any) -> None:
    assert told("--what", "file.moved") == OF_BRIEF[1:]
    assert [op for op, _, _ in told("--what", "file.moved", "--what", "file.deleted")] == ["file.moved", "file.deleted"]


@pytest.mark.parametrize(("words", "days"), [
    (("--since", "2026-03-02"), {2, 3}), (("--until", "2026-03-02"), {1, 2}), (("--since", "2026/3/3"), {3}),
    (("--since", "2026-03-02", "--until", "2026-03-02"), {2}), (("--since", "2026-03-04"), set()),
    (("--since", "2026-03-02 12:00", "--until", "2026-03-02 12:00"), {2}), (("--until", "2026-03-02 11:59"), {1}),
    (("--since", "2026-03-02 12:01"), {3})])
def test_from_when_until_when(told: Any, run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch,
                              words: tuple[str, ...], days: set[int]) -> None:
    monkeypatch.setenv("TZ", "UTC")
    found = json.loads(run("log", "--json", *words, cwd=workspace).out)
    assert {dt.datetime.fromisoformat(entry["at"]).day for entry in found} == days


def test_all_of_them_together(told: Any) -> None:
    assert told("A/offer.txt", "--by", "青木", "--what", "version.kept", "--since", "2026-03-01") == OF_BRIEF[:1]
    assert told("A/offer.txt", "--by", "青木", "--what", "file.moved") == []


def test_what_is_not_there_is_said(told: Any, run: Run, workspace: Path) -> None:
    assert "Nothing of this is in the journal." in run("log", "A/none.txt", cwd=workspace).err
    assert run("log", "--what", "nonsense", cwd=workspace).code == 2
    assert "is not a date" in run("log", "--since", "soon", cwd=workspace).err
    assert run("log", "../B/brief.txt", "-p", "A", cwd=workspace / "A").code == 2
    assert run("log", "../../outside.txt", cwd=workspace / "A").code == 2


def test_every_kind_that_a_person_sees_can_be_asked_for() -> None:
    from folderkit.cli.versions import _OPS

    assert set(_OPS) == set(events.KINDS) - {"intended", "concluded"}
