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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from folderkit.catalog import Catalog, is_ready, last_applied
from folderkit.core.database import is_damage, reason, remove_database
from folderkit.core.errors import Failed, FolderkitError, Refused, os_failure
from folderkit.core.events import Event, FileDeleted, VersionKept
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.lock import writers_lock
from folderkit.core.scratch import WORK, scratch
from folderkit.core.signature import Folder, Signature
from folderkit.core.workspace import Workspace
from folderkit.looking import Kept, Look, look_at
from folderkit.vault import FORMAT_FILE, START, Blobs, Journal, Preparation

FILES_PER_BATCH = 1000
BYTES_PER_BATCH = 128 << 20

Clock = Callable[[], dt.datetime]
Progress = Callable[[int, int], None]  # (done, of how many)


class CatalogDamaged(Failed):
    """The catalog had to be thrown away. `again`: nothing was recorded, so what was asked for can be asked again."""

    def __init__(self, *, again: bool) -> None:
        super().__init__(
            Text("The catalog was damaged; it is made again.", "目录库已损坏，将自动重建。"),
            Text("Run the command again.", "请再运行一次。"))
        self.again = again


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


def new_id() -> str:
    return os.urandom(6).hex()  # what `secrets` does, which takes 4 ms to import


class Store:
    """One workspace's version store, open for reading and, in batches, for writing."""

    def __init__(self, workspace: Workspace, clock: Clock, renewing: Progress | None = None) -> None:
        """`renewing` is told how far the catalog of an older folderkit has been migrated, where there is one."""
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
        with contextlib.ExitStack() as opened, self.telling("open folderkit's private state in",
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
            self.catalog = Catalog(self._catalog_file, renewing)
            opened.callback(lambda: self.catalog.close())
            if not self._is_in_step():
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
        with (self.telling("write to folderkit's vault at", "写入 folderkit 的版本库", vault, only_ours=True),
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
    def telling(self, english: str, chinese: str, place: Path, *, only_ours: bool = False) -> Iterator[None]:
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

    def _is_in_step(self) -> bool:
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
        if self._is_in_step():
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
    @contextlib.contextmanager
    def in_step(self) -> Iterator[Catalog]:
        """The catalog, in step with the journal and with nobody else writing: for what the journal does not name.
        All that the block does is kept when it ends, none of it when an error leaves it."""
        with self._lock:
            self._catch_up()
            with self.catalog.transaction():
                yield self.catalog

    def forget_left_texts(self) -> None:
        """Forget the texts of contents that no file holds any more."""
        if self._left:
            with (self.telling("write the catalog in", "写入目录库", self.workspace.state),
                  self.in_step() as catalog):
                catalog.forget_absent_texts(self._left if self._looked else None)
            self._left, self._looked = set(), True

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
