"""A project under a running watch, what its files were when they were whole, and what the watch made of them."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from blake3 import blake3

from folderkit.core import events
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import scan
from folderkit.operations.verify import verify
from folderkit.store import Store
from folderkit.watch import is_temporary
from folderkit.watch.health import HEALTH_FILE, read_health
from folderkit.watch.temporary import is_left_by_rsync
from tests.integration.test_watch import Watch
from tests.trees import make_tree

SECONDS = 300.0  # after which what is not there is missed, also on a machine with much else to do
QUIET_SECONDS = 3.0  # in which a watch would look again at what was touched last
HALF, MISSED, SPURIOUS, WRONG = "half-written", "missed", "spurious", "wrong"
PROJECT = "a" * 12
FACTS = f"project: {{name: Site, code: S}}\nfolderkit: {{id: {PROJECT}}}\n"
KINDS = (HALF, MISSED, SPURIOUS, WRONG)
WATCH = (sys.executable, "-u", "-m", "folderkit", "watch")
Answer = TypeVar("Answer")


class Unable(Exception):
    """This machine does not let a scenario run, and why."""


class Fault(NamedTuple):
    """What must not be. `kind`: one of `KINDS`; "wrong" is what is none of the other three."""

    kind: str
    what: str


class Save(NamedTuple):
    """A content that a file had, whole; or the half that a killed program left, which is to be marked `incomplete`."""

    path: str
    content: str
    incomplete: bool = False


class World:
    """A workspace of one project. A scenario makes programs save into `project`, and says of each save that it was
    made (`saved`, `kept`), may or may not have been seen (`passing`), or that a file is `gone` or `moved`; `outside` is
    for all else, on the same disk."""

    def __init__(self, root: Path, command: Sequence[str] = WATCH) -> None:
        self.root, self.outside = root / "work", root / "outside"
        self.project = self.root / "Site"
        make_tree(self.root, {"folderkit.yaml": "id: abc\n", "Site/project.yaml": FACTS})
        self.outside.mkdir()
        self.saves: list[Save] = []
        self.maybe: set[Save] = set()
        self.lost: list[str] = []
        self.renamed: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.watch = Watch(self.root, command, SECONDS)
        self._begun = self._ask(lambda store: len(list(store.journal.read())))

    # -- what a scenario says ------------------------------------------------------------------------
    def kept(self, name: str, *, incomplete: bool = False) -> None:
        """The file is whole now (or the half that it will stay), and this is a version of it."""
        self.saves.append(Save(name, hash_of(self.project / name), incomplete))

    def saved(self, name: str, *, incomplete: bool = False) -> None:
        """As `kept`; wait until the watch has it."""
        self.kept(name, incomplete=incomplete)
        content = self.saves[-1].content
        count = sum(save[:2] == (name, content) for save in self.saves)
        self.until(lambda: sum(save[:2] == (name, content) for save in self.versions()) >= count)

    def saved_below(self, folder: str, count: int) -> None:
        """All files below a folder are whole now, and there are so many; wait until the watch has them."""
        names = [path.relative_to(self.project).as_posix() for path in sorted((self.project / folder).rglob("*"))
                 if path.is_file() and not path.is_symlink()]
        if len(names) != count:
            self.wrong(f"the program made {len(names)} files of {count} in {folder}")
        for name in names:
            self.kept(name)
        disk = self.on_disk()
        self.until(lambda: self.known() == disk)

    def passing(self, name: str, content: bytes | None = None) -> None:
        """The file is whole now (or was, with this `content`), but not for long: the watch may see it or not."""
        self.maybe.add(Save(name, blake3(content).hexdigest() if content is not None
                            else hash_of(self.project / name)))

    def gone(self, name: str) -> None:
        self.lost.append(name)

    def moved(self, old: str, new: str) -> None:
        self.renamed.append((old, new))

    def wrong(self, what: str) -> None:
        self.faults.append(Fault(WRONG, what))

    def told(self, text: str, times: int = 1) -> None:
        """The watch tells this, of each file once, so `times` in all."""
        self.until(lambda: sum(text in line for line in self.watch.lines) >= times)
        count = sum(text in line for line in self.watch.lines)
        if count != times:
            self.wrong(f"told {count} times: {text}")

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait until something holds; False when it does not in time, of which `end` says what that was."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            if time.monotonic() > deadline or self.watch.process.poll() is not None:
                return False
            time.sleep(0.1)
        return True

    # -- what the watch made of it -------------------------------------------------------------------
    def _ask(self, question: Callable[[Store], Answer]) -> Answer:
        with Store(open_workspace(self.root, {}), lambda: dt.datetime.now(dt.UTC)) as store:
            return question(store)

    def versions(self) -> list[Save]:
        """Every version that was kept since the watch began."""
        return [Save(event.path, event.content, event.incomplete) for event in self.events()
                if isinstance(event, events.VersionKept)]

    def events(self) -> list[events.Event]:
        entries = self._ask(lambda store: list(store.journal.read()))[self._begun:]
        return [entry.event for entry in entries if entry.event]

    def known(self) -> dict[str, str]:
        """path → content of the files that the catalog takes for present."""
        return self._ask(lambda store: {row.path: row.content for row in store.catalog.files(PROJECT)})

    def on_disk(self) -> dict[str, str]:
        """path → content of what the catalog should know."""
        return dict(contents(self.project))

    def waiting(self) -> list[str]:
        health = read_health(self.root / ".folderkit" / HEALTH_FILE)
        return [one.path for one in health.waiting] if health else []

    # -- the end -------------------------------------------------------------------------------------
    def end(self) -> list[Fault]:
        """Wait until nothing is left to do, end the watch, and say what is not as it must be."""
        disk = self.on_disk()
        self.until(lambda: self.known() == disk and not self.waiting())
        time.sleep(QUIET_SECONDS)
        if (code := self.watch.process.poll()) is not None:
            self.wrong(f"the watch ended with {code}: {self.watch.lines[-5:]}")
        elif code := self.watch.end():
            self.wrong(f"the watch, told to end, ended with {code}")
        self.faults += [Fault(WRONG, line) for line in self.watch.lines if "Traceback" in line]
        self.faults += judge(self.events(), self)
        self.faults += different(self.known(), disk)
        left = self._ask(lambda store: scan(store).changes)
        self.faults += [Fault(MISSED, f"left for a scan: {change.kind} {change.path}") for change in left
                        if change.kind not in ("skipped", "busy")]
        findings = verify(open_workspace(self.root, {}), every_byte=True).findings
        self.faults += [Fault(WRONG, f"verify: {finding}") for finding in findings]
        return self.faults

    def stop(self) -> None:
        """End the watch, whatever it does."""
        if self.watch.process.poll() is None:
            self.watch.process.send_signal(signal.SIGCONT)
            self.watch.end(signal.SIGKILL)


@contextlib.contextmanager
def world(command: Sequence[str] = WATCH, prepare: Callable[[Path], None] | None = None) -> Iterator[World]:
    """A world in a folder of its own; `prepare` makes files in the project before the watch begins."""
    root = Path(tempfile.mkdtemp(prefix="folderkit-programs-")).resolve()
    try:
        if prepare:
            prepare(root / "work" / "Site")
        made = World(root, command)
        try:
            yield made
        finally:
            made.stop()
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", root], check=True)
        subprocess.run(["rm", "-r", root], check=True)


def judge(happened: Iterable[events.Event], made: World) -> list[Fault]:
    """Compare what the journal says with what programs did."""
    faults = []
    owed, whole = Counter(made.saves), {save[:2] for save in made.saves}
    paths = {save.path for save in made.saves} | {save.path for save in made.maybe}
    maybe, lost, renamed = set(made.maybe), Counter(made.lost), Counter(made.renamed)
    for event in happened:
        if isinstance(event, events.VersionKept):
            save = Save(event.path, event.content, event.incomplete)
            if owed[save] > 0:
                owed[save] -= 1
            elif save in maybe:
                maybe.remove(save)
            elif event.path not in paths or (not event.incomplete and save[:2] in whole) or save in made.maybe:
                faults.append(Fault(SPURIOUS, f"{event.path!r}, {event.size} bytes"))
            else:
                marked = ", marked as not complete" if event.incomplete else ""
                faults.append(Fault(HALF, f"{event.path!r}, {event.size} bytes{marked}"))
        elif isinstance(event, events.FileDeleted):
            lost[event.path] -= 1
        elif isinstance(event, events.FileMoved):
            renamed[event.old, event.path] -= 1
    faults += [Fault(MISSED, f"a version of {save.path!r}") for save in owed.elements()]
    faults += [Fault(MISSED, f"{path!r} is gone") for path in lost.elements()]
    faults += [Fault(MISSED, f"{old!r} is now {new!r}") for old, new in renamed.elements()]
    faults += [Fault(SPURIOUS, f"{path!r} is said to be gone") for path, count in lost.items() if count < 0]
    faults += [Fault(SPURIOUS, f"{old!r} is said to be {new!r}") for (old, new), count in renamed.items() if count < 0]
    return faults


def different(known: dict[str, str], disk: dict[str, str]) -> list[Fault]:
    """Where the catalog is not as the disk is."""
    return [Fault(MISSED if path in disk else SPURIOUS, f"catalog and disk differ: {path!r}")
            for path in sorted(known.keys() | disk.keys()) if known.get(path) != disk.get(path)]


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """(path, content) of every regular file whose name is text and no temporary's, in folders that can be read."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118  of thousands
            if is_temporary(name) or os.path.islink(path) or not os.path.isfile(path):  # noqa: PTH113, PTH114
                continue
            if is_left_by_rsync(name, os.lstat(path).st_mode):
                continue
            relative = os.path.relpath(path, folder)
            with contextlib.suppress(UnicodeEncodeError):
                relative.encode()
                yield relative, hash_of(Path(path))


def hash_of(path: Path) -> str:
    hasher = blake3()
    with path.open("rb") as stream:
        while data := stream.read(1 << 20):
            hasher.update(data)
    return hasher.hexdigest()
