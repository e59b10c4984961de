"""A mailbox (.mbox): what is read of every mail, of one mail after the other."""

from __future__ import annotations

from pathlib import Path

from folderkit.core.mail.mbox import read_mbox
from folderkit.core.mail.model import NoMail
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.readers.mail import LIMITS, add_mail


def read(path: Path, findings: Findings) -> None:
    """Add headers, text and names of attachments of all."""
    try:
        with path.open("rb") as file:
            for mail in read_mbox(file, LIMITS):
                add_mail(mail, findings)
    except NoMail as error:
        raise UnreadableError(BROKEN, error.message.en) from error
