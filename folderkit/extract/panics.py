"""Libraries written in Rust panic over some broken files: that is no `Exception`, and would end the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from folderkit.extract.model import BROKEN, UnreadableError

_PANIC = "PanicException"  # of pyo3, which offers no way to import it


@contextmanager
def panics_told() -> Iterator[None]:
    """A panic within is an `UnreadableError`: it has unwound, and harms nothing else."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise UnreadableError(BROKEN, f"The file is damaged ({str(error)[:120]}).") from error
