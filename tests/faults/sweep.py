"""Break a whole process at every system call that changes the disk, and look at what is left.

``python -m tests.faults.sweep`` runs every point and prints a table: kills (SIGKILL on entering the call), one
failed call (ENOSPC, EIO), and a disk that stays full (ENOSPC from there on). `tests/faults/test_sweep.py` runs a
part that changes with the date. Needs strace and the right to trace.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import datetime as dt
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import NoReturn

from folderkit.catalog import Catalog
from folderkit.cli.root import cli
from folderkit.core.safefiles import TEMPORARY_PREFIX
from folderkit.core.scratch import WORK
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import scan
from folderkit.registers import load_schema, read_workbook, write_workbook
from folderkit.store import Store
from folderkit.vault import Blobs, Journal

REPOSITORY = Path(__file__).resolve().parents[2]
CALLS = ("write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "rename", "renameat2", "link", "linkat",
         "unlink", "rmdir", "mkdir", "ftruncate", "unlinkat")
FAILING = ("write", "pwrite64", "writev", "fsync", "fdatasync", "syncfs", "rename", "renameat2", "link", "linkat",
           "mkdir", "ftruncate")
MODES = ("kill", "ENOSPC", "EIO", "full")  # full: ENOSPC from the point on
_CALL = re.compile(r"^(\w+)\((?:\d+<([^>]*)>)?")
Tree = dict[str, bytes | None]


@dataclass(frozen=True)
class Operation:
    """One command to break: how its world is made, how the command is typed, and what must hold afterwards.

    `check(before, after, done)` returns what is wrong with the person's files; `done` is the tree of an unbroken run.
    """

    name: str
    prepare: Callable[[Path], None]
    command: tuple[str, ...]
    check: Callable[[Tree, Tree, Tree], list[str]]
    folder: str = "."  # the current folder of the command, in the world
    whole: Callable[[Path], list[str]] = lambda root: []  # what else must hold, after the break and in the end
    again: tuple[int, ...] = (0,)  # how the command may end when it is typed again
    partly: bool = False  # whether some of it may be done when it fails
    ends: bool = False  # whether typing it again ends in what an unbroken run does, file by file
    but: str = ""  # a file that may come out otherwise; `whole` says what must hold of it


@dataclass(frozen=True)
class Point:
    """The `number`-th `call` of an operation, and what happens there."""

    operation: str
    mode: str
    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.operation}:{self.mode}:{self.call}:{self.number}"


@dataclass
class Outcome:
    """What became of one point: `faults` are broken promises; `code` is how the broken process ended."""

    point: Point
    code: int = 0
    faults: list[str] = field(default_factory=list)


# -- running ---------------------------------------------------------------------------------------
def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FOLDERKIT_", "LC_", "XDG_"))}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1", "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1"}


def run(arguments: Sequence[str], folder: Path, *, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run folderkit as a process of its own in `folder`."""
    return subprocess.run([*before, sys.executable, "-m", "folderkit", *arguments], cwd=folder, text=True,
                          env=environment(folder.parent), stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
                          check=False)


def run_here(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run folderkit in a fork of this process, which has it loaded already: a fifth of the time."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            _become(arguments, folder, out.fileno(), err.fileno())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = [stream.read() for stream in (out, err) if stream.seek(0) == 0]
        return subprocess.CompletedProcess(list(arguments), code, *texts)


def _become(arguments: Sequence[str], folder: Path, out: int, err: int) -> NoReturn:
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = (os.fdopen(one, "w", encoding="utf-8", closefd=False) for one in (1, 2))
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment(folder.parent))
        sys.argv = ["folderkit", *arguments]
        cli.main(list(arguments))
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001  as Python itself would
        traceback.print_exc()
        code = 1
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _last(result: subprocess.CompletedProcess[str]) -> str:
    return " / ".join(result.stderr.strip().splitlines()[-2:])


