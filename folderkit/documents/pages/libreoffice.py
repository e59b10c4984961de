"""LibreOffice as a program that makes PDFs, or files of another kind: found, started with a profile of its own,
watched, and ended in time."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

_PLACES = (  # where LibreOffice lies when it is not on the PATH
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
)
_OPTIONS = ("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo")
_LOOK_SECONDS = 0.05  # between two looks at what is made
_TAIL = 1024  # bytes in which a PDF's end mark stands (ISO 32000-1, annex H, note 18)


class Start(NamedTuple):
    """How one start of LibreOffice ended: in order or not, or by us since nothing came for too long (`late`); `said`
    is its last line, or its exit code."""

    in_order: bool
    late: bool
    said: str


def soffice() -> Path | None:
    """LibreOffice's program, or None when it is not installed."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((path for path in map(Path, _PLACES) if path.is_file()), None)


class Office:
    """LibreOffice with a profile of its own in the folder `work`, so that one that a person has open is no hindrance.
    The profile stays for the next start, which then takes half the time. It makes files that end with `form`."""

    def __init__(self, program: Path, work: Path, form: str = "pdf") -> None:
        self._program, self._work, self._form = program, work, form
        self.out = work / "out"
        self.out.mkdir()

    def convert(self, sources: Sequence[Path], timeout: float, begun: Callable[[int], None]) -> Start:
        """Make a file of each source, in this order, into `out` under its stem. `timeout` in seconds from one to the
        next; `begun` is told of how many there is anything. Raises `OSError` when LibreOffice cannot be started."""
        command = [str(self._program), *_OPTIONS, f"-env:UserInstallation={(self._work / 'profile').as_uri()}",
                   "--convert-to", self._form, "--outdir", str(self.out), *map(str, sources)]
        with (self._work / "said").open("w+b") as said:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                                       start_new_session=True)
            try:
                late = self._wait(process, sources, timeout, begun)
            except BaseException:
                _end(process)
                raise
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
        in_order = process.returncode == 0 and not late
        if not in_order:
            shutil.rmtree(self._work / "profile", ignore_errors=True)
        return Start(in_order, late, lines[-1] if lines else f"exit code {process.returncode}")

    def _wait(self, process: subprocess.Popen[bytes], sources: Sequence[Path], timeout: float,
              begun: Callable[[int], None]) -> bool:
        """Wait for the end; whether it had to be brought about, since no further file came for `timeout` seconds."""
        count, since = 0, time.monotonic()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
                return False
            now = sum(self.made_of(source).exists() for source in sources[count:]) + count
            if now > count:
                count, since = now, time.monotonic()
                begun(count)
            elif time.monotonic() - since > timeout:
                _end(process)
                return True

    def made_of(self, source: Path) -> Path:
        return self.out / f"{source.stem}.{self._form}"

    def has_whole(self, source: Path) -> bool:
        """Whether the PDF of a source is there from its head to its end."""
        try:
            with self.made_of(source).open("rb") as stream:
                head, size = stream.read(5), stream.seek(0, os.SEEK_END)
                stream.seek(max(0, size - _TAIL))
                return head == b"%PDF-" and b"%%EOF" in stream.read()
        except FileNotFoundError:
            return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice and what it started."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
