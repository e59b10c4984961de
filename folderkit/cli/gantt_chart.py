"""Tasks as bars in a terminal. Bars are of ASCII alone: blocks and lines are as wide as two letters on many Chinese
terminals, and nothing would stand below its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from folderkit.cli.output import width
from folderkit.core.language import Language, Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.operations.gantt import Task

_LEAST = 24  # columns of the bars, however narrow the terminal is
_WIDEST_NAME, _WIDEST_OWNER = 30, 12
_STEPS = (1, 2, 7, 14, 28)  # days of a column
_LONG = 330  # days from which on a label is a month
_DONE, _PLANNED, _LATE, _STAGE, _MILESTONE, _TODAY = "#", "-", "!", "=", "*", "|"
_COLORS = {_DONE: "green", _PLANNED: "cyan", _LATE: "red", _MILESTONE: "yellow", _TODAY: "red"}
Bounds = tuple[dt.date | None, dt.date | None]


class _Row(NamedTuple):
    """What stands left of a bar."""

    name: str
    owner: str
    share: str


class Chart:
    """The chart of tasks, of which there is at least one; `bounds` are the first and the last day that are wanted, and
    `columns` how wide the terminal is."""

    def __init__(self, tasks: Sequence[Task], today: dt.date, language: Language, bounds: Bounds, columns: int) -> None:
        self.tasks, self.today, self.language = tasks, today, language
        self.rows = [_row(task) for task in tasks]
        self.widths = [max(width(row[place]) for row in [self._head(), *self.rows]) for place in range(3)]
        self.room = max(_LEAST, columns - sum(self.widths) - 7)
        days = [day for task in tasks for day in (task.start, task.end) if day]
        low, high = min(days, default=today), max(days, default=today)
        self.first = (bounds[0] or low).toordinal() - (0 if bounds[0] else low.weekday())
        self.last = max((bounds[1] or high).toordinal(), self.first)
        self.step = self._step()
        self.count = -(-(self.last - self.first + 1) // self.step)

    def _step(self) -> int:
        span = self.last - self.first + 1
        found = next((step for step in _STEPS if span <= step * self.room), 0)
        return found or _STEPS[-1] * -(-span // (_STEPS[-1] * self.room))

    def lines(self) -> Iterator[str]:
        yield click.style(self._line(self._head(), self._labels()), bold=True)
        yield self._line(_Row("", "", ""), self._ticks())
        for task, row in zip(self.tasks, self.rows, strict=True):
            line = self._line(row, "")
            line = click.style(line, bold=True) if task.kind == "stage" else click.style(line, dim=True) if (
                task.status == "cancelled") else line
            yield f"{line}{_colored(self._bar(task), late=task.late)}"
        yield click.style(self._legend(), dim=True)

    def _head(self) -> _Row:
        return _Row(*Text("Task|Owner|Done", "任务|负责人|进度").in_(self.language).split("|"))

    def _line(self, row: _Row, behind: str) -> str:
        name, owner, share = (cell + " " * (size - width(cell)) for cell, size in zip(row, self.widths, strict=True))
        share = share.strip().rjust(self.widths[2]) if row.share.endswith("%") else share
        return f"{name}  {owner}  {share}   {behind}".rstrip() if behind else f"{name}  {owner}  {share}   "

    # -- above the bars ----------------------------------------------------------------------------
    def _label_places(self) -> range:
        return range(0, self.count, 7 if self.last - self.first < _LONG else 10)

    def _labels(self) -> str:
        shown = slice(5, 10) if self.last - self.first < _LONG else slice(0, 7)
        line = ""
        for place in self._label_places():
            line = line.ljust(place) + dt.date.fromordinal(self._day(place)).isoformat()[shown]
        return line

    def _ticks(self) -> str:
        marks = ["'" if place in self._label_places() else " " for place in range(self.count)]
        if (place := self._place_of_today()) is not None:
            marks[place] = _TODAY
        return "".join(marks)

    def _day(self, place: int) -> int:
        """The first day of a column, counted as Python counts days."""
        return self.first + place * self.step

    def _place_of_today(self) -> int | None:
        place = (self.today.toordinal() - self.first) // self.step
        return place if 0 <= place < self.count else None

    # -- the bars ----------------------------------------------------------------------------------
    def _bar(self, task: Task) -> str:
        if task.start is None or task.end is None:
            return Text("no dates", "没有日期").in_(self.language)
        today, start, end = self._place_of_today(), task.start.toordinal(), task.end.toordinal()
        cells = [self._cell(task, start, end, place) or (_TODAY if place == today else " ")
                 for place in range(self.count)]
        if start < self.first and cells[0] != " ":
            cells[0] = "<"
        if end >= self._day(self.count) and cells[-1] != " ":
            cells[-1] = ">"
        return "".join(cells).rstrip()

    def _cell(self, task: Task, start: int, end: int, place: int) -> str:
        """What stands for the days of one column; empty where the task has none of them."""
        begin = self._day(place)
        until = begin + self.step - 1
        if task.kind == "milestone":
            return _MILESTONE if begin <= end <= until else ""
        if start > until or end < begin:
            return ""
        if task.kind == "stage":
            return _STAGE
        done = round((end - start + 1) * task.share)
        if done and begin <= start + done - 1:
            return _DONE
        return _LATE if task.late else _PLANNED

    def _legend(self) -> str:
        en = (f"{_DONE} done  {_PLANNED} planned  {_LATE} late  {_STAGE} stage  {_MILESTONE} milestone  "
              f"{_TODAY} today, {self.today}; a column is {self.step} day{'s' if self.step > 1 else ''}")
        zh = (f"{_DONE} 已完成  {_PLANNED} 计划  {_LATE} 逾期  {_STAGE} 阶段  {_MILESTONE} 里程碑  "
              f"{_TODAY} 今天（{self.today}）；每格 {self.step} 天")
        return Text(en, zh).in_(self.language)


def _row(task: Task) -> _Row:
    lead = "" if task.kind == "stage" else "  "
    return _Row(lead + _cut(task.name or task.id, _WIDEST_NAME), _cut(task.owner, _WIDEST_OWNER), f"{task.share:.0%}")


def _cut(text: str, most: int) -> str:
    """A text in one line, no wider than `most` columns."""
    text = plain(" ".join(text.split()))
    if width(text) <= most:
        return text
    while width(text) > most - 2:
        text = text[:-1]
    return f"{text}.."


def _colored(bar: str, *, late: bool) -> str:
    """The bar with each run of one mark in its colour."""
    colors = {**_COLORS, _MILESTONE: _COLORS[_LATE]} if late else _COLORS
    parts, run = [], ""
    for mark in [*bar, ""]:
        if run and mark != run[0]:
            parts.append(click.style(run, fg=colors[run[0]]) if run[0] in colors else run)
            run = ""
        run += mark
    return "".join(parts)
