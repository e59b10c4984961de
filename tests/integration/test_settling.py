"""Whether a file is whole: who has it open, and what its format says of its end."""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from folderkit.core.language import Text
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import Scan, scan
from folderkit.store import Store
from folderkit.watch import (
    TOLD_SECONDS,
    Patience,
    Verdict,
    is_frozen,
    is_temporary,
    quiet_seconds,
    settling,
    why_open,
    why_wait,
)
from folderkit.watch.settling import has_lock_file, is_open_for_writing, why_incomplete
from tests.conftest import CORPUS
from tests.trees import make_tree

linux = pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")


def incomplete(data: bytes) -> bool:
    return why_incomplete(len(data), lambda offset, length: data[offset : offset + length]) is not None


# -- formats ---------------------------------------------------------------------------------------
def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for number in range(20):
            package.writestr(f"word/{number}.xml", random.Random(number).randbytes(900))
        package.comment = "条款".encode()
    return stream.getvalue()


def pdf(*, linearized: bool = False) -> bytes:
    body = b"%PDF-1.7\n"
    if linearized:  # its first part ends like a file of its own
        body += b"1 0 obj <</Linearized 1/L 0000009000/H[1 2]/O 3>> endobj\nstartxref\n0\n%%EOF\n"
    return (body + b"x" * 9000)[: 9000 - 7] + b"%%EOF\r\n"


