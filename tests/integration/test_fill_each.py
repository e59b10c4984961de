"""A document for each record of a table: all of them or none, told apart, each with its own values."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.documents import many, provenance_of, soffice
from folderkit.documents.pages.libreoffice import Office
from folderkit.operations.fill import each as fill_each
from folderkit.operations.fill import planning_each
from tests.conftest import Run
from tests.integration.test_fill_again import edit


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.docx"
    document = Document()
    document.add_paragraph("{{ client.name }}, {{ amount | money }}, due {{ due | date }}")
    document.add_paragraph("{% if note %}{{ note }}{% endif %}")
    document.save(str(path))
    return path


def workbook(path: Path, rows: Sequence[Sequence[Any]], before: Sequence[Sequence[Any]] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (*before, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def texts(folder: Path) -> dict[str, str]:
    return {path.name: "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs).strip()
            for path in sorted(folder.glob("*.docx"))}


HEAD = ("client.name", "amount", "due")
ROWS = [("Acme & Sons", 1200.5, dt.date(2026, 3, 1)), ("江南茶业", 300, dt.date(2026, 4, 30))]
WANTED = ["Acme & Sons, ¥1,200.50, due 1 March 2026", "江南茶业, ¥300.00, due 30 April 2026"]


def test_a_row_of_a_workbook_is_a_document(run: Run, letter: Path, tmp_path: Path) -> None:
    data = workbook(tmp_path / "rows.xlsx", [HEAD, ROWS[0], (None, None, None), ROWS[1]],
                    before=[("Clients of the year",), ()])
    ran = run("fill", str(letter), "--data", str(data), "--each", "--out", str(tmp_path / "out"), cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert texts(tmp_path / "out") == {"letter_V1.0_4.docx": WANTED[0], "letter_V1.0_6.docx": WANTED[1]}
    assert "2 files made" in ran.out
    assert [path for path in (tmp_path / "out").iterdir() if path.name.startswith(TEMPORARY_PREFIX)] == []


@pytest.mark.parametrize(("encoding", "delimiter"),
                         [("utf-8-sig", ","), ("gb18030", ","), ("utf-16", "\t"), ("utf-8", ";")])
def test_csv_in_any_encoding(run: Run, letter: Path, tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [delimiter.join(HEAD), *(delimiter.join(map(str, row)) for row in ROWS)]
    (tmp_path / "rows.csv").write_text("\n".join(rows), encoding=encoding)
    ran = run("fill", str(letter), "--data", "rows.csv", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert list(texts(tmp_path / "out").values()) == WANTED


def test_a_list_of_records_and_what_all_have(run: Run, letter: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(
        "- client: {name: Acme}\n  filename: first\n- client.name: 江南茶业\n  note: 老客户\n", encoding="utf-8")
    ran = run("fill", str(letter), "--data", "rows.yaml", "--each", "--out", ".", "--set", "amount=1",
              "--set", "due=2026-03-01", "--dry-run", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == ["first.docx", "letter_V1.0.docx"]
    assert not (tmp_path / "first.docx").exists()
    (tmp_path / "rows.json").write_text(json.dumps([{"client": {"name": "Acme"}, "note": "n"}]), encoding="utf-8")
    assert run("fill", str(letter), "--data", "rows.json", "--each", "--out", "out", "--set", "amount=1",
               "--set", "due=2026-03-01", cwd=tmp_path).code == 0


def test_a_column_names_each_document(run: Run, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "文件名", "Remark"), (*ROWS[0], "通知 Acme", "x"),
                                      (*ROWS[1], "茶.docx", "y")])
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert list(texts(tmp_path / "out")) == ["茶.docx", "通知 Acme.docx"]
    assert "does not use: Remark" in ran.err


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_made(run: Run, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "filename"), (*ROWS[0], "a"), ("x", None, ROWS[0][2], "b"),
                                      ("y", None, ROWS[0][2], "c"), (*ROWS[1], "a/b")])
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 2
    assert "Row 3–4: 'letter' needs values that nobody gave:\n  amount" in ran.err
    assert "Row 5: 'a/b.docx' cannot be the document's name" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_record_that_cannot_be_rendered_leaves_nothing(run: Run, letter: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(
        '- {client.name: A, amount: 1, due: 2026-03-01}\n- {client.name: "b\\x01", amount: 2, due: 2026-03-01}\n')
    ran = run("fill", str(letter), "--data", "rows.yaml", "--each", "--out", "out", lang="zh", cwd=tmp_path)
    assert ran.code == 2
    assert "第 2 条" in ran.err
    assert "client.name (U+0001)" in ran.err
    assert not (tmp_path / "out").exists()


def test_nothing_is_replaced(run: Run, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "filename"), (*ROWS[0], "a"), (*ROWS[1], "b")])
    (tmp_path / "b.docx").write_text("mine")
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", ".", cwd=tmp_path)
    assert ran.code == 3
    assert "b.docx' is already there" in ran.err
    assert not (tmp_path / "a.docx").exists()
    assert (tmp_path / "b.docx").read_text() == "mine"


def test_two_names_that_one_folder_cannot_hold_are_told_apart(run: Run, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "filename"), (*ROWS[0], "Note"), (*ROWS[1], "note")])
    assert run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path).code == 0
    assert list(texts(tmp_path / "out")) == ["Note_2.docx", "note_3.docx"]


@pytest.mark.parametrize(("rows", "told"), [
    ([("name", "sum"), ("a", 1)], "names a field of the template; it begins with: name, sum"),
    ([], "it begins with: nothing"),
    ([("amount", "Amount"), (1, 2)], "more than one column for amount: amount, Amount"),
])
def test_tables_that_cannot_be_meant(run: Run, letter: Path, tmp_path: Path, rows: list[tuple[Any, ...]], told: str
                                     ) -> None:
    workbook(tmp_path / "rows.xlsx", rows)
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize(("name", "content", "told"), [
    ("rows.yaml", b"a: 1", "is no list of records"), ("rows.yaml", b"- a\n- b", "is no list of records"),
    ("rows.xlsx", b"PK\3\4", "is not a workbook that can be read"), ("rows.csv", b'a,"b\n', "is no CSV file"),
    ("rows.csv", b"", "it begins with: nothing"), ("gone.csv", None, "gone.csv"), ("folder.csv/x", b"", "folder.csv"),
])
def test_files_that_are_no_table(run: Run, letter: Path, tmp_path: Path, name: str, content: bytes | None, told: str
                                 ) -> None:
    if content is not None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    ran = run("fill", str(letter), "--data", name.partition("/")[0], "--each", "--out", "out", cwd=tmp_path)
    assert ran.code in (1, 2)
    assert told in ran.err


def test_each_needs_records_and_a_folder(run: Run, letter: Path, tmp_path: Path) -> None:
    assert "--each needs the records" in run("fill", str(letter), "--each", cwd=tmp_path).err
    workbook(tmp_path / "rows.xlsx", [HEAD, *ROWS])
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "letter.docx", cwd=tmp_path)
    assert ran.code == 2
    assert "with --each it is a folder" in ran.err


def test_on_several_processes_the_same(run: Run, letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"Client {number} & Co", number, dt.date(2026, 1, 1)) for number in range(100)]
    workbook(tmp_path / "rows.xlsx", [HEAD, *rows])
    command = ("fill", str(letter), "--data", "rows.xlsx", "--each", "--out")
    monkeypatch.setattr(many, "cores", lambda: 3)
    assert run(*command, "many", cwd=tmp_path).code == 0
    monkeypatch.setattr(many, "cores", lambda: 1)
    assert run(*command, "one", cwd=tmp_path).code == 0
    names = [path.name for path in sorted((tmp_path / "one").iterdir())]
    assert len(names) == 100
    assert [path.name for path in sorted((tmp_path / "many").iterdir())] == names
    for name in names:
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()
    assert "Client 7 & Co" in texts(tmp_path / "many")["letter_V1.0_009.docx"]


def test_a_process_that_is_killed_is_told(run: Run, letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                          ) -> None:
    workbook(tmp_path / "rows.xlsx", [HEAD, *[(f"C{number}", 1, dt.date(2026, 1, 1)) for number in range(100)]])
    monkeypatch.setattr(many, "cores", lambda: 2)
    monkeypatch.setattr(many._Work, "make", lambda work, number: os.kill(os.getpid(), signal.SIGKILL))
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 1
    assert "was ended by the system" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_template_that_is_saved_meanwhile_mixes_no_two_states(run: Run, letter: Path, tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    workbook(tmp_path / "rows.xlsx", [HEAD, *ROWS])
    make, other = many._Work.make, Document()
    other.add_paragraph("Other words for {{ client.name }}, {{ amount }} and {{ due }}")

    def saved_first(work: many._Work, number: int) -> Any:
        other.save(str(letter))
        return make(work, number)

    monkeypatch.setattr(many._Work, "make", saved_first)
    assert run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path).code == 0
    assert list(texts(tmp_path / "out").values()) == WANTED


def test_a_number_that_makes_a_name_of_another_row(run: Run, letter: Path, tmp_path: Path) -> None:
    names = ["Note", "Note", "Note_2", "n" * 250, "n" * 250, "e\u0301", "\u00e9"]
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "filename"), *[(*ROWS[0], name) for name in names]])
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 0, ran.err
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(made) == len(names)
    assert {"Note_2.docx", "Note_2 (2).docx", "Note_3.docx", f"{'n' * 248}_5.docx", "\u00e9_8.docx"} <= set(made)


def test_what_stands_in_the_way_at_the_last_moment_leaves_nothing(
    run: Run, letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "filename"), (*ROWS[0], "a"), (*ROWS[1], "b")])
    monkeypatch.setattr(planning_each, "refuse_existing", lambda plans: None)
    (tmp_path / "b.docx").write_text("mine")
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", ".", cwd=tmp_path)
    assert ran.code == 3
    assert "b.docx' was made or changed a moment ago" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.docx", "letter.docx", "rows.xlsx"]
    assert (tmp_path / "b.docx").read_text() == "mine"


def test_what_a_record_leaves_empty_all_have(run: Run, letter: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text("- {client.name: Acme, due: 2026-03-01, amount: , filename: }\n")
    ran = run("fill", str(letter), "--data", "rows.yaml", "--each", "--out", "out", "--set", "amount=5", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert texts(tmp_path / "out") == {"letter_V1.0.docx": "Acme, ¥5.00, due 1 March 2026"}


def test_a_field_may_be_called_filename(run: Run, tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("{{ filename }} at {{ time }}")
    document.save(str(tmp_path / "cover.docx"))
    workbook(tmp_path / "rows.xlsx", [("filename", "time"), ("plan", dt.time(9, 5))])
    ran = run("fill", "cover.docx", "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert texts(tmp_path / "out") == {"plan.docx": "plan at 09:05"}


def test_cells_as_they_arrive_in_fields_of_text(run: Run, tmp_path: Path) -> None:
    cells = {"yes": True, "share": 0.5, "sum": 1200.5, "whole": 12.0, "day": dt.date(2026, 3, 1),
             "moment": dt.datetime(2026, 3, 1, 9, 30), "time": dt.time(9, 5),
             "long": dt.timedelta(hours=26, minutes=30)}
    document = Document()
    for name in cells:
        document.add_paragraph(f"{{{{ {name} }}}}")
    document.add_paragraph("{{ part | percent }} {{ paid | money }} {{ due | date }}{% if open %} open{% endif %}")
    document.save(str(tmp_path / "cover.docx"))
    workbook(tmp_path / "rows.xlsx", [(*cells, "part", "paid", "due", "open"),
                                      (*cells.values(), 0.5, 1200.5, dt.date(2026, 3, 1), True)])
    sheet = openpyxl.load_workbook(tmp_path / "rows.xlsx")
    sheet.worksheets[0].cell(2, list(cells).index("long") + 1).number_format = "[h]:mm"
    sheet.save(tmp_path / "rows.xlsx")
    ran = run("fill", "cover.docx", "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 0, ran.err
    (text,) = texts(tmp_path / "out").values()
    assert text.splitlines() == ["TRUE", "0.5", "1200.5", "12", "2026-03-01", "2026-03-01 09:30", "09:05", "26:30",
                                 "50% ¥1,200.50 1 March 2026 open"]


def test_without_records_it_says_so(run: Run, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [HEAD])
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "There are no records in rows.xlsx, so nothing was made.\n")


def test_of_many_faults_some_are_told(run: Run, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [HEAD, *[("a", f"x{number}", ROWS[0][2]) for number in range(70)]])
    ran = run("fill", str(letter), "--data", "rows.xlsx", "--each", "--out", "out", cwd=tmp_path)
    assert ran.code == 2
    assert ran.err.count("is not a number") == 50
    assert "and 20 more." in ran.err


# -- in a project ----------------------------------------------------------------------------------
def test_in_a_project_each_is_a_document_of_it(run: Run, project: Path, tmp_path: Path) -> None:
    rows = [("Kick-off", dt.date(2026, 3, 2), "9:00", "Ann; Bob", "Start at once"),
            ("Review", dt.date(2026, 3, 9), "9:00", "Ann", "Wait for the papaya report"),
            ("Review", dt.date(2026, 3, 9), "14:00", "Bob", None)]
    workbook(tmp_path / "rows.xlsx", [("会议名称", "meeting.date", "Time", "Who was present", "Decisions"), *rows])
    command = ("fill", "meeting-notes", "-p", "Site", "--data", str(tmp_path / "rows.xlsx"), "--each", "--json")
    planned = json.loads(run(*command, "--dry-run").out)
    assert not any((Path.cwd() / one["path"]).exists() for one in planned)
    ran = run(*command)
    assert ran.code == 0, ran.err
    made = [Path.cwd() / one["path"] for one in json.loads(ran.out)]
    assert json.loads(ran.out) == planned
    assert len({*made}) == 3
    assert all(path.is_relative_to(project / "02_Communications" / "Meetings") for path in made)
    assert [path.stem.rpartition("_")[2] for path in made[1:]] == ["3", "4"], "two would have had one name"
    assert json.loads(run("scan", "--json").out) == []
    for path in made:
        assert [one["why"] for one in json.loads(run("history", str(path), "--json").out)] == ["fill"]
    assert made[1].name in run("find", "papaya").out


MEETING = ("meeting.title", "meeting.date", "meeting.time", "meeting.attendees")
MEETINGS = [("Kick-off", dt.date(2026, 3, 2), "9:00", "Ann"), ("Review", dt.date(2026, 3, 9), "9:00", "Bob"),
            ("Review", dt.date(2026, 3, 9), "14:00", "Bob")]


def test_again_only_what_is_new_or_has_changed_is_made(run: Run, project: Path, tmp_path: Path) -> None:
    data = tmp_path / "rows.xlsx"
    command = ("fill", "meeting-notes", "-p", "Site", "--data", str(data), "--each")
    workbook(data, [MEETING, *MEETINGS])
    first = json.loads(run(*command, "--json").out)
    edit(Path.cwd() / first[1]["path"])
    workbook(data, [MEETING, ("Kick-off", dt.date(2026, 3, 2), "10:30", "Ann"), *MEETINGS[1:],
                    ("Closing", dt.date(2026, 5, 1), "9:00", "Ann")])

    ran = run(*command, "--json")

    assert ran.code == 0, ran.err
    again = json.loads(ran.out)
    assert [(one["document_version"], one["made"]) for one in again] == [
        ("1.1", True), ("1.0", False), ("1.0", False), ("1.0", True)]
    assert [one["path"] for one in again[1:3]] == [one["path"] for one in first[1:]]
    assert "4 of 4 documents are there already" in run(*command).out
    assert len(list((Path.cwd() / first[0]["path"]).parent.glob("*.docx"))) == 5
    assert [one["document_version"] for one in json.loads(run(*command, "--beside", "--json").out)] == [
        "1.2", "1.1", "1.1", "1.1"]


def test_what_was_there_before_is_made_again_in_another_language_by_another_template_or_when_it_is_gone(
    run: Run, project: Path, letter: Path, tmp_path: Path
) -> None:
    data, inbox = workbook(tmp_path / "rows.xlsx", [HEAD, *ROWS]), project / "00_Inbox"
    command = ("fill", str(letter), "-p", "Site", "--data", str(data), "--each", "--out", str(inbox), "--json")

    def made(*options: str) -> list[bool]:
        ran = run(*command, *options)
        assert ran.code == 0, ran.err
        return [one["made"] for one in json.loads(ran.out)]

    assert made() == [True, True]
    assert made() == [False, False]
    assert made("--lang", "zh") == [True, True]
    assert made("--set", "doc.version=7") == [True, True]
    document = Document(str(letter))
    document.add_paragraph("{{ client.name }}")
    document.save(str(letter))
    assert made() == [True, True]
    for path in inbox.glob("*_2.docx"):
        path.unlink()
    assert made() == [True, False]


def test_a_run_that_failed_on_its_way_is_gone_on_with(run: Run, project: Path, letter: Path, tmp_path: Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    data, inbox = tmp_path / "rows.xlsx", project / "00_Inbox"
    workbook(data, [(*HEAD, "filename"), *[(*ROWS[0], f"c{number}") for number in range(5)]])
    command = ("fill", str(letter), "-p", "Site", "--data", str(data), "--each", "--out", str(inbox))
    monkeypatch.setattr(fill_each, "_PLACED", 2)
    with monkeypatch.context() as blind:
        blind.setattr(planning_each, "refuse_existing", lambda plans: None)
        (inbox / "c4.docx").write_text("mine")
        assert run(*command).code == 3
    assert sorted(path.name for path in inbox.iterdir()) == [f"c{number}.docx" for number in range(5)]
    assert (inbox / "c4.docx").read_text() == "mine"
    (inbox / "c4.docx").unlink()

    ran = run(*command)

    assert (ran.code, "1 files made" in ran.out, "4 of 5 documents" in ran.out) == (0, True, True), ran.err
    for path in inbox.iterdir():
        assert [one["why"] for one in json.loads(run("history", str(path), "--json").out)][-1] == "fill"
    assert {found.version for path in inbox.iterdir() if (found := provenance_of(path))} == {"1.0"}


def test_what_somebody_edited_is_not_passed_over(run: Run, project: Path, tmp_path: Path) -> None:
    data = workbook(tmp_path / "rows.xlsx", [MEETING, *MEETINGS[:2]])
    command = ("fill", "meeting-notes", "-p", "Site", "--data", str(data), "--each", "--json")
    first, second = (Path.cwd() / one["path"] for one in json.loads(run(*command).out))
    edit(second)
    edited = second.read_bytes()
    assert [one["made"] for one in json.loads(run(*command).out)] == [False, False]
    assert second.read_bytes() == edited
    workbook(data, [MEETING, MEETINGS[0], (*MEETINGS[1][:3], "Ann")])
    ran = run(*command)
    assert (ran.code, f"'{second.name}' was edited" in ran.err) == (3, True)
    assert not list(first.parent.glob("*V1.1*"))

    assert run(*command, "--replace").code == 0

    whys = [[one["why"] for one in json.loads(run("history", str(path), "--json").out)] for path in (first, second)]
    assert whys == [["fill", "fill"], ["fill", "before-fill", "fill"]]
    assert run("restore", str(second), "--version", "2").code == 0
    assert second.read_bytes() == edited
    assert len(json.loads(run(*command, "--beside").out)) == 2
    assert len(list(first.parent.glob("*V1.1*"))) == 2
    told = json.loads(run("status", "--json").out)["projects"][0]["outdated"]
    assert told == []
    found = provenance_of(first)
    assert found is not None
    assert found.template == "meeting-notes"


def test_each_of_the_documents_that_share_a_name_is_told_when_it_is_out_of_date(
    run: Run, project: Path, letter: Path, tmp_path: Path
) -> None:
    data, inbox = tmp_path / "rows.xlsx", project / "00_Inbox"
    command = ("fill", str(letter), "-p", "Site", "--data", str(data), "--each", "--out", str(inbox))
    workbook(data, [HEAD, *ROWS])
    assert run(*command).code == 0
    workbook(data, [HEAD, ROWS[0], (*ROWS[1][:1], 301, *ROWS[1][2:])])
    assert run(*command).code == 0
    assert json.loads(run("status", "--json").out)["projects"][0]["outdated"] == []
    document = Document(str(letter))
    document.add_paragraph("With kind regards")
    document.save(str(letter))

    told = json.loads(run("status", "--json").out)["projects"][0]["outdated"]

    assert [Path(one["path"]).name for one in told] == ["letter_V1.0_2.docx", "letter_V1.1_3.docx"]


def test_documents_that_share_a_name_have_versions_of_their_own(run: Run, project: Path, letter: Path, tmp_path: Path
                                                                ) -> None:
    data, inbox = tmp_path / "rows.xlsx", project / "00_Inbox"
    command = ("fill", str(letter), "-p", "Site", "--data", str(data), "--each", "--out", str(inbox))
    workbook(data, [HEAD, *ROWS])
    assert run(*command).code == 0
    changed = [ROWS[0], (*ROWS[1][:1], 301, *ROWS[1][2:]), ("New", 1, ROWS[0][2])]
    workbook(data, [HEAD, *changed])
    assert run(*command).code == 0
    assert sorted(texts(inbox)) == ["letter_V1.0_2.docx", "letter_V1.0_3.docx", "letter_V1.0_4.docx",
                                    "letter_V1.1_3.docx"]
    edit(inbox / "letter_V1.1_3.docx")
    assert run(*command).code == 0
    workbook(data, [HEAD, *changed[:1], (*ROWS[1][:1], 302, *ROWS[1][2:]), changed[2]])

    ran = run(*command)
    assert (ran.code, "'letter_V1.1_3.docx' was edited" in ran.err) == (3, True)
    ran = run(*command, "--replace")

    assert ran.code == 0, ran.err
    assert {name: text for name, text in texts(inbox).items() if "_3" in name} == {
        "letter_V1.0_3.docx": "江南茶业, $300.00, due 30 April 2026",
        "letter_V1.1_3.docx": "江南茶业, $302.00, due 30 April 2026"}
    assert run(*command, "--beside").code == 0
    assert len(list(inbox.glob("*.docx"))) == 7


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed (apt install libreoffice-writer)")
def test_one_start_of_libreoffice_tells_the_pages_of_all(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                         ) -> None:
    rows = [{"title": f"Report {number}", "pages": [f"Part {part}" for part in range(number + 1)]}
            for number in range(3)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    write_contents(tmp_path / "report.docx")
    starts: list[int] = []
    convert = Office.convert

    def counted(office: Office, sources: Sequence[Path], *more: Any) -> Any:
        starts.append(len(sources))
        return convert(office, sources, *more)

    monkeypatch.setattr(Office, "convert", counted)
    command = ("fill", "report.docx", "--data", "rows.json", "--each", "--out")

    assert run(*command, "out", cwd=tmp_path).code == 0

    assert starts == [3]
    for number, path in enumerate(sorted((tmp_path / "out").iterdir())):
        listed = [paragraph.text for paragraph in Document(str(path)).paragraphs if "\t" in paragraph.text]
        assert listed == [f"Part {part}\t{part + 2}" for part in range(number + 1)]
    assert run(*command, "quick", "--quick", cwd=tmp_path).code == 0
    assert starts == [3]


def write_contents(path: Path) -> None:
    """A template with a table of contents; each of `pages` is a heading on a page of its own."""
    document = Document()
    paragraph = document.add_paragraph()
    for kind, text in (("begin", ""), ("", 'TOC \\o "1-3"'), ("separate", ""), ("end", "")):
        run_ = paragraph.add_run()._r
        if text:
            instruction = OxmlElement("w:instrText")
            instruction.text = text
            run_.append(instruction)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run_.append(mark)
    document.add_paragraph("{%p for page in pages %}")
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_heading("{{ page }}", 1)
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{{ title }}")
    document.save(str(path))


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed (apt install libreoffice-writer)")
def test_each_has_its_pdf_which_is_a_file_of_the_project(run: Run, project: Path, letter: Path, tmp_path: Path) -> None:
    workbook(tmp_path / "rows.xlsx", [(*HEAD, "filename"), (*ROWS[0], "a"), (*ROWS[1], "b")])
    (project / "00_Inbox" / "a.xlsx").write_bytes(b"a")
    ran = run("fill", str(letter), "-p", "Site", "--data", str(tmp_path / "rows.xlsx"), "--each", "--pdf", "--out",
              str(project / "00_Inbox"))
    assert ran.code == 0, ran.err
    assert {path.name for path in (project / "00_Inbox").glob("*.pdf")} == {"a.docx.pdf", "b.pdf"}
    pdf = project / "00_Inbox" / "b.pdf"
    assert pdf.read_bytes().startswith(b"%PDF")
    assert [one["why"] for one in json.loads(run("history", str(pdf), "--json").out)] == ["fill"]
    assert run("fill", str(letter), "--data", str(tmp_path / "rows.xlsx"), "--each", "--pdf", "--out", "out",
               cwd=tmp_path).code == 0
    assert (tmp_path / "out" / "a.pdf").read_bytes().startswith(b"%PDF")
