"""Give back the room of records that nothing refers to: packs that hold many are replaced by new ones.

What is still needed of a pack is copied and durable before the pack goes. Killed at any moment, the vault is whole:
a record may stand in two packs, and the next sweep finds the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from folderkit.core.errors import Failed
from folderkit.core.language import Text
from folderkit.vault import packs
from folderkit.vault.blobs import Blobs
from folderkit.vault.index import IndexDamagedError
from folderkit.vault.packset import Damaged

WORTH_IT = 0.2  # of a pack must be dead before it is replaced
ROUND_BYTES = 64 << 20  # are copied under one hold of the lock


@dataclass(frozen=True)
class Dead:
    """A pack that can be replaced: its bytes, and how many of them nothing refers to."""

    pack: str
    length: int
    dead: int


class Sweep:
    """One sweep of a vault. Before each `round` the caller begins a batch and says what is needed by then."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._packs = blobs.packs
        self._packs.index.begin_live()
        self._damaged: list[bytes] = []
        self._kept: set[str] = set()  # damaged packs, which stay as they are

    def need(self, contents: Iterable[str]) -> None:
        """Contents that are referred to, with all records that they are made of."""
        waiting = [bytes.fromhex(content) for content in contents]
        while waiting:
            waiting = [part for digest in self._packs.index.add_live(waiting) for part in self._parts(digest)]
        self._packs.index.commit()  # so that no snapshot of it is held

    def _parts(self, digest: bytes) -> list[bytes]:
        try:
            return self._blobs.parts(digest)
        except Damaged:
            self._damaged.append(digest)
            return []

    def missing(self) -> list[bytes]:
        """Records that are needed and not there, and lists that are damaged. While there are any nothing should be
        removed: what seems dead may be what is left of them."""
        return [*self._damaged, *self._packs.index.live_missing()]

    def dead(self) -> list[Dead]:
        """The packs that are worth replacing, those with the most dead bytes first."""
        found = [Dead(name, length, length - len(packs.MAGIC) - live)
                 for name, length, live in self._packs.index.live_bytes() if name not in self._kept]
        return sorted((pack for pack in found if pack.dead > WORTH_IT * pack.length), key=lambda pack: -pack.dead)

    def round(self) -> list[Dead] | None:
        """Replace some packs, and tell which; None when there is nothing left to do. Under the writer's lock."""
        try:
            return self._round()
        except IndexDamagedError:  # another process made it again, and what is needed is forgotten
            raise Failed(Text("The vault's index was made again meanwhile.", "版本库索引刚刚重建。"),
                         Text("Run the command again.", "请再运行一次。")) from None

    def _round(self) -> list[Dead] | None:
        chosen = self._chosen()
        if not chosen:
            return None
        for name in chosen:
            self._packs.close_for_good(name)
        for place in self._packs.index.live_in(list(chosen)):
            record = self._packs.record_at(place) if place.pack in chosen else None
            if record is not None:
                self._packs.append(record)
            elif chosen.pop(place.pack, None):
                self._kept.add(place.pack)  # damaged: it stays as it is
        self._packs.flush()
        self._packs.remove(list(chosen))
        return list(chosen.values())

    def _chosen(self) -> dict[str, Dead]:
        chosen: dict[str, Dead] = {}
        copied = 0
        for pack in self.dead():
            copied += pack.length - pack.dead
            if chosen and copied > ROUND_BYTES:
                break
            chosen[pack.pack] = pack
        return chosen
