"""The catalog: what lies where, every version, and the text of it all. Thrown away and made again at will."""

from folderkit.catalog.catalog import Catalog, DocumentRow, FileRow, NodeRow, PendingRow, ProjectRow, VersionRow
from folderkit.catalog.schema import is_ready
from folderkit.catalog.search import Hit, search

__all__ = ["Catalog", "DocumentRow", "FileRow", "Hit", "NodeRow", "PendingRow", "ProjectRow", "VersionRow",
           "is_ready", "search"]
