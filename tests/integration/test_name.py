"""The command name: what is proposed, what breaks the convention or other systems, and renaming with undo."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.integration.test_file import PROJECT, age, word
from tests.trees import make_tree, read_tree


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    assert run("new", "Site", "--client", "Acme", "--code", PROJECT).code == 0
    return next(workspace.glob("*/project.yaml")).parent


@pytest.fixture
def quotes(project: Path) -> Path:
    return project / "05_Finance" / "Quotes"


def test_a_new_project_breaks_nothing(run: Run, project: Path) -> None:
    ran = run("name", "--check")

    assert (ran.code, ran.out) == (0, "Every name is as it should be.\n")


def test_a_name_is_proposed_for_a_file(run: Run, project: Path, quotes: Path) -> None:
    path = age(make_tree(quotes, {"报价 v2 final (1).txt": "x\n"}) / "报价 v2 final (1).txt")

    ran = run("name", str(path))

    assert ran.code == 0
    assert "→ P2026-001_Quotation_报价_V2.0_20260305.txt" in ran.out
    assert "it is not named {project.code}_{type}_{title}_V{version}_{date}" in ran.out
    assert path.exists()


def test_a_name_as_it_should_be(run: Run, quotes: Path) -> None:
    path = make_tree(quotes, {"P2026-001_Quotation_Site_V1.0_20260305.txt": "x\n"}) / (
        "P2026-001_Quotation_Site_V1.0_20260305.txt")

    assert "is named as it should be" in run("name", str(path)).out
    assert "名称符合规范" in run("name", str(path), lang="zh").out


@pytest.mark.parametrize(("name", "fault"), [
    ("P2026-001_Quotation_a:b_V1.0_20260305.txt", "the character : is not possible"),
    ("P2026-001_Quotation_x_V1.0_20260305.txt ", "begins or ends with a space"),
    ("aux.txt", "Windows keeps 'aux' for a device"),
    ("x_vti_y.txt", "OneDrive does not take such a name"),
    ("P2026-001_Quotation_\u200bx_V1.0_20260305.txt", "invisible or unassigned character"),
    ("Offer.txt", "it is not named"),
    ("OTHER-1_Quotation_x_V1.0_20260305.txt", "it is not named"),
    ("P2026-001_Quotation_x_Vone_20260305.txt", "it is not named"),
])
def test_what_breaks_the_convention_or_another_system_is_listed(run: Run, quotes: Path, name: str, fault: str) -> None:
    (quotes / name).write_text("x\n")

    ran = run("name", "--check")

    assert ran.code == 4
    assert fault in ran.out


@pytest.mark.parametrize("name", [
    "P2026-001_Quotation_Site_V1.0_20260305.txt", "P2026-001_报价单_网站_V12.3_20260305.txt",
    "P2026-001_Quotation_Site_V1.0_20260305 (2).txt", "P2026-001_Quotation_V1.0_20260305.txt",
    "P2026-001_Quotation_a_b - c_V1.0_20260305.xlsx",
])
def test_names_that_keep_the_convention(run: Run, quotes: Path, name: str) -> None:
    (quotes / name).write_text("x\n")

    assert run("name", "--check").code == 0


def test_a_path_that_is_too_long_for_windows(run: Run, quotes: Path) -> None:
    deep = quotes / ("d" * 100) / ("e" * 100)
    make_tree(deep, {"P2026-001_Quotation_Site_V1.0_20260305.txt": "x\n"})

    ran = run("name", "--check")

    assert ran.code == 4
    assert "Windows programs open 240" in ran.out


def test_files_of_the_inbox_and_of_the_project_itself_are_not_listed(run: Run, project: Path) -> None:
    make_tree(project, {"00_Inbox/whatever.txt": "x\n", "04_Documents/From Client/as they sent it.txt": "x\n"})

    assert run("name", "--check").code == 0


def test_check_with_paths_looks_below_them_only(run: Run, project: Path, quotes: Path) -> None:
    make_tree(project, {"05_Finance/Quotes/a.txt": "x\n", "05_Finance/Invoices/b.txt": "x\n"})

    found = json.loads(run("name", "--check", "--json", str(quotes)).out)

    assert [one["path"] for one in found] == ["05_Finance/Quotes/a.txt"]
    assert list(found[0]) == ["project", "path", "proposed", "faults"]


def test_fix_renames_and_undo_takes_it_back(run: Run, project: Path, quotes: Path) -> None:
    for name in ("offer a.txt", "offer b.txt", "a:b.txt", "报价.txt"):
        age(make_tree(quotes, {name: name}) / name)
    before = read_tree(project)

    ran = run("name", "--fix")

    assert ran.code == 0, ran.err
    assert "4 renamed." in ran.err
    assert {path.name for path in quotes.iterdir()} == {
        "P2026-001_Quotes_offer a_V1.0_20260305.txt", "P2026-001_Quotes_offer b_V1.0_20260305.txt",
        "P2026-001_Quotes_a-b_V1.0_20260305.txt", "P2026-001_Quotation_报价_V1.0_20260305.txt"}
    assert run("name", "--check").code == 0
    assert run("undo").code == 0
    assert read_tree(project) == before


def test_a_dry_run_of_fix_changes_nothing(run: Run, project: Path, quotes: Path) -> None:
    (quotes / "offer.txt").write_text("x\n")
    before = read_tree(project)

    ran = run("name", "--fix", "--dry-run")

    assert "→ P2026-001_Quotes_offer_V1.0_" in ran.out
    assert read_tree(project) == before


def test_files_that_would_get_one_name_get_numbers(run: Run, project: Path, quotes: Path) -> None:
    for number, name in enumerate(("offer.txt", "offer final.txt", "offer (1).txt", "Offer.txt")):
        age(make_tree(quotes, {name: f"{number}\n"}) / name)
    age(make_tree(quotes, {"P2026-001_QUOTES_OFFER_V1.0_20260305.TXT": "there\n"}) / (
        "P2026-001_QUOTES_OFFER_V1.0_20260305.TXT"))

    assert run("name", "--fix", str(quotes)).code == 0

    names = [path.name for path in quotes.iterdir()]
    assert len(names) == 5
    assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == 5, names
    assert sorted(path.read_text() for path in quotes.iterdir()) == ["0\n", "1\n", "2\n", "3\n", "there\n"]
    assert run("name", "--check").code in (0, 4)
    assert run("name", "--fix").code == 0
    again = [path.name for path in quotes.iterdir()]
    assert run("name", "--fix").code == 0
    assert [path.name for path in quotes.iterdir()] == again  # it comes to rest


def test_a_file_that_is_open_is_told_and_left(run: Run, quotes: Path) -> None:
    word(quotes / "offer.docx", "x")
    (quotes / "~$offer.docx").write_bytes(b"li")

    ran = run("name", "--fix")

    assert ran.code == 1
    assert "was not renamed: it is open in another program" in ran.err
    assert (quotes / "offer.docx").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_a_file_it_says_what_to_give(run: Run, project: Path, lang: str) -> None:
    ran = run("name", lang=lang)

    assert ran.code == 2
    assert "--check" in ran.err


def test_a_name_that_only_differs_in_case(run: Run, project: Path, quotes: Path) -> None:
    """On a system that tells no case, the file itself stands at its new name."""
    age(make_tree(quotes, {"p2026-001_quotes_x_v1.0_20260305.txt": "x\n"}) / "p2026-001_quotes_x_v1.0_20260305.txt")

    assert run("name", "--fix").code == 0
    assert [path.read_text() for path in quotes.iterdir()] == ["x\n"]
    assert run("undo").code in (0, 3)


def test_a_proposal_is_possible_for_any_name(run: Run, project: Path, quotes: Path) -> None:
    names = ["长" * 84 + ".md", "{title}.txt", "a\nb.txt", ".hidden", "no ending", "...", "𝒜.txt", "😀.txt",
        "x" * 250 + ".txt",
             "%Y.txt", "CON.txt", "NUL", "a.b.c.d.txt", "a" + "\u0301" * 5 + ".txt"]
    for name in names:
        (quotes / name).write_text(name)

    ran = run("name", "--fix", "-p", PROJECT)

    assert ran.code == 0, ran.err
    assert sorted(path.read_text() for path in quotes.iterdir()) == sorted(names)
    for path in quotes.iterdir():
        assert len(path.name.encode()) <= 255
