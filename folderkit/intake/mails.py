"""The mails in a file that somebody dropped: .eml, .msg and .mbox, told apart by what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from folderkit.core.errors import os_failure
from folderkit.core.language import Text
from folderkit.core.mail.eml import read_eml
from folderkit.core.mail.mbox import MOST_MAILS, begins_mailbox, read_mbox
from folderkit.core.mail.model import LIMITS, Limits, Mail
from folderkit.core.mail.outlook import read_msg

SUFFIXES = frozenset({".eml", ".msg", ".mbox"})
"""What mails are called, in lower case."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_mails(path: Path, limits: Limits = LIMITS, most: int = MOST_MAILS) -> Iterator[Mail]:
    """The mails in a file, one after the other; of a mailbox at most so many.

    What a mail holds beyond the limits is left out and told in `Mail.truncated`. Raises `core.mail.model.NoMail` where
    the file is no mail or too damaged, and `core.errors.Failed` where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield from _read(file, path.suffix.lower(), limits, most)
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, path) from error


def _read(file: BinaryIO, suffix: str, limits: Limits, most: int) -> Iterator[Mail]:
    head = file.read(4096)
    file.seek(0)
    if head.startswith(_OLE):
        yield read_msg(file, limits)
    elif suffix == ".mbox" or (suffix != ".eml" and begins_mailbox(head)):
        yield from read_mbox(file, limits, most)
    else:
        yield read_eml(file.read(limits.size + 1), limits)
