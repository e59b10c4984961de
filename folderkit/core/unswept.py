"""Make many objects without Python looking through them for circles again and again: there are none among rows."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def unswept() -> Iterator[None]:
    """While it lasts, objects that refer to each other in a circle are not looked for. Of 20,000 rows read, that takes
    a tenth of the time, and once more as much when it ends: so what was made is handed over as if it were old, which
    costs nothing, and is looked through with all else some day. Another thread that does the same may end it early,
    which harms nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # what somebody has frozen stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()