def missing() -> str:
    """Why the sweep cannot run here; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-e", "trace=write", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "tracing processes is not permitted here"


# -- worlds ----------------------------------------------------------------------------------------
def _done(arguments: Sequence[str], folder: Path) -> None:
    result = run(arguments, folder)
    assert result.returncode == 0, (arguments, result.stderr)


def _workspace(root: Path) -> None:
    root.mkdir()
    _done(["init", ".", "--firm", "Cedar"], root)


def _project(root: Path) -> Path:
    _workspace(root)
    _done(["new", "Site", "--client", "Acme", "--skeleton", "consulting-engagement", "--code", "S1"], root)
    folder = next(root.glob("*/project.yaml")).parent
    folder.rename(root / "site")
    folder = root / "site"
    (folder / "notes").mkdir()
    (folder / "notes" / "note.txt").write_text("one\n")
    (folder / "gone.txt").write_text("will be gone\n")
    (folder / "old name.txt").write_text("will be moved\n" * 100)
    _done(["scan"], root)
    (folder / "notes" / "note.txt").write_text("two\n")
    _done(["scan"], root)
    return folder


def _world_init(root: Path) -> None:
    root.mkdir()
    (root / "mine.txt").write_text("mine\n")


def _world_new(root: Path) -> None:
    _workspace(root)
    (root / "mine.txt").write_text("mine\n")


def _world_new_deep(root: Path) -> None:
    _workspace(root)
    settings = root / "folderkit.yaml"
    settings.write_text(settings.read_text() + "projects: clients/all\n")


def _world_scan(root: Path) -> None:
    folder = _project(root)
    (folder / "notes" / "note.txt").write_text("three\n")
    (folder / "gone.txt").unlink()
    (folder / "old name.txt").rename(folder / "new name.txt")
    (folder / "empty.txt").touch()
    (folder / "big.bin").write_bytes(random.Random(1).randbytes(9 << 20))
    for number in range(3):
        (folder / f"more {number}.csv").write_text(f"a,b\n{number},{number}\n")


def _world_restore(root: Path) -> None:
    folder = _project(root)
    (folder / "notes" / "note.txt").write_text("three, and never scanned\n")


def _world_restore_gone(root: Path) -> None:
    shutil.rmtree(_project(root) / "notes")


def _world_restore_folder(root: Path) -> None:
    """A folder as it was in 2020, and all that can have happened to its files since."""
    box = _project(root) / "box"
    (box / "in").mkdir(parents=True)
    for name in ("same.txt", "saved.txt", "unseen.txt", "gone.txt", "in/gone.txt"):
        (box / name).write_text(f"{name} of 2020\n")
    with Store(open_workspace(root, {}), lambda: dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) as store:
        scan(store)
    (box / "saved.txt").write_text("saved since\n")
    (box / "gone.txt").unlink()
    shutil.rmtree(box / "in")
    (box / "later.txt").write_text("came later\n")
    _done(["scan"], root)
    (box / "unseen.txt").write_text("saved since, and never scanned\n")


def _world_fill(root: Path) -> None:
    _project(root)


def _world_fill_each(root: Path) -> None:
    _project(root)
    rows = [{"meeting.title": f"Meeting {number}", "meeting.date": "2026-03-02", "meeting.time": "9:00",
             "meeting.attendees": "Ann"} for number in range(3)]
    (root.parent / "rows.json").write_text(json.dumps(rows), encoding="utf-8")


def _world_fill_replace(root: Path) -> None:
    """A document that was filled, and edited since, which nobody has scanned."""
    folder = _project(root)
    _done(_MEETING, root)
    document = next(path for path in root.rglob("*.docx") if "Meeting notes" in path.name)
    document.rename(folder / "minutes.docx")
    _done(["scan"], root)
    edited = root.parent / "edited.docx"
    _return_changed(folder / "minutes.docx", edited)
    with edited.open("ab") as stream:
        stream.write(b"edited")
    edited.replace(folder / "minutes.docx")


def _world_backup(root: Path) -> None:
    """A backup beside the workspace, and much that is not in it yet."""
    _workspace(root)
    (root.parent / "disk").mkdir()
    settings = root / "folderkit.yaml"
    settings.write_text(settings.read_text() + "backup: ../disk\n")
    _done(["new", "Site", "--client", "Acme", "--skeleton", "consulting-engagement", "--code", "S1"], root)
    _done(["backup", "run"], root)
    folder = next(root.glob("*/project.yaml")).parent
    for number in range(2):
        (folder / f"big {number}.bin").write_bytes(random.Random(number).randbytes(9 << 20))
    (root / "templates").mkdir()
    (root / "templates" / "note.txt").write_text("new\n")
    _done(["scan"], root)


def _world_prune(root: Path) -> None:
    """Twenty versions of one day in 2020, of which half may go, in packs that are cut anew."""
    folder = _project(root)
    for number in range(20):
        (folder / "notes" / "note.txt").write_bytes(random.Random(number).randbytes(20_000))
        (folder / f"kept {number}.bin").write_bytes(random.Random(-number).randbytes(2_000))
        at = dt.datetime(2020, 1, 1, 8, number, tzinfo=dt.UTC)
        with Store(open_workspace(root, {}), lambda at=at: at) as store:  # type: ignore[misc]
            scan(store)
    _done(["scan"], root)


def _world_backup_restore(root: Path) -> None:
    _world_backup(root)
    _done(["backup", "run"], root)


def _world_file(root: Path) -> None:
    """An inbox with all that filing does: files that move, also out of a dropped folder, one whose content is filed
    already, and a document of ours that came back changed."""
    folder = _project(root)
    inbox = next(folder.glob("0_*"))
    (next(folder.glob("7_*")) / "Invoice 4711.txt").write_text("Invoice No. 4711\n")
    _done(["scan"], root)
    (inbox / "minutes of the start.txt").write_text("Minutes\nAll are there.\n")
    (inbox / "dropped" / "in").mkdir(parents=True)
    (inbox / "dropped" / "in" / "Contract for the site.txt").write_text("Contract\nWork for money.\n")
    (inbox / "dropped" / "holiday.txt").write_text("No rule is for this.\n")
    _return_changed(next(folder.rglob("*.docx")), inbox / "brief, with my remarks.docx")
    _done(["scan"], root)
    _copy_of_filed(root, folder, inbox)


def _return_changed(document: Path, copy: Path) -> None:
    """A document as it comes back: under another name, with another text in it."""
    with zipfile.ZipFile(document) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"Acme", b"Acme Ltd") if name == "word/document.xml" else data)


def _copy_of_filed(root: Path, folder: Path, inbox: Path) -> None:
    """Beside what a rule names as it was named before: the same invoice once more."""
    planned = json.loads(run(["file", "--dry-run", "--json"], root).stdout)
    assert {one["action"] for one in planned} == {"moved", "version", "stays"}, planned
    (inbox / "Invoice 4711.txt").write_text("Invoice No. 4711\n")
    target = next(one["to"] for one in json.loads(run(["file", "--dry-run", "--json"], root).stdout)
                  if one["path"].endswith("Invoice 4711.txt"))
    (folder / target).write_text("Invoice No. 4711\n")
    _done(["scan"], root)


def _world_post(root: Path) -> None:
    """An inbox with two mails of one thread, with what is attached, among it a document of ours that comes back, and an
    archive that a rule unpacks."""
    folder = _project(root)
    inbox = next(folder.glob("0_*"))
    settings = root / "folderkit.yaml"
    settings.write_text(settings.read_text() + "rules:\n  - {id: archives, match: {type: archive}, unpack: true, "
                                               "file: {to: info}}\n")
    back = root.parent / "back.docx"
    _return_changed(next(folder.rglob("*.docx")), back)
    attached = [{"plan.csv": b"a,b\n1,2\n", "brief.docx": back.read_bytes()}, {"说明.txt": b"yes\n"}]
    for number, files in enumerate(attached):
        (inbox / f"{number}.eml").write_bytes(_mail(number, files))
    with zipfile.ZipFile(inbox / "drawings.zip", "w") as archive:
        for name in ("one.txt", "in/two.txt"):
            archive.writestr(name, f"{name} of the archive\n")
    _done(["scan"], root)


_ROW = ("channel=email", "time=2026-03-02 09:00", "participants=Ann", "content=The first", "-p", "S1")


def _world_register(root: Path) -> None:
    """A log with a row."""
    _project(root)
    _done(["register", "add", "communications", "subject=Brief", *_ROW], root)


def _world_older(root: Path) -> None:
    """A log that an older folderkit has made, without a column that there is now."""
    _project(root)
    schema, columns = load_schema("communications"), ("channel", "time", "participants", "content")
    older = replace(schema, columns=tuple(column for column in schema.columns if column.key != "files"))
    row = dict(zip(columns, ("email", dt.datetime(2026, 3, 2, 9), "Ann", "The first"), strict=True))
    write_workbook(older, "en", [{"subject": "Brief", **row}], root / _LOG, project="S1", today=dt.date(2026, 3, 2))
    _done(["scan"], root)


def _world_waiting(root: Path) -> None:
    """A row that was entered while the log was open; it is closed by now."""
    _world_register(root)
    lock = (root / _LOG).with_name("~$" + Path(_LOG).name)
    lock.write_bytes(b"Ann")
    _done(["register", "add", "communications", "subject=Offer", *_ROW], root)
    lock.unlink()


def _mail(number: int, files: Mapping[str, bytes]) -> bytes:
    """A mail, which answers that of the number before."""
    message = EmailMessage()
    for name, value in (("Message-ID", f"<{number}@acme.example>"), ("In-Reply-To", f"<{number - 1}@acme.example>"),
                        ("From", "Ann <ann@acme.example>"), ("To", "li@cedar.example"),
                        ("Subject", "The brief 项目"), ("Date", f"Mon, 2 Mar 2026 1{number}:00:00 +0100")):
        message[name] = value
    message.set_content("Please see what is attached.\n")
    for name, data in files.items():
        message.add_attachment(data, "application", "octet-stream", filename=name)
    return message.as_bytes()


def _world_undo(root: Path) -> None:
    _world_file(root)
    _done(["file"], root)


def _world_name(root: Path) -> None:
    folder = _project(root)
    results = next(folder.glob("6_*"))
    (results / "Report final.txt").write_text("The report.\n")
    (results / "what we found.txt").write_text("That.\n")
    (results / "more").mkdir()
    (results / "more" / "tables.csv").write_text("a,b\n")
    _done(["scan"], root)


# -- what must hold --------------------------------------------------------------------------------
def tree_of(root: Path) -> Tree:
    """What a person sees: everything but folderkit's private state."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(".folderkit"):
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def _differences(one: Tree, other: Tree) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name, b"-") != other.get(name, b"-"))


