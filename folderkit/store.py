"""The version store of one workspace: blobs, journal and catalog, opened together and kept in step.

The order of writes lives here and nowhere else: blobs are durable before the journal names them, and
the journal before the catalog. Whatever a crash leaves, the catalog is behind and catches up.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import getpass
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from folderkit.catalog import Catalog, Reading, UnreadRow, is_ready, last_applied
from folderkit.catalog.passages import told
from folderkit.core.behind import Behind
from folderkit.core.database import is_damage, reason, remove_database
from folderkit.core.errors import Failed, FolderkitError, Refused, os_failure
from folderkit.core.events import Event, FileDeleted, VersionKept
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.lock import writers_lock
from folderkit.core.scratch import WORK, scratch
from folderkit.core.signature import Folder, Signature, signature_of
from folderkit.core.workspace import Workspace
from folderkit.vault import FORMAT_FILE, MEMORY_BYTES, START, Blobs, Damaged, Journal, Preparation, Put

if TYPE_CHECKING:
    from folderkit.extract import Extraction, Extractor, Extractors
    from folderkit.watch import Verdict
    from folderkit.watch.settling import ReadAt

FILES_PER_BATCH = 1000
BYTES_PER_BATCH = 128 << 20
TEXTS_PER_BATCH = 50
_NOTHING: Signature = (-1, 0, 0, 0, 0)  # what no file's signature is
_TICK, _COARSE_TICK = 20_000_000, 2_500_000_000  # ns

Clock = Callable[[], dt.datetime]
Judge = Callable[[str, int, Signature, "ReadAt"], "Verdict"]  # (path, open file, what it looked like, its content)
Progress = Callable[[int, int], None]  # (done, of how many)


class Changing(Exception):
    """A file changed while it was read; it is looked at again later."""


class UnreadableError(Exception):
    """A file's own disk failed while it was read: the trouble of that file, not of the vault."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class CatalogDamaged(Failed):
    """The catalog had to be thrown away. `again`: nothing was recorded, so what was asked for can be asked again."""

    def __init__(self, *, again: bool) -> None:
        super().__init__(
            Text("The catalog was damaged; it is made again.", "目录库已损坏，将自动重建。"),
            Text("Run the command again.", "请再运行一次。"))
        self.again = again


class Kept(NamedTuple):
    """A content that is in the vault, and what the file's entry looked like when it was read."""

    content: str
    size: int
    signature: Signature


