"""Small parts of Word and Excel files, read without unpacking the rest, also of files that were made to hurt."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

MAX_PART = 1 << 20  # bytes
_MAX_DIRECTORY = 1 << 20  # bytes: what `zipfile` makes an object of each entry of
_MAX_PARTS = 50


def small_parts(path: Path, wanted: Callable[[str], bool], limit: int = MAX_PART) -> Iterator[bytes]:
    """The parts of a package whose name is `wanted`, of up to `limit` bytes each; nothing of what is no package, or
    where it is damaged. Raises `OSError`."""
    if _directory(path) > _MAX_DIRECTORY:
        return
    try:
        with zipfile.ZipFile(path) as packed:
            infos = [info for info in packed.infolist() if wanted(info.filename)]
            for info in infos[:_MAX_PARTS]:
                if info.file_size <= limit and info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    yield packed.read(info)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the file's beginning
            raise


def _directory(path: Path) -> int:
    """The bytes of a zip's directory, as its end says (APPNOTE.TXT, 4.3.16), before it is opened."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 22 - 0xFFFF))
        tail = stream.read()
    end = tail.rfind(b"PK\5\6")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
