"""The version store of one workspace: blobs, journal and catalog, opened together and kept in step.

The order of writes lives here and nowhere else: blobs are durable before the journal names them, and
the journal before the catalog. Whatever a crash leaves, the catalog is behind and catches up.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import os
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from folderkit.catalog import Catalog
from folderkit.catalog.catalog import Signature
from folderkit.catalog.schema import remove_database
from folderkit.core import safefiles
from folderkit.core.errors import Failed, FolderkitError, Refused, os_failure
from folderkit.core.events import Event
from folderkit.core.language import Text
from folderkit.core.lock import Lock
from folderkit.core.workspace import Workspace
from folderkit.vault import Blobs, Journal

if TYPE_CHECKING:
    from folderkit.extract import Extraction, Extractor

BUSY_SECONDS = 60.0  # how long a command waits for another one's batch
TEXTS_PER_BATCH = 50

Clock = Callable[[], dt.datetime]
Progress = Callable[[int, int], None]  # (done, of how many)


class Changing(Exception):
    """A file changed while it was read; it is looked at again later."""


@dataclass(frozen=True)
class Kept:
    """A content that is in the vault, and what the file's entry looked like when it was read."""

    content: str
    size: int
    signature: Signature


@dataclass
class Batch:
    """The work done under one hold of the writer's lock: contents, then events, then signatures."""

    blobs: Blobs
    events: list[Event] = field(default_factory=list)
    signatures: list[tuple[str, Signature]] = field(default_factory=list)
    folders: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        self.events.append(event)

    def keep(self, path: Path) -> Kept:
        """Put a file's content in the vault. Raises `Changing` when it does not hold still, `OSError`
        when it cannot be read."""
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            content, size = self.blobs.put(stream)
            after = os.fstat(stream.fileno())
        now = path.lstat()
        if not signature_of(before) == signature_of(after) == signature_of(now) or size != before.st_size:
            raise Changing(str(path))
        return Kept(content, size, signature_of(before))


def signature_of(entry: os.stat_result) -> Signature:
    return entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns, entry.st_dev, entry.st_ino


def is_regular(entry: os.stat_result) -> bool:
    return stat.S_ISREG(entry.st_mode)


def new_id() -> str:
    return secrets.token_hex(6)


class Store:
    """One workspace's version store, open for reading and, in batches, for writing."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace = workspace
        self.clock = clock
        self._lock = Lock(workspace.state / "write.lock")
        try:
            _make_private(workspace.state)
            self.blobs = Blobs(workspace.vault, workspace.state / "vault-index.db")
            self.journal = Journal(workspace.vault, _writer(workspace.vault))
            self.catalog = Catalog(workspace.state / "catalog.db")
            if next(self.journal.read(self.catalog.applied), None) is not None:
                with self._locked():
                    self._catch_up()
        except OSError as error:
            raise os_failure(Text("open folderkit's private state in", "打开 folderkit 的私有数据"), error,
                             error.filename or workspace.state) from None
        except sqlite3.OperationalError as error:
            raise _database_failure(workspace, error) from None

    def close(self) -> None:
        self.blobs.close()
        self.catalog.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- writing -----------------------------------------------------------------------------------
    @contextlib.contextmanager
    def batch(self) -> Iterator[Batch]:
        """A batch of changes: all of it is recorded when the block ends, none of it when an error leaves it."""
        with self._locked():
            self._catch_up()
            batch = Batch(self.blobs)
            try:
                self.blobs.begin()
                yield batch
                self.blobs.flush()
                self._record(batch)
            except BaseException as error:
                self.blobs.rollback()
                if isinstance(error, sqlite3.OperationalError):
                    raise _database_failure(self.workspace, error) from None
                if isinstance(error, OSError) and not isinstance(error, FolderkitError):
                    raise os_failure(Text("write to folderkit's vault at", "写入 folderkit 的版本库"), error,
                                     error.filename or self.workspace.vault) from None
                raise

    def _record(self, batch: Batch) -> None:
        entries = self.journal.append(batch.events, getpass.getuser(), self.clock())
        with self.catalog.transaction():
            self.catalog.apply(entries)
            for file, signature in batch.signatures:
                self.catalog.set_signature(file, signature)
            for project, folders in batch.folders.items():
                self.catalog.set_folders(project, folders)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        if not self._lock.acquire(BUSY_SECONDS):
            raise Refused(
                Text("Another folderkit is writing to this workspace and does not finish.",
                     "另一个 folderkit 正在写入这个工作区，一直没有结束。"),
                Text("Wait for it, or stop it, then run the command again.", "请等它结束或停止它，再运行一次。"))
        try:
            yield
        finally:
            self._lock.release()

    def _catch_up(self) -> None:
        """Apply what the journal says and the catalog does not know yet."""
        with self.catalog.transaction():
            self.catalog.apply(self.journal.read(self.catalog.applied))

    # -- text --------------------------------------------------------------------------------------
    def read_texts(self, project: str | None = None, progress: Progress | None = None) -> int:
        """Read the text of every present content that has not been read; returns how many there were."""
        from folderkit.extract import EXTRACTOR_VERSION, Extractor

        waiting = self.catalog.unread(EXTRACTOR_VERSION, project)
        if not waiting:
            return 0
        with Extractor() as extractor:
            for start in range(0, len(waiting), TEXTS_PER_BATCH):
                part = waiting[start : start + TEXTS_PER_BATCH]
                texts = []
                for offset, (content, path) in enumerate(part):
                    texts.append((content, self._extract(extractor, content, path)))
                    if progress:
                        progress(start + offset + 1, len(waiting))
                with self._locked(), self.catalog.transaction():
                    for content, found in texts:
                        passages = [(passage.place, passage.text) for passage in found.passages]
                        self.catalog.set_text(content, EXTRACTOR_VERSION, found.state, found.title, passages)
        return len(waiting)

    def _extract(self, extractor: Extractor, content: str, path: str) -> Extraction:
        """The text of a content, read from the vault's copy, so that hash and text belong together."""
        temporary = self.workspace.state / f"reading-{os.getpid()}"
        try:
            with temporary.open("wb") as stream:
                for piece in self.blobs.read(content):
                    stream.write(piece)
            return extractor.read(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def rebuild(workspace: Workspace, clock: Clock) -> Store:
    """The store with its catalog and the vault's index made again from packs and journal."""
    with Lock(workspace.state / "write.lock"):
        remove_database(workspace.state / "catalog.db")
        remove_database(workspace.state / "vault-index.db")
    return Store(workspace, clock)


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        safefiles.make_folders(folder)
        with contextlib.suppress(OSError):  # a file system without modes
            folder.chmod(0o700)


def _writer(vault: Path) -> str:
    """The name of this vault's journal: the one that is there, or a new one."""
    names = sorted(path.name for path in (vault / "journal").glob("*") if path.is_dir())
    return names[0] if names else secrets.token_hex(4)


def _database_failure(workspace: Workspace, error: sqlite3.OperationalError) -> FolderkitError:
    full = "full" in str(error) or "disk I/O" in str(error)
    return Failed(
        Text(f"Could not write the catalog in '{workspace.state}': {error}.",
             f"无法写入目录库“{workspace.state}”：{error}。"),
        Text("Free some space, then run the command again.", "请先腾出空间，再运行一次。") if full else
        Text("Check that this folder may be written to.", "请检查该文件夹是否可写。"))
