"""A log that is begun anew before it gets long, and opened anew when its file was deleted or moved away."""

from __future__ import annotations

import contextlib
import logging.handlers
import os
from pathlib import Path
from typing import IO

from folderkit.core.terminal import harmless


class LogFile(logging.handlers.RotatingFileHandler):
    """What is written after its file went is in a new one; its folder is made again, but for the folders above."""

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and self._lost(self.stream):
            self.stream.close()
            self.stream = None  # it is opened when it is needed
        super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802  the standard library's name
        with contextlib.suppress(OSError):  # opening the file will tell
            Path(self.baseFilename).parent.mkdir(mode=0o700, exist_ok=True)
        return bool(super().shouldRollover(record))

    def _lost(self, stream: IO[str]) -> bool:
        """Whether the file that is open is not the one at its path."""
        try:
            return not os.path.samestat(os.fstat(stream.fileno()), Path(self.baseFilename).stat())
        except FileNotFoundError:
            return True
        except OSError:
            return False
