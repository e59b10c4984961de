"""Names of temporary and lock files that programs leave beside the files people work on.

Sources: Microsoft's list of Word's temporary files (support article 211632), LibreOffice's and editors'
own documentation, and the saves observed with them.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

_TEMPORARY = re.compile(
    r"""
    ~\$.*                      # Word, Excel, PowerPoint, WPS: who has it open
  | ~WR[DLAF].*\.tmp           # Word while saving
  | ppt[0-9A-F]{2,6}\.tmp      # PowerPoint while saving
  | [0-9A-F]{6,8}(\.tmp)?      # Excel while saving
  | .*~RF[0-9a-f]+\.TMP        # swap files of Windows' safe replace
  | \.~lock\..*\#              # LibreOffice: who has it open
  | lu[0-9a-z]{5,}\.tmp        # LibreOffice while saving
  | \.~.*                      # WPS, rsync, folderkit itself
  | \..*\.sw[a-p] | 4913       # vim
  | .+~                        # editors' backup
  | \#.*\#                     # emacs
  | .*\.(crdownload|part|partial|download|opdownload|aria2)   # browsers
  | \.syncthing\..*\.tmp | ~syncthing~.*
  | \..+\.[A-Za-z0-9]{6}       # rsync
  | .*\.sb-[0-9a-f]{8}-\w{6}   # macOS while saving
  | \._.* | \.DS_Store | Thumbs\.db | desktop\.ini | Icon\r
  | .*\.idlk | .*\.laccdb      # InDesign, Access
    """, re.VERBOSE | re.IGNORECASE)
_NOT_HEX = re.compile(r"[0-9]{6,8}")  # a bare number, such as a date, is a person's name for a file
_FOLDERS = {".git", ".svn", ".folderkit", "$RECYCLE.BIN", "System Volume Information", ".Trash", ".~tmp~",
            ".sync", ".stfolder", ".stversions", ".dropbox.cache", "__MACOSX"}


def is_temporary(name: str, ignore: Iterable[str] = ()) -> bool:
    """Whether a file or folder of this name is left alone: temporary, a lock, or ignored by the settings."""
    if name in _FOLDERS or (_TEMPORARY.fullmatch(name) and not _NOT_HEX.fullmatch(name)):
        return True
    return any(fnmatch.fnmatch(name, pattern) for pattern in ignore)