def _same(before: Tree, after: Tree, done: Tree) -> list[str]:
    return [f"differs: {name}" for name in _differences(before, after)]


def _before_or_done(before: Tree, after: Tree, done: Tree) -> list[str]:
    """All or nothing; a generated file may differ from one run to another in what it holds."""
    if not _differences(before, after):
        return []
    wrong = [f"untouched file differs: {name}" for name in before
             if before[name] == done.get(name, b"") and after.get(name, b"-") != before[name]]
    if after.keys() != done.keys():
        wrong += [f"neither before nor after: {name}" for name in sorted(after.keys() ^ done.keys())]
    return wrong + [f"content is neither: {name}" for name in before.keys() & done.keys()
                    if after.get(name, b"-") not in (before[name], done[name])]


def _some_done(before: Tree, after: Tree, done: Tree) -> list[str]:
    """Nothing that was there differs, and of what is to be made nothing but whole files is there."""
    wrong = [f"untouched file differs: {name}" for name in before
             if before[name] == done.get(name, b"") and after.get(name, b"-") != before[name]]
    wrong += [f"neither before nor after: {name}" for name in sorted(after.keys() - done.keys())]
    for name in after.keys() - before.keys():
        data = after[name]
        if data is not None and not zipfile.is_zipfile(io.BytesIO(data)):
            wrong.append(f"half a document: {name}")
    return wrong


