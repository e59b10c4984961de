"""File operations that lose nothing: whole or not at all, never over something, durable when they return."""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import os
import stat
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from folderkit.core import naming
from folderkit.core.language import Text
from folderkit.core.signature import Signature, is_same_but_named, signature_of

_FEW = 8  # files that are synced one by one
_SYNC_SECONDS = 0.3
_VECTOR = 64  # parts that are written in one call of the system
_HERE, _NO_REPLACE, _EXCHANGE = -100, 1, 2  # AT_FDCWD, RENAME_NOREPLACE, RENAME_EXCHANGE
TEMPORARY_PREFIX = ".~folderkit-"  # in every ignore list, so that a scan never takes one for a file


def temporary_beside(path: Path) -> Path:
    """A free temporary name in the folder of `path`: the same disk, so that a rename is atomic."""
    return path.with_name(f"{TEMPORARY_PREFIX}{os.urandom(6).hex()}.tmp")


def sync_file(handle: int) -> None:
    """Make what an open file holds durable. After an error the file must not be synced again: the system
    may have dropped the very pages that it could not write, and would report success."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync alone stops at the drive's cache there
    elif hasattr(os, "fdatasync"):
        os.fdatasync(handle)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(root: Path) -> None:
    """Make everything below `root` durable: files that were just written, then the names in each folder. Syncing
    them after all are written lets the file system commit them together."""
    for place, _, names in os.walk(root, topdown=False):
        for name in names:
            handle = os.open(os.path.join(place, name), os.O_RDWR)  # noqa: PTH118  a Path for each costs more
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(place))


def sync_all(root: Path, paths: Sequence[Path]) -> None:
    """Make files and folders below `root` durable that were just written or filled."""
    if len(paths) > _FEW and _can_sync_disks():
        with syncing(root):
            return
    for path in paths:
        if path.is_dir():
            sync_folder(path)
            continue
        handle = os.open(path, os.O_RDWR)
        try:
            sync_file(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def syncing(root: Path) -> Iterator[None]:
    """Make all durable that the block writes below `root`: one call of the system for the whole disk, which for many
    files takes a twentieth of the time, and is begun while they are written. Without such a call (it is Linux's), each
    file by itself when the block has ended."""
    if not _can_sync_disks():
        yield
        sync_tree(root)
        return
    handle = os.open(root, os.O_RDONLY)
    ended, errors = threading.Event(), list[OSError]()

    def run() -> None:
        try:
            while not ended.wait(_SYNC_SECONDS):
                _sync_disk(handle)
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if errors:
            raise errors[0]
        _sync_disk(handle)
    finally:
        os.close(handle)


def _can_sync_disks() -> bool:
    return sys.platform == "linux" and hasattr(_library(), "syncfs")


def _sync_disk(handle: int) -> None:
    """Make all durable that was written to the disk of an open file. Raises `OSError`, also for what failed before."""
    if _library().syncfs(handle) != 0:
        import ctypes

        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@functools.cache
def _library() -> Any:
    import ctypes  # takes a while; only who writes much needs it

    return ctypes.CDLL(None, use_errno=True)


def write_new(path: str, parts: Iterable[bytes | memoryview], mtime_ns: int | None = None) -> None:
    """Write a new file; nothing of it is durable. Fails where one exists; after any error nothing is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(handle, "wb", buffering=0) as stream:  # noqa: PTH123
            write_parts(stream, parts)
            if mtime_ns is not None:
                with contextlib.suppress(OSError, OverflowError):  # a time that this disk does not know
                    os.utime(stream.fileno() if os.utime in os.supports_fd else path, ns=(mtime_ns, mtime_ns))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        raise


def write_parts(stream: FileIO, parts: Iterable[bytes | memoryview]) -> None:
    """Write all parts, in few calls of the system where it takes several at once."""
    waiting = iter(parts)
    while some := list(itertools.islice(waiting, _VECTOR)):
        left = sum(map(len, some))
        if hasattr(os, "writev"):
            left -= os.writev(stream.fileno(), some)
        if left:
            rest = memoryview(b"".join(some))[-left:]
            while rest:
                rest = rest[stream.write(rest) or 0 :]


def content_of(path: Path) -> str:
    """The BLAKE3 of what a file holds, as hexadecimal. Raises `OSError`."""
    from blake3 import blake3

    whole = blake3()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            whole.update(piece)
    return whole.hexdigest()


def holds(path: Path, content: str) -> bool:
    """Whether a file holds the content of this BLAKE3. Raises `OSError`."""
    return content_of(path) == content


def write_durably(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a new file and fsync it; its folder's entry is not yet durable. Fails where one exists."""
    with path.open("xb") as stream:
        _fill(stream, chunks, None)


def _fill(stream: BinaryIO, chunks: Iterable[bytes], mtime_ns: int | None) -> None:
    for chunk in chunks:
        stream.write(chunk)
    stream.flush()
    if mtime_ns is not None:
        os.utime(stream.fileno(), ns=(mtime_ns, mtime_ns))
    os.fsync(stream.fileno())


def replace_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Put `chunks` at `path`, in place of what stands there: the old or the new file, never a torn one."""
    temporary = temporary_beside(path)
    try:
        write_durably(temporary, chunks)
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def place_new(path: Path, chunks: Iterable[bytes], mtime_ns: int | None = None) -> Signature:
    """Put `chunks` at `path`, which must be free; returns what the file looked like before it had its name. Raises
    `FileExistsError` when it is not free; after any error nothing is there. Where the system can, the file has no name
    before it is whole, so that a kill leaves none."""
    signature = _place_nameless(path, chunks, mtime_ns) or _place_by_rename(path, chunks, mtime_ns)
    try:
        sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            if is_same_but_named(signature_of(path.lstat()), signature):
                path.unlink()
        raise
    return signature


def _place_nameless(path: Path, chunks: Iterable[bytes], mtime_ns: int | None) -> Signature | None:
    """Write a file without a name and then name it (Linux). None when that is not to be had here."""
    if not hasattr(os, "O_TMPFILE") or not Path("/proc/self/fd").is_dir():
        return None
    try:
        handle = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
            return None
        raise
    with os.fdopen(handle, "wb") as stream:
        _fill(stream, chunks, mtime_ns)
        # `src_dir_fd` makes Python call linkat, which alone can follow the link in /proc.
        signature = signature_of(os.fstat(stream.fileno()))
        os.link(f"/proc/self/fd/{stream.fileno()}", path, src_dir_fd=stream.fileno(), follow_symlinks=True)
    return signature


def _place_by_rename(path: Path, chunks: Iterable[bytes], mtime_ns: int | None) -> Signature:
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as stream:
            _fill(stream, chunks, mtime_ns)
            signature = signature_of(os.fstat(stream.fileno()))
        rename_new(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return signature


def swap(new: Path, target: Path, aside: Path) -> Path:
    """Put the file `new` in the place of `target`, both in one folder; returns where that is now which stood there at
    that instant: at `new`'s name or, where two names cannot be exchanged in one step, `aside`. Raises `OSError`; where
    a file was saved at the target meanwhile, `new` and `aside` stay as they are."""
    if _renamed(new, target, _EXCHANGE):
        return new
    target.rename(aside)  # for a moment the file is only there under this name
    try:
        rename_new(new, target)
    except BaseException:
        with contextlib.suppress(FileExistsError):
            rename_new(aside, target)
        raise
    return aside


def _renamed(old: Path, new: Path, how: int) -> bool:
    """Rename in one step, exchanging or not replacing (renameat2, Linux). False where that is not to be had: the
    system, its guard or the disk does not know it. Raises `OSError`."""
    if sys.platform != "linux" or not hasattr(_library(), "renameat2"):
        return False
    import ctypes

    if _library().renameat2(_HERE, os.fsencode(old), _HERE, os.fsencode(new), how) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP):
        return False
    raise OSError(code, os.strerror(code), str(old if code == errno.ENOENT and not os.path.lexists(old) else new))


def rename_new(old: Path, new: Path) -> None:
    """Rename without replacing: `FileExistsError` when `new` exists (POSIX rename would overwrite it)."""
    if os.name == "nt" or old.is_dir():
        if new.exists() or new.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        old.rename(new)  # on POSIX a folder replaces at most an empty folder
        return
    if _renamed(old, new, _NO_REPLACE):
        return
    try:
        os.link(old, new, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some shares): claim the name first
        with new.open("xb"):
            pass
        try:
            old.replace(new)
        except BaseException:
            new.unlink()
            raise
        return
    try:
        if os.path.samestat(old.lstat(), new.lstat()):  # else somebody saved it anew
            old.unlink()
    except BaseException:
        new.unlink()
        raise


def put_back(now: Path, before: Path) -> None:
    """Rename a file to where it was before, whatever stands beside it; when something stands there by now, to the first
    free name beside."""
    rename_new(now, free_beside(before) if os.path.lexists(before) else before)


def free_beside(path: Path, content: str = "") -> Path:
    """The path, or the first with a number behind its name, that is free on the disk: nothing is named so there, or
    but for case and Unicode form. With a `content`, also what holds it and stands at one of these. For something that
    is put there at once; names that are only planned are given by `proposing.Names`."""
    numbered = (path.with_name(naming.numbered(path.name, number)) for number in itertools.count(2))
    try:
        there = {naming.key_of(other.name): other.name for other in path.parent.iterdir()}
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # then it is free, or the next step tells
        there = {}
    for place in itertools.chain([path], numbered):
        found = place if os.path.lexists(place) else place.with_name(there.get(naming.key_of(place.name), place.name))
        if not os.path.lexists(found) or (content and found.is_file() and holds(found, content)):
            return found
    raise AssertionError  # there are always more numbers


def missing_folders(folder: Path) -> list[Path]:
    """`folder` and those above it that are not there, outermost first."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.insert(0, folder)
        folder = folder.parent
    return missing


def make_folders(folder: Path) -> list[Path]:
    """Make `folder` and those above it, durably; returns those that were not there, outermost first.
    After an error none of them is there."""
    made: list[Path] = []
    try:
        for path in missing_folders(folder):
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                made.append(path)
            sync_folder(path.parent)
    except BaseException:
        remove_empty(made)
        raise
    return made


def obstacle(root: Path, folder: str) -> Text | None:
    """Why nothing can lie in a folder below `root`: it, or one that it lies in, is none."""
    inner = root
    for name in folder.split("/"):
        inner = inner / name
        if inner.is_symlink() or (inner.exists() and not inner.is_dir()):
            shown = inner.relative_to(root).as_posix()
            return Text(f"'{shown}' is not a folder now", f"“{shown}”现在不是文件夹")
    return None


def remove_empty(folders: Iterable[Path]) -> None:
    """Take folders away again that `make_folders` made, where nothing has come into them."""
    for folder in reversed(list(folders)):
        with contextlib.suppress(OSError):
            folder.rmdir()
