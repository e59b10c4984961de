"""The catalog: what lies where, every version, and the text of it all. Thrown away and made again at will.

`folderkit.catalog.search` is imported by those who search; all the others start without it.
"""

from folderkit.catalog.catalog import (
    Catalog,
    DocumentRow,
    FileRow,
    KeptRow,
    NodeRow,
    PendingRow,
    ProjectRow,
    VersionRow,
)
from folderkit.catalog.schema import is_ready

__all__ = ["Catalog", "DocumentRow", "FileRow", "KeptRow", "NodeRow", "PendingRow", "ProjectRow", "VersionRow",
           "is_ready"]