def _each_once(root: Path) -> list[str]:
    """No document is made a second time, whatever happened to the command before."""
    made = [path.name for path in root.rglob("*.docx") if "Meeting " in path.name]
    return [f"made twice: {name}" for name in made if "V1.0" not in name] + ([f"too many: {made}"] * (len(made) > 3))


def _each_before_or_done(before: Tree, after: Tree, done: Tree) -> list[str]:
    """Every file is as it was before or as it is when all is done, whole."""
    nothing = b"-nothing-"
    return [f"neither before nor after: {name}" for name in before.keys() | after.keys() | done.keys()
            if after.get(name, nothing) not in (before.get(name, nothing), done.get(name, nothing))]


def _gone_restored(before: Tree, after: Tree, done: Tree) -> list[str]:
    """A folder that was made for a file whose restoring was killed may stay, empty."""
    return _before_or_done(before, {name: data for name, data in after.items()
                                    if name != "site/notes" or "site/notes/note.txt" in after}, done)


def _backup_whole(root: Path) -> list[str]:
    """The backup that was there, or the new one, is whole, and reads the same whoever reads it."""
    verified = run_here(["backup", "verify"], root)
    return [] if verified.returncode == 0 else [f"backup verify ends with {verified.returncode}: {verified.stdout}"]


