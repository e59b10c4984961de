"""The catalog: what lies where, every version, and the text of it all. Thrown away and made again at will.

`folderkit.catalog.search` is imported by those who search; all the others start without it.
"""

from folderkit.catalog.catalog import Catalog
from folderkit.catalog.rows import (
    DocumentRow,
    FileRow,
    KeptRow,
    NodeRow,
    PendingRow,
    ProjectRow,
    Reading,
    UnreadRow,
    VersionRow,
)
from folderkit.catalog.schema import SCHEMA, NewerCatalog, is_ready, last_applied

__all__ = ["SCHEMA", "Catalog", "DocumentRow", "FileRow", "KeptRow", "NewerCatalog", "NodeRow", "PendingRow",
           "ProjectRow", "Reading", "UnreadRow", "VersionRow", "is_ready", "last_applied"]
