"""Outlook's mail (.msg): what is read of every mail."""

from __future__ import annotations

from pathlib import Path

from folderkit.core.mail.model import NoMail
from folderkit.core.mail.outlook import read_msg
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.readers.mail import LIMITS, add_mail


def read(path: Path, findings: Findings) -> None:
    """Add headers, text and names of attachments."""
    try:
        with path.open("rb") as file:
            mail = read_msg(file, LIMITS)
    except NoMail as error:
        raise UnreadableError(BROKEN, error.message.en) from error
    findings.name(mail.subject)
    for name, value in (("from", str(mail.sender)), ("to", ", ".join(map(str, mail.to))),
                        ("cc", ", ".join(map(str, mail.cc))), ("date", mail.at.isoformat() if mail.at else ""),
                        ("attachments", len(mail.attachments) or "")):
        findings.tell(name, value)
    add_mail(mail, findings)
