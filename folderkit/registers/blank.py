"""New workbooks, for which the drawing was done before: kept on disk but for the project's name and the day, which go
into it.

Each part is kept packed up to where one of them stands first, so that only the little behind it is packed anew.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from folderkit.core.kept import Shelf
from folderkit.core.language import Language, Text
from folderkit.registers import zipped
from folderkit.registers.schema_file import load_schema, schema_names

_SHELF = Shelf("registers", (Path(__file__).parent,), ("xlsxwriter", "yaml"), most=200)
_MARK = "\ue000project\ue000"  # stands for the project; letters that nobody has
_DAY = dt.date(2000, 1, 1)  # stands for the day on which it is made, in a part of its own
_ABOUT = "docProps/core.xml"
_LONGEST_IN_FOOTER = 80  # as sheet.py and page.py cut it


class _Part(NamedTuple):
    """A part of the workbook: its name, how its beginning is packed (ending at a whole byte), that one's checksum and
    size, and the rest, not packed, with `_MARK` for the project and `_DAY` for the day."""

    name: str
    packed: bytes
    crc: int
    size: int
    rest: bytes


def blank_workbook(name: str, language: Language, *, project: str, color: str, currency: str, today: dt.date
                   ) -> bytes:
    """The workbook of the register `name` as it is for a new project. Raises `Misuse` for an unknown one."""
    if not _is_plain(project):
        return _drawn(name, language, project, color, currency, today)
    parts = _SHELF.kept((repr((name, language, color, currency)).encode(),),
                        lambda: tuple(map(tuple, _parts(_drawn(name, language, _MARK, color, currency, _DAY)))))
    return _zipped([_Part(*part) for part in parts], project, today)


@functools.cache
def file_names() -> dict[str, Text]:
    """What the workbook of each register is named."""
    found = _SHELF.kept((b"names",), lambda: tuple(
        (name, load_schema(name).file_name.en, load_schema(name).file_name.zh) for name in schema_names()))
    return {name: Text(en, zh) for name, en, zh in found}


def _is_plain(project: str) -> bool:
    """Whether it stands in XML as it is, but for what `escape` changes."""
    return project.isprintable() and project == project.strip() and "_x" not in project and _MARK[0] not in project


def _drawn(name: str, language: Language, project: str, color: str, currency: str, today: dt.date) -> bytes:
    from folderkit.registers.write import starter_rows, write_workbook

    schema, stream = load_schema(name), io.BytesIO()
    # no starter has a date, so the day is only seen in what is told about the file
    write_workbook(schema, language, starter_rows(schema, language), stream, project=project, today=today, color=color,
                   currency=currency)
    return stream.getvalue()


def _parts(content: bytes) -> list[_Part]:
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            part = archive.read(entry)
            place = part.find((_DAY.isoformat() if entry.filename == _ABOUT else _MARK).encode())
            cut = len(part) if place < 0 else place
            deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
            packed = deflater.compress(part[:cut]) + deflater.flush(zlib.Z_FINISH if place < 0 else zlib.Z_FULL_FLUSH)
            found.append(_Part(entry.filename, packed, zlib.crc32(part[:cut]), cut, part[cut:]))
    return found


def _zipped(parts: list[_Part], project: str, today: dt.date) -> bytes:
    in_cells = escape(project).encode()
    in_footers = escape(project[:_LONGEST_IN_FOOTER].replace("&", "&&")).encode()
    packed: list[zipped.Part] = []
    for part in parts:
        content, rest = part.packed, part.rest
        if rest:
            in_sheet = part.name.startswith("xl/worksheets/")
            rest = rest.replace(_MARK.encode(), in_footers if in_sheet else in_cells)
            if part.name == _ABOUT:
                rest = rest.replace(_DAY.isoformat().encode(), today.isoformat().encode())
            deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
            content += deflater.compress(rest) + deflater.flush()
        packed.append(zipped.Part(part.name, content, zipped.DEFLATED, zlib.crc32(rest, part.crc),
                                  part.size + len(rest)))
    return zipped.zipped(packed)
