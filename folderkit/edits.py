"""Whether somebody has edited a document since folderkit filled it, and who and when."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path
from typing import NamedTuple

from folderkit.catalog import DocumentRow
from folderkit.core import safefiles
from folderkit.core.errors import Refused, os_failure
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.signature import signature_of
from folderkit.core.terminal import plain
from folderkit.store import Store

_SAVED_BY = re.compile(rb"<(?:\w+:)?lastModifiedBy>([^<]{1,200})</")


class Edited(NamedTuple):
    """A document that is not as it was filled any more: who saved it last, and when (UTC)."""

    path: Path
    who: str
    at: dt.datetime


def place_of(store: Store, project: Project, row: DocumentRow) -> Path | None:
    """Where a filled document lies in its project, as far as is known; None when it is there no more."""
    file = store.catalog.file(row.file)
    return project.folder / file.path if file and file.present and file.project == project.id else None


def edited(store: Store, project: Project, row: DocumentRow) -> Edited | None:
    """Whether a filled document holds something else now, on the disk or as its last version. Raises `Failed` when it
    cannot be read."""
    place, file = place_of(store, project, row), store.catalog.file(row.file)
    if place is None or file is None or not row.content or not place.is_file():
        return None
    try:
        status = place.lstat()
        content = file.content if file.signature == signature_of(status) else safefiles.content_of(place)
        if content == row.content:
            return None
        who = _saved_by(place) or store.catalog.versions(file.id)[-1].who
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, place) from None
    return Edited(place, who, dt.datetime.fromtimestamp(status.st_mtime, dt.UTC))


def _saved_by(path: Path) -> str:
    """Who saved a document last, as Word and LibreOffice write it into its properties; "" where they do not."""
    from folderkit.documents import small_parts

    for part in small_parts(path, lambda name: name == "docProps/core.xml"):
        if found := _SAVED_BY.search(part):
            return html.unescape(found[1].decode("utf-8", "replace")).strip()
    return ""


def refuse_edited(found: Edited) -> Refused:
    """The error for a document that would be filled again without what somebody has written into it."""
    name, who, at = plain(found.path.name), plain(found.who), f"{found.at.astimezone():%Y-%m-%d %H:%M}"
    return Refused(
        Text(f"'{name}' was edited after it was filled, by {who}, {at}. Filled again, it would be without these edits.",
             f"“{name}”在生成之后被 {who} 修改过（{at}）。重新生成的文档不含这些修改。"),
        Text("Make the next version beside it: --beside. Fill it anew in its place: --replace (the edits stay as a "
             "version, see 'folderkit history'). Or leave it as it is; 'folderkit diff' shows the edits.",
             "在它旁边生成下一版本：--beside。在原处重新生成：--replace（修改内容仍作为一个版本保留，"
             "见 folderkit history）。也可保持不变；folderkit diff 显示修改内容。"))
