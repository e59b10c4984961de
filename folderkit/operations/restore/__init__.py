"""Bring back what was: a version of a file, or a folder or a project as it was at a moment."""

from folderkit.operations.restore.aside import apply_aside
from folderkit.operations.restore.file import (
    History,
    RestorePlan,
    apply_restore,
    choose_version,
    history,
    plan_restore,
)
from folderkit.operations.restore.folder import FolderPlan, Item, Restored, is_folder, plan_folder
from folderkit.operations.restore.in_place import apply_in_place

__all__ = ["FolderPlan", "History", "Item", "RestorePlan", "Restored", "apply_aside", "apply_in_place",
           "apply_restore", "choose_version", "history", "is_folder", "plan_folder", "plan_restore"]