def _restored_whole(root: Path) -> list[str]:
    """Once the new workspace can be opened it is the old one."""
    other = root.parent / "other"
    if not (other / "folderkit.yaml").exists():
        return []
    wrong = [f"restored differs: {name}" for name in _differences(tree_of(root), tree_of(other))
             if not name.startswith(TEMPORARY_PREFIX)]
    scanned = run_here(["scan"], other)
    if ": 0 new, 0 changed, 0 moved, 0 gone" not in scanned.stdout:
        wrong.append(f"the restored workspace is not as it was: {scanned.stdout} {scanned.stderr}")
    return wrong + state_faults(other)


def _each_in_one_place(before: Tree, after: Tree, done: Tree) -> list[str]:
    """Every file is at its old place or at its new one, whole, and at one of them; a version may be at its place while
    the copy that brought it is not taken away yet. Folders do not count."""
    nothing = b"-nothing-"
    wrong = [f"neither before nor after: {name}" for name in before.keys() | after.keys() | done.keys()
             if (before.get(name, nothing) or done.get(name, nothing)) is not None
             and after.get(name, nothing) not in (before.get(name, nothing), done.get(name, nothing))]
    for content in {content for content in [*before.values(), *done.values()] if content}:
        counts = [sum(one == content for one in tree.values()) for tree in (before, after, done)]
        if counts[1] not in range(min(counts[0], counts[2]), max(counts) + 1):
            wrong.append(f"{counts[1]} times, not {counts[0]} or {counts[2]}: {content[:40]!r}")
    return wrong


_LOG = "site/2_Communications/Communication log.xlsx"


def _log_whole(root: Path) -> list[str]:
    """The log can be read and has a row for each mail at most, which one that is filed has; a mail that could not be
    filed at first is entered later, under another number."""
    rows = read_workbook(root / _LOG, load_schema("communications"), today=dt.date(2026, 3, 2)).rows
    known = [str(row["ext_id"]) for row in rows if row.get("ext_id")]
    wrong = [f"twice in the log: {one}" for one, times in Counter(known).items() if times > 1]
    filed = list((root / "site" / "2_Communications").rglob("*.eml"))
    if len(known) < len(filed):
        wrong.append(f"{len(filed)} mails are filed, and {len(known)} entered")
    return wrong


def _rows_whole(root: Path) -> list[str]:
    """The log can be read, with the row that was there and no more than were entered."""
    found = read_workbook(root / _LOG, load_schema("communications"), today=dt.date(2026, 3, 2))
    subjects = [row["subject"] for row in found.rows]
    numbers = [row["id"] for row in found.rows]
    wrong = [] if subjects in (["Brief"], ["Brief", "Offer"], ["Brief", "Offer", "Offer"]) else [f"rows: {subjects}"]
    return wrong if len(set(numbers)) == len(numbers) else [*wrong, f"numbers: {numbers}"]


_MINUTES = "site/minutes.docx"


def _minutes_whole(root: Path) -> list[str]:
    """The document is as it was edited, or filled anew and whole; and its edits are a version by then. What is filled
    differs from one run to another by the second."""
    data = (root / _MINUTES).read_bytes()
    if data.endswith(b"edited"):
        return []
    with zipfile.ZipFile(root / _MINUTES) as packed:
        wrong = [f"damaged: {packed.testzip()}"] if packed.testzip() else []
    kept = json.loads(run_here(["history", _MINUTES, "--json"], root).stdout)
    place = root.parent / "edits.docx"
    place.unlink(missing_ok=True)
    for version in (one["version"] for one in kept):
        run_here(["restore", _MINUTES, "--version", str(version), "--to", str(place)], root)
        if place.read_bytes().endswith(b"edited"):
            return wrong
        place.unlink()
    return [*wrong, "the edits are in no version"]


def _files(tree: Tree) -> Tree:
    return {name: content for name, content in tree.items() if content is not None}


_MEETING = ("fill", "meeting-notes", "--quick", "-p", "S1", "--set", "meeting.title=Start", "--set",
            "meeting.date=2026-03-01", "--set", "meeting.time=14:00", "--set", "meeting.attendees=Li")
