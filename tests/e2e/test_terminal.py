"""A person at a real terminal: questions are asked, wrong answers asked again, Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import World, command
from tests.trees import read_tree

SECONDS = 40.0  # the longest that any answer may take on a busy machine


class Terminal:
    """A program at a terminal of its own: what it has printed, and what is typed to it."""

    def __init__(self, *args: str, cwd: Path) -> None:
        self.master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
        self.process = subprocess.Popen([sys.executable, "-m", "folderkit", *args], cwd=cwd, stdin=slave, stdout=slave,
                                        stderr=slave, env=environment, start_new_session=True, close_fds=True,
                                        preexec_fn=lambda: _own(slave))
        os.close(slave)
        self.printed = ""

    def expect(self, text: str) -> None:
        """Wait until `text` is printed after what was expected before."""
        deadline = time.monotonic() + SECONDS
        while text not in self.printed:
            assert time.monotonic() < deadline, self.printed
            if not self._read():
                raise AssertionError(f"ended before '{text}':\n{self.printed}")
        self.printed = self.printed.partition(text)[2]

    def _read(self) -> bool:
        ready, _, _ = select.select([self.master], [], [], 1.0)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            return False
        self.printed += data.decode(errors="replace")
        return bool(data)

    def type(self, line: str) -> None:
        os.write(self.master, f"{line}\n".encode())

    def press_until(self, char: bytes, text: str) -> None:
        """Press a key until `text` is printed: Python's input() misses a signal that comes just before it reads."""
        deadline = time.monotonic() + SECONDS
        while text not in self.printed:
            assert time.monotonic() < deadline, self.printed
            os.write(self.master, char)
            until = time.monotonic() + 2.0
            while text not in self.printed and time.monotonic() < until and self._read():
                pass

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read() and time.monotonic() < deadline:
            pass
        code = self.process.wait(SECONDS)
        os.close(self.master)
        return code


def _own(slave: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which whoever runs the tests in the background has ignored


WORDS = {
    "en": {"name": "Project name", "client": "Client (full name)", "made": "Made", "kind": "is not one of",
           "title": "meeting", "stopped": "Stopped."},
    "zh": {"name": "项目名称", "client": "客户名称", "made": "已新建", "kind": "不在可选值中",
           "title": "会议", "stopped": "已停止。"},
}


@pytest.fixture(params=["en", "zh"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    root = tmp_path / "w"
    assert command("init", str(root), cwd=tmp_path, lang=request.param).code == 0
    return World(root, root, request.param)


def test_new_asks_for_what_is_missing(place: World) -> None:
    words = WORDS[place.language]
    terminal = Terminal("new", cwd=place.root)
    terminal.expect(words["name"])
    terminal.type("")  # nothing is no answer
    terminal.expect(words["name"])
    terminal.type("官网 Site")
    terminal.expect(words["client"])
    terminal.type("Acme")
    terminal.expect(words["made"])
    assert terminal.end() == 0
    assert next(place.root.glob("*官网 Site")).is_dir()


def test_new_asks_only_for_what_no_flag_says(place: World) -> None:
    terminal = Terminal("new", "Site", cwd=place.root)
    terminal.expect(WORDS[place.language]["client"])
    terminal.type("Acme")
    terminal.expect(WORDS[place.language]["made"])
    assert terminal.end() == 0


def test_new_does_not_ask_when_a_value_is_wrong(place: World) -> None:
    terminal = Terminal("new", "Site", "--set", "project.kind=x", cwd=place.root)
    terminal.expect(WORDS[place.language]["kind"])
    assert terminal.end() == 2


def test_ctrl_c_at_a_question_leaves_nothing(place: World) -> None:
    before = read_tree(place.root)
    terminal = Terminal("new", cwd=place.root)
    terminal.expect(WORDS[place.language]["name"])
    terminal.press_until(b"\x03", WORDS[place.language]["stopped"])
    assert terminal.end() == 1
    assert read_tree(place.root) == before


def test_end_of_input_at_a_question_leaves_nothing(place: World) -> None:
    before = read_tree(place.root)
    terminal = Terminal("new", cwd=place.root)
    terminal.expect(WORDS[place.language]["name"])
    terminal.press_until(b"\x04", WORDS[place.language]["stopped"])
    assert terminal.end() == 1
    assert read_tree(place.root) == before


def test_fill_asks_for_the_fields_and_asks_again_after_a_wrong_answer(own_world: World) -> None:
    words = WORDS[own_world.language]
    (own_world.root / "templates" / "own").mkdir(parents=True)
    from docx import Document

    document = Document()
    document.add_paragraph("{{ visit.day }} {{ visit.kind }}")
    for language in ("zh", "en"):
        document.save(str(own_world.root / "templates" / "own" / f"own.{language}.docx"))
    (own_world.root / "templates" / "own" / "template.yaml").write_text(
        "version: 1\ntitle: {zh: 拜访, en: Visit}\nto: info\nfilename: 'Visit_{doc.version}.docx'\nquestions:\n"
        "  visit.day: {type: date, required: true, ask: {zh: 日期几号, en: Which day}}\n"
        "  visit.kind: {type: choice, required: true, ask: {zh: 哪一种, en: Which kind}, choices: {first: {zh: 首次,"
        " en: First one}, next: {zh: 再次, en: Next one}}}\n", encoding="utf-8")
    day, kind = ("日期几号", "哪一种") if own_world.language == "zh" else ("Which day", "Which kind")
    terminal = Terminal("fill", "own", "-p", "P2026", "--quick", cwd=own_world.root)
    terminal.expect(day)
    terminal.type("soon")
    terminal.expect("2026-03-31")  # how a date is written
    terminal.expect(day)
    terminal.type("2026-05-06")
    terminal.expect(kind)
    terminal.type("third")
    terminal.expect(words["kind"])
    terminal.expect(kind)
    terminal.type("再次" if own_world.language == "zh" else "next ONE")
    terminal.expect("Visit_1.0.docx")
    assert terminal.end() == 0
    assert len(list(own_world.project.rglob("Visit_1.0.docx"))) == 1


def test_ctrl_c_in_fill_leaves_nothing(own_world: World) -> None:
    before = own_world.tree()
    terminal = Terminal("fill", "meeting-notes", "-p", "P2026", cwd=own_world.root)
    terminal.expect(WORDS[own_world.language]["title"])
    terminal.press_until(b"\x03", WORDS[own_world.language]["stopped"])
    assert terminal.end() == 1
    assert own_world.tree() == before


def test_watch_ends_with_ctrl_c(place: World) -> None:
    terminal = Terminal("watch", cwd=place.root)
    terminal.expect("Ctrl-C")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 0
