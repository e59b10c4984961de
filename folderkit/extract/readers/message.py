"""Outlook's mail (.msg): what is read of every mail."""

from __future__ import annotations

from folderkit.core.mail.model import NoMail
from folderkit.core.mail.outlook import read_msg
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.readers.mail import LIMITS, add_mail
from folderkit.extract.source import Source


def read_bare(path: Source, findings: Findings) -> None:
    """Add the same but for the text of what is attached, which took a process down."""
    findings.bare = True
    read(path, findings)


def read(path: Source, findings: Findings) -> None:
    """Add headers, text and names of attachments."""
    try:
        with path.open("rb") as file:
            mail = read_msg(file, LIMITS)
    except NoMail as error:
        raise UnreadableError(BROKEN, error.message.en) from error
    findings.name(mail.subject)
    for name, value in (("from", str(mail.sender)), ("to", ", ".join(map(str, mail.to))),
                        ("cc", ", ".join(map(str, mail.cc))),
                        ("date", mail.at.isoformat(timespec="seconds") if mail.at else ""),
                        ("attachments", len(mail.attachments) or "")):
        findings.tell(name, value)
    add_mail(mail, findings)
