"""What the values of one document bring into its package: pictures, charts, styles, and the relationships to them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from folderkit.core.language import Text
from folderkit.documents.drawn.drawing import RELATIONS
from folderkit.documents.parts import package

MAX_TOTAL = 200 * 2**20  # bytes that one document may bring in


class NotDrawable(ValueError):
    """What a tag asks to draw cannot be drawn; `message` says why, and ends without a full stop."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.en)
        self.message = message


class Additions:
    """The additions of one document. Its template's `parts` are read and never changed; `part` is the name of the part
    of text that is being evaluated, to which new relationships belong."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.part = ""
        self._there = parts
        self._written: package.Package = {}
        self._kinds: dict[str, str] = {}  # part → content type, for new ones
        self._relations: dict[str, dict[tuple[str, str], str]] = {}  # part → (kind, target) → id
        self._counts: dict[str, int] = {}
        self._total = 0
        self._finishing: list[Callable[[], None]] = []

    def read(self, name: str) -> str:
        """The text of a part as it is by now; "" when there is none."""
        return self._written.get(name, self._there.get(name, b"")).decode("utf-8", "replace")

    def write(self, name: str, text: str) -> None:
        """Put another text into a part that is there."""
        self._written[name] = text.encode()

    def add(self, name: str, data: bytes, kind: str) -> None:
        """A new part with its content type. Raises `NotDrawable` when there is more than a document holds."""
        if name not in self._written:
            self._total += len(data)
        if self._total > MAX_TOTAL:
            raise NotDrawable(Text("the pictures of this document have more than 200 MB together",
                                   "本文档的图片合计超过 200 MB"))
        self._written[name], self._kinds[name] = data, kind

    def number(self, word: str) -> int:
        """How often it was asked for by this word: 1, 2, 3 …"""
        self._counts[word] = self._counts.get(word, 0) + 1
        return self._counts[word]

    def using(self, words: str) -> list[str]:
        """The new parts of text that hold certain words."""
        return [name for name, kind in self._kinds.items()
                if kind.endswith(("header+xml", "footer+xml")) and words.encode() in self._written[name]]

    def media(self, data: bytes, suffix: str, kind: str) -> str:
        """A picture, stored once however often it is used: the id of the relationship of the current part to it."""
        return self.relate(f"{RELATIONS}/image", self.picture(data, suffix, kind))

    def picture(self, data: bytes, suffix: str, kind: str) -> str:
        """The part that holds a picture, however often it is used."""
        import hashlib  # loads OpenSSL

        name = f"word/media/folderkit-{hashlib.blake2b(data, digest_size=10).hexdigest()}.{suffix}"
        if name not in self._written:
            self.add(name, data, kind)
        return name

    def free_name(self, pattern: str) -> str:
        """The first name by a pattern such as ``word/charts/chart{}.xml`` that no part has."""
        while True:
            number = self._counts[pattern] = self._counts.get(pattern, 0) + 1
            if (name := pattern.format(number)) not in self._there and name not in self._written:
                return name

    def relate(self, kind: str, target: str, part: str = "", *, outside: bool = False) -> str:
        """The id of the relationship of a kind from a part (the current one) to another, or to an address `outside`."""
        part = part or self.part
        known = self._relations.setdefault(part, {})
        place = f"\0{target}" if outside else posixpath.relpath(target, posixpath.dirname(part) or ".")
        if (kind, place) not in known:
            there = self.read(package.relationships_of(part))
            number = len(known) + 1
            while f'"rIdFk{number}"' in there or f"rIdFk{number}" in known.values():
                number += 1
            known[kind, place] = f"rIdFk{number}"
        return known[kind, place]

    def finish(self, write: Callable[[], None]) -> None:
        """Have `write` called when all is known that the document brings in."""
        self._finishing.append(write)

    def put_into(self, parts: package.Package) -> None:
        """Put all of it into the package of the document."""
        for write in self._finishing:
            write()
        parts.update(self._written)
        for name, kind in self._kinds.items():
            suffix = name.rsplit(".", 1)[-1]
            if suffix == "xml":
                package.declare(parts, name, kind)
            else:
                package.add_media(parts, name, self._written[name], kind)
        for part, relations in self._relations.items():
            for (kind, place), ident in relations.items():
                package.relate(parts, part, ident, kind, place.lstrip("\0"), outside=place.startswith("\0"))