class Batch:
    """The work done under one hold of the writer's lock: contents, then events, then signatures."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.events: list[Event] = []
        self.signatures: list[tuple[str, Signature]] = []
        self.folders: dict[str, dict[str, Folder | None]] = {}  # by project and path; None: it is not there any more

    def add(self, *events: Event) -> None:
        self.events.extend(events)

    def keep(self, path: Path) -> Kept:
        """Put a file's content in the vault. Raises `Changing` when it does not hold still, `UnreadableError`
        or `OSError` when it cannot be read."""
        (kept,) = self.keep_files([path])
        return kept

    def keep_files(self, paths: Iterable[Path]) -> list[Kept]:
        """The same for several files."""
        looks: list[Look] = []
        with look_at([(str(path), path.lstat().st_size) for path in paths]) as reading:
            while reading.left:
                looks.extend(self.keep_next(reading))
        return [look.kept() for look in looks]

    def keep_next(self, reading: Preparation[Look]) -> Iterator[Look]:
        """Put the contents of the next files that are being read in the vault, as many as a batch takes."""
        blobs = self._store.blobs
        for look, put in blobs.put_all(reading, BYTES_PER_BATCH, FILES_PER_BATCH):
            look.put = put
            if look.large:
                look.put_by(blobs)
            yield look

    def record(self) -> None:
        """Record what the batch holds so far: when this returns it is kept, whatever happens to the rest."""
        self._store.record(self)


class Look:
    """One look at a file: its content is read, and whether it held still meanwhile is noted."""

    def __init__(self, path: str, judge: Judge | None = None) -> None:  # a Path for each costs more than the look
        self.path = path
        self.put: Put | None = None
        self.large = False  # more than is read at once
        self.verdict: Verdict | None = None  # of `judge`, on what was read
        self._judge = judge
        self._error: Exception | None = None
        self._before = _NOTHING

    def read(self) -> bytes | None:
        """The content; None when it cannot be read, is too long to be read at once, or grows."""
        try:
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            self._error = error
            return None
        try:
            self._before = signature_of(os.fstat(handle))
            self.large = self._before[0] > MEMORY_BYTES
            if self.large:
                return None
            data = _read_whole(handle, self._before[0])
            if self._judge and data is not None:
                self.verdict = self._judge(self.path, handle, self._before,
                                           lambda offset, length: data[offset : offset + length])
            return data
        except OSError as error:
            self._error = UnreadableError(error)
            return None
        finally:
            os.close(handle)

    def put_by(self, blobs: Blobs) -> None:
        """Put the content, however long it is."""
        try:
            stream = open(self.path, "rb")  # noqa: PTH123, SIM115
        except OSError as error:
            self._error = error
            return
        with stream:
            try:
                self._before = signature_of(os.fstat(stream.fileno()))
                source = _Source(stream)
                self.put = blobs.put(cast("BinaryIO", source))  # an OSError of the vault is not this file's
                if self._judge:
                    self.verdict = self._judge(self.path, stream.fileno(), self._before, source.read_at)
            except UnreadableError as error:
                self._error = error

    @property
    def seen(self) -> Signature:
        """What the file's entry looked like as it was read."""
        return self._before

    def kept(self) -> Kept:
        """What was put, when the file is still as it was read. Raises `Changing`, `UnreadableError` or `OSError`."""
        if self._error is not None:
            raise self._error
        now = signature_of(os.lstat(self.path))
        if self.put is None or self._before != now or self.put.size != now[0]:
            raise Changing(self.path)
        return Kept(self.put.content, self.put.size, _settled(now))


def look_at(files: Sequence[tuple[str, int]], judge: Judge | None = None) -> Preparation[Look]:
    """Files, each with its expected length, that are read ahead of the batches that keep them; `judge` is asked about
    each when it was read, while it is still open."""
    return Preparation([(Look(path, judge), size) for path, size in files], Look.read)


def _read_whole(handle: int, size: int) -> bytes | None:
    """What an open file holds; None when that is more than `size`."""
    data = os.read(handle, size + 1)
    while len(data) < size and (more := os.read(handle, size + 1 - len(data))):
        data += more
    return data if len(data) <= size else None


