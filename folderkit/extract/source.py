"""What readers read from: a file, or bytes that lay within one, such as what is attached to a mail."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal


@dataclass(frozen=True)
class InMemory:
    """Bytes that are read as those of a file are: nothing is written to be read again."""

    data: bytes

    def open(self, mode: Literal["rb"]) -> BinaryIO:
        return io.BytesIO(self.data)

    def read_bytes(self) -> bytes:
        return self.data


Source = Path | InMemory
