"""Mail (.eml): its headers and text, those of mails inside it, and of what is attached the names and the text."""

from __future__ import annotations

from email.utils import format_datetime

from folderkit.core.charset import decode
from folderkit.core.mail import headers, mime
from folderkit.core.mail.mime import Part
from folderkit.core.mail.model import Gathered, Limits, Mail
from folderkit.core.webtext import add_blocks
from folderkit.extract.model import MAX_CHARACTERS, MAX_FILE, TOO_BIG, Findings, UnreadableError
from folderkit.extract.placed import read_attached
from folderkit.extract.readers.plain import add_paragraphs
from folderkit.extract.source import Source

LIMITS = Limits(size=MAX_FILE, content=MAX_FILE, parts=10_000, text=MAX_CHARACTERS)
_HEADERS = ("subject", "from", "to", "cc", "date")
_MOST = MAX_CHARACTERS * 4


def read(path: Source, findings: Findings) -> None:
    """Add headers, text and names of attachments."""
    add_parts(path.read_bytes(), findings)


def read_bare(path: Source, findings: Findings) -> None:
    """Add the same but for the text of what is attached, which took a process down."""
    findings.bare = True
    read(path, findings)


def add_parts(data: bytes, findings: Findings) -> None:
    """Add what a person reads of a mail, in its order, and of the mails inside it."""
    gathered = Gathered(LIMITS)
    whole = mime.parse(data, gathered)
    findings.name(whole.words("subject"))
    _tell_headers(whole, findings)
    for part, counts in mime.walk(whole):
        if counts:
            _add_part(part, findings)
    if gathered.truncated:
        findings.skipped = f"Not all was read: {gathered.truncated[0].en}."


def _tell_headers(whole: Part, findings: Findings) -> None:
    for name in ("from", "to", "cc"):
        findings.tell(name, whole.words(name))
    at = headers.date_of(whole.header("date"))
    findings.tell("date", at.isoformat() if at else "")
    findings.tell("attachments", sum(bool(part.filename) for part, _ in mime.walk(whole)) or "")


def _add_part(part: Part, findings: Findings) -> None:
    for name in _HEADERS:
        findings.add(name, part.words(name))
    if part.filename or part.kind.startswith("application/"):
        findings.add("attachment", part.filename)
        if not part.parts:
            read_attached(part.filename, part.content(), findings)
    elif part.kind.startswith("text/") and part.disposition != "attachment":
        _add_text(part, findings)


def _add_text(part: Part, findings: Findings) -> None:
    cut = part.end - part.start > _MOST
    text = decode(part.content(_MOST), part.charset, cut=cut)
    if part.kind == "text/html":
        add_blocks(text, lambda block: findings.add("", block))
    else:
        add_paragraphs(text, findings)
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: there is too much text.")


def add_mail(mail: Mail, findings: Findings) -> None:
    """The same of a mail that came in another format."""
    for name, value in (
        ("subject", mail.subject),
        ("from", str(mail.sender)),
        ("to", ", ".join(map(str, mail.to))),
        ("cc", ", ".join(map(str, mail.cc))),
        ("date", format_datetime(mail.at) if mail.at else ""),
    ):
        findings.add(name, value)
    add_paragraphs(mail.text, findings)
    for attachment in mail.attachments:
        findings.add("attachment", attachment.name)
        if attachment.kind == "message/rfc822":
            add_parts(attachment.content, findings)
        else:
            read_attached(attachment.name, attachment.content, findings)
    if mail.truncated:
        findings.skipped = f"Not all was read: {mail.truncated[0].en}."
