"""``python -m tests.benchmarks [CASE…]``: run the benchmarks and print one table."""

from __future__ import annotations

import argparse
import compileall
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import engines, excel, fill, find, new, peers, registers, report, scan, start, vault, watch
from tests.benchmarks.ground import Ground, commit, machine
from tests.benchmarks.measure import Race, run_race

CASES: dict[str, Callable[[Ground], Iterator[Race]]] = {
    "start": start.races, "new": new.races, "fill": fill.races, "excel": excel.races, "scan": scan.races,
    "vault": vault.races, "watch": watch.races, "registers": registers.races, "find": find.races,
}


def main() -> None:
    options = _options()
    cases = options.cases or list(CASES)
    installed, programs, found = None, dict[str, str](), engines.OWN
    if not options.no_peers:
        print("Installing the peers, unless they are there …", file=sys.stderr)
        installed = peers.install(options.cache)
        programs = peers.programs(cases)
        found = engines.install(options.cache, installed) if "fill" in cases else found
    compileall.compile_dir(peers.REPOSITORY / "folderkit", quiet=2)  # as pip does when it installs
    results, left_out = [], list(found.left_out)
    with tempfile.TemporaryDirectory(prefix="folderkit-benchmark-") as place:
        for case in cases:
            ground = Ground(Path(place) / case, installed, programs=programs, engines=found, cache=options.cache,
                            idle=options.idle)
            for race in CASES[case](ground):
                print(f"{race.case} …", file=sys.stderr)
                results.append(run_race(race, options.rounds))
            left_out += ground.left_out
    if options.json:
        print(json.dumps(report.plain(results), ensure_ascii=False, indent=2))
        return
    versions = [*([installed.versions, found.versions] if installed else []), *programs.values()]
    print("; ".join([f"folderkit {commit()}, Python {platform.python_version()}", machine(), *filter(None, versions)]))
    print(report.table(results))
    print("\n".join(f"- left out: {what}" for what in left_out))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("cases", metavar="CASE", nargs="*", choices=[*CASES, []],
                        help=f"which to run, of {', '.join(CASES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=sys.maxsize, metavar="N", help="at most N runs of each")
    parser.add_argument("--no-peers", action="store_true",
                        help="without cookiecutter, copier, restic, borg, syncthing, watchfiles, rust-docxtpl, "
                             "docxtemplater, Carbone, xltpl, wolfxl, xlsx-template, recoll, ripgrep")
    parser.add_argument("--cache", type=Path, default=peers.default_cache(), metavar="DIR",
                        help="where the peers and what takes long to make are kept (default: %(default)s)")
    parser.add_argument("--idle", type=float, default=Ground.idle, metavar="SECONDS",
                        help="how long each idle watch is looked at (default: %(default)g)")
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
