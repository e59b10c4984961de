"""The command file, with real files: what it would do, what it does, what stays and why."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import unicodedata
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from tests.conftest import Run
from tests.trees import make_tree, read_tree

needs_libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice makes the file")
PROJECT = "P2026-001"


@pytest.fixture
def project(run: Run, workspace: Path) -> Path:
    """The project Site, whose code stands in names."""
    assert run("new", "Site", "--client", "Acme", "--code", PROJECT).code == 0
    return next(workspace.glob("*/project.yaml")).parent


def word(path: Path, *lines: str) -> Path:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def excel(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def set_rules(workspace: Path, rules: str, more: str = "") -> None:
    settings = workspace / "folderkit.yaml"
    before = re.sub(r"\n(rules|filing):(.|\n)*\Z", "\n", settings.read_text())
    settings.write_text(f"{before.rstrip()}\n{more}rules:\n{rules}")


def told(run: Run, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    ran = run("file", *arguments, "--json")
    assert ran.code == code, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def only(found: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(found) == 1, found
    return found[0]


def age(path: Path, day: str = "2026-03-05") -> Path:
    """Set the time at which a file was written, for its name."""
    import datetime as dt

    moment = dt.datetime.fromisoformat(f"{day}T12:00:00").timestamp()
    os.utime(path, (moment, moment))
    return path


# -- what it would do, and does --------------------------------------------------------------------
def test_a_dry_run_says_rule_clue_and_place_and_changes_nothing(run: Run, project: Path, inbox: Path) -> None:
    word(inbox / "Kick-off minutes.docx", "Minutes of the kick-off", "Date: 2026-03-02")
    excel(inbox / "cost.xlsx", ["Quotation"], ["Total", 1200])
    (inbox / "holiday.txt").write_text("sun\n")
    before = read_tree(project)

    ran = run("file", "--dry-run")

    assert ran.code == 0
    assert read_tree(project) == before
    lines = ran.out.splitlines()
    assert any("00_Inbox/Kick-off minutes.docx → 02_Communications/Meetings/P2026-001_Minutes_Kick-off_20260302"
               in line for line in lines), lines
    assert any("rule minutes: name 'minutes'" in line for line in lines)
    assert any("date 2026-03-02" in line for line in lines)
    assert any("rule quotes: heading 'Quotation'" in line for line in lines)
    assert any(line.startswith("stays") and "holiday.txt" in line for line in lines)
    assert any("no rule fits" in line for line in lines)
    assert "2 of 3 would be filed.\nNothing was changed." in ran.err


def test_file_does_what_the_dry_run_said(run: Run, project: Path, inbox: Path) -> None:
    word(inbox / "Kick-off minutes.docx", "Minutes of the kick-off", "Date: 2026-03-02")
    age(excel(inbox / "cost.xlsx", ["Quotation"], ["Total", 1200]))
    (inbox / "holiday.txt").write_text("sun\n")
    contents = {path.name: path.read_bytes() for path in inbox.iterdir()}
    planned = {one["path"]: one["to"] for one in told(run, "--dry-run")}

    done = told(run)

    assert {one["path"]: one["to"] for one in done} == planned
    for old, new in planned.items():
        assert (project / new).read_bytes() == contents[Path(old).name]
    assert {path.name for path in inbox.iterdir()} == {"holiday.txt"}
    assert planned["00_Inbox/cost.xlsx"] == "05_Finance/Quotes/P2026-001_Quotation_cost_V1.0_20260305.xlsx"
    assert run("history", planned["00_Inbox/cost.xlsx"], cwd=project).code == 0
    assert "0 new, 0 changed, 0 moved, 0 gone" in run("scan").out
    assert "Minutes_Kick-off" in run("find", "kick-off").out


def test_json_has_the_keys_that_programs_read(run: Run, inbox: Path) -> None:
    word(inbox / "Contract.docx", "Contract", "Contract No. HT-7", "Party A: Acme Ltd", "Contract price: 1,200.00")
    (inbox / "x.bin").write_bytes(b"x")

    planned, done = told(run, "--dry-run"), told(run)

    for found in (planned, done):
        for one in found:
            assert {"project", "path", "action", "to", "rule", "clues", "facts", "reason", "batch"} <= one.keys()
    filed, stays = done
    assert filed["project"].startswith(PROJECT)
    assert (filed["action"], filed["rule"], filed["clues"]) == ("moved", "contracts", "name 'Contract'")
    assert filed["facts"]["number"] == "HT-7"
    assert filed["facts"]["counterparty"] == "Acme Ltd"
    assert filed["facts"]["amount"] == "1,200.00"
    assert re.fullmatch("[0-9a-f]{12}", filed["batch"])
    assert (stays["action"], stays["to"], stays["rule"], stays["reason"], stays["batch"]) == (
        "stays", "00_Inbox/x.bin", None, "no rule fits", None)
    assert all(one["batch"] is None for one in planned)


def test_in_chinese_no_english_remains(run: Run, workspace: Path) -> None:
    assert run("new", "网站", "--client", "某公司", "--code", "S1", "--set", "language=zh", lang="zh").code in (0, 2)
    project = next(workspace.glob("S1_*"), None)
    if project is None:
        assert run("new", "网站", "--client", "某公司", "--code", "S1", lang="zh").code == 0
        project = next(workspace.glob("S1_*"))
    inbox = next(project.glob("00_*"))
    word(inbox / "软件开发合同.docx", "软件开发合同", "合同编号：HT-7", "甲方：某公司", "签订日期：2026年3月1日")
    (inbox / "照片.bin").write_bytes(b"x")
    make_tree(inbox, {"损坏.docx": b"PK\x03\x04 no zip at all"})

    ran = run("file", lang="zh")

    assert ran.code == 0
    latin = re.sub(r"S1_[^\s]*|00_[^\s]*|04_[^\s]*|HT-7|folderkit undo [0-9a-f]+|V1\.0|\.docx|\.bin|contracts", "",
        ran.out + ran.err)
    assert not re.search("[A-Za-z]{2,}", latin), latin
    assert "规则 contracts：文件名“合同”" in ran.out
    assert "对方 某公司" in ran.out
    assert "没有适用的规则" in ran.out
    undone = run("undo", lang="zh")
    assert undone.code == 0
    assert undone.out.startswith("撤销")


def test_an_empty_inbox(run: Run, inbox: Path) -> None:
    assert run("file").out == "The inbox is empty.\n"
    assert json.loads(run("file", "--json").out) == []
    assert run("file", lang="zh").out == "收件箱是空的。\n"


@needs_libreoffice
def test_a_pdf_that_a_scanner_named_is_filed_by_its_heading(run: Run, inbox: Path, tmp_path: Path) -> None:
    word(tmp_path / "scan0001.docx", "Software Development Agreement", "between Acme and Cedar", "Dated: 1 March 2026")
    subprocess.run(["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
                    "pdf", "--outdir", str(inbox), str(tmp_path / "scan0001.docx")], check=True, capture_output=True)

    done = only(told(run))

    assert (done["rule"], done["clues"]) == ("contracts", "heading 'Agreement'")
    assert done["to"] == ("04_Documents/Contracts/P2026-001_Contract_Software Development Agreement_V1.0_20260301.pdf")


def test_paths_may_be_named_also_outside_of_the_inbox(run: Run, project: Path) -> None:
    word(project / "01_Project Info" / "Invoice 7.docx", "Invoice")
    (project / "stray minutes.txt").write_text("Minutes\n")

    done = told(run, str(project / "01_Project Info"), str(project / "stray minutes.txt"))

    assert {one["rule"] for one in done if one["action"] == "moved"} == {"invoices", "minutes"}
    assert not (project / "stray minutes.txt").exists()


@pytest.mark.parametrize(("path", "code", "message"), [
    ("nowhere.txt", 2, "There is no file 'nowhere.txt'"),
    ("project.yaml", 3, "is one of the project's own files"),
    ("../outside.txt", 2, "is not in"),
])
def test_paths_that_cannot_be_filed(run: Run, project: Path, path: str, code: int, message: str) -> None:
    (project.parent / "outside.txt").write_text("x")

    ran = run("file", path, cwd=project)

    assert ran.code == code
    assert message in ran.err


def test_a_register_and_the_brief_are_never_filed(run: Run, project: Path) -> None:
    before = read_tree(project)

    done = told(run, str(project / "03_Progress"), str(project / "01_Project Info"))

    assert done == []
    assert read_tree(project) == before


# -- conflicts -------------------------------------------------------------------------------------
RULE = "  - {id: notes, match: {name: '^note'}, file: {to: info, name: 'Note', on_conflict: %s}}\n"


def _conflicting(workspace: Path, project: Path, policy: str) -> Path:
    set_rules(workspace, RULE % policy)
    there = project / "01_Project Info" / "Note.txt"
    there.write_text("the first\n")
    (project / "00_Inbox" / "note one.txt").write_text("the second\n")
    return there


def test_a_conflict_by_number(run: Run, workspace: Path, project: Path) -> None:
    there = _conflicting(workspace, project, "number")

    assert only(told(run))["to"] == "01_Project Info/Note (2).txt"
    assert there.read_text() == "the first\n"
    assert there.with_name("Note (2).txt").read_text() == "the second\n"


def test_a_conflict_by_version(run: Run, workspace: Path, project: Path) -> None:
    there = _conflicting(workspace, project, "version")

    assert only(told(run))["action"] == "version"
    assert there.read_text() == "the second\n"
    assert not (project / "00_Inbox" / "note one.txt").exists()
    assert [one["version"] for one in json.loads(run("history", str(there), "--json").out)] == [1, 2]
    assert run("undo").code == 0
    assert there.read_text() == "the first\n"
    assert (project / "00_Inbox" / "note one.txt").read_text() == "the second\n"


def test_a_conflict_by_question_stays(run: Run, workspace: Path, project: Path) -> None:
    there = _conflicting(workspace, project, "ask")
    before = read_tree(project)

    assert only(told(run))["reason"] == "'01_Project Info/Note.txt' is there already"
    assert read_tree(project) == before
    assert there.read_text() == "the first\n"


def test_a_version_is_not_put_over_a_file_that_is_open(run: Run, workspace: Path, project: Path) -> None:
    there = _conflicting(workspace, project, "version")
    there.with_name(".~lock.Note.txt#").write_text("li")

    assert only(told(run, code=1))["reason"] == "01_Project Info/Note.txt: it is open in another program"
    assert there.read_text() == "the first\n"


@pytest.mark.parametrize("policy", ["number", "version", "ask"])
def test_the_same_content_is_taken_away_and_not_doubled(run: Run, workspace: Path, project: Path, policy: str) -> None:
    there = _conflicting(workspace, project, policy)
    (project / "00_Inbox" / "note one.txt").write_text("the first\n")

    assert only(told(run))["action"] == "taken"
    assert {path.name for path in there.parent.glob("Note*")} == {"Note.txt"}
    assert list((project / "00_Inbox").iterdir()) == []
    assert run("undo").code == 0
    assert (project / "00_Inbox" / "note one.txt").read_text() == "the first\n"


def test_two_files_of_one_content_in_one_inbox(run: Run, workspace: Path, project: Path) -> None:
    set_rules(workspace, RULE % "number")
    make_tree(project / "00_Inbox", {"note a.txt": "same\n", "note b.txt": "same\n", "note c.txt": "other\n"})
    before = read_tree(project)

    assert [one["action"] for one in told(run)] == ["moved", "taken", "moved"]
    assert {path.name: path.read_text() for path in (project / "01_Project Info").glob("Note*")} == {
        "Note.txt": "same\n", "Note (2).txt": "other\n"}
    assert run("undo").code == 0
    assert read_tree(project) == before


@pytest.mark.parametrize(("there", "name"), [
    ("NOTE.TXT", "Note"), (unicodedata.normalize("NFD", "Café.txt"), "Café"), ("Straße.txt", "STRASSE"),
])
def test_names_that_are_one_on_other_systems_collide(run: Run, workspace: Path, project: Path, there: str,
                                                     name: str) -> None:
    set_rules(workspace, f"  - {{id: notes, match: {{name: '^note'}}, file: {{to: info, name: '{name}'}}}}\n")
    (project / "01_Project Info" / there).write_text("the first\n")
    (project / "00_Inbox" / "note.txt").write_text("the second\n")

    assert only(told(run))["to"] == f"01_Project Info/{name} (2).txt"
    assert (project / "01_Project Info" / there).read_text() == "the first\n"


# -- names -----------------------------------------------------------------------------------------
def test_names_of_255_bytes(run: Run, project: Path, inbox: Path) -> None:
    long = ["minutes " + "长" * 81 + ".txt", "Invoice " + "x" * 243 + ".txt", "minutes " + "长" * 80 + "二.txt"]
    for number, name in enumerate(long):
        assert len(name.encode()) <= 255
        (inbox / name).write_text(f"{number}\n")

    done = told(run)

    assert [one["action"] for one in done] == ["moved"] * 3
    for one in done:
        assert len(Path(one["to"]).name.encode()) <= 255
        assert (project / one["to"]).exists()
    assert len({one["to"] for one in done}) == 3
    before = {one["path"] for one in done}
    assert run("undo").code == 0
    assert {f"00_Inbox/{path.name}" for path in inbox.iterdir()} == before


def test_names_with_braces_and_other_signs_of_patterns(run: Run, project: Path, inbox: Path) -> None:
    names = ["minutes {title}.txt", "minutes {0}.{x}.txt", "minutes }{.txt", "minutes %Y \\d+ $x.txt",
        "minutes 'a' \"b\".txt"]
    for name in names:
        (inbox / name).write_text(name)

    done = told(run)

    assert {one["action"] for one in done} == {"moved"}, done
    for one in done:
        assert (project / one["to"]).read_text() == Path(one["path"]).name
    assert any("{title}" in one["to"] for one in done)


def test_names_with_newlines_and_control_characters(run: Run, project: Path, inbox: Path) -> None:
    (inbox / "minutes\nof\tthe start\x1b[31m.txt").write_text("Minutes\n")
    (inbox / "x\nrule evil: y.bin").write_text("x\n")

    ran = run("file", "--dry-run")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert not any(line.startswith("rule evil") for line in ran.out.splitlines())
    done = told(run)

    assert done[0]["to"].startswith("02_Communications/Meetings/")
    assert not set(done[0]["to"]) & set("\n\t\x1b")
    assert (project / done[0]["to"]).read_text() == "Minutes\n"


# -- what stays ------------------------------------------------------------------------------------
@pytest.mark.parametrize("lock", [".~lock.minutes.docx#", "~$minutes.docx", ".~minutes.docx"])
def test_a_file_with_a_lock_file_stays(run: Run, inbox: Path, lock: str) -> None:
    word(inbox / "minutes.docx", "Minutes")
    (inbox / lock).write_bytes(b"li")

    assert only(told(run))["reason"] == "it is open in another program"
    (inbox / lock).unlink()
    assert only(told(run))["action"] == "moved"


def test_a_file_that_a_program_writes_to_stays(run: Run, inbox: Path) -> None:
    path = inbox / "minutes.txt"
    path.write_text("Minutes\n")
    assert run("scan").code == 0

    with path.open("r+") as stream:
        stream.read(1)
        found = told(run)
        assert [one["reason"] for one in found if one["action"] == "stays"] == ["it is open in another program"], found
    assert only(told(run))["action"] == "moved"


def test_a_file_whose_end_is_missing_stays(run: Run, inbox: Path) -> None:
    whole = word(inbox / "minutes.docx", "Minutes").read_bytes()
    (inbox / "minutes.docx").write_bytes(whole[:-200])

    ran = run("file")  # it may come yet
    assert ran.out == ""
    assert "00_Inbox/minutes.docx  (its end is missing)" in ran.err
    deadline = time.monotonic() + 60
    while not (found := told(run)):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert only(found)["reason"] == "its end is missing"


def test_an_encrypted_file_needs_review_unless_its_name_says_enough(run: Run, workspace: Path, inbox: Path) -> None:
    from zipfile import ZipFile

    set_rules(workspace, "  - {id: secret, match: {content: secret}, file: {to: info}}\n")
    for name in ("a.docx", "minutes.docx"):
        with ZipFile(inbox / name, "w") as packed:
            packed.writestr("word/document.xml", "<not xml")

    review, filed = told(run)

    assert review["reason"].startswith("needs review: no rule fits, and its text could not be read")
    assert filed["action"] == "moved"


# -- folders and rules -----------------------------------------------------------------------------
def test_a_folder_that_a_person_renamed_is_found_by_its_node(run: Run, project: Path, inbox: Path) -> None:
    (project / "02_Communications" / "Meetings").rename(project / "02_Communications" / "会议")
    assert run("scan").code == 0
    (inbox / "minutes.txt").write_text("Minutes\n")

    assert only(told(run))["to"].startswith("02_Communications/会议/")


def test_an_inbox_that_a_person_renamed_is_the_inbox(run: Run, project: Path, inbox: Path) -> None:
    (inbox / "minutes.txt").write_text("Minutes\n")
    assert run("scan").code == 0
    inbox.rename(project / "Eingang")
    assert run("scan").code == 0

    assert only(told(run))["path"] == "Eingang/minutes.txt"


def test_a_folder_that_the_project_does_not_have_leads_to_the_one_above(run: Run, inbox: Path) -> None:
    (inbox / "site plan.dwg").write_bytes(b"AC1032 drawing")

    assert only(told(run))["to"].startswith("04_Documents/P2026-001_")  # drawings are for engineering alone


def test_a_node_that_no_project_has(run: Run, workspace: Path, inbox: Path) -> None:
    set_rules(workspace, "  - {id: odd, match: {ext: txt}, file: {to: no.such}}\n")
    (inbox / "a.txt").write_text("x\n")

    assert only(told(run, code=1))["reason"] == "the project has no folder 'no.such'"


def test_the_rules_of_the_workspace_come_first(run: Run, workspace: Path, inbox: Path) -> None:
    set_rules(workspace, "  - {id: mine, match: {paper: minutes}, file: {to: info}, tags: [important]}\n")
    (inbox / "minutes.txt").write_text("Minutes\n")

    found = only(told(run))

    assert (found["rule"], found["facts"]["tags"]) == ("mine", ["important"])
    assert found["to"].startswith("01_Project Info/")


@pytest.mark.parametrize(("lang", "message"), [("en", "There is no paper 'minute'. Did you mean 'minutes'?"),
                                               ("zh", "没有名为“minute”的文件种类。是不是“minutes”？")])
def test_a_broken_rule_is_told_with_its_line_and_nothing_moves(run: Run, workspace: Path, project: Path, inbox: Path,
                                                               lang: str, message: str) -> None:
    set_rules(workspace, "  - {id: mine, match: {paper: minute}}\n")
    (inbox / "minutes.txt").write_text("Minutes\n")
    line = (workspace / "folderkit.yaml").read_text().splitlines().index("  - {id: mine, match: {paper: minute}}") + 1
    before = read_tree(project)

    ran = run("file", lang=lang)

    assert ran.code not in (0, 4)
    assert f"folderkit.yaml:{line}" in ran.err
    assert message in ran.err
    assert read_tree(project) == before


def test_a_name_that_lacks_a_fact_leaves_the_file_where_it_is(run: Run, workspace: Path, inbox: Path) -> None:
    set_rules(workspace, "  - {id: n, match: {name: '^a(?P<no>\\d+)?'},"
                         " file: {to: info, name: '{no}_{project.nick}'}}\n")
    (inbox / "a1.txt").write_text("x\n")
    (inbox / "a.txt").write_text("y\n")

    assert told(run, "--dry-run")
    assert {one["reason"] for one in told(run, code=1)} == {
        "its name needs 'project.nick', which was not found", "its name needs 'no', which was not found"}


def test_a_project_without_a_fact_that_names_ask_for(run: Run, project: Path, inbox: Path) -> None:
    facts = project / "project.yaml"
    facts.write_text(re.sub(r"(?m)^ *code:.*\n", "", facts.read_text()))
    age(make_tree(inbox, {"minutes.txt": "Minutes\n"}) / "minutes.txt")

    ran = run("file", "--json")

    assert ran.code == 0, ran.err
    assert json.loads(ran.out)[0]["to"].startswith("02_Communications/Meetings/")


def test_a_date_that_a_pattern_finds_and_is_none_ends_nothing(run: Run, workspace: Path, inbox: Path) -> None:
    set_rules(workspace, "  - {id: d, match: {name: '^d(?P<date>\\d+\\.\\d+)'}, file: {to: info, name: '{date}_x'}}\n")
    age(make_tree(inbox, {"d01.03.txt": "x\n"}) / "d01.03.txt")

    assert only(told(run))["to"] == "01_Project Info/20260305_x.txt"
