"""Old Word documents and presentations (.doc, .ppt) with office-oxide, which is an extra: `folderkit[legacy]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from folderkit.extract.model import BROKEN, ENCRYPTED, LEGACY, NO_READER, Findings, UnreadableError
from folderkit.extract.panics import panics_told
from folderkit.extract.source import Source
from folderkit.extract.summary import read_summary

_MADE_UP = "Embedded "
"""How the library begins the descriptions that it makes up itself, of tables, charts and sounds."""
_UNREAD = frozenset({"data", "metadata"})


def read_word(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph of a .doc."""
    read_summary(path, findings)
    with panics_told():
        text = _open(path, "doc", findings).plain_text()
    for line in text.splitlines():
        findings.add("", line)


def read_slides(path: Source, findings: Findings) -> None:
    """Add a passage per paragraph of a .ppt, with its slide."""
    read_summary(path, findings)
    with panics_told():
        sections = _open(path, "ppt", findings).to_ir().get("sections", [])
    for number, section in enumerate(sections, start=1):
        for text in _texts(section.get("elements", [])):
            findings.add(f"slide {number}", text)


def _open(path: Source, form: Literal["doc", "ppt"], findings: Findings) -> Any:
    try:
        import office_oxide
    except ImportError:
        findings.lacks = LEGACY
        raise UnreadableError(NO_READER, "Such old documents are read with the extra 'legacy'.") from None
    try:
        return office_oxide.Document.from_bytes(path.read_bytes(), form)
    except office_oxide.OfficeOxideError as error:
        state = ENCRYPTED if "encrypted" in str(error) else BROKEN
        raise UnreadableError(state, f"The document is damaged or protected ({str(error)[:120]}).") from error


def _texts(node: Any) -> Iterator[str]:
    """The texts of a tree of elements, a paragraph in one."""
    if isinstance(node, list):
        if any(isinstance(one, dict) and one.get("type") == "text" for one in node):
            yield "".join(str(one.get("text", "")) for one in node if isinstance(one, dict))
        else:
            for one in node:
                yield from _texts(one)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "alt_text" and isinstance(value, str):
                yield "" if value.startswith(_MADE_UP) else value
            elif name not in _UNREAD:
                yield from _texts(value)
