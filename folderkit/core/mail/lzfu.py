"""The compression of rich text in Outlook's mails.

Source: [MS-OXRTFCP] 2.1 (format), 2.2.2 (decompression).
"""

from __future__ import annotations

import struct

_START = (rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
          rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" b"\r\n"
          rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx")
_WINDOW = 4096
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"


def decompress(data: bytes, most: int) -> bytes:
    """The rich text, at most so many bytes; of what is damaged, as much as there is, and b"" for anything else."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<4xI4s", data)
    if kind == _PLAIN:
        return data[16 : 16 + min(size, most)]
    return _expand(data, min(size, most)) if kind == _COMPRESSED else b""


def _expand(data: bytes, size: int) -> bytes:
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    write, at = len(_START), 16
    out = bytearray()
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out)
                token = data[at] << 8 | data[at + 1]
                at += 2
                offset, length = token >> 4, (token & 0xF) + 2
                if offset == write:
                    return bytes(out)  # the end
                run = [window[(offset + step) % _WINDOW] for step in range(min(length, (write - offset) % _WINDOW))]
                piece = bytes((run * (length // len(run) + 1))[:length])
            else:
                piece = data[at : at + 1]
                at += 1
            for byte in piece:
                window[write] = byte
                write = (write + 1) % _WINDOW
            out += piece
    return bytes(out[:size])
