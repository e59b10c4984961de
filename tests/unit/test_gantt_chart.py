"""The Gantt chart in a terminal: what stands below which day, how wide it is, in both languages."""

from __future__ import annotations

import datetime as dt

import click
import pytest

from folderkit.cli.gantt_chart import Bounds, Chart
from folderkit.cli.output import width
from folderkit.operations.gantt import Task, within

D = dt.date
TODAY = D(2026, 3, 12)


def task(name: str, start: dt.date | None, end: dt.date | None, share: float = 0.0, kind: str = "task", *,
         late: bool = False) -> Task:
    return Task("TSK-001", kind, name, "李静", start, end, share, "in_progress", "", late)


def drawn(*tasks: Task, bounds: Bounds = (None, None), columns: int = 100) -> list[str]:
    return [click.unstyle(line) for line in Chart(tasks, TODAY, "zh", bounds, columns).lines()]


def bars(*tasks: Task, bounds: Bounds = (None, None), columns: int = 100) -> list[str]:
    """What stands right of the names, in columns of the terminal."""
    head, *lines, _ = drawn(*tasks, bounds=bounds, columns=columns)
    left = width(head[: head.index("0")])
    return [_from(line, left) for line in lines]


def _from(line: str, left: int) -> str:
    while left > 0:
        left, line = left - width(line[:1]), line[1:]
    return line


def test_bars_stand_below_their_days_beside_chinese_names() -> None:
    assert bars(task("启动与需求", D(2026, 3, 2), D(2026, 3, 13), kind="stage"),
                task("访谈", D(2026, 3, 3), D(2026, 3, 6), 0.5),
                task("Sign-off", D(2026, 3, 13), D(2026, 3, 13), kind="milestone"),
                task("评审", D(2026, 3, 9), D(2026, 3, 11), 1 / 3, late=True)) == [
        "'      '  |",
        "============",
        " ##--     |",
        "          |*",
        "       #!!|"]


def test_a_column_has_as_many_days_as_fit() -> None:
    def days(length: int) -> str:
        return drawn(task("x", D(2026, 3, 2), D(2026, 3, 2) + dt.timedelta(length - 1)), columns=60)[-1]

    assert all(f"每格 {step} 天" in days(length) for step, length in ((1, 35), (2, 70), (7, 200), (28, 900)))
    assert all(width(line) <= 60 for line in drawn(task("x", D(2000, 1, 1), D(2090, 1, 1)), columns=60)[:-1])


def test_a_window_shows_what_goes_on_beyond_it() -> None:
    assert bars(task("a", D(2026, 3, 2), D(2026, 3, 31)), bounds=(D(2026, 3, 9), D(2026, 3, 15)))[1] == "<----->"


def test_the_last_day_of_the_calendar_is_a_day_as_others() -> None:
    lines = drawn(task("open end", D(2026, 3, 2), D.max), task("never", D.max, D.max), columns=60)

    assert lines[0].split()[3] == "2026-03"
    assert lines[2].rstrip().endswith("---")
    assert lines[3].rstrip().endswith("-")
    assert bars(task("first", D.min, D(1, 1, 3)))[1] == "---"


def test_a_task_without_dates_says_so() -> None:
    assert drawn(task("a", None, None), task("b", TODAY, TODAY))[2].endswith("没有日期")


def test_a_name_that_is_too_long_is_cut_and_harmless() -> None:
    line = drawn(task("很长的名称" * 20 + "\x1b[31m\n", TODAY, TODAY))[2]

    assert ".." in line
    assert width(line) < 60
    assert "\\x1b" in drawn(task("a\x1b[2J", TODAY, TODAY))[2]


@pytest.mark.parametrize(("since", "until", "expected"), [
    (None, None, "abc"), (D(2026, 3, 5), None, "b"), (None, D(2026, 3, 4), "a"), (D(2026, 3, 4), D(2026, 3, 5), "ab")])
def test_tasks_within_bounds(since: dt.date | None, until: dt.date | None, expected: str) -> None:
    tasks = [task("a", D(2026, 3, 2), D(2026, 3, 4)), task("b", D(2026, 3, 5), D(2026, 3, 9)), task("c", None, None)]

    assert "".join(one.name for one in within(tasks, since, until)) == expected
