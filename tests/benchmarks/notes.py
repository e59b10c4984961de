"""A thousand different meeting notes in one command, against a loop around docxtpl over the same rows."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from folderkit.core.resources import find
from folderkit.documents import read_template
from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import WALL, Race, Run, RunFailed, Spent, process

COUNT, GOAL = 1_000, 1 / 40
_LOOP = """
import datetime, json, sys
from docxtpl import DocxTemplate
from jinja2 import Environment

def date(value, form=None):
    if not value:
        return ""
    day = datetime.date.fromisoformat(value)
    return day.strftime(form) if form else f"{day.year}年{day.month}月{day.day}日"

tags = Environment()
tags.filters.update(date=date, lines=str.splitlines, fit=lambda picture, width, height: picture)
for number, row in enumerate(json.load(open(sys.argv[2], encoding="utf-8"))):
    document = DocxTemplate(sys.argv[1])
    document.render(row, tags, autoescape=True)
    document.save(f"{sys.argv[3]}/{number}.docx")
"""


def races(ground: Ground) -> Iterator[Race]:
    if "--each" not in subprocess.run([*FOLDERKIT, "fill", "--help"], check=True, capture_output=True, text=True,
                                      encoding="utf-8").stdout:
        ground.leave_out("meeting notes in one command ('folderkit fill' has no --each)")
        return
    count = 3 if ground.tiny else COUNT
    rows, place = [_row(number) for number in range(count)], ground.fresh()
    template = read_template(find("templates", None)["meeting-notes"]).edition("zh")
    workbook, data, script = place / "rows.xlsx", place / "rows.json", place / "loop.py"
    _write_workbook(workbook, rows)
    data.write_text(json.dumps([_context(row) for row in rows], ensure_ascii=False), encoding="utf-8")
    script.write_text(_LOOP, encoding="utf-8")

    runs: dict[str, Run] = {"folderkit": ground.in_fresh(_made(rows, lambda out: [
        *FOLDERKIT, "fill", template, "--data", workbook, "--each", "--out", out, "--quick", "--lang", "zh"]))}
    for name in ("docxtpl", "rust-docxtpl"):
        if name in ground.engines.commands:
            runs[name] = ground.in_fresh(_made(rows, _loop(ground.engines.commands[name][0], script, template, data)))
    yield Race(f"{count:,} meeting notes", "'folderkit fill meeting-notes.zh.docx --data rows.xlsx --each --out DIR "
               "--quick' as a whole process, against a script that loads, renders and saves with docxtpl for each of "
               "the same rows, which it reads from JSON; each document checked for the meeting it is of", runs,
               rounds=3, figure=WALL, warm_up=False, goals={"docxtpl": GOAL})


def _loop(python: str | Path, script: Path, template: Path, data: Path) -> Callable[[Path], Sequence[str | Path]]:
    return lambda out: [python, script, template, data, out]


def _made(rows: Sequence[dict[str, str]], command: Callable[[Path], Sequence[str | Path]]) -> Callable[[Path], Spent]:
    """A run of the command that makes a document for each row in a folder. Raises `RunFailed` when it makes others."""
    def run(folder: Path) -> Spent:
        out = folder / "out"
        out.mkdir()
        spent = process(command(out), folder)
        texts = [_text(path) for path in out.glob("*.docx")]
        lost = [row["meeting.title"] for row in rows if sum(row["meeting.title"] in text for text in texts) != 1]
        if lost or len(texts) != len(rows):
            raise RunFailed(f"{len(texts)} documents of {len(rows)} rows; none, or several, are of {lost[:3]}")
        return spent

    return run


def _text(document: Path) -> str:
    with zipfile.ZipFile(document) as file:
        return file.read("word/document.xml").decode()


# -- the rows --------------------------------------------------------------------------------------
_PEOPLE = ("王晓", "周婷", "李想", "赵敏", "陈立", "孙悦")
_TOPICS = ("进度与里程碑", "需求变更", "风险与问题", "验收安排", "预算执行", "人员安排")
_LISTS = {"topics": ("topic", "points", "conclusion"), "decisions": (), "actions": ("action", "owner", "due", "accept")}


def _row(number: int) -> dict[str, str]:
    """The cells of a row, by field; a list stands in one cell, a member to a line."""
    def several(words: Sequence[str], count: int) -> list[str]:
        return [words[(number + step) % len(words)] for step in range(count)]

    day = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    return {
        "project.name": f"门店订货系统 {number // 10 + 1} 期", "meeting.title": f"第（{number + 1}）次项目例会",
        "meeting.date": day, "meeting.time": f"{9 + number % 8}:00–{10 + number % 8}:30", "meeting.place": "三楼会议室",
        "meeting.chair": _PEOPLE[number % 6], "meeting.recorder": _PEOPLE[(number + 1) % 6],
        "meeting.attendees": "、".join(several(_PEOPLE, 4)), "meeting.client_attendees": "何主任、许经理",
        "topics": "\n".join(f"{topic}（议题 {number}-{at}）" for at, topic in enumerate(several(_TOPICS, 4), 1)),
        "decisions": "\n".join(f"同意“{topic}”的第 {number} 号方案 & 附件" for topic in several(_TOPICS, 3)),
        "actions": "\n".join(f"{person}整理第 {number} 号清单" for person in several(_PEOPLE, 4)),
        "next_meeting": f"下次会议：第 {number + 2} 次项目例会", "doc.title": "会议纪要", "doc.version": "1.0",
        "doc.code": f"PMO-{number + 1:04d}", "doc.secrecy": "内部", "doc.author": _PEOPLE[number % 6], "today": day,
        "firm.name": "青木咨询有限公司", "firm.short_name": "青木咨询",
    }


def _context(row: dict[str, str]) -> dict[str, Any]:
    """The same as docxtpl wants it: groups of fields, and lists."""
    context: dict[str, Any] = {"firm": {"logo": ""}, "attachments": []}
    for field, cell in row.items():
        *groups, name = field.split(".")
        group = context
        for each in groups:
            group = group.setdefault(each, {})
        group[name] = cell
    for name, fields in _LISTS.items():
        members = row[name].split("\n")
        context[name] = [{**dict.fromkeys(fields, ""), fields[0]: member} for member in members] if fields else members
    return context


def _write_workbook(path: Path, rows: Sequence[dict[str, str]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            sheet.write_row(number, 0, cells)
