"""The language between the extractor and its worker: a length of four bytes, then JSON in UTF-8."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

OUT_OF_MEMORY = 77
"""Exit code of a worker whose memory ran out: after that, nothing it says can be relied upon."""

_LENGTH = struct.Struct(">I")
_MOST = 512 << 20
"""Bytes of one message: well above what the limits on text allow, and never all of memory."""


def write_frame(pipe: BinaryIO, message: dict[str, Any]) -> None:
    """Send one message; paths that are no valid Unicode survive as surrogates."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> dict[str, Any] | None:
    """The next message; None when the other side is gone, or says what is no message."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length) if length <= _MOST else b""
    if len(body) < length:
        return None
    try:
        message = json.loads(body.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
