"""Cut the power: stop a process at a system call, copy the disk as it is then, and look at the copy.

A kill cannot show a missing fsync, for what a killed process wrote stays in the system's memory. Here the workspace
lies on an ext4 of its own in an image file, through a loop device: what was not synced is not in the image. ``python -m
tests.faults.power`` cuts every operation of the sweep at 20 moments and right after its end, and prints a table;
`tests/faults/test_power.py` cuts a part that changes with the date. Needs root, strace and loop devices.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.sweep import Operation, Outcome, Point, Sweep, environment, missing, report, tree_of

MOMENTS = 20
SIZE = 160 << 20  # bytes of the image
END = "end"  # the moment when the process has ended and told so
# without auto_da_alloc, ext4 does not sync the content of a renamed file by itself
_OPTIONS = "loop,noatime,noauto_da_alloc"


def unable() -> str:
    """Why the power cannot be cut here; empty when it can."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if missing() or not all(map(shutil.which, ("mkfs.ext4", "mount", "losetup"))):
        return missing() or "mkfs.ext4, mount and losetup are needed"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with mounted(new_image(Path(scratch) / "image"), Path(scratch) / "disk"):
                return ""
        except subprocess.CalledProcessError as error:
            return f"mounting is not permitted here: {error.stderr.strip()}"


def new_image(path: Path) -> Path:
    """An image file with an empty ext4 in it."""
    with path.open("wb") as stream:
        stream.truncate(SIZE)
    _system("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(path))
    return path


def _system(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


@contextlib.contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    _system("mount", "-o", _OPTIONS, str(image), str(place))
    try:
        yield place
    finally:
        _system("umount", "-l", str(place))


class Cuts:
    """The worlds of a sweep on disks of their own."""

    def __init__(self, scratch: Path, names: Sequence[str] = ()) -> None:
        (scratch / "sweep").mkdir()
        self._scratch = scratch
        self.sweep = Sweep(scratch / "sweep", names)

    def moments(self, count: int, rng: random.Random | None = None) -> Iterator[Point]:
        """Of every operation `count` moments, spread over all of its calls (or drawn by `rng`), and its end."""
        points = list(self.sweep.points(["kill"]))
        for name in self.sweep.operations:
            own = [point for point in points if point.operation == name]
            few = min(count, len(own))
            yield from rng.sample(own, few) if rng else own[:: max(1, len(own) // few)][:few]
            yield Point(name, "kill", END, 0)

    def cut(self, point: Point) -> Outcome:
        operation = self.sweep.operations[point.operation]
        outcome = Outcome(point)
        with tempfile.TemporaryDirectory(dir=self._scratch) as folder:
            scratch = Path(folder)
            image, left = new_image(scratch / "image"), scratch / "left"
            with mounted(image, scratch / "disk") as disk:
                shutil.copytree(self.sweep.scratch / operation.name, disk / "world", symlinks=True)
                os.sync()
                before = tree_of(disk / "world" / "work")
                process, kept = self._run_until(operation, point, disk / "world" / "work")
                _system("cp", "--sparse=always", str(image), str(left))
                outcome.code = _end(process)
            with mounted(left, scratch / "again") as disk:
                root = disk / "world" / "work"
                if point.call == END and outcome.code != 0:
                    outcome.faults.append(f"not cut, and ended with {outcome.code}")
                outcome.faults += _forgotten(root, kept)
                try:
                    self.sweep.look_after(operation, root, before, outcome.faults)
                except Exception as error:  # noqa: BLE001  a check that fails is a finding
                    outcome.faults.append(f"{type(error).__name__}: {error}")
        for fault in outcome.faults:
            sys.stderr.write(f"{point} [{outcome.code}] {fault}\n")
        return outcome

    def _run_until(self, operation: Operation, point: Point, root: Path
                   ) -> tuple[subprocess.Popen[bytes], dict[str, bytes]]:
        """Run the operation until the moment; the journals as they were when all of it had been told."""
        kept = _journals(root)
        process = stopped(operation.command, "" if point.call == END else f"{point.call}:{point.number}",
                          root / operation.folder, root.parents[2] / "strace")
        return process, kept if process.returncode is None else _journals(root)


def stopped(command: Sequence[str], at: str, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Run folderkit in `folder` until it stands still after the call `at` ("fsync:3"; "": to its end)."""
    call, _, number = at.partition(":")
    tracing = ["strace", "-o", str(log), "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGSTOP:when={number}"]
    process = subprocess.Popen([*(tracing if at else []), sys.executable, "-m", "folderkit", *command], cwd=folder,
                               env=environment(folder.parent), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, start_new_session=True)
    while process.poll() is None and not _is_stopped(log):
        time.sleep(0.002)
    return process


def gone_on(process: subprocess.Popen[bytes]) -> None:
    """Let a stopped process go on."""
    os.killpg(process.pid, signal.SIGCONT)


def _journals(root: Path) -> dict[str, bytes]:
    """What the journals of all vaults beside and in a workspace hold, by path."""
    return {path.relative_to(root.parent).as_posix(): path.read_bytes()
            for path in root.parent.rglob("journal/*/*.jsonl")}


def _forgotten(root: Path, kept: dict[str, bytes]) -> list[str]:
    left = _journals(root)
    return [f"lines of {path} are lost" for path, data in kept.items() if not left.get(path, b"").startswith(data)]


def _is_stopped(log: Path) -> bool:
    """Whether the process stands still, as strace tells."""
    return log.exists() and "stopped by SIGSTOP" in log.read_text(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> int:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="an operation; may be given several times")
    parser.add_argument("--moments", type=int, default=MOMENTS)
    given = parser.parse_args()
    reason = unable()
    if reason:
        sys.stdout.write(f"Not run: {reason}.\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="power-") as scratch:
        cuts = Cuts(Path(scratch), given.only)
        outcomes = [cuts.cut(moment) for moment in cuts.moments(given.moments)]
    report(outcomes)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
