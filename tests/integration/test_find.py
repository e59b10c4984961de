"""Finding files by what stands in them and in their names, in Chinese and in English."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from tests.conftest import Run
from tests.trees import make_tree


def find(run: Run, *words: str) -> list[dict[str, Any]]:
    ran = run("find", *words, "--json")
    assert ran.code in (0, 1), ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    assert (ran.code == 0) == bool(found)
    return found


def names(found: list[dict[str, Any]]) -> set[str]:
    return {Path(one["path"]).name for one in found}


@pytest.fixture
def filled(run: Run, project: Path) -> Path:
    document = Document()
    document.add_heading("Service contract")
    document.add_paragraph("A penalty of 5% is due for each week of delay.")
    document.save(str(project / "contract.docx"))
    make_tree(project, {
        "合同_最终版.txt": "甲方应支付违约金。逾期每日按千分之五计算。",
        "notes.txt": "The penalty clause; PENALTY again.\nSecond line about Kubernetes.",
        "gbk.txt": "这是一份违约通知".encode("gbk"),
        "P-2026-114 offer.txt": "offer for ACME-7788",
        "empty.txt": "",
    })
    assert run("scan").code == 0
    return project


def test_chinese_words_of_two_characters_are_found(run: Run, filled: Path) -> None:
    assert names(find(run, "违约")) == {"合同_最终版.txt", "gbk.txt"}
    assert names(find(run, "违约金")) == {"合同_最终版.txt"}
    assert names(find(run, "千分之五")) == {"合同_最终版.txt"}
    assert names(find(run, "金违")) == set()


def test_english_words_without_regard_to_case_all_of_them(run: Run, filled: Path) -> None:
    assert names(find(run, "Penalty")) == {"contract.docx", "notes.txt"}
    assert names(find(run, "penalty", "clause")) == {"notes.txt"}
    assert names(find(run, "penalty", "nonsense")) == set()
    assert names(find(run, "penalty clause")) == {"notes.txt"}, "in quotes it is a phrase"
    assert names(find(run, "clause penalty")) == set()


def test_names_are_found_too(run: Run, filled: Path) -> None:
    assert names(find(run, "最终版")) == {"合同_最终版.txt"}
    assert names(find(run, "2026-114")) == {"P-2026-114 offer.txt"}
    assert "empty.txt" in names(find(run, "empty"))


def test_a_hit_says_where_it_stands_and_marks_it(run: Run, filled: Path) -> None:
    hit = find(run, "Kubernetes")[0]
    start, end = hit["marks"][0]
    assert hit["snippet"][start:end] == "Kubernetes"
    hit = next(one for one in find(run, "delay") if one["path"].endswith("contract.docx"))
    assert "5%" in hit["snippet"]


def test_the_best_comes_first_and_the_limit_holds(run: Run, filled: Path) -> None:
    scores = [one["score"] for one in find(run, "penalty")]
    assert scores == sorted(scores, reverse=True)
    assert len(find(run, "penalty", "--limit", "1")) == 1


def test_only_the_present_is_found(run: Run, filled: Path) -> None:
    (filled / "notes.txt").write_text("now about something else")
    (filled / "gbk.txt").unlink()
    assert run("scan").code == 0
    assert names(find(run, "penalty")) == {"contract.docx"}
    assert names(find(run, "违约")) == {"合同_最终版.txt"}
    assert run("restore", str(filled / "notes.txt"), "--version", "1").code == 0
    assert names(find(run, "Kubernetes")) == {"notes.txt"}, "what was restored is found at once"


def test_a_moved_file_is_found_where_it_is(run: Run, filled: Path) -> None:
    (filled / "notes.txt").rename(filled / "00_Inbox" / "renamed.txt")
    assert run("scan").code == 0
    assert find(run, "Kubernetes")[0]["path"] == f"{filled.name}/00_Inbox/renamed.txt"
    assert names(find(run, "renamed")) == {"renamed.txt"}
    assert "notes.txt" not in names(find(run, "notes"))


def test_one_project_only(run: Run, workspace: Path, filled: Path) -> None:
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    make_tree(second, {"other.txt": "penalty here as well"})
    assert run("scan").code == 0
    assert names(find(run, "penalty", "-p", "Second")) == {"other.txt"}
    assert {one["project"] for one in find(run, "penalty")} == {filled.name, second.name}


@pytest.mark.parametrize("query", ['"', '""', "*", "a*", "NOT", "OR", "penalty OR x", "NEAR(", "-", "name:penalty", "(",
                                   "^a", "%", "a AND b", "'; DROP TABLE file; --", "\u3000", "“违约", "，"])
def test_signs_of_query_languages_are_only_text(run: Run, filled: Path, query: str) -> None:
    assert run("find", "--", query).code in ((0, 1) if any(char.isalnum() for char in query) else (2,))


def test_a_hit_that_is_not_there_any_more_is_marked(run: Run, filled: Path) -> None:
    (filled / "notes.txt").unlink()
    lines = run("find", "Kubernetes").out.splitlines()
    assert "gone" in lines[0]
    assert "gone" not in run("find", "违约金").out