OPERATIONS = (
    Operation("init", _world_init, ("init", ".", "--firm", "Cedar"), _before_or_done),
    Operation("new", _world_new, ("new", "Site", "--client", "Acme", "--skeleton", "consulting-engagement"),
              _before_or_done),
    Operation("new-deep", _world_new_deep, ("new", "Site", "--client", "Acme", "--skeleton", "consulting-engagement"),
              _before_or_done),
    Operation("scan", _world_scan, ("scan",), _same),
    Operation("restore", _world_restore, ("restore", "site/notes/note.txt", "--version", "1"), _before_or_done),
    Operation("restore-gone", _world_restore_gone, ("restore", "-p", "S1", "notes/note.txt", "--version", "2"),
              _gone_restored),
    Operation("restore-folder", _world_restore_folder, ("restore", "site/box", "--at", "2020-06-01"),
              _each_before_or_done, partly=True),
    Operation("restore-to", _world_restore_folder, ("restore", "site/box", "--at", "2020-06-01", "--to", "a/new/box"),
              _before_or_done),
    Operation("fill", _world_fill, _MEETING, _before_or_done),
    Operation("fill-each", _world_fill_each, ("fill", "meeting-notes", "--quick", "-p", "S1", "--data", "../rows.json",
                                              "--each"), _some_done, partly=True, whole=_each_once),
    Operation("fill-replace", _world_fill_replace, (*_MEETING, "--replace"), _before_or_done, but=_MINUTES,
              whole=_minutes_whole),
    Operation("prune", _world_prune, ("prune", "--yes"), _same),
    Operation("backup", _world_backup, ("backup", "run"), _same, whole=_backup_whole),
    Operation("backup-restore", _world_backup_restore, ("backup", "restore", "../disk", "../other"), _same,
              whole=_restored_whole, again=(0, 3)),
    Operation("file", _world_file, ("file",), _each_in_one_place, partly=True, ends=True),
    Operation("post", _world_post, ("file",), _each_in_one_place, partly=True, ends=True, but=_LOG, whole=_log_whole),
    Operation("undo", _world_undo, ("undo",), _each_in_one_place, partly=True, ends=True, again=(0, 3)),
    Operation("register-add", _world_register, ("register", "add", "communications", "subject=Offer", *_ROW),
              _before_or_done, whole=_rows_whole),
    Operation("register-set", _world_register, ("register", "set", "communications", "COM-001", "content=The second",
                                                "-p", "S1"), _before_or_done, ends=True),
    Operation("register-enter", _world_waiting, ("register", "list", "-p", "S1"), _before_or_done, ends=True,
              whole=_rows_whole),
    Operation("register-upgrade", _world_older, ("register", "upgrade", "communications", "-p", "S1"),
              _before_or_done, ends=True),
    Operation("name", _world_name, ("name", "--fix", "-p", "S1", "site/6_Results"), _each_in_one_place, partly=True,
              ends=True),
)


def state_faults(root: Path) -> list[str]:
    """What is wrong with vault, journal and catalog: every version is read, byte for byte."""
    workspace = open_workspace(root, {})
    if not workspace.state.exists():
        return []
    wrong: list[str] = []
    journals = list((workspace.vault / "journal").glob("*"))
    if len(journals) > 1:
        wrong.append(f"{len(journals)} journals")
    with tempfile.TemporaryDirectory() as scratch:
        blobs = Blobs(workspace.vault, Path(scratch) / "index.db")
        known = Blobs(workspace.vault, workspace.state / "vault-index.db")
        fresh = Catalog(Path(scratch) / "catalog.db")
        live = Catalog(workspace.state / "catalog.db")
        with contextlib.closing(blobs), contextlib.closing(known), contextlib.closing(fresh), contextlib.closing(live):
            for journal in journals:
                with fresh.transaction():
                    fresh.apply(Journal(workspace.vault, journal.name).read())
                for path, content, size in fresh.database.execute(
                        "SELECT path, content, size FROM version WHERE NOT pruned"):
                    for store in (blobs, known):
                        if sum(map(len, store.read(content))) != size:
                            wrong.append(f"size of {path}")
            for table in ("applied", "project", "node", "version", "move", "document", "backup", "pending",
                          "filed"):
                rows = [sorted(one.database.execute(f"SELECT * FROM {table}")) for one in (fresh, live)]  # noqa: S608
                if rows[0] != rows[1]:
                    wrong.append(f"the catalog's {table} is not what the journal says")
            if live.pending():
                wrong.append("something is still pending")
            wrong += _unversioned(live, root)
    return wrong


def _unversioned(catalog: Catalog, root: Path) -> list[str]:
    """Files of projects whose content is not their last version (everything was scanned before this is asked)."""
    from blake3 import blake3

    wrong = []
    for project in catalog.projects():
        rows = {row.path: row.content for row in catalog.files(project.id)}
        folder = root / project.folder
        files = {path.relative_to(folder).as_posix(): blake3(path.read_bytes()).hexdigest()
                 for path in folder.rglob("*") if path.is_file()}
        wrong += [f"not versioned: {project.folder}/{name}" for name in files if rows.get(name) != files[name]]
    return wrong


