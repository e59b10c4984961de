"""Watching: which names are never looked at, and hints of what changed. A hint starts a scan; only the
scan is believed."""

from folderkit.watch.hints import Hints
from folderkit.watch.temporary import is_temporary, may_pass

__all__ = ["Hints", "is_temporary", "may_pass"]
