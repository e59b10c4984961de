"""Mail (.eml): its headers and text, those of mails inside it, and the names of what is attached.

With the compat32 policy: the newer one takes gigabytes for a mail to very many people.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path

from folderkit.core.charset import decode
from folderkit.core.webtext import add_blocks
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.readers.plain import add_paragraphs

_HEADERS = ("subject", "from", "to", "cc", "date")
_LONGEST_HEADER = 100_000


def read(path: Path, findings: Findings) -> None:
    """Add headers, text and names of attachments."""
    try:
        with path.open("rb") as file:
            message = BytesParser(policy=compat32).parse(file)
        findings.name(_headers(message).get("subject", ""))
        for part in _parts(message):
            _add_part(part, findings)
    except RecursionError as error:
        raise UnreadableError(BROKEN, "Mails are nested too deeply in one another.") from error


def _parts(message: Message) -> Iterator[Message]:
    """The parts that count, in their order; of the same text in several forms, the plain one."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        children = part.get_payload()
        if not isinstance(children, list):
            continue
        kept = [child for child in children if isinstance(child, Message)]
        if part.get_content_type() == "multipart/alternative":
            kept = [child for child in kept if child.get_content_type() == "text/plain"] or kept
        waiting += reversed(kept)


def _add_part(part: Message, findings: Findings) -> None:
    for name, value in _headers(part).items():
        findings.add(name, value)
    attached = part.get_filename()
    if attached:
        findings.add("attachment", _decoded(attached))
    elif part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
        _add_text(part, findings)


def _add_text(part: Message, findings: Findings) -> None:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return
    text = decode(payload, _charset(part))
    if part.get_content_subtype() == "html":
        add_blocks(text, lambda block: findings.add("", block))
    else:
        add_paragraphs(text, findings)


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except LookupError:
        return ""


def _headers(message: Message) -> dict[str, str]:
    """The headers that a person looks for, decoded, each once."""
    raw = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
    return {name: _decoded(raw[name]) for name in _HEADERS if name in raw}


def _decoded(value: object) -> str:
    """A header's text; what cannot be decoded stays as it is."""
    raw = str(value)[:_LONGEST_HEADER]
    if any("\udc80" <= character <= "\udcff" for character in raw):  # bytes that were sent as they are
        return decode(raw.encode("utf-8", "surrogateescape"))
    try:
        chunks = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        return raw
    return "".join(chunk if isinstance(chunk, str) else decode(chunk, charset or "") for chunk, charset in chunks)
