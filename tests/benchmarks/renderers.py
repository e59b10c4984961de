"""Processes that fill one Word template again and again, warm: folderkit's and each peer's, told alike what to do."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.benchmarks.measure import RunFailed, Spent, plain_environment

WARM_UP = 2.0  # seconds of renderings that do not count, at least one: the compilers of Node and its heap settle
_ROW = re.compile(r"<w:tr[ >]")
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)<")
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


class Renderer:
    """A process that has loaded its engine and the data. Each rendering goes from the template's file to the bytes of
    the document, in memory: reading, unpacking, parsing the tags, filling, packing."""

    def __init__(self, command: Sequence[str | Path], template: Path, data: Path) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="folderkit-renderer-")
        self._errors = Path(self._home.name) / "errors"
        with self._errors.open("wb") as stream:
            self._process = subprocess.Popen(
                [str(word) for word in (*command, template, data)], cwd=self._home.name, text=True,
                env=plain_environment(Path(self._home.name)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=stream)

    def render(self, times: int) -> Spent:
        """What one rendering took, as the median of so many. Raises `RunFailed` with what the process says."""
        answer = self._ask(str(times))
        return Spent(answer["cpu"], answer["wall"])

    def warm_up(self, seconds: float) -> None:
        began = time.monotonic()
        self.render(1)
        while time.monotonic() - began < seconds:
            self.render(1)

    def check(self, rows: int, texts: Iterable[str]) -> None:
        """Raises `RunFailed` unless the document that was made last has so many rows, the texts in that order, and no
        tag."""
        made = Path(self._home.name) / "made.docx"
        self._ask(str(made))
        with zipfile.ZipFile(made) as file:
            if file.testzip():
                raise RunFailed("its document is damaged")
            xml = file.read("word/document.xml").decode()
        if (found := len(_ROW.findall(xml))) != rows:
            raise RunFailed(f"its document has {found} rows and not {rows}")
        held, at = "\n".join(_TEXT.findall(xml)), 0
        for text in map(escape, texts):
            if (at := held.find(text, at)) < 0:
                raise RunFailed(f"its document lacks '{text}'")
        if "{" in held:
            raise RunFailed("its document still has tags")

    def peak(self) -> int:
        """The most bytes that the process has had in memory so far (VmHWM of proc_pid_status(5)); 0 where the system
        does not tell. The figure of wait4(2) would hold that of this process, too, from which it was forked."""
        with contextlib.suppress(OSError):
            found = _PEAK.search(Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8"))
            return int(found[1]) * 1024 if found else 0
        return 0

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._home.cleanup()

    def _ask(self, order: str) -> dict[str, float]:
        assert self._process.stdin
        assert self._process.stdout
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{order}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise RunFailed(self._errors.read_text(encoding="utf-8", errors="replace")[-2000:])
        answer: dict[str, float] = json.loads(line)
        return answer