def litter(root: Path) -> list[str]:
    left = [path for path in root.rglob(f"{TEMPORARY_PREFIX}*")
            if ".folderkit" not in path.relative_to(root).parts[0]]
    return [f"litter: {path.relative_to(root)}" for path in [*left, *(root / ".folderkit").glob(f"{WORK}*")]]


# -- the sweep -------------------------------------------------------------------------------------
class Sweep:
    """Worlds to break, made once and copied for every point."""

    def __init__(self, scratch: Path, names: Sequence[str] = ()) -> None:
        self.scratch = scratch
        self.operations = {operation.name: operation for operation in OPERATIONS
                           if not names or operation.name in names}
        self.done: dict[str, Tree] = {}
        for operation in self.operations.values():
            (scratch / operation.name).mkdir()
            operation.prepare(scratch / operation.name / "work")

    def copy(self, operation: Operation, number: object) -> Path:
        place = self.scratch / f"{operation.name}-{number}"
        place.mkdir()
        shutil.copytree(self.scratch / operation.name, place, symlinks=True, dirs_exist_ok=True)
        return place / "work"

    def points(self, modes: Sequence[str] = MODES) -> Iterator[Point]:
        """Every point of every operation, by an unbroken run of each."""
        for operation in self.operations.values():
            root = self.copy(operation, "counted")
            log = root.parent / "strace"
            result = run(operation.command, root / operation.folder,
                         before=["strace", "-y", "-s0", "-o", str(log), "-e", f"trace={','.join(CALLS)}"])
            assert result.returncode == 0, result.stderr
            self.done[operation.name] = tree_of(root)
            calls: Counter[str] = Counter()
            for line in log.read_text(errors="replace").splitlines():
                found = _CALL.match(line)
                if found and found[1] in CALLS:
                    calls[found[1]] += 1
                    told = found[1] == "write" and (found[2] or "").startswith(("pipe:", "/dev/"))
                    for mode in modes:
                        if mode == "kill" or (found[1] in FAILING and not told):
                            yield Point(operation.name, mode, found[1], calls[found[1]])
            shutil.rmtree(root.parent)

    def try_point(self, point: Point) -> Outcome:
        operation = self.operations[point.operation]
        root = self.copy(operation, str(point).replace(":", "-"))
        outcome = Outcome(point)
        try:
            self._break(operation, point, root, outcome)
        except Exception as error:  # noqa: BLE001  a check that fails is a finding
            outcome.faults.append(f"{type(error).__name__}: {error}")
        shutil.rmtree(root.parent, ignore_errors=True)
        for fault in outcome.faults:
            sys.stderr.write(f"{point} [{outcome.code}] {fault}\n")
        return outcome

    def _break(self, operation: Operation, point: Point, root: Path, outcome: Outcome) -> None:
        what = "signal=SIGKILL" if point.mode == "kill" else f"error={'EIO' if point.mode == 'EIO' else 'ENOSPC'}"
        when = f"{point.number}{'+' if point.mode == 'full' else ''}"
        before, done = tree_of(root), self.done[operation.name]
        result = run(operation.command, root / operation.folder, before=[
            "strace", "-o", os.devnull, "-e", f"trace={point.call}", "-e", f"inject={point.call}:{what}:when={when}"])
        outcome.code = result.returncode
        wrong = outcome.faults
        if "Traceback" in result.stderr:
            wrong.append("traceback: " + result.stderr.strip().splitlines()[-1])
        if point.mode != "kill":
            mute = point.mode == "full" and point.call == "write"  # then it cannot tell, either
            self._check_failed(operation, result, (before, tree_of(root), done), wrong, mute=mute)
        self.look_after(operation, root, before, wrong)

    def look_after(self, operation: Operation, root: Path, before: Tree, wrong: list[str]) -> None:
        """What must hold after a break: now, after the next command, and when the same is typed again."""
        done = self.done[operation.name]
        wrong += operation.whole(root)
        self._check_next(operation, root, wrong)
        after = tree_of(root)
        wrong += operation.check(*({name: data for name, data in tree.items() if name != operation.but}
                                   for tree in (before, after, done)))
        wrong += litter(root)
        again = run_here(operation.command, root / operation.folder)
        finished = after.keys() == done.keys() and operation.name in ("new", "new-deep", "init", "restore-to")
        if again.returncode not in ((3,) if finished else operation.again):
            wrong.append(f"the command again ends with {again.returncode}: {_last(again)}")
        wrong += operation.whole(root)
        if operation.ends:
            wrong += [f"in the end differs: {name}" for name in _differences(_files(tree_of(root)), _files(done))
                      if name != operation.but]
        if operation.name != "init":
            run_here(["scan"], root)
        wrong += state_faults(root)
        if (root / ".folderkit" / "vault").exists():
            verified = run_here(["verify", "--read"], root)
            if verified.returncode:
                wrong.append(f"verify --read ends with {verified.returncode}: {verified.stdout} {verified.stderr}")

    def _check_failed(self, operation: Operation, result: subprocess.CompletedProcess[str],
                      trees: tuple[Tree, Tree, Tree], wrong: list[str], *, mute: bool) -> None:
        before, after, done = trees
        if result.returncode == 0:  # the failed call was one that could be done without
            if after.keys() != done.keys():
                wrong.append("ended with 0, and is not done")
            return
        if mute:
            return  # it may be done and unable to say so: `check` asks that it is done whole or not at all
        if result.returncode != 1 or "Error: " not in result.stderr:
            wrong.append(f"ended with {result.returncode}: {_last(result)}")
        elif len(result.stderr[result.stderr.index("Error: "):].strip().splitlines()) < 2:
            wrong.append(f"no hint: {_last(result)}")
        if not operation.partly:  # else what `check` says of it must hold
            wrong += [f"after the error differs: {name}" for name in _differences(before, after)]

    def _check_next(self, operation: Operation, root: Path, wrong: list[str]) -> None:
        """The next command a person types: it must do its work."""
        if operation.name == "init" and not (root / "folderkit.yaml").exists():
            return
        following = run_here(["scan"], root)
        if following.returncode != 0 or "Traceback" in following.stderr:
            wrong.append(f"the next command ends with {following.returncode}: {_last(following)}")


