"""Policies: which versions of a file are let go, and what can be written in YAML."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core import located
from folderkit.core.retention import ALWAYS, DEFAULT, DEFAULT_TEXT, KEEP_ALL, Policy, let_go, read_policy

NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def read(text: str) -> tuple[Policy | None, list[located.Fault]]:
    faults: list[located.Fault] = []
    return read_policy(located.parse(text, "x.yaml", faults), "keep", DEFAULT), faults


def ages(*days: float) -> list[dt.datetime]:
    return [NOW - dt.timedelta(days=day) for day in days]


@pytest.mark.parametrize(("text", "policy"), [
    ("keep: all", KEEP_ALL), ("other: 1", DEFAULT), (f"keep: {DEFAULT_TEXT}", DEFAULT),
    ("keep: {daily: 2w, last: 3}", Policy(((14, "daily"),), 3)),
    ("keep: {yearly: always, all: 6m}", Policy(((180, "all"), (ALWAYS, "yearly")))),
])
def test_what_can_be_written(text: str, policy: Policy) -> None:
    assert read(text) == (policy, [])


@pytest.mark.parametrize("text", [
    "keep: some", "keep: []", "keep:", "keep: {all: soon}", "keep: {all: 30}", "keep: {hourly: 1d}", "keep: {last: x}"])
def test_what_cannot_is_told_by_line(text: str) -> None:
    faults = read(f"# first\n{text}")[1]
    assert faults
    assert all(fault.line == 2 for fault in faults)


def test_the_default_thins_out_with_age() -> None:
    times = ages(900, 899.9, 899.8, 400, 399, 398, 200.3, 200.2, 200.1, 100, 29, 28.9, 28.8, 5, 4, 3, 2, 1, 0.5, 0.1)
    gone = let_go(DEFAULT, times, NOW)
    assert gone == [1, 3, 4, 6, 7]  # of a day, or after a year of a week, the last stays; so does the first of all
    assert let_go(KEEP_ALL, times, NOW) == []


def test_what_is_never_let_go() -> None:
    strict = Policy(((1, "daily"),), last=3)
    assert let_go(strict, ages(*range(20, 0, -1)), NOW) == list(range(1, 17))
    assert let_go(strict, ages(500), NOW) == []
    assert let_go(Policy(((1, "daily"),), last=0), ages(500, 499), NOW) == []
    assert let_go(strict, ages(-1, -2, -3, -4, -5), NOW) == []  # by a clock that was ahead


@given(st.lists(st.floats(-50, 2000), max_size=40), st.lists(st.tuples(
    st.integers(1, 900), st.sampled_from(["all", "daily", "weekly", "monthly", "yearly"])), max_size=4),
    st.integers(0, 12))
def test_any_policy_keeps_the_first_the_last_and_one_of_each_period(
        days: list[float], steps: list[tuple[int, str]], last: int) -> None:
    policy, times = Policy(tuple(sorted(steps)), last), ages(*sorted(days, reverse=True))
    gone = let_go(policy, times, NOW)
    assert gone == sorted(set(gone))
    kept = [number for number in range(len(times)) if number not in gone]
    if times:
        assert {0, len(times) - 1} <= set(kept)
        assert set(range(max(0, len(times) - last), len(times))) <= set(kept)
    again = let_go(policy, [times[number] for number in kept], NOW)
    assert again == []  # thinning out once is enough
