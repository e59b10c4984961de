"""Whatever people and programs do to files, and whatever happens to the watch meanwhile: in the end it knows the disk.

Each machine runs a real watch. `FOLDERKIT_EXAMPLES=50 pytest tests/faults/test_watch_random.py` runs more of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from blake3 import blake3
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from folderkit.core.workspace import open_workspace
from folderkit.operations.verify import verify
from folderkit.store import Store
from folderkit.watch import is_temporary
from tests.integration.test_watch import Watch
from tests.trees import make_tree

EXAMPLES = int(os.environ.get("FOLDERKIT_EXAMPLES", "3"))
SECONDS = 90.0  # after which a watch knows all; a deletion takes 15
NAMES = st.sampled_from(["a.txt", "b.txt", "报告.docx", "c d.pdf", "É.txt", "x.bin", "~$a.txt", "note"])
FOLDERS = st.sampled_from(["", "one", "two", "two/in", "三"])
NUMBERS = st.integers(0, 10**6)
FACTS = "project: {{name: {0}, code: {0}}}\nfolderkit: {{id: {1}}}\n"


class Files(RuleBasedStateMachine):
    """People at work in two projects."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="folderkit-random-")).resolve()
        make_tree(self.root, {"folderkit.yaml": "id: abc\n", "A/project.yaml": FACTS.format("A", "a" * 12),
                              "B/project.yaml": FACTS.format("B", "b" * 12)})
        self.watch = Watch(self.root)
        self.count = 0

    # -- what is done --------------------------------------------------------------------------------
    def place(self, number: int, folder: str, name: str) -> Path:
        place = self.root / ("A", "B")[number % 2] / folder / name
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def some(self, number: int, *, folders: bool = False) -> Path | None:
        """One of the files, or folders, that are there."""
        found = sorted(path for project in ("A", "B") for path in (self.root / project).rglob("*")
                       if path.name != "project.yaml" and not path.is_symlink() and path.is_dir() is folders)
        return found[number % len(found)] if found else None

    def content(self, number: int) -> bytes:
        """Another one each time, and at times one that was there before."""
        self.count += 1
        return str(number % 5 if number % 3 == 0 else self.count).encode() * (number % 5000)

    def attempt(self, action: Callable[[], object]) -> None:
        with contextlib.suppress(OSError):  # a folder in itself, a file where a folder is: the system refuses
            action()

    @rule(number=NUMBERS, folder=FOLDERS, name=NAMES)
    def create(self, number: int, folder: str, name: str) -> None:
        self.attempt(lambda: self.place(number, folder, name).write_bytes(self.content(number)))

    @rule(number=NUMBERS)
    def edit_in_place(self, number: int) -> None:
        if path := self.some(number):
            with path.open("r+b") as stream:
                stream.write(self.content(number))

    @rule(number=NUMBERS)
    def save_by_a_rename(self, number: int) -> None:
        if path := self.some(number):
            beside = path.with_name("~WRD0001.tmp")
            beside.write_bytes(self.content(number))
            beside.replace(path)

    @rule(number=NUMBERS, folder=FOLDERS, name=NAMES)
    def move(self, number: int, folder: str, name: str) -> None:
        if path := self.some(number):
            self.attempt(lambda: path.rename(self.place(number // 7, folder, name)))

    @rule(number=NUMBERS)
    def delete(self, number: int) -> None:
        if path := self.some(number):
            path.unlink()

    @rule(number=NUMBERS, other=NUMBERS)
    def swap(self, number: int, other: int) -> None:
        one, two = self.some(number), self.some(other)
        if one and two and one != two:
            aside = one.with_name(".~swap")
            one.rename(aside)
            two.rename(one)
            aside.rename(two)

    @rule(number=NUMBERS, folder=FOLDERS, name=NAMES)
    def link(self, number: int, folder: str, name: str) -> None:
        if path := self.some(number):
            place = self.place(number // 7, folder, name)
            self.attempt(lambda: os.link(path, place) if number % 2 else place.symlink_to(path))

    @rule(number=NUMBERS, folder=FOLDERS)
    def move_a_folder(self, number: int, folder: str) -> None:
        if path := self.some(number, folders=True):
            self.attempt(lambda: path.rename(self.place(number // 7, folder, f"moved{number % 3}")))

    @rule(number=NUMBERS)
    def delete_a_folder(self, number: int) -> None:
        if path := self.some(number, folders=True):
            shutil.rmtree(path)

    @rule(number=NUMBERS)
    def close_a_folder(self, number: int) -> None:
        if path := self.some(number, folders=True):
            path.chmod(0)
            time.sleep(number % 3 / 10)
            path.chmod(0o755)

    @rule(tenths=st.integers(1, 25))
    def wait(self, tenths: int) -> None:
        time.sleep(tenths / 10)

    @rule(tenths=st.integers(0, 10))
    def kill_the_watch_and_start_it_later(self, tenths: int) -> None:
        self.watch.end(signal.SIGKILL)
        self.create(tenths, "", "a.txt")
        self.watch = Watch(self.root)

    @rule()
    def stop_the_watch_and_start_it(self) -> None:
        assert self.watch.end() == 0, self.watch.lines
        self.delete(self.count)
        self.watch = Watch(self.root)

    # -- what must hold ------------------------------------------------------------------------------
    def on_disk(self) -> dict[str, str]:
        return {path.relative_to(self.root).as_posix(): blake3(path.read_bytes()).hexdigest()
                for project in ("A", "B") for path in (self.root / project).rglob("*")
                if path.is_file() and not path.is_symlink() and not is_temporary(path.name)}

    def known(self) -> dict[str, str]:
        with Store(open_workspace(self.root, {}), lambda: dt.datetime.now(dt.UTC)) as store:
            return {f"{project.folder}/{file.path}": file.content for project in store.catalog.projects()
                    for file in store.catalog.files(project.id)}

    def teardown(self) -> None:
        try:
            deadline = time.monotonic() + SECONDS
            while (known := self.known()) != self.on_disk() and time.monotonic() < deadline:
                time.sleep(0.3)
            note("\n".join(self.watch.lines))
            assert known == self.on_disk()
            assert self.watch.end() == 0
            assert "Traceback" not in "\n".join(self.watch.lines)
            assert verify(open_workspace(self.root, {}), every_byte=True).findings == []
            shutil.rmtree(self.root)
        finally:
            if self.watch.process.poll() is None:
                self.watch.end(signal.SIGKILL)


TestFiles = Files.TestCase
TestFiles.settings = settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None, print_blob=True,
                              phases=[Phase.generate], suppress_health_check=list(HealthCheck))
