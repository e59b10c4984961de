"""Watching: which names are never looked at, and hints of what changed. A hint starts a scan; only the
scan is believed."""

from folderkit.watch.hints import Hints
from folderkit.watch.temporary import is_temporary, may_pass
from folderkit.watch.tree import Tree, walk

__all__ = ["Hints", "Tree", "is_temporary", "may_pass", "walk"]
