"""Whether somebody has edited a document since folderkit filled it, there or in a copy beside it; who and when."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from folderkit.core.content import content_of
from folderkit.core.errors import Refused, os_failure
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.signature import signature_of
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.catalog import DocumentRow
    from folderkit.store import Store

_SAVED_BY = re.compile(rb"<(?:\w+:)?lastModifiedBy(?:\s[^<>]*)?>([^<]{1,200})</")


class Edited(NamedTuple):
    """A document that is not as it was filled any more: who saved it last, and when (UTC)."""

    path: Path
    who: str
    at: dt.datetime


def place_of(store: Store, project: Project, row: DocumentRow) -> Path | None:
    """Where a filled document lies in its project, as far as is known; None when it is there no more."""
    file = store.catalog.file(row.file)
    return project.folder / file.path if file and file.present and file.project == project.id else None


class Copies:
    """The files that say of themselves which document they are; each folder is looked through once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str], dict[str, list[Path]]] = {}

    def beside(self, place: Path, identity: str) -> list[Path]:
        """Those beside a document that say they are it: saved under a name of their own. Raises `OSError`."""
        key = place.parent, place.suffix.lower()
        if key not in self._found:
            self._found[key] = _identified(*key)
        return [path for path in self._found[key].get(identity, []) if path != place]


def _identified(folder: Path, suffix: str) -> dict[str, list[Path]]:
    from folderkit.documents.parts.identity import identity_of

    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix.lower() == suffix and not path.name.startswith("~$") and path.is_file():
            found.setdefault(identity_of(path), []).append(path)
    return found


def edited(store: Store, project: Project, row: DocumentRow, rows: Iterable[DocumentRow], copies: Copies
           ) -> Edited | None:
    """Whether a filled document, or one of its `copies`, holds something now, on the disk or as its last version, that
    was never filled into it; `rows` are all fillings of its series. Raises `Failed` when one cannot be read."""
    file = store.catalog.file(row.file)
    if file is None or not row.content or file.project != project.id:
        return None
    own, filled = project.folder / file.path, {one.content for one in rows if one.file == row.file}
    try:
        for place in (own, *copies.beside(own, row.file)):
            status = place.lstat() if place.is_file() else None
            if status is None:
                continue
            known = place == own and file.signature == signature_of(status)
            if (file.content if known else content_of(place)) not in filled:
                who = _saved_by(place) or store.catalog.versions(file.id)[-1].who
                return Edited(place, who, dt.datetime.fromtimestamp(status.st_mtime, dt.UTC))
    except OSError as error:
        raise os_failure(Text("read", "读取"), error, error.filename or own) from None
    return None


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
