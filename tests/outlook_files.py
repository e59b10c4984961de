"""Make Outlook's mails (.msg) for tests: a small writer of compound files, and of the properties in them."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Tree: TypeAlias = "Mapping[str, bytes | Tree]"

_END, _FREE, _NONE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR, _MINI, _LIMIT = 512, 64, 4096


class _Writer:
    def __init__(self) -> None:
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.mini = bytearray()
        self.mini_fat: list[int] = []
        self.entries: list[bytes] = []

    def chain(self, data: bytes) -> int:
        """Put data into sectors; where it starts."""
        if not data:
            return _END
        first, count = len(self.sectors), -(-len(data) // _SECTOR)
        for number in range(count):
            self.sectors.append(data[number * _SECTOR : (number + 1) * _SECTOR].ljust(_SECTOR, b"\0"))
            self.fat.append(first + number + 1 if number + 1 < count else _END)
        return first

    def mini_chain(self, data: bytes) -> int:
        if not data:
            return _END
        first, count = len(self.mini_fat), -(-len(data) // _MINI)
        self.mini += data.ljust(count * _MINI, b"\0")
        self.mini_fat += [first + number + 1 for number in range(count - 1)] + [_END]
        return first

    def storage(self, tree: Tree, kind: int, name: str) -> int:
        """Write a storage's entry and all below; the number of the entry."""
        number = len(self.entries)
        self.entries.append(b"")
        children = []
        for child, content in tree.items():
            if isinstance(content, bytes):
                small = len(content) < _LIMIT
                start = self.mini_chain(content) if small else self.chain(content)
                self.entries.append(_entry(child, 2, start=start, size=len(content)))
                children.append(len(self.entries) - 1)
            else:
                children.append(self.storage(content, 1, child))
        for here, following in zip(children, [*children, _NONE][1:], strict=True):  # a list: any tree will do
            self.entries[here] = self.entries[here][:72] + struct.pack("<I", following) + self.entries[here][76:]
        self.entries[number] = _entry(name, kind, child=children[0] if children else _NONE)
        return number


def _entry(name: str, kind: int, *, start: int = 0, size: int = 0, child: int = _NONE) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(raw), kind, 1, _NONE, _NONE, child)
    return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def compound_file(tree: Tree) -> bytes:
    """A compound file with these streams and storages."""
    writer = _Writer()
    writer.storage(tree, 5, "Root Entry")
    mini_start, mini_size = writer.chain(bytes(writer.mini)), len(writer.mini)
    root = writer.entries[0]
    writer.entries[0] = root[:116] + struct.pack("<IQ", mini_start, mini_size)
    mini_fat = struct.pack(f"<{len(writer.mini_fat)}I", *writer.mini_fat)
    mini_fat_start, mini_fat_count = writer.chain(mini_fat.ljust(-(-len(mini_fat) // _SECTOR) * _SECTOR, b"\xff")), (
        -(-len(mini_fat) // _SECTOR))
    directory = b"".join(writer.entries)
    directory_start = writer.chain(directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0"))
    count = 1
    while count * _SECTOR // 4 < len(writer.sectors) + count:
        count += 1
    where = range(len(writer.sectors), len(writer.sectors) + count)
    fat = writer.fat + [_FAT] * count
    raw = struct.pack(f"<{len(fat)}I", *fat).ljust(count * _SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIIII", count, directory_start, 0, _LIMIT, mini_fat_start, mini_fat_count, _END, 0, 0)
    header = header[:76] + struct.pack(f"<{count}I", *where)
    return header.ljust(_SECTOR, b"\xff") + b"".join(writer.sectors) + raw


@dataclass(frozen=True)
class Msg:
    """A message of Outlook's, property by property: number → text, number, bytes or moment."""

    properties: Mapping[int, str | int | bytes | dt.datetime]
    recipients: Sequence[Mapping[int, str | int]] = ()
    attachments: Sequence[tuple[Mapping[int, str | int], bytes | Msg | None]] = ()
    encoding: str = ""
    """The code page of its texts; "" for Unicode."""
    extra: Tree = field(default_factory=dict)

    def tree(self, head: int = 32) -> dict[str, bytes | Tree]:
        found: dict[str, bytes | Tree] = dict(self._streams(self.properties, head))
        found["__nameid_version1.0"] = {}
        for number, recipient in enumerate(self.recipients):
            found[f"__recip_version1.0_#{number:08X}"] = self._streams(recipient, 8)
        for number, (properties, content) in enumerate(self.attachments):
            inside: dict[str, bytes | Tree] = dict(self._streams(properties, 8))
            if isinstance(content, Msg):
                inside["__substg1.0_3701000D"] = content.tree(24)
            elif content is not None:
                inside["__substg1.0_37010102"] = content
            found[f"__attach_version1.0_#{number:08X}"] = inside
        return {**found, **self.extra}

    def _streams(self, properties: Mapping[int, str | int | bytes | dt.datetime], head: int) -> dict[str, bytes]:
        streams: dict[str, bytes] = {}
        fixed = bytes(head)
        for number, value in properties.items():
            if isinstance(value, str):
                kind, raw = ("001E", value.encode(self.encoding)) if self.encoding else (
                    "001F", value.encode("utf-16-le"))
                streams[f"__substg1.0_{number:04X}{kind}"] = raw
            elif isinstance(value, bytes):
                streams[f"__substg1.0_{number:04X}0102"] = value
            elif isinstance(value, int):
                fixed += struct.pack("<HHIiI", 0x0003, number, 6, value, 0)
            else:
                steps = (value - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1) * 10
                fixed += struct.pack("<HHIQ", 0x0040, number, 6, steps)
        streams["__properties_version1.0"] = fixed
        return streams

    def to_bytes(self) -> bytes:
        return compound_file(self.tree())
