"""``python -m tests.faults.programs [--times N] [--jobs N] [SCENARIO…]``: real programs save, copy and move files
under a running watch, again and again; prints a table of what the watch made of it.

half-written: a version that no program ever left as whole (or a half that is not marked as one); missed: a save, move
or deletion of which the watch knows nothing; spurious: a version, move or deletion that never was; wrong: all else,
such as a watch that ended, or a program that did not do what it was told. All must be 0; what was found is listed
below the table, and the exit code is 1. `tests/faults/test_programs.py` runs each scenario once.
``FOLDERKIT_LARGE_MB`` is the size of a large copy, here 1024 unless it is set.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

os.environ.setdefault("FOLDERKIT_LARGE_MB", "1024")

from tests.faults.programs.table import SCENARIOS, lacking
from tests.faults.programs.world import KINDS, WRONG, Fault, Unable


class Row(NamedTuple):
    """How one scenario went."""

    name: str
    times: int
    faults: list[Fault]
    unable: str
    seconds: float


def run_scenario(name: str, times: int) -> Row:
    began, faults, done = time.monotonic(), list[Fault](), 0
    if lacks := lacking(SCENARIOS[name]):
        return Row(name, 0, [], f"not installed: {', '.join(lacks)}", 0.0)
    for _ in range(times):
        try:
            faults += SCENARIOS[name].run()
        except Unable as error:
            return Row(name, done, faults, str(error), time.monotonic() - began)
        except Exception as error:  # noqa: BLE001  the table is to say so, and the next one to run
            faults.append(Fault(WRONG, f"{type(error).__name__}: {error}"))
        done += 1
    row = Row(name, done, faults, "", time.monotonic() - began)
    sys.stderr.write("\n".join([line(row), *(f"    {told(fault)}" for fault in row.faults)]) + "\n")
    return row


def told(fault: Fault) -> str:
    return f"{fault.kind}: {ascii(fault.what)[:300]}"


def line(row: Row) -> str:
    if row.unable:
        return f"{row.name:24}{row.times:7}  cannot run: {row.unable}"
    counts = "".join(f"{sum(fault.kind == kind for fault in row.faults):14}" for kind in KINDS)
    return f"{row.name:24}{row.times:7}{counts}{row.seconds / row.times:9.1f} s"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.programs", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", metavar="SCENARIO", nargs="*", choices=[*SCENARIOS, []],
                        help=f"which to run, of {', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="how often each (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N",
                        help="so many scenarios beside each other (default: %(default)s)")
    options = parser.parse_args()
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(lambda name: run_scenario(name, options.times), options.scenarios or SCENARIOS))
    print(f"{'scenario':24}{'times':>7}{''.join(f'{kind:>14}' for kind in KINDS)}{'each':>11}")
    print("\n".join(map(line, rows)))
    for row in rows:
        for fault in row.faults:
            print(f"{row.name}: {told(fault)}")
    return 1 if any(row.faults or row.unable for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
