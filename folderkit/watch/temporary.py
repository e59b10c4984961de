"""Names of temporary and lock files that programs leave beside the files people work on.

Sources: Microsoft's list of Word's temporary files (support article 211632), LibreOffice's and editors'
own documentation, and the saves observed with them. A pattern that a person's own name could match has no
place here: what is taken for a temporary has no versions.
"""

from __future__ import annotations

import fnmatch
import re
import stat
from collections.abc import Iterable

from folderkit.core.safefiles import TEMPORARY_PREFIX

_FILE = re.compile(
    r"""
    ~\$.*                      # Word, Excel, PowerPoint, WPS: who has it open
  | ~WR[DLAF].*\.tmp           # Word while saving
  | ppt[0-9A-F]{2,6}\.tmp      # PowerPoint while saving
  | [0-9A-F]{6,8}\.tmp         # Excel while saving
  | .*~(RF|DF)[0-9a-f]+\.TMP   # Windows' safe replace, compound files
  | \.~lock\..*\#              # LibreOffice: who has it open
  | lu[0-9a-z]{5,}\.tmp        # LibreOffice while saving
  | \..*\.sw[a-p]              # vim
  | .+\.[a-z]\w{0,7}~ | .+\.~[0-9]+~   # editors' backups: notes.txt~
  | \#.+\.\w+\#                # emacs: #notes.txt#
  | .*\.(crdownload|part|partial|download|opdownload|downloading|aria2|xltd|!ut|!qb)   # browsers, downloaders
  | \.syncthing\..*\.tmp
  | \.goutputstream-\w{6} | \.fuse_hidden[0-9a-f]+ | \.nfs[0-9a-f]{8,}   # Gnome, and files deleted while open
  | \._.* | \.DS_Store | Thumbs\.db | desktop\.ini | Icon\r
  | .*\.(idlk|laccdb|dwl|dwl2)  # InDesign, Access, AutoCAD: who has it open
    """, re.VERBOSE | re.IGNORECASE)
_OF_THE_SYSTEM = re.compile(r"\._.* | \.DS_Store | Thumbs\.db | desktop\.ini | Icon\r", re.VERBOSE | re.IGNORECASE)
# rsync's .report.docx.k3Xz9Q: six letters and digits by chance, so no word, no number and no date …
_RSYNC = re.compile(r"\..+\.(?![a-z]+$|[A-Z]+$|[A-Z][a-z]+$|[0-9]+$)[A-Za-z0-9]{6}")
# … but one in sixty looks like a word: .report.docx.TCUGQM
_RSYNC_WORD = re.compile(r"\..+\.\w+\.(?!(?i:backup|config|master|origin|remote|sample|script|secret|server)$)"
                         r"(?:[a-z]{6}|[A-Z]{6}|[A-Z][a-z]{5})")
_ANY = re.compile(r"\.~.* | ~syncthing~.* | \.Trash-[0-9]+ | .*\.sb-[0-9a-f]{8}-\w{6}",  # WPS, folderkit; macOS
                  re.VERBOSE | re.IGNORECASE)
_FOLDERS = {".git", ".svn", ".folderkit", "$RECYCLE.BIN", "System Volume Information", ".Trash", ".sync", ".stfolder",
            ".stversions", ".dropbox.cache", ".tmp.drivedownload", ".tmp.driveupload", "__MACOSX"}
_EXCEL = re.compile(r"(?=.*[A-F])[0-9A-F]{8}")


def is_temporary(name: str, ignore: Iterable[str] = (), *, folder: bool = False) -> bool:
    """Whether a file (or, with `folder`, a folder) of this name is left alone: temporary, a lock, or ignored
    by the settings. For a folder only names count that no person gives one."""
    if name in _FOLDERS or _ANY.fullmatch(name):
        return True
    if not folder and (_FILE.fullmatch(name) or _RSYNC.fullmatch(name)):
        return True
    return any(fnmatch.fnmatch(name, pattern) for pattern in ignore)


def is_left_by_rsync(name: str, mode: int) -> bool:
    """Whether a file that only its owner may read is one that rsync had not finished, though its name ends with what
    could be a word: rsync gives others their rights at its end."""
    return stat.S_IMODE(mode) == stat.S_IRUSR | stat.S_IWUSR and _RSYNC_WORD.fullmatch(name) is not None


def may_stay(name: str, ignore: Iterable[str] = ()) -> bool:
    """Whether a file of a temporary's name is to be told when it stays: it is none that the system puts in each folder,
    none of folderkit's, which `doctor` tells of, and none that a person has set to be ignored."""
    return not (_OF_THE_SYSTEM.fullmatch(name) or name.startswith(TEMPORARY_PREFIX)
                or any(fnmatch.fnmatch(name, pattern) for pattern in ignore))


def may_pass(name: str) -> bool:
    """Whether a file of this name may be Excel's while saving, such as ``5DC3F2A0``: gone in a moment, unless
    a person named it so. Only its age tells."""
    return _EXCEL.fullmatch(name) is not None