class _Source:
    """A stream whose errors can be told from those of the vault."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise UnreadableError(error) from None

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def read_at(self, offset: int, length: int) -> bytes:
        self.seek(offset)
        return self.read(length)


def _settled(signature: Signature) -> Signature:
    """The signature to remember of a file that was read just now. One as young as the clock's tick could stay the
    same through another save, so such a file is read once more by the next scan."""
    coarse = signature[1] % 1_000_000_000 == 0  # whole seconds: FAT, some shares
    tick = _COARSE_TICK if coarse else _TICK
    young = any(-tick < time.time_ns() - changed < tick for changed in signature[1:3])  # a date ahead is not young
    return (*signature[:2], 0, *signature[3:]) if young else signature


def new_id() -> str:
    return os.urandom(6).hex()  # what `secrets` does, which takes 4 ms to import


class Store:
    """One workspace's version store, open for reading and, in batches, for writing."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace = workspace
        self.clock = clock
        self.acted = False  # whether anything has been recorded
        self._left: set[str] = set()  # contents that may be left without a file, and so with a text too many
        self._looked = False  # for those that an earlier run left
        self._lock = writers_lock(workspace.vault)
        self._copying = threading.Lock()
        self._copies = contextlib.ExitStack()  # the folder of the copies that are read, once there is one
        self._copies_at: Path | None = None
        self._catalog_file = workspace.state / "catalog.db"
        with contextlib.ExitStack() as opened, self._telling("open folderkit's private state in",
                                                             "打开 folderkit 的私有数据", workspace.state):
            refuse_vanished(workspace)
            make_private(workspace.state)
            make_private(workspace.vault)
            index = workspace.state / "vault-index.db"
            if not (is_ready(self._catalog_file) and index.exists()):
                opened.enter_context(self._lock)  # who makes a database is alone with it
            self.blobs = Blobs(workspace.vault, index)
            opened.callback(self.blobs.close)
            self._vault_made = _made(workspace.vault)
            self.journal = Journal(workspace.vault, writer_of(workspace))
            self.catalog = Catalog(self._catalog_file)
            opened.callback(lambda: self.catalog.close())
            if not self._in_step():
                if not self._lock.held:
                    opened.enter_context(self._lock)
                self._catch_up()
            self._lock.release()
            opened.pop_all()

    def close(self) -> None:
        self._copies.close()
        self.blobs.close()
        self.catalog.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.DatabaseError):
            if is_damage(error):
                with self._lock:
                    remove_database(self._catalog_file)
                raise CatalogDamaged(again=not self.acted) from None
            raise database_failure(self.workspace, error) from None

    # -- writing -----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        """A batch of changes: all of it is recorded when the block ends, none of it when an error leaves it
        (but for what the block has told to `record`). An `OSError` of the vault is told as such; one that the block
        raises for another file comes out as it is."""
        vault = self.workspace.vault
        with (self._telling("write to folderkit's vault at", "写入 folderkit 的版本库", vault, only_ours=True),
              self._lock):
            self._catch_up()
            batch = Batch(self)
            try:
                self.blobs.begin()
                yield batch
                self.record(batch)
            except BaseException:
                self.blobs.rollback()
                raise

    def record(self, batch: Batch) -> None:
        """Make the batch's contents durable, then its events, then bring the catalog in step."""
        self.blobs.flush()
        if not (batch.events or batch.signatures or batch.folders):
            return  # after a `record` in the batch there may be nothing left, and then nothing may fail
        entries = self.journal.append(batch.events, user_name(), self.clock())
        self.acted = self.acted or bool(entries)
        touched = [event.file for event in batch.events if isinstance(event, VersionKept | FileDeleted)]
        signatures, folders = batch.signatures, batch.folders
        batch.events, batch.signatures, batch.folders = [], [], {}
        # All is kept by now. A catalog that cannot follow is behind, which every start and batch mends.
        try:
            with self.catalog.transaction():
                self._left |= self.catalog.contents_of(touched)
                number, digest = self.catalog.applied
                if entries and number != entries[0].number - 1:  # it could not follow the last time: no gap may stay
                    self.catalog.apply(self.journal.read(number, digest or START))
                else:
                    self.catalog.apply(entries)
                self.catalog.set_signatures(signatures)
                for project, places in folders.items():
                    self.catalog.set_folders(project, places)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                self._renew_catalog()

    @contextlib.contextmanager
    def _telling(self, english: str, chinese: str, place: Path, *, only_ours: bool = False) -> Iterator[None]:
        """Tell a person what an error of the system or of SQLite means; with `only_ours` not one of another file."""
        try:
            yield
        except OSError as error:
            if only_ours and isinstance(error.filename, str) and not self._is_ours(Path(error.filename)):
                raise
            raise os_failure(Text(english, chinese), error, error.filename or place) from None
        except sqlite3.OperationalError as error:
            if is_damage(error):
                raise
            raise database_failure(self.workspace, error) from None

    def _is_ours(self, path: Path) -> bool:
        """Whether a path lies in the vault or the private state, or leads there."""
        return any(path.is_relative_to(place) or place.is_relative_to(path)
                   for place in (self.workspace.vault, self.workspace.state))

    def _in_step(self) -> bool:
        end = self.journal.end()
        try:
            number, digest = self.catalog.applied
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                return False
            raise
        return (end.number, end.hash if end.number else "") == (number, digest)

    def _catch_up(self) -> None:
        """Apply what the journal says and the catalog does not know yet. A catalog that knows of something else
        than the journal (damaged, or the vault came back from a backup) is made again. Under the lock."""
        if _made(self.workspace.vault) != self._vault_made:
            raise Failed(Text(f"The vault at '{self.workspace.vault}' was deleted or replaced while it was in use.",
                              f"版本库“{self.workspace.vault}”在使用中被删除或替换。"),
                         Text("Run the command again.", "请再运行一次。"))
        if self.catalog.replaced():
            self.catalog.close()
            self.catalog = Catalog(self._catalog_file)
        if self._in_step():
            return
        try:
            number, digest = self.catalog.applied
            end = self.journal.end()
            if number > end.number:
                self._refuse_lost_end(end.torn)
            if number < end.number:
                with self.catalog.transaction():
                    self.catalog.apply(self.journal.read(number, digest or START))
                return
        except (Failed, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.DatabaseError) and not is_damage(error):
                raise
            for _ in self.journal.read():
                pass  # where the journal itself is broken, the catalog is all there is: keep it and tell
        self._renew_catalog()

    def _refuse_lost_end(self, torn: bool) -> None:
        """The catalog has taken in more than the journal holds. One that came back from a backup is whole, and the
        catalog is made again from it; else it was damaged, and nothing may be written behind the damage."""
        if self.journal.end().number == 0:
            raise Refused(
                Text(f"The journal in '{self.workspace.vault}' is gone; the versions are still in its packs.",
                     f"“{self.workspace.vault}”中的日志不见了；各版本的内容仍在。"),
                Text("Bring the folder 'journal' back from a backup; 'folderkit rebuild' begins a new one.",
                     "请从备份中取回 journal 文件夹；folderkit rebuild 会从头开始。"))
        if torn:
            raise Refused(
                Text(f"The end of the journal in '{self.workspace.vault}' is damaged: entries are missing.",
                     f"“{self.workspace.vault}”中日志的末尾已损坏：缺少已保存的记录。"),
                Text("Bring the folder 'journal' back from a backup; 'folderkit rebuild' goes on without them.",
                     "请从备份中取回 journal 文件夹；folderkit rebuild 会舍弃这些记录继续。"))

    def _renew_catalog(self) -> None:
        self.catalog.close()
        remove_database(self._catalog_file)
        self.catalog = Catalog(self._catalog_file)
        with self.catalog.transaction():
            self.catalog.apply(self.journal.read())

    # -- text --------------------------------------------------------------------------------------
    def read_texts(self, project: str | None = None, progress: Progress | None = None, *, by: Extractors | None = None,
                   until: Callable[[], bool] | None = None, letters: bool = False) -> int:
        """Read the text of every present content that has not been read, those of the files that were changed last
        first; returns how many there were. They are read `by` extractors that stay open, else by some of their own.
        As soon as `until` says so, and one has been read, the others are left for the next time. With `letters`, where
        the settings want it, those in scans are recognised when all else is read.

        A content that the vault cannot give back is passed over, and told (`Damaged`) when the others are read."""
        from folderkit.extract import EXTRACTOR_VERSION, Extractors
        from folderkit.extract.lacking import settled

        self._forget_left()
        count, damaged = 0, list[Damaged]()
        letters = letters and self.workspace.settings.ocr
        with contextlib.ExitStack() as opened:
            for _ in range(2 if letters else 1):  # the first time tells what is a scan
                rows = self.catalog.unread(EXTRACTOR_VERSION, project, settled(letters=letters))
                if not rows:
                    break
                by = by or opened.enter_context(Extractors())
                count += len(rows)
                if not self._read(rows, by, progress, until, damaged):
                    break
        if damaged:
            raise damaged[0]
        return count

    def _forget_left(self) -> None:
        """Forget the texts of contents that no file holds any more."""
        if self._left:
            with self._telling("write the catalog in", "写入目录库", self.workspace.state), self._lock:
                self._catch_up()
                with self.catalog.transaction():
                    self.catalog.forget_absent_texts(self._left if self._looked else None)
            self._left, self._looked = set(), True

    def _read(self, rows: Sequence[UnreadRow], by: Extractors, progress: Progress | None,
              until: Callable[[], bool] | None, damaged: list[Damaged]) -> bool:
        """Read these and keep what is read, a batch at a time, while the next is read; whether all were."""
        from folderkit.extract.lacking import waits_for_letters

        def is_slow(row: UnreadRow) -> bool:
            return waits_for_letters(row.number)

        done = 0
        with (self._telling("read the texts into", "读取文字到", self.workspace.state),
              Behind(thread=len(rows) > TEXTS_PER_BATCH) as behind):  # nothing else asks the catalog meanwhile
            texts: list[tuple[str, Extraction]] = []
            reading = by.each(sorted(rows, key=is_slow), self._extract, until=until, slow=is_slow)
            with contextlib.closing(reading):
                for row, found in reading:
                    done += 1
                    if isinstance(found, Damaged):
                        damaged.append(found)
                    else:
                        texts.append((row.content, found))
                    if progress:
                        progress(done, len(rows))
                    if len(texts) >= TEXTS_PER_BATCH or (texts and is_slow(row)):
                        behind.do(functools.partial(self._keep_texts, texts))
                        texts = []
            behind.do(functools.partial(self._keep_texts, texts))
        return done == len(rows)

    def _keep_texts(self, texts: Sequence[tuple[str, Extraction]]) -> None:
        from folderkit.extract.lacking import number_of

        if not texts:
            return
        with self._lock:
            self._catch_up()
            with self.catalog.transaction():
                for content, found in texts:
                    passages = told([(passage.place, passage.text) for passage in found.passages])
                    suggested = [one for one in found.suggested if passages[one.passage][1]]
                    self.catalog.set_text(content, number_of(found), Reading(
                        found.state, found.title, passages, dict(found.properties), suggested))

    def read_old_texts(self, waiting: Sequence[tuple[str, str]], progress: Progress | None = None) -> None:
        """Read the text of old contents, each with a path it lay at, as `catalog.earlier.unread` tells them. A content
        that the vault cannot give back is passed over, and told (`Damaged`) when the others are read."""
        from folderkit.extract import Extractors

        rows = [UnreadRow(content, path, 0) for content, path in waiting]
        damaged: list[Damaged] = []
        with self._telling("read the texts into", "读取文字到", self.workspace.state), Extractors() as extractors:
            for start in range(0, len(rows), TEXTS_PER_BATCH):
                batch = rows[start : start + TEXTS_PER_BATCH]
                found = [(row.content, one) for row, one in extractors.each(batch, self._extract)]
                damaged += [one for _, one in found if isinstance(one, Damaged)]
                self._keep_old_texts([(content, one) for content, one in found if not isinstance(one, Damaged)])
                if progress:
                    progress(start + len(batch), len(rows))
        if damaged:
            raise damaged[0]

    def _keep_old_texts(self, texts: Sequence[tuple[str, Extraction]]) -> None:
        from folderkit.catalog import earlier
        from folderkit.extract import EXTRACTOR_VERSION

        with self._lock:
            self._catch_up()
            with self.catalog.transaction():
                earlier.forget_pruned(self.catalog)
                for content, found in texts:
                    passages = [(passage.place, passage.text) for passage in found.passages]
                    earlier.keep(self.catalog, content, EXTRACTOR_VERSION, found.title, passages)

    def _extract(self, extractor: Extractor, row: UnreadRow) -> Extraction | Damaged:
        """What is read of a content, from the vault's copy, so that hash and text belong together. In any thread."""
        from folderkit.extract.lacking import waits_for_letters

        try:
            with self.copy_of(row.content) as copy:
                return extractor.read(copy, row.path, letters=waits_for_letters(row.number))
        except Damaged as error:
            return error

    @contextlib.contextmanager
    def copy_of(self, content: str) -> Iterator[Path]:
        """A content of the vault as a file, for as long as the block lasts. One at a time in each thread. It lies in a
        folder that the next process takes away when this one is killed."""
        with self._copying:
            if self._copies_at is None or not self._copies_at.is_dir():
                self._copies_at = self._copies.enter_context(scratch(self.workspace.state, f"{WORK}reading-"))
            temporary = self._copies_at / str(threading.get_native_id())
        try:
            with self._copying, temporary.open("wb") as stream:
                for piece in self.blobs.read(content):
                    stream.write(piece)
            yield temporary
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def rebuild(workspace: Workspace, clock: Clock) -> Store:
    """The store with its catalog and the vault's index made again from packs and journal."""
    try:
        make_private(workspace.vault)
        with writers_lock(workspace.vault):
            remove_database(workspace.state / "catalog.db")
            remove_database(workspace.state / "vault-index.db")
    except OSError as error:
        raise os_failure(Text("make the catalog again in", "重建目录库"), error, workspace.state) from None
    return Store(workspace, clock)