_current: list[Sweep] = []


def _try_current(point: Point, deadline: float | None) -> Outcome | None:
    return None if deadline and time.monotonic() > deadline else _current[0].try_point(point)


def run_points(sweep: Sweep, points: Sequence[Point], seconds: float | None = None) -> list[Outcome]:
    """Try the points, as many as fit in `seconds`, in two processes."""
    deadline = time.monotonic() + seconds if seconds else None
    _current[:] = [sweep]
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        found = pool.map(_try_current, points, [deadline] * len(points))
        return [outcome for outcome in found if outcome is not None]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="an operation; may be given several times")
    parser.add_argument("--mode", action="append", default=[], choices=MODES)
    parser.add_argument("--call", action="append", default=[], help="a system call; may be given several times")
    parser.add_argument("--skip", action="append", default=[], help="a system call to leave out")
    parser.add_argument("--point", action="append", default=[], help="operation:mode:call:number")
    parser.add_argument("--seconds", type=float, help="try points at random, as many as fit in so many seconds")
    given = parser.parse_args()
    reason = missing()
    if reason:
        sys.stdout.write(f"Not run: {reason}.\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="sweep-") as scratch:
        only = given.only or [text.split(":")[0] for text in given.point]
        sweep = Sweep(Path(scratch), only)
        points = [point for point in sweep.points(given.mode or MODES)
                  if (not given.point or str(point) in given.point) and point.call not in given.skip
                  and (not given.call or point.call in given.call)]
        if given.seconds:
            random.shuffle(points)
        outcomes = run_points(sweep, points, given.seconds)
    report(outcomes)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


def report(outcomes: Sequence[Outcome]) -> None:
    """A table: operation, what happened, call, points, how many ended with 0, how many broke a promise."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.point.operation, outcome.point.mode, outcome.point.call), []).append(outcome)
    lines = [f"{'operation':17}{'mode':8}{'call':12}{'points':>7}{'done':>6}{'broken':>8}"]
    for (operation, mode, call), group in sorted(groups.items()):
        ok, bad = sum(one.code == 0 for one in group), sum(bool(one.faults) for one in group)
        lines.append(f"{operation:17}{mode:8}{call:12}{len(group):7}{ok:6}{bad:8}")
    lines.append(f"{len(outcomes)} points, {sum(bool(one.faults) for one in outcomes)} broken")
    for outcome in outcomes:
        lines += [f"  {outcome.point} [{outcome.code}] {fault}" for fault in outcome.faults]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
