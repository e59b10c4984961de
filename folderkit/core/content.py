"""The content of a file, by its hash."""

from __future__ import annotations

from pathlib import Path


def content_of(path: Path) -> str:
    """The BLAKE3 of what a file holds, as hexadecimal. Raises `OSError`."""
    from blake3 import blake3

    whole = blake3()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            whole.update(piece)
    return whole.hexdigest()


def holds(path: Path, content: str) -> bool:
    """Whether a file holds the content of this BLAKE3. Raises `OSError`."""
    return content_of(path) == content