def refuse_vanished(workspace: Workspace) -> None:
    """A vault that was there and is not any more is on a disk that is not there: do not begin another one."""
    catalog = workspace.state / "catalog.db"
    if not (workspace.vault / FORMAT_FILE).exists() and last_applied(catalog):
        raise Refused(
            Text(f"The vault with all versions is not at '{workspace.vault}'.",
                 f"保存各版本的版本库不在“{workspace.vault}”。"),
            Text("Connect its disk, or correct 'vault:' in folderkit.yaml. If it is lost for good, "
                 "'folderkit rebuild' begins a new one.",
                 "请连接它所在的磁盘，或改正 folderkit.yaml 中的 vault:。"
                 "若已确实丢失，folderkit rebuild 会新建一个。"))


def make_private(folder: Path) -> None:
    """Make a folder of private state, for its owner only, when it is not there. Raises `OSError`."""
    if not folder.is_dir():
        make_folders(folder)
        with contextlib.suppress(OSError):  # a file system without modes
            folder.chmod(0o700)


def _made(vault: Path) -> tuple[int, int]:
    """What tells a vault from another one made at the same place: its format's file, which is written once."""
    try:
        status = (vault / FORMAT_FILE).stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


def writer_of(workspace: Workspace) -> str:
    """The name of this workspace's journal in the vault: its id. A vault in the workspace itself is its own,
    also when the id was lost with folderkit.yaml."""
    identity = workspace.settings.id
    name = identity if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", identity) else identity.encode().hex()[:64]
    journals = workspace.vault / "journal"
    if not (journals / name).is_dir() and workspace.vault.is_relative_to(workspace.state):
        others = [path.name for path in journals.glob("*") if path.is_dir()]
        if len(others) == 1:
            return others[0]
    return name


@functools.cache
def user_name() -> str:
    """The name of the user's account."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "?"


def database_failure(workspace: Workspace, error: sqlite3.Error) -> FolderkitError:
    """An error of SQLite in a person's words."""
    full = "full" in str(error) or "disk I/O" in str(error)
    why = reason(error)
    return Failed(
        Text(f"Could not write the catalog in '{workspace.state}': {why.en}.",
             f"无法写入目录库“{workspace.state}”：{why.zh}。"),
        Text("Free some space, then run the command again.", "请先腾出空间，再运行一次。") if full else
        Text("Check that this folder may be written to.", "请检查该文件夹是否可写。"))
