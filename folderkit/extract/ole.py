"""What an OLE compound file is: an old workbook or document, an encrypted new document, a mail of Outlook's."""

from __future__ import annotations

import struct
from typing import BinaryIO

from folderkit.core.ole import CompoundFile, Entry
from folderkit.extract.kinds import ENCRYPTED_PACKAGE, MESSAGE, MISNAMED, OLD_SLIDES, OLD_WORD, UNKNOWN, WORKBOOK

_FILEPASS = 0x2F
"""The record that begins the encrypted part of a workbook ([MS-XLS] 2.4.117)."""
_PROPERTIES, _OF_A_MESSAGE = "__properties_version1.0", ("__substg1.0_", "__nameid_version1.0")
"""What stands at the root of every message ([MS-OXMSG] 2.2); not every program writes the names of properties."""


def kind_of_compound_file(file: BinaryIO) -> str:
    """What a compound file holds, from the streams at its root (those further down are embedded objects)."""
    try:
        compound = CompoundFile(file)
        streams = compound.children(compound.root)
        if "encryptedpackage" in streams:
            return ENCRYPTED_PACKAGE
        for name in ("workbook", "book"):
            if name in streams:
                return ENCRYPTED_PACKAGE if _has_password(compound.sector(streams[name].first)) else WORKBOOK
        if "worddocument" in streams:
            return ENCRYPTED_PACKAGE if _is_word_encrypted(compound, streams["worddocument"]) else OLD_WORD
        if "powerpoint document" in streams:
            return OLD_SLIDES
    except (struct.error, ValueError, OSError):
        return MISNAMED
    is_message = _PROPERTIES in streams and any(name.startswith(_OF_A_MESSAGE) for name in streams)
    return MESSAGE if is_message else UNKNOWN


def _is_word_encrypted(compound: CompoundFile, stream: Entry) -> bool:
    """Whether the flag fEncrypted is set at the beginning of a document ([MS-DOC] 2.5.2)."""
    head = compound.read(stream, 12)
    return len(head) == 12 and bool(struct.unpack_from("<H", head, 10)[0] & 0x100)


def _has_password(start: bytes) -> bool:
    """Whether a workbook's stream, which starts with the record BOF, goes on with FILEPASS."""
    at = 0
    for _ in range(3):  # BOF, perhaps WRITEPROT, FILEPASS
        if at + 4 > len(start):
            return False
        record, length = struct.unpack_from("<HH", start, at)
        if record == _FILEPASS:
            return True
        at += 4 + length
    return False
