"""The registers of a project by command: listed, shown, checked, written to; what is open waits."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from folderkit import entering
from folderkit.catalog.filed import batches
from folderkit.core.project import read_project
from tests.conftest import Run
from tests.integration.test_registers_reading import saved_as
from tests.integration.test_registers_workbook import needs_libreoffice
from tests.integration.test_store import opened
from tests.integration.test_watch import Watch
from tests.trees import read_tree

TASKS = "03_Progress/Tasks & milestones.xlsx"
ROW = ("kind=task", "name=Interviews", "owner=Li Jing", "plan_start=2026-03-02", "plan_end=6 Mar 2026", "pct=25%",
       "status=In progress")


@pytest.fixture
def tasks(run: Run, project: Path) -> Path:
    """The tasks of a project with one row."""
    ran = run("register", "add", "tasks", *ROW, cwd=project)
    assert ran.code == 0, ran.err
    return project / TASKS


def rows(run: Run, project: Path, *more: str) -> list[dict[str, object]]:
    ran = run("register", "show", "tasks", "--json", *more, cwd=project)
    assert ran.code == 0, ran.err
    found: list[dict[str, object]] = json.loads(ran.out)
    return found


def names(run: Run, project: Path, *more: str) -> list[object]:
    return [row["name"] for row in rows(run, project, *more)]


def mark(tasks: Path) -> Path:
    """What Excel leaves beside an open workbook."""
    path = tasks.with_name(f"~${tasks.name}")
    path.write_bytes(b"Laura")
    return path


# -- list and show ---------------------------------------------------------------------------------
def test_list_tells_rows_and_faults(run: Run, project: Path, tasks: Path) -> None:
    run("register", "set", "tasks", "TSK-001", "plan_end=2026-03-01", cwd=project)

    listed = {one["register"]: one for one in json.loads(run("register", "list", "--json", cwd=project).out)}

    assert {"tasks", "risks", "budget", "communications"} <= set(listed)
    assert (listed["tasks"]["rows"], listed["tasks"]["errors"], listed["tasks"]["workbook"]) == (1, 1, TASKS)
    assert listed["risks"]["rows"] == 0
    shown = run("register", "list", cwd=project)
    assert "Tasks & milestones" in shown.out
    assert "register check" in shown.err


def test_a_workbook_that_is_gone_or_no_workbook_is_told(run: Run, project: Path, tasks: Path) -> None:
    tasks.rename(tasks.with_suffix(".ods"))
    (project / "06_Risk" / "Risk register.xlsx").write_bytes(b"no workbook")

    ran = run("register", "check", "--json", cwd=project)

    assert ran.code == 4
    found = {one["register"]: one for one in json.loads(ran.out)}
    assert (found["tasks"]["id"], found["risks"]["id"]) == ("workbook.missing", "workbook.unreadable")
    assert "Tasks & milestones.ods'" in found["tasks"]["hint"]
    assert run("register", "list", cwd=project).code == 0
    assert run("register", "show", "tasks", cwd=project).code == 1


def test_show_prints_a_straight_table(run: Run, project: Path, tasks: Path) -> None:
    run("register", "add", "tasks", "名称=需求调研", "负责人=李静", cwd=project)

    lines = run("register", "show", "任务与里程碑计划", cwd=project).out.splitlines()

    assert [line.split()[0] for line in lines] == ["ID", "TSK-001", "TSK-002"]
    owner = lines[0].index("Owner")
    assert lines[1][owner:].startswith("Li Jing")
    assert lines[2][owner - 4 :].startswith("李静")  # four wide characters before it
    assert "25%" in lines[1]


@pytest.mark.parametrize(("where", "expected"), [
    ("status=in_progress", ["Interviews"]), ("状态=进行中", ["Interviews"]), ("status!=done", ["Interviews", "Offer"]),
    ("owner=li jing", ["Interviews", "Offer"]), ("owner=Wang", ["Offer"]), ("act_end=", ["Interviews", "Offer"]),
    ("plan_end=2026/3/6", ["Interviews"]), ("pct=0.25", ["Interviews"]), ("plan_end!=", ["Interviews"]),
])
def test_show_lets_rows_through_that_fit(
        run: Run, project: Path, tasks: Path, where: str, expected: list[str]) -> None:
    run("register", "add", "tasks", "name=Offer", "owner=Wang、Li Jing", "status=not_started", cwd=project)

    assert names(run, project, "--where", where) == expected


@pytest.mark.parametrize(("args", "code", "words"), [
    (("show", "taks"), 2, "tasks"), (("show", "tasks", "--where", "stat=x"), 2, "status"),
    (("show", "tasks", "--where", "status=soon"), 2, "In progress"),
    (("show", "tasks", "--where", "status"), 2, "COLUMN"),
    (("add", "tasks", "name"), 2, "COLUMN=VALUE"), (("add", "tasks", "nmae=x"), 2, "name"),
    (("add", "tasks", "owner=x"), 2, "needs 'Name'"), (("add", "tasks", "name=x", "名称=y"), 2, "twice"),
    (("set", "tasks", "TSK-009", "name=x"), 3, "TSK-009"),
    (("set", "tasks", "TSK-001", "light=red"), 2, "works itself"),
    (("add", "tasks", "name=x", "pct=lots"), 2, "not a number"),
])
def test_what_cannot_be_meant_is_told_and_changes_nothing(
        run: Run, project: Path, tasks: Path, args: tuple[str, ...], code: int, words: str) -> None:
    before = read_tree(project)

    ran = run("register", *args, cwd=project)

    assert ran.code == code
    assert words in ran.err
    assert read_tree(project) == before
    zh = run("register", *args, cwd=project, lang="zh")
    assert zh.err != ran.err


# -- add and set -----------------------------------------------------------------------------------
def test_an_added_row_is_a_version_and_can_be_taken_back(run: Run, project: Path, tasks: Path) -> None:
    before = tasks.read_bytes()

    ran = run("register", "add", "tasks", "name=Offer", "due=2026-04-01", "--json", cwd=project)

    told = json.loads(ran.out)
    assert (told["row"], told["state"], told["workbook"]) == ("TSK-002", "done", TASKS)
    assert names(run, project) == ["Interviews", "Offer"]
    history = json.loads(run("history", str(tasks), "--json").out)
    assert [one["why"] for one in history][-2:] == ["register", "register"]
    assert json.loads(run("scan", "--json").out) == []
    assert "register changed  P2026-001_Acme_Site/" in run("log", "--what", "file.filed").out
    assert run("undo", told["batch"]).out.endswith(f"/{TASKS}  (as it was before)\n")
    assert tasks.read_bytes() == before
    assert run("verify", "--read").code == 0


def test_what_a_person_saved_just_before_is_kept_first(run: Run, project: Path, tasks: Path) -> None:
    book = openpyxl.load_workbook(tasks)
    book.worksheets[0]["E6"] = "Typed by hand"
    book.save(tasks)
    saved = tasks.read_bytes()

    assert run("register", "set", "tasks", "TSK-001", "pct=50%", cwd=project).code == 0

    history = json.loads(run("history", str(tasks), "--json").out)
    number = history[-2]["version"]
    assert run("restore", str(tasks), "--version", str(number), "--to", str(project / "is.xlsx")).code == 0
    assert (project / "is.xlsx").read_bytes() == saved
    assert rows(run, project)[0] | {"name": "Typed by hand", "pct": 0.5} == rows(run, project)[0]


def test_a_dry_run_changes_nothing(run: Run, workspace: Path, project: Path, tasks: Path) -> None:
    before = read_tree(workspace)

    added = run("register", "add", "tasks", "name=Offer", "--dry-run", cwd=project)
    put = run("register", "set", "tasks", "tsk-001", "status=done", "--dry-run", "--json", cwd=project)

    assert "TSK-002 would be added" in added.out
    assert json.loads(put.out)["state"] == "planned"
    assert read_tree(workspace) == before


def test_a_value_is_emptied_and_a_column_left_out(run: Run, project: Path, tasks: Path) -> None:
    assert run("register", "set", "tasks", "TSK-001", "owner=", cwd=project).code == 0
    assert rows(run, project)[0]["owner"] is None
    book = openpyxl.load_workbook(tasks)
    assert book.worksheets[0]["G5"].value == "Planned start"
    book.worksheets[0].delete_cols(7)
    book.save(tasks)

    ran = run("register", "add", "tasks", "name=Offer", "plan_start=2026-12-01", "--lang", "zh", cwd=project)

    assert ran.code == 0
    assert "没有写入：计划开始\n" in ran.err


def test_what_is_there_already_makes_no_version(run: Run, project: Path, tasks: Path) -> None:
    before = tasks.read_bytes()

    ran = run("register", "set", "tasks", "TSK-001", "status=进行中", "--json", cwd=project)

    assert (json.loads(ran.out)["state"], json.loads(ran.out)["batch"]) == ("same", None)
    assert tasks.read_bytes() == before
    assert "nothing was changed" in run("register", "set", "tasks", "TSK-001", "name=Interviews", cwd=project).out
    assert len(json.loads(run("history", str(tasks), "--json").out)) == 2


# -- what waits ------------------------------------------------------------------------------------
def test_while_it_is_open_rows_wait_and_go_in_by_the_next_command(run: Run, project: Path, tasks: Path) -> None:
    before, lock = tasks.read_bytes(), mark(tasks)

    first = run("register", "add", "tasks", "name=Offer", cwd=project)
    second = run("register", "set", "tasks", "TSK-001", "status=done", "--json", cwd=project)

    assert first.code == second.code == 0
    assert "open in another program" in first.out
    assert json.loads(second.out)["state"] == "waiting"
    assert tasks.read_bytes() == before
    listed = {one["register"]: one for one in json.loads(run("register", "list", "--json", cwd=project).out)}
    assert listed["tasks"]["waiting"] == 2

    lock.unlink()
    third = run("register", "add", "tasks", "name=Contract", cwd=project)

    assert "TSK-003" in third.out
    assert "TSK-002, which was waiting" in third.err
    assert names(run, project) == ["Interviews", "Offer", "Contract"]
    assert rows(run, project)[0]["status"] == "done"
    assert run("undo").code == 0
    assert names(run, project) == ["Interviews", "Offer"]


def test_what_cannot_go_in_any_more_is_told_and_kept(run: Run, project: Path, tasks: Path) -> None:
    lock = mark(tasks)
    run("register", "set", "tasks", "TSK-001", "status=done", cwd=project)
    lock.unlink()
    book = openpyxl.load_workbook(tasks)
    book.worksheets[0]["B6"] = "TSK-100"
    book.save(tasks)

    assert "TSK-001" in run("register", "list", cwd=project).err
    run("register", "set", "tasks", "TSK-100", "name=Next", cwd=project)
    book.worksheets[0]["B6"] = "TSK-001"
    book.save(tasks)
    run("register", "list", cwd=project)

    assert (rows(run, project)[0]["status"], rows(run, project)[0]["name"]) == ("done", "Interviews")


def test_what_would_be_taken_for_totals_does_not_wait(run: Run, project: Path, tasks: Path) -> None:
    """It could never go in, and all that came after it would wait for it."""
    mark(tasks)

    ran = run("register", "add", "tasks", "name=Total", "owner=Li Jing", cwd=project)
    assert (ran.code, "would be taken for a line of totals" in ran.err) == (2, True)
    ran = run("register", "add", "tasks", "name=Totals of the year", "--json", cwd=project)
    assert json.loads(ran.out)["state"] == "waiting"


def test_the_watch_enters_what_waits_when_it_is_closed(run: Run, project: Path, tasks: Path, watch: Watch) -> None:
    lock = mark(tasks)
    assert run("register", "add", "tasks", "name=Offer", cwd=project).code == 0
    before = tasks.read_bytes()

    lock.unlink()

    watch.until(lambda: tasks.read_bytes() != before)
    watch.until_told("TSK-002")
    assert names(run, project) == ["Interviews", "Offer"]


# -- columns that people head themselves -----------------------------------------------------------
def test_letters_of_people_are_entered_in_the_matrix(run: Run, project: Path) -> None:
    added = run("register", "add", "raci", "item=Design", "Person 1=R", "person 2=A", cwd=project)
    assert added.code == 0, added.err
    assert run("register", "set", "raci", "RAC-001", "Person 1=", "Person 3=R/C", cwd=project).code == 0

    (row,) = json.loads(run("register", "show", "raci", "--json", cwd=project).out)

    assert (row["people"], row["state"]) == ({"Person 2": ["a"], "Person 3": ["r", "c"]}, "ok")
    shown = run("register", "show", "raci", cwd=project).out.splitlines()
    assert shown[0].split()[-4:] == ["Person", "2", "Person", "3"]
    assert shown[1].split()[-2:] == ["A", "R/C"]
    assert run("undo", cwd=project).code == 0
    (row,) = json.loads(run("register", "show", "raci", "--json", cwd=project).out)
    assert row["people"] == {"Person 1": ["r"], "Person 2": ["a"]}


def test_a_person_without_a_column_is_told(run: Run, project: Path) -> None:
    added = run("register", "add", "raci", "item=Design", "Li Jing=R", cwd=project)

    assert added.code == 0
    assert "left out: Li Jing" in added.err
    refused = run("register", "set", "raci", "RAC-001", "Li Jing=R", cwd=project)
    assert (refused.code, "no column 'Li Jing'" in refused.err) == (3, True)
    wrong = run("register", "set", "raci", "RAC-001", "Person 1=Q", cwd=project)
    assert (wrong.code, "not one of: R, A, C, I" in wrong.err) == (2, True)


# -- a new project ---------------------------------------------------------------------------------
def test_a_new_project_knows_the_people_of_its_facts(run: Run, workspace: Path) -> None:
    told = ("client.contact=周宁", "client.phone=021-5555 0101", "project.manager=李静", "project.sponsor=周 宁")
    made = run("new", "门户", "--client", "绿源集团", *(word for pair in told for word in ("--set", pair)), lang="zh",
               cwd=workspace)
    assert made.code == 0, made.err

    found = json.loads(run("register", "show", "contacts", "-p", "门户", "--json", cwd=workspace).out)

    keys = ("row", "id", "name", "side", "org", "role", "phone")
    assert [tuple(row[key] for key in keys) for row in found] == [
        (6, "STK-001", "周宁", "client", "绿源集团", "client_lead", "021-5555 0101"),
        (7, "STK-002", "李静", "us", "Cedar & Stone", "pm", None)]


def test_a_new_project_of_which_no_person_is_known_has_no_contacts(run: Run, project: Path) -> None:
    assert json.loads(run("register", "show", "contacts", "--json", cwd=project).out) == []


# -- saved by an old Excel -------------------------------------------------------------------------
@needs_libreoffice
def test_a_register_that_was_saved_as_xls_is_read_and_not_written_to(run: Run, project: Path, tasks: Path) -> None:
    old = saved_as(tasks, "xls").rename(tasks.with_suffix(".xls"))
    shutil.rmtree(tasks.parent / "profile")
    tasks.unlink()
    before = old.read_bytes()

    assert names(run, project) == ["Interviews"]
    assert run("gantt", cwd=project).code == 0
    assert run("register", "check", "tasks", cwd=project).code == 0
    added = run("register", "add", "tasks", "name=x", cwd=project)
    assert (added.code, "save it as .xlsx" in added.err) == (3, True)
    assert old.read_bytes() == before


@pytest.mark.parametrize("word", ["tasks", "任务与里程碑计划", "Tasks & MILESTONES", "任务", "milest"])
def test_a_register_goes_by_name_title_or_a_part_of_it(run: Run, project: Path, tasks: Path, word: str) -> None:
    assert run("register", "show", word, "--json", cwd=project).out == run(
        "register", "show", "tasks", "--json", cwd=project).out


@pytest.mark.parametrize("word", ["log", "zzz", " "])
def test_what_fits_several_registers_or_none_is_refused(run: Run, project: Path, word: str) -> None:
    refused = run("register", "show", word, cwd=project)

    assert refused.code == 2
    assert "There is no register" in refused.err


@pytest.mark.parametrize(("given", "told"), [
    (("编号=tsk-001", "名称=Again"), "中已有 tsk-001。\n请不写编号"),
    (("名称=x", "工期(工作日)=3"), "“工期(工作日)”由公式自动计算，不能填写。"),
    (("名称=x", "状态=好了"), "任务与里程碑计划的“状态”：“好了”不在可选值中"),
])
def test_what_cannot_stand_in_a_new_row_is_refused_by_its_header(run: Run, project: Path, tasks: Path,
                                                                 given: tuple[str, ...], told: str) -> None:
    before = tasks.read_bytes()

    refused = run("register", "add", "tasks", *given, cwd=project, lang="zh")

    assert refused.code in (2, 3)
    assert told in refused.err
    assert tasks.read_bytes() == before


def test_an_amount_in_another_currency_is_refused_until_that_is_said(run: Run, project: Path) -> None:
    ran = run("register", "add", "expenses", "事由=打车", "含税金额=HK$ 50", cwd=project)
    assert (ran.code, "USD" in ran.err, "HKD" in ran.err) == (2, True, True)
    assert run("register", "add", "expenses", "事由=打车", "含税金额=HK$ 50", "币种=欧元", cwd=project).code == 2
    assert run("register", "add", "changes", "变更名称=x", "对费用影响=50欧元", cwd=project).code == 2

    assert run("register", "add", "expenses", "事由=打车", "含税金额=HK$ 50", "币种=HKD", cwd=project).code == 0
    assert run("register", "add", "expenses", "事由=停车", "含税金额=$20", cwd=project).code == 0
    rows = json.loads(run("register", "show", "expenses", "--json", cwd=project).out)
    assert [(row["gross"], row["currency"]) for row in rows] == [(50, "HKD"), (20, None)]


def test_a_row_that_would_be_taken_for_totals_is_refused_with_what_makes_it_one(run: Run, project: Path) -> None:
    new = ["register", "add", "expenses", "事由=资料汇总", "含税金额=1500"]
    ran = run(*new, cwd=project, lang="zh")
    assert (ran.code, ran.err) == (2, "错误：支出台账：“资料汇总”会被当作合计行。\n"
                                      "如果是数据行，请再填一个单元格，如日期或相关的人。\n")
    assert run(*new, "经办人=李静", cwd=project).code == 0
    plain = run("register", "add", "expenses", "事由=汇总", "经办人=李静", cwd=project)
    assert (plain.code, "call it something else" in plain.err) == (2, True)

    emptied = run("register", "set", "expenses", "EXP-001", "经办人=", cwd=project)
    assert (emptied.code, "would be taken for a line of totals" in emptied.err) == (2, True)


def test_an_amount_that_is_set_is_one_in_the_currency_of_its_row(run: Run, project: Path) -> None:
    for given in (["币种=港币"], []):
        assert run("register", "add", "expenses", "事由=打车", "含税金额=50", *given, cwd=project).code == 0

    assert run("register", "set", "expenses", "exp-001", "含税金额=HK$ 60", cwd=project).code == 0
    ran = run("register", "set", "expenses", "EXP-001", "含税金额=US$ 60", cwd=project)
    assert (ran.code, "is no amount in HKD" in ran.err, "currency=USD" in ran.err) == (2, True, True)
    assert run("register", "set", "expenses", "EXP-001", "含税金额=US$ 60", "币种=", cwd=project).code == 0
    assert run("register", "set", "expenses", "EXP-002", "含税金额=HK$ 60", cwd=project).code == 2
    assert run("register", "set", "expenses", "EXP-099", "含税金额=US$ 60", cwd=project).code == 3
    rows = json.loads(run("register", "show", "expenses", "--json", cwd=project).out)
    assert [(row["gross"], row["currency"]) for row in rows] == [(60, None), (50, None)]


def test_a_column_that_is_none_of_raci_is_told_as_it_was_typed(run: Run, project: Path) -> None:
    refused = run("register", "add", "raci", "item=Design", "job=Design", cwd=project)

    assert "RACI matrix, 'job': 'Design' is not one of: R, A, C, I" in refused.err


def test_an_entry_with_its_number_is_entered_once_after_a_kill(run: Run, project: Path, workspace: Path, tasks: Path
                                                               ) -> None:
    assert run("register", "add", "tasks", "id=TSK-009", "name=Offer", cwd=project).code == 0
    after = tasks.read_bytes()
    with contextlib.closing(opened(workspace)) as store:
        owner = read_project(project)
        (step,) = batches(store.catalog, 1)[0]
        again = entering.prepared(store, owner, "tasks", "", {"id": "TSK-009", "name": "Offer"})._replace(id=step.batch)
        assert entering.enter(store, owner, tasks, again).row == "TSK-009"
    assert tasks.read_bytes() == after


def test_show_tells_what_stands_outside_the_table_as_no_cell(run: Run, project: Path, tasks: Path) -> None:
    book = openpyxl.load_workbook(tasks)
    sheet = book.worksheets[0]
    sheet["C60"] = sheet["D60"] = sheet["E60"] = "Not of the table"
    book.save(tasks)

    assert "Missing" not in (told := run("register", "show", "tasks", cwd=project).err)
    assert "worth a look" in told
    run("register", "set", "tasks", "TSK-001", "owner=", cwd=project)
    assert "Missing or not understood: 1 cell." in run("register", "show", "tasks", cwd=project).err


def test_commands_that_write_at_once_all_get_their_rows_in(run: Run, project: Path, tasks: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-m", "folderkit", "register", "add", "tasks", f"name=Task {number}"],
                                cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for number in range(4)]
    said = [writer.communicate()[0].decode() for writer in writers]

    assert sorted(line[:17] for line in said) == [f"TSK-00{number} was added" for number in (2, 3, 4, 5)]
    assert sorted(map(str, names(run, project))) == ["Interviews", "Task 0", "Task 1", "Task 2", "Task 3"]
    assert run("verify", "--read").code == 0
