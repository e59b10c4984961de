"""The C library of this system, for calls that Python does not have."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def library() -> Any:
    import ctypes  # takes a while; only who writes much needs it

    return ctypes.CDLL(None, use_errno=True)
