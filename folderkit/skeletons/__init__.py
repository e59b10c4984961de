"""Skeletons: what a project is scaffolded from. Reading and checking them, and laying out the tree
for one project."""

from folderkit.skeletons.layout import PlannedNode, lay_out
from folderkit.skeletons.model import FileNode, FolderNode, Skeleton, Source
from folderkit.skeletons.reading import Known, check_skeleton, read_skeleton

__all__ = ["FileNode", "FolderNode", "Known", "PlannedNode", "Skeleton", "Source", "check_skeleton",
           "lay_out", "read_skeleton"]
