"""Files whose content is not on this computer: a cloud's client has left a placeholder, and reading it downloads it.

Sources: Microsoft's File Attribute Constants; Apple's <sys/stat.h>; the stubs of iCloud Drive before macOS 14, and of
Nextcloud's and ownCloud's virtual files, one byte long. That a file takes no blocks is no sign: small files that lie in
an inode, files of holes and files on shares take none either.
"""

from __future__ import annotations

import os
import re
import stat

_RECALL_ON_OPEN, _RECALL_ON_DATA_ACCESS = 0x00040000, 0x00400000
_DATALESS = 0x40000000  # SF_DATALESS
_MARKS = {"st_file_attributes": stat.FILE_ATTRIBUTE_OFFLINE | _RECALL_ON_OPEN | _RECALL_ON_DATA_ACCESS,
          "st_flags": _DATALESS}
HERE = {name: mask for name, mask in _MARKS.items() if hasattr(os.stat_result, name)}  # what this system tells
_STUB_BYTES = 4096  # an iCloud stub is a short property list
_STUB = re.compile(r"\.(?P<icloud>.+)\.icloud|(?P<virtual>.+)\.(?:nextcloud|owncloud)")


def is_placeholder(status: os.stat_result) -> bool:
    """Whether `lstat` says that the content is elsewhere."""
    return any(getattr(status, name, 0) & mask for name, mask in _MARKS.items())


def stub_of(name: str, size: int) -> str:
    """The name of the file that a stub of this name and size stands for; "" when it is none."""
    if not name.endswith("cloud"):  # of thousands
        return ""
    found = _STUB.fullmatch(name)
    if found is None or (size > _STUB_BYTES if found["icloud"] else size != 1):
        return ""
    return found["icloud"] or found["virtual"]


def has_stub(path: str) -> bool:
    """Whether a stub stands for the file that is not at `path`."""
    folder, name = os.path.split(path)
    return any(os.path.lexists(os.path.join(folder, stub))  # noqa: PTH118
               for stub in (f".{name}.icloud", f"{name}.nextcloud", f"{name}.owncloud"))
