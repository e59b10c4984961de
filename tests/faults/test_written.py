"""A part of `tests.faults.written` that changes with the date: nothing but what was meant is another."""

from __future__ import annotations

import datetime as dt
import random

from tests.faults.written import OPERATIONS, cases, write


def test_writing_leaves_all_else_as_it_was() -> None:
    chance = random.Random(dt.date.today().toordinal())
    written = 0
    for case in cases(chance):
        for operation in OPERATIONS:
            outcome = write(case, operation)
            assert outcome.faults == [], (operation, case.name)
            written += outcome.state == "written"
    assert written >= 20
