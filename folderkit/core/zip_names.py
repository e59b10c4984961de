"""The names in a zip as its sender saw them: in UTF-8, or in the code page of the sender's Windows.

Source: APPNOTE 6.3.10, 4.4.4 (flag 11), 4.6.9 (the field of Info-ZIP with the name in UTF-8), appendix D.
"""

from __future__ import annotations

import struct
import zipfile
import zlib

from folderkit.core.charset import decode

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075


def names_of(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The names of all members, as their sender saw them."""
    raw = [b"" if info.flag_bits & _UTF8_FLAG else _raw_name(info) for info in infos]
    page = _code_page([name for name in raw if not _is_utf8(name)])
    return [_unicode_path(info) or (_decoded(name, page) if name else info.orig_filename)
            for info, name in zip(infos, raw, strict=True)]


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    try:
        return info.orig_filename.encode("cp437")  # as which `zipfile` has decoded it
    except UnicodeEncodeError:
        return b""


def _code_page(names: list[bytes]) -> str:
    """The code page of names that are no UTF-8: of Chinese ones, where bytes above ASCII stand in pairs, GBK."""
    pairs = any(name[at] > 0x7F and name[at + 1] > 0x7F for name in names for at in range(len(name) - 1))
    return "gb18030" if pairs else "cp437"


def _decoded(name: bytes, page: str) -> str:
    if _is_utf8(name):
        return name.decode()
    try:
        return name.decode(page)
    except UnicodeDecodeError:
        return decode(name)


def _unicode_path(info: zipfile.ZipInfo) -> str:
    """The name in UTF-8 that WinRAR and others add to one in a code page, as long as it belongs to it."""
    extra, at = info.extra, 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + size]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1:
            (checksum,) = struct.unpack_from("<I", body, 1)
            if checksum == zlib.crc32(_raw_name(info)):
                return body[5:].decode("utf-8", "replace")
        at += 4 + size
    return ""
