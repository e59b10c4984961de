"""The identity that a document carries inside, so that a copy of it is recognised under any name: a custom property of
the package (ECMA-376, part 1, 15.2.12.2), which Word, Excel, WPS and LibreOffice keep when they save."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from folderkit.documents import package

PROPERTY = "folderkit"
_PART = "docProps/custom.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # the one of a person's own properties
_EMPTY = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties '
          'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
          'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"></Properties>')
_OURS = re.compile(rb'<(?:\w+:)?property\b[^>]*\bname="folderkit"[^>]*>\s*<(?:\w+:)?lpwstr>([0-9a-f]{12})<')
_MAX = 1 << 20  # bytes of the part, and of the directory of all parts


def identify(parts: package.Package, identity: str) -> None:
    """Put an identity (12 hexadecimal digits) into a package; one that a template brought along is replaced."""
    xml = parts.get(_PART, _EMPTY.encode()).decode("utf-8", "replace")
    xml = re.sub(r'<property\b[^>]*\bname="folderkit".*?</property>', "", xml, flags=re.DOTALL)
    numbers = [int(number) for number in re.findall(r'\bpid="(\d+)"', xml)]
    ours = (f'<property fmtid="{_SET}" pid="{max(numbers, default=1) + 1}" name="{PROPERTY}">'
            f'<vt:lpwstr>{identity}</vt:lpwstr></property>')
    if _PART not in parts:
        package.relate(parts, "", "rIdFolderkit", _RELATION, _PART)
        package.declare(parts, _PART, _TYPE)
    parts[_PART] = re.sub(r"</Properties>\s*$", f"{ours}</Properties>", xml).encode()


def identity_of(path: Path) -> str:
    """The identity inside a Word or Excel file; "" when there is none, or it is no such file. Raises `OSError`."""
    if _directory(path) > _MAX:  # made to hurt
        return ""
    try:
        with zipfile.ZipFile(path) as packed:
            info = packed.NameToInfo.get(_PART)
            if info is None or info.file_size > _MAX:
                return ""
            found = _OURS.search(packed.read(info))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return ""
    return found[1].decode() if found else ""


def _directory(path: Path) -> int:
    """The bytes of a zip's directory, as its end says (APPNOTE.TXT, 4.3.16), before it is opened."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 22 - 0xFFFF))
        tail = stream.read()
    end = tail.rfind(b"PK\5\6")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