def compound(*, size: int, end_of_chain_filled: bool = False) -> bytes:
    """A compound file of 512-byte sectors, by MS-CFB: its tables first, then one chain of all sectors."""
    count = size // 512
    tables = -(-(count + count // 100 + 4) // 128)  # which name themselves, too
    lists = max(0, -(-(tables - 109) // 127))
    last = tables + lists + count
    following = [0xFFFFFFFD] * tables + [0xFFFFFFFC] * lists + list(range(tables + lists + 1, last)) + [0xFFFFFFFE]
    following += [0xFFFFFFFE if end_of_chain_filled else 0xFFFFFFFF] * (tables * 128 - len(following))
    first = list(range(min(tables, 109)))
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    head[30:32] = (9).to_bytes(2, "little")
    numbers = {44: tables, 48: tables + lists, 68: tables if lists else 0xFFFFFFFE, 72: lists}
    for place, number in numbers.items():
        head[place : place + 4] = number.to_bytes(4, "little")
    head[76:512] = b"".join(number.to_bytes(4, "little") for number in first + [0xFFFFFFFF] * (109 - len(first)))
    rest = list(range(109, tables))
    listed = b""
    for number in range(lists):
        some = rest[number * 127 : number * 127 + 127]
        after = tables + number + 1 if number + 1 < lists else 0xFFFFFFFE
        listed += b"".join(one.to_bytes(4, "little") for one in [*some, *[0xFFFFFFFF] * (127 - len(some)), after])
    table = b"".join(number.to_bytes(4, "little") for number in following)
    return bytes(head) + table + listed + random.Random(1).randbytes(count * 512)


@pytest.mark.parametrize("data", [
    zipped(), pdf(), pdf(linearized=True), compound(size=40_960), compound(size=40_960, end_of_chain_filled=True),
    compound(size=9 << 20)], ids=["zip", "pdf", "web pdf", "ole", "ole, its table filled", "ole with a list of tables"])
def test_a_file_cut_anywhere_is_not_complete(data: bytes) -> None:
    assert not incomplete(data)
    chance = random.Random("cuts")
    for length in [600, len(data) - 2048, *(chance.randrange(600, len(data) - 1024) for _ in range(200))]:
        assert incomplete(data[:length]), length
        preallocated = data[:length] + b"\0" * (len(data) - length)  # its final length from the first
        if data[:2] != b"\xd0\xcf":  # whose tables do not tell that
            assert incomplete(preallocated), length


def test_the_end_of_a_zip_in_a_zip_is_not_its_end() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("in.zip", zipped())
        package.writestr("more.bin", random.Random(3).randbytes(5000))
    data = stream.getvalue()
    assert not incomplete(data)
    assert incomplete(data[: data.index(b"more.bin") - 30])


@pytest.mark.parametrize("data", [b"", b"x", b"PK\3\4", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                                  b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 2000, "待办".encode("gb18030")])
def test_what_is_no_such_file_is_judged_without_an_error(data: bytes) -> None:
    assert incomplete(data) is data.startswith((b"PK\3\4", b"%PDF-", b"\xd0\xcf\x11\xe0"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_real_files_are_complete_and_their_beginnings_are_not() -> None:
    chance, beginnings, told = random.Random("corpus"), 0, 0
    for path in sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.stat().st_size < 30_000_000):
        data = path.read_bytes()
        assert incomplete(data) is ("truncated" in path.name), path
        if data.startswith((b"PK\3\4", b"%PDF", b"\xd0\xcf\x11\xe0")) and not incomplete(data):
            for _ in range(5):
                beginnings += 1
                told += incomplete(data[: chance.randrange(512, max(int(len(data) * 0.9), 513))])
    assert beginnings > 1000
    assert told / beginnings > 0.99, "a PDF that was saved again begins with a whole one"


# -- who has it open -------------------------------------------------------------------------------
@linux
def test_a_writer_is_noticed_and_a_reader_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    assert not is_open_for_writing(str(path))
    with path.open("a"):
        assert is_open_for_writing(str(path))
    with path.open():
        assert not is_open_for_writing(str(path))
    assert not is_open_for_writing(str(path))


@linux
@pytest.mark.parametrize("mode", ["r+b", "ab"])
def test_a_writer_in_another_process_is_noticed(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    code = f"import sys; stream = open({str(path)!r}, {mode!r}); print(flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    assert is_open_for_writing(str(path))
    holder.communicate(b"")
    assert not is_open_for_writing(str(path))


@linux
def test_what_cannot_be_asked_is_no_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link", "none", "."):
        assert not is_open_for_writing(str(tmp_path / name))


@linux
def test_asking_while_others_open_the_file_harms_neither(tmp_path: Path) -> None:
    """A lease that is broken sends a signal, which would end a program that does not expect it."""
    path = tmp_path / "a.txt"
    path.write_text("one")
    code = ("import sys; from folderkit.watch.settling import is_open_for_writing\n"
            f"print(flush=True)\nwhile not sys.stdin.closed:\n  is_open_for_writing({str(path)!r})")
    asking = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert asking.stdout is not None
    asking.stdout.readline()
    for _ in range(5000):
        with path.open("a"):
            pass
    assert asking.poll() is None, "it was ended by a signal"
    asking.kill()
    asking.communicate()


@pytest.mark.parametrize("lock", [".~lock.报告.docx#", "~$报告.docx", ".~报告.docx", "报告.dwl"])
def test_the_lock_files_of_office_programs(tmp_path: Path, lock: str) -> None:
    path = str(tmp_path / "报告.docx")
    assert not has_lock_file(path)
    (tmp_path / lock).write_text("")
    assert has_lock_file(path)


@pytest.mark.parametrize(("name", "lock"), [
    ("a.docx", "~$a.docx"), ("report.docx", "~$report.docx"), ("reports.docx", "~$eports.docx"),
    ("reports1.docx", "~$ports1.docx"), ("report 2026.docx", "~$port 2026.docx"),
    ("会议纪要七个字.docx", "~$议纪要七个字.docx"),
    ("预算表.xlsx", "~$预算表.xlsx"), ("a long name.xlsx", "~$a long name.xlsx")])
def test_word_shortens_the_name_of_a_lock_file(tmp_path: Path, name: str, lock: str) -> None:
    (tmp_path / lock).write_text("")
    assert has_lock_file(str(tmp_path / name))
    assert not has_lock_file(str(tmp_path / f"other {name}"))
    assert is_temporary(lock)


@linux
def test_how_long_an_open_file_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with path.open("w"):
        assert why_open(str(path), 3.0)
        assert why_open(str(path), settling.OPEN_SECONDS - 1)
        assert not why_open(str(path), settling.OPEN_SECONDS)
        (tmp_path / ".~lock.a.docx#").write_text("")
        assert why_open(str(path), 1.0)
        assert not why_open(str(path), 3.0)
    assert not why_open(str(path), 0.0)


@pytest.mark.parametrize(("modified", "changed", "quiet"), [
    (100, 100, 50), (100, 140, 10), (140, 100, 10), (152, 100, -2), (9999, 100, 50),
    (9999, 9999, math.inf)])
def test_quiet_since_the_younger_of_its_times(modified: int, changed: int, quiet: float) -> None:
    assert quiet_seconds((1, modified * 10**9, changed * 10**9, 1, 1), 150.0) == quiet


# -- what a watch waits for ------------------------------------------------------------------------
def test_a_watch_also_waits_where_nobody_can_tell_and_for_an_empty_file() -> None:
    patience = Patience()
    assert patience.why_wait("a", Verdict(1.0, None, None), (10, 0, 0, 1, 1))
    assert not patience.why_wait("a", Verdict(2.0, None, None), (10, 0, 0, 1, 1))
    assert not patience.why_wait("a", Verdict(0.1, False, None), (10, 0, 0, 1, 1))
    assert patience.why_wait("a", Verdict(9.0, False, None), (0, 0, 0, 1, 1))
    assert not patience.why_wait("a", Verdict(10.0, False, None), (0, 0, 0, 1, 1))
    assert not why_wait("a", Verdict(0.0, None, None)), "a scan by hand keeps what is there"


def test_a_remote_file_must_look_the_same_twice_whatever_its_clock_says() -> None:
    now = 100.0
    patience = Patience(clock=lambda: now)
    verdict, first, second = Verdict(settling.OPEN_SECONDS, None, None, remote=True), (10, 1, 1, 1, 1), (20, 1, 1, 1, 1)
    assert patience.why_wait("a", verdict, first)
    now += settling.REMOTE_SECONDS
    assert patience.why_wait("a", verdict, second), "it has grown"
    now += settling.REMOTE_SECONDS - 1
    assert patience.why_wait("a", verdict, second)
    now += 1
    assert not patience.why_wait("a", verdict, second)
    assert patience.why_wait("a", verdict, second), "each version is looked at twice"


def test_it_looks_again_less_and_less_often_and_tells_in_the_end() -> None:
    now, wall = 1000.0, 5000.0
    patience, why = Patience(clock=lambda: now, now=lambda: wall), Text("why", "原因")
    delays = []
    for _ in range(9):
        delays.append(patience.put_off("/w/P/a", why))
        assert patience.put_off("/w/P/a", why) == delays[-1], "not later because something else was looked at"
        now += delays[-1]
        wall += delays[-1] - 1000  # somebody sets the clock
    assert delays == [1, 1, 2, 4, 8, 16, 32, 60, 60]
    assert sum(delay < TOLD_SECONDS for delay in delays) == 5
    for other in ("/w/P2/c", "/w/P/b"):
        patience.put_off(other, why)
    patience.settle("/w/P", {"/w/P/b"})
    assert {one.path for one in patience.waiting()} == {"/w/P2/c", "/w/P/b"}
    now += 20_000
    assert patience.put_off("/w/P/a", why) == 1


def test_a_missing_file_may_come_back_for_a_while() -> None:
    now = 100.0
    patience = Patience(clock=lambda: now)
    assert patience.missing("f") == settling.MISSING_SECONDS
    now += 10
    assert patience.missing("f") == settling.MISSING_SECONDS - 10
    patience.present(["f"])
    now += 10
    assert patience.missing("f") == settling.MISSING_SECONDS
    now += 15
    assert patience.missing("f") == 0
    assert patience.missing("f") == settling.MISSING_SECONDS, "it was told, and is another one now"


@pytest.mark.parametrize(("missing", "known", "frozen"), [(20, 20, False), (21, 100, True), (21, 106, False),
                                                          (21, 104, True), (0, 0, False)])
def test_when_so_many_are_missing_that_a_share_may_be(missing: int, known: int, frozen: bool) -> None:
    assert is_frozen(missing, known) is frozen


class Clocks:
    """The computer's clock, which can be set, and the seconds that go on."""

    def __init__(self) -> None:
        self.wall = self.ahead = 0.0

    def patience(self) -> Patience:
        return Patience(clock=lambda: time.monotonic() + self.ahead,
                        now=lambda: time.time() + self.wall + self.ahead)


# -- scans -----------------------------------------------------------------------------------------
@pytest.fixture
def own(workspace: Path) -> Path:
    """A small project's folder."""
    facts = "project: {name: A, code: A}\nfolderkit: {id: 0123456789ab}\n"
    make_tree(workspace / "A", {"project.yaml": facts})
    return workspace / "A"


def scanned(folder: Path, patience: Patience | None = None) -> Scan:
    with Store(open_workspace(folder.parent, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        return scan(store, patience=patience)


def kinds(result: Scan) -> dict[str, str]:
    return {change.path: change.kind for change in result.changes if change.path != "project.yaml"}


@linux
@pytest.mark.parametrize("size", [10, 9 << 20], ids=["short", "long"])
def test_a_scan_by_hand_leaves_an_open_file_for_later(own: Path, size: int) -> None:
    with (own / "a.txt").open("wb", buffering=0) as stream:
        stream.write(b"x" * size)
        result = scanned(own)
        assert kinds(result) == {"a.txt": "busy"}
        assert kinds(scanned(own)) == {"a.txt": "busy"}, "its folder is looked at again"
    assert kinds(scanned(own)) == {"a.txt": "new"}


def test_a_scan_by_hand_keeps_an_empty_file(own: Path) -> None:
    (own / "a.txt").touch()
    assert kinds(scanned(own)) == {"a.txt": "new"}


def test_what_is_not_complete_is_kept_when_it_stays_so(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own / "a.docx").write_bytes(zipped()[:5000])
    assert kinds(scanned(own)) == {"a.docx": "busy"}
    monkeypatch.setattr(settling, "BROKEN_SECONDS", 0.0)
    (change,) = [change for change in scanned(own).changes if change.path == "a.docx"]
    assert (change.kind, change.reason) == ("new", Text("its end is missing", "文件不完整，缺少结尾"))


@linux
def test_a_file_that_is_moved_while_it_is_open_keeps_its_history(own: Path) -> None:
    (own / "a.txt").write_text("one")
    assert kinds(scanned(own)) == {"a.txt": "new"}
    with (own / "a.txt").open("a") as stream:
        (own / "a.txt").rename(own / "b.txt")
        stream.write("two")
        stream.flush()
        assert kinds(scanned(own)) == {"b.txt": "busy"}
    (own / "b.txt").write_text("one")  # in place: the same entry
    assert kinds(scanned(own)) == {"b.txt": "moved"}


def test_a_watch_waits_before_it_tells_that_a_file_is_gone(own: Path) -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    (own / "a.txt").write_text("one")
    os.utime(own / "a.txt", (1, 1))
    assert kinds(scanned(own, patience)) == {"a.txt": "new"}
    (own / "a.txt").unlink()
    result = scanned(own, patience)
    assert kinds(result) == {}
    assert result.again == {str(own / "a.txt"): settling.MISSING_SECONDS}
    now = settling.MISSING_SECONDS
    assert kinds(scanned(own, patience)) == {"a.txt": "deleted"}


def test_when_a_share_goes_the_watch_records_nothing(own: Path) -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    make_tree(own, {f"share/{number}.txt": str(number) for number in range(40)})
    assert len(kinds(scanned(own, patience))) == 40
    (own / "share").rename(own.parent / "aside")
    (own / "share").mkdir()
    for now in (0.0, 20.0, 40.0):  # noqa: B007  the clock
        result = scanned(own, patience)
        assert kinds(result) == {}
        assert "40 files are missing at once" in result.troubles[0][1].en
    (own / "share").rmdir()
    (own.parent / "aside").rename(own / "share")
    assert kinds(scanned(own, patience)) == {}
    shutil.rmtree(own / "share")
    assert set(kinds(scanned(own)).values()) == {"deleted"}, "a scan by hand believes it"


def test_a_folder_that_goes_with_its_files_is_told_in_the_end(own: Path) -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    make_tree(own, {"gone/a.txt": "a", "gone/b.txt": "b"})
    assert len(kinds(scanned(own, patience))) == 2
    shutil.rmtree(own / "gone")
    assert kinds(scanned(own, patience)) == {}
    now = settling.MISSING_SECONDS
    assert set(kinds(scanned(own, patience)).values()) == {"deleted"}


@pytest.mark.parametrize("back", ["the same", "elsewhere"])
def test_a_file_that_came_back_is_waited_for_anew_the_next_time(own: Path, back: str) -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    make_tree(own, {"in/a.txt": "a", "b.txt": "b"})
    scanned(own, patience)
    (own / "in").rename(own.parent / "aside")
    assert kinds(scanned(own, patience)) == {}
    (own.parent / "aside").rename(own / ("in" if back == "the same" else "other"))
    assert kinds(scanned(own, patience)) == ({} if back == "the same" else {"other/a.txt": "moved"})
    now = 1000.0
    place = own / ("in" if back == "the same" else "other") / "a.txt"
    place.rename(place.with_name("~WRL0001.tmp"))
    assert kinds(scanned(own, patience)) == {}, "a program may be saving it"


@linux
def test_a_file_that_is_dated_ahead_is_not_kept_while_it_is_open(own: Path) -> None:
    with (own / "a.txt").open("w") as stream:
        stream.write("half")
        stream.flush()
        os.utime(own / "a.txt", (4e9, 4e9))
        assert kinds(scanned(own)) == {"a.txt": "busy"}


@linux
@pytest.mark.parametrize("fate", ["removed", "renamed", "broken"])
def test_what_a_project_waited_for_is_forgotten_with_it(own: Path, fate: str) -> None:
    patience = Patience()
    (own / "a.txt").write_text("one")
    with (own / "a.txt").open("a"):
        scanned(own, patience)
        assert [one.path for one in patience.waiting()] == [str(own / "a.txt")]
        if fate == "removed":
            shutil.rmtree(own)
        elif fate == "renamed":
            own.rename(own.with_name("B"))
        else:
            (own / "project.yaml").write_text("{")
        scanned(own, patience)
    places = {"removed": [], "renamed": [own.with_name("B") / "a.txt"], "broken": [own / "a.txt"]}
    assert [one.path for one in patience.waiting()] == list(map(str, places[fate])), "of one that cannot be read stays"


@linux
@pytest.mark.parametrize("hours", [2, -2])
def test_an_open_file_is_waited_for_as_long_when_somebody_sets_the_clock(own: Path, hours: int) -> None:
    clocks = Clocks()
    patience = clocks.patience()
    with (own / "a.txt").open("w") as stream:
        stream.write("half")
        stream.flush()
        assert kinds(scanned(own, patience)) == {}
        clocks.wall = hours * 3600.0
        assert kinds(scanned(own, patience)) == {}
        clocks.ahead += 300
        assert kinds(scanned(own, patience)) == {"a.txt": "busy"}, "and told"
        clocks.ahead += 310
        assert kinds(scanned(own, patience)) == {"a.txt": "new"}, "it stays open, and is taken as it is"


@linux
@pytest.mark.parametrize("size", [10, 9 << 20], ids=["short", "long"])
def test_an_open_file_of_a_time_in_the_future_is_not_kept(own: Path, monkeypatch: pytest.MonkeyPatch,
                                                          size: int) -> None:
    with (own / "a.txt").open("wb") as stream:
        stream.write(b"x" * size)
        stream.flush()
        earlier = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        with Store(open_workspace(own.parent, {}), lambda: earlier) as store:
            assert kinds(scan(store)) == {"a.txt": "busy"}
    with Store(open_workspace(own.parent, {}), lambda: earlier) as store:
        assert kinds(scan(store)) == {"a.txt": "new"}


@pytest.mark.parametrize("watched", [False, True])
def test_missing_files_of_a_folder_that_is_not_remembered_are_recorded(own: Path, watched: bool) -> None:
    now = 0.0
    patience = Patience(clock=lambda: now) if watched else None
    make_tree(own, {"old/in/a.txt": "a", "old/b.txt": "b", "c.txt": "c"})
    scanned(own, patience)
    shutil.rmtree(own / "old")
    with Store(open_workspace(own.parent, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        store.catalog.database.execute("DELETE FROM folder WHERE path LIKE 'old%'")  # as by code of earlier days
    result = scanned(own, patience)
    if watched:
        assert kinds(result) == {}, "they may come back"
        now = settling.MISSING_SECONDS
        with Store(open_workspace(own.parent, {}), lambda: dt.datetime.now(dt.UTC)) as store:
            result = scan(store, [own], patience=patience)
    assert kinds(result) == {"old/in/a.txt": "deleted", "old/b.txt": "deleted"}
    assert kinds(scanned(own, patience)) == {}
