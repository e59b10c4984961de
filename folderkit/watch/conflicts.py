"""Names that sync programs give to the second of two files that were edited at once.

Sources: the help pages of Dropbox, Nextcloud, Syncthing and 坚果云. A name that a person could give as well, such as
"report (1).docx" or "report-LAURA.docx", has no place here.
"""

from __future__ import annotations

import re

_MARKS = (
    r"\s?[(（][^()（）]*conflicted copy[^()（）]*[)）]",  # Dropbox, Nextcloud: "a (Laura's conflicted copy 2026-03-01)"
    r"\s?[(（][^()（）]*冲突(?:副本|文件|版本)[^()（）]*[)）]",  # Dropbox, 坚果云: "报告 (Laura 的冲突副本 2026-03-01)"
    r"\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]{7})?",  # Syncthing
)
_NAME = re.compile(rf"(?P<stem>.+?)(?:{'|'.join(_MARKS)})(?P<rest>(?:\.[^.]*)?)", re.IGNORECASE)


def original_of(name: str) -> str:
    """The name of the file that a conflict copy was made beside; "" when the name is none of a conflict copy."""
    if "conflict" not in name.casefold() and "冲突" not in name:  # of thousands
        return ""
    found = _NAME.fullmatch(name)
    return found["stem"] + found["rest"] if found else ""
