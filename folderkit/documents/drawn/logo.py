"""The firm's logo: the one picture that every document may show, read and packed once."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from folderkit.documents.drawn.picture import Picture
from folderkit.documents.parts import package
from folderkit.documents.parts.members import Member, pack

if TYPE_CHECKING:
    from folderkit.documents.finished import Filled
    from folderkit.documents.tags.functions import Kit

_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"


def with_logo(context: Mapping[str, Any], logo: Picture | None) -> dict[str, Any]:
    """The context with the picture itself as `firm.logo`, or "" where there is none."""
    about = context.get("firm", {})
    return {**context, "firm": {**(about if isinstance(about, Mapping) else {}), "logo": logo or ""}}


def users_of(logo: Picture, filled: Sequence[Filled], kit: Kit) -> list[str]:
    """The parts that show the logo."""
    mark = f'"{logo.ident}"'
    return [*(part.source.part.name for part in filled if mark in part.xml), *kit.additions.using(mark)]


def add_logo(parts: package.Package, users: list[str], logo: Picture) -> package.Members:
    """Put the logo into the package, for the parts that show it; returns how it is packed."""
    name, packed = f"word/media/firm-logo.{logo.suffix}", _packed(logo.data)
    package.add_media(parts, name, packed.data, logo.content_type)
    for user in users:
        package.relate(parts, user, logo.ident, _IMAGE, f"media/firm-logo.{logo.suffix}")
    return {name: packed}


@functools.lru_cache(maxsize=2)
def _packed(data: bytes) -> Member:
    """A picture that is in every document, packed once."""
    return pack(data)
