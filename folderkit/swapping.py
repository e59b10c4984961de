"""A new file in the place of another one, and files taken away: what somebody saves at the last moment stays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from folderkit.core import safefiles
from folderkit.core.content import content_of, holds
from folderkit.core.renames import put_back, rename_new, swap
from folderkit.core.signature import Signature, is_same_but_named, signature_of
from folderkit.store import Store
from folderkit.watch.settling import is_open_for_writing


class ChangedError(Exception):
    """What stands at the target is not what was seen there."""


def remove_kept(store: Store, path: Path, place: Path) -> None:
    """Delete a file that was taken from a place, unless something would be lost with it: its content is in no version,
    or a program has it open. Then it comes back there, or to the first free name beside. Raises `OSError`."""
    if not os.path.lexists(path):
        return
    if not is_open_for_writing(str(path)) and store.blobs.has(content_of(path)):
        path.unlink()
    else:
        put_back(path, place)


class Swap:
    """Puts a file that has the `content` in the place `target`. Its three names beside that are known before, so that
    what is interrupted can be mended: `written` is never any but the new file, perhaps half of it; each of the other
    two is a whole file, the new one or one that stood there."""

    def __init__(self, store: Store, target: Path, content: str, names: Sequence[str] = ()) -> None:
        self.target = target
        self.names = list(names) or [safefiles.temporary_beside(target).name for _ in range(3)]
        self.written, self._one, self._other = (target.with_name(name) for name in self.names)
        self._store, self._content = store, content
        self._taken: Path | None = None

    def put(self, seen: Signature) -> Signature:
        """Put what is written in its place, where a file was `seen`; returns what the new one looks like. Raises
        `ChangedError` when another one stood there at that instant, or a program had it open; and `OSError`, also when
        nothing did. `put_back` is for both."""
        signature = signature_of(self.written.lstat())
        self.written.rename(self._one)
        self._taken = swap(self._one, self.target, self._other)
        if not is_same_but_named(signature_of(self._taken.lstat()), seen) or is_open_for_writing(str(self._taken)):
            raise ChangedError(str(self.target))
        return signature

    def put_back(self) -> None:
        """Put back what stood there, unless somebody saved in its place since. Raises `OSError`."""
        if self._taken and self.target.is_file() and holds(self.target, self._content):
            came = swap(self._taken, self.target, self._other if self._taken == self._one else self._one)
            remove_kept(self._store, came, self.target)
        self._fill_gap()
        self.clear()

    def take_away(self) -> None:
        """Take the new file away, where nothing stood. Raises `OSError`."""
        self.target.rename(self._one)
        self.clear()

    def mend(self) -> None:
        """Mend what a swap left that was interrupted: the new file may be in its place, or the old one is again. Raises
        `OSError`."""
        self._fill_gap()
        self.clear()

    def _fill_gap(self) -> None:
        for path in (self._other, self._one):
            if not os.path.lexists(self.target) and os.path.lexists(path) and not holds(path, self._content):
                rename_new(path, self.target)

    def clear(self) -> None:
        """Take away what is left beside. Raises `OSError`."""
        self._taken = None
        self.written.unlink(missing_ok=True)
        for path in (self._other, self._one):
            remove_kept(self._store, path, self.target)
