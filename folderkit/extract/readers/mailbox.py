"""A mailbox (.mbox): what is read of every mail, one after the other, each in its own place."""

from __future__ import annotations

from folderkit.core.mail.mbox import read_mbox
from folderkit.core.mail.model import NoMail
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.placed import Placed
from folderkit.extract.readers.mail import LIMITS, add_mail
from folderkit.extract.source import Source


def read_bare(path: Source, findings: Findings) -> None:
    """Add the same but for the text of what is attached, which took a process down."""
    findings.bare = True
    read(path, findings)


def read(path: Source, findings: Findings) -> None:
    """Add headers, text and names of attachments of all."""
    try:
        with path.open("rb") as file:
            for number, mail in enumerate(read_mbox(file, LIMITS), start=1):
                placed = Placed(findings, f"mail {number}")
                add_mail(mail, placed)
                findings.skipped = findings.skipped or placed.skipped
                findings.lacks = findings.lacks or placed.lacks
    except NoMail as error:
        raise UnreadableError(BROKEN, error.message.en) from error
