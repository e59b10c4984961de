"""``python -m tests.faults.programs [--times N] [--jobs N] [SCENARIO…]``: real programs save, copy and move files
under a running watch, again and again; prints a table of what the watch made of it.

half-written: a version that no program ever left as whole (or a half that is not marked as one); missed: a save, move
or deletion of which the watch knows nothing; spurious: a version, move or deletion that never was; wrong: all else,
such as a watch that ended, or a program that did not do what it was told. All must be 0; what was found is listed
below the table, and the exit code is 1. Ctrl-C begins no new run, and prints the table of those that ended.
`tests/faults/test_programs.py` runs each scenario once, with fewer files where many come at once.
``FOLDERKIT_LARGE_MB`` is the size of a large copy, here 1024 unless it is set, ``FOLDERKIT_NESTED_FILES`` how many come
in nested folders, here 20000.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import NamedTuple

os.environ.setdefault("FOLDERKIT_LARGE_MB", "1024")
os.environ.setdefault("FOLDERKIT_NESTED_FILES", "20000")

from tests.faults.programs.table import SCENARIOS, lacking
from tests.faults.programs.world import KINDS, WRONG, Fault, Unable


class Run(NamedTuple):
    """How one run of a scenario went; `unable`: why it did not."""

    name: str
    faults: list[Fault]
    seconds: float
    unable: str = ""


def run_once(name: str) -> Run:
    began, found = time.monotonic(), list[Fault]()
    if lacks := lacking(SCENARIOS[name]):
        return Run(name, [], 0.0, f"not installed: {', '.join(lacks)}")
    try:
        found = SCENARIOS[name].run()
    except Unable as error:
        return Run(name, [], 0.0, str(error))
    except Exception as error:  # noqa: BLE001  the table is to say so, and the next one to run
        found = [Fault(WRONG, f"{type(error).__name__}: {error}")]
    run = Run(name, found, time.monotonic() - began)
    sys.stderr.write("".join([f"{name} {run.seconds:.1f} s\n", *(f"    {told(fault)}\n" for fault in found)]))
    return run


def told(fault: Fault) -> str:
    return f"{fault.kind}: {ascii(fault.what)[:300]}"


def table(names: Iterable[str], runs: Iterable[Run]) -> str:
    """A line for each scenario, and for all together; then every fault."""
    lines = [f"{'scenario':24}{'times':>7}{''.join(f'{kind:>14}' for kind in KINDS)}{'each':>11}"]
    done = list(runs)
    for name in names:
        mine = [run for run in done if run.name == name]
        if unable := next((run.unable for run in mine if run.unable), ""):
            lines.append(f"{name:24}      0  cannot run: {unable}")
        elif mine:
            lines.append(_line(name, mine))
    lines.append(_line("all", done) if done else "none")
    return "\n".join([*lines, *(f"{run.name}: {told(fault)}" for run in done for fault in run.faults)])


def _line(name: str, runs: list[Run]) -> str:
    kinds = [fault.kind for run in runs for fault in run.faults]
    mean = sum(run.seconds for run in runs) / len(runs)
    return f"{name:24}{len(runs):7}{''.join(f'{kinds.count(kind):14}' for kind in KINDS)}{mean:9.1f} s"


def run_all(names: list[str], times: int, jobs: int) -> list[Run]:
    """All of them, and again; when interrupted, no new ones are begun."""
    pool = ThreadPoolExecutor(jobs)
    runs: list[Future[Run]] = [pool.submit(run_once, name) for _ in range(times) for name in names]
    try:
        wait(runs)
    except KeyboardInterrupt:
        sys.stderr.write("Waiting for those that run …\n")
    pool.shutdown(cancel_futures=True)
    return [run.result() for run in runs if not run.cancelled()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.programs", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", metavar="SCENARIO", nargs="*", choices=[*SCENARIOS, []],
                        help=f"which to run, of {', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="how often each (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N",
                        help="so many beside each other (default: %(default)s)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    names = options.scenarios or list(SCENARIOS)
    runs = run_all(names, options.times, options.jobs)
    print(table(names, runs))
    return 1 if any(run.faults or run.unable for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
