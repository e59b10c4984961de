"""Watching: which names are never looked at, whether a file is whole, and hints of what changed. A hint starts a scan;
only the scan is believed. The hints, which bring watchdog with them, are in `folderkit.watch.hints`."""

from folderkit.watch.cloud import has_stub
from folderkit.watch.conflicts import original_of
from folderkit.watch.settling import (
    TOLD_SECONDS,
    Patience,
    Verdict,
    is_frozen,
    judge,
    quiet_seconds,
    why_open,
    why_wait,
)
from folderkit.watch.temporary import is_temporary, may_pass
from folderkit.watch.tree import Tree, walk

__all__ = ["TOLD_SECONDS", "Patience", "Tree", "Verdict", "has_stub", "is_frozen", "is_temporary", "judge", "may_pass",
           "original_of", "quiet_seconds", "walk", "why_open", "why_wait"]
