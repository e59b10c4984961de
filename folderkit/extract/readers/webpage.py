"""HTML: what is shown, a passage per block; scripts and styles are passed over."""

from __future__ import annotations

import re

from folderkit.core.charset import decode
from folderkit.core.webtext import add_blocks
from folderkit.extract.model import MAX_CHARACTERS, TOO_BIG, Findings, UnreadableError
from folderkit.extract.source import Source

_MOST = MAX_CHARACTERS * 4
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]{1,40})""", re.I)


def read(path: Source, findings: Findings) -> None:
    """Add a passage per block, and name the page by its title."""
    with path.open("rb") as file:
        data = file.read(_MOST)
        cut = bool(file.read(1))
    declared = _CHARSET.search(data[:4096])
    text = decode(data, declared[1].decode("ascii", "replace") if declared else "", cut=cut)
    findings.name(add_blocks(text, lambda block: findings.add("", block)))
    if cut:
        raise UnreadableError(TOO_BIG, "Only the beginning was read: there is too much text.")
