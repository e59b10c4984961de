"""Make filings: move the files, take copies away, add versions, enter correspondence, note, all as steps of a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from folderkit import filing
from folderkit.catalog import FileRow
from folderkit.core import events
from folderkit.core.errors import Failed, FolderkitError, os_reason
from folderkit.core.folders import remove_empty
from folderkit.core.language import Text
from folderkit.correspondence import Filed, keep_attached, parties_of
from folderkit.intake.posts import POSTS, read_post
from folderkit.operations.file.planning import Filer, Filing
from folderkit.placing import Placement, place
from folderkit.proposing import INBOX, candidate_of, written
from folderkit.store import Store
from folderkit.swapping import ChangedError
from folderkit.unpacking import UnpackedBeside, unpack_beside

BY_WISH = "unpack"  # in place of a rule: a person asked for it
Tell = Callable[[Filing], None]


def apply_filings(filer: Filer, filings: Sequence[Filing], batch_id: str, tell: Tell) -> None:
    """Make what a filer planned, as steps of a batch; `tell` gets each as it went: one that could not be made stays,
    with the reason."""
    store = filer.store
    posts = [one for one in filings if one.action == "moved" and one.type in POSTS]
    failed = _enter(filer, posts, batch_id) if posts else {}
    for one in filings:
        if one.action == "stays":
            tell(one)
        elif one.action == "version":
            tell(_add_version(store, one, batch_id))
        elif one.row.id in failed:
            tell(one.staying(failed[one.row.id], waits=True))
    moving = [one for one in filings if one.action in ("moved", "taken") and one.row.id not in failed]
    unpacked_first = [_unpacked(store, one, batch_id) if one.unpack else one for one in moving]
    for one in unpacked_first:
        if one.action == "stays":
            tell(one)
    moving = [one for one in unpacked_first if one.action != "stays"]
    told = iter(moving)  # they come back in their order

    def tell_move(_: filing.Move, reason: Text | None) -> None:
        one = next(told)
        tell(one.staying(reason) if reason else one)

    filing.move_all(store, batch_id, [_move(one) for one in moving], tell_move)
    noting = [one for one in filings if one.action == "noted"]
    for start in range(0, len(noting), filing.TOGETHER):
        _note(store, noting[start : start + filing.TOGETHER], batch_id, tell)
    _remove_emptied(filer, filings)


def _note(store: Store, filings: Sequence[Filing], batch_id: str, tell: Tell) -> None:
    """Note the facts of files that stay where they are."""
    with store.batch() as batch:
        now = [store.catalog.file(one.row.id) for one in filings]
        same = [row is not None and row.present and (row.path, row.content) == (one.row.path, one.row.content)
                for one, row in zip(filings, now, strict=True)]
        batch.add(*(events.FileFiled(one.project.id, one.row.id, batch_id, "noted", "", one.path, one.row.content, "",
                                     one.rule, dict(one.facts)) for one, is_same in zip(filings, same, strict=True)
                    if is_same))
    for one, is_same in zip(filings, same, strict=True):
        tell(one if is_same else one.staying(filing.CHANGED, waits=True))


def _move(one: Filing) -> filing.Move:
    return filing.Move(one.project, one.row, one.path, one.action != "moved", one.rule,
                       one.facts if one.action == "moved" else {})


def _add_version(store: Store, one: Filing, batch_id: str, *, stays: bool = False) -> Filing:
    """Put the content in the place of `onto`, as its next version, and then take the file away, unless it `stays`."""
    onto, row, project = one.onto, one.row, one.project
    assert onto is not None  # noqa: S101  a version is one of a file
    meant = (events.VersionKept(project.id, onto.id, onto.path, row.content, row.size, 0, "file"),
             events.FileFiled(project.id, onto.id, batch_id, "replaced" if onto.present else "made", "", onto.path,
                              row.content, onto.content if onto.present else "", one.rule, dict(one.facts),
                              filing.to_be_made(project, onto.path)))
    try:
        seen = filing.as_known(project.folder / onto.path, onto) if onto.present else None
        if onto.present and seen is None:
            raise ChangedError(onto.path)
        with store.batch() as batch:
            place(store, batch, Placement(project.folder / onto.path, row.content, seen, meant),
                  store.blobs.read(row.content))
    except (ChangedError, FileExistsError, FileNotFoundError):
        return one.staying(Text(f"{onto.path}: {filing.CHANGED.en}", f"{onto.path}：{filing.CHANGED.zh}"), waits=True)
    except OSError as error:
        reason = os_reason(error)
        return one.staying(Text(f"{onto.path}: {reason.en}", f"{onto.path}：{reason.zh}"), waits=True)
    left: list[Text] = []
    if not stays:
        filing.move_all(store, batch_id, [_move(one)], lambda _, reason: left.append(reason) if reason else None)
    return dataclasses.replace(one, reason=Text(f"it stays in the inbox as well: {left[0].en}",
                                                f"收件箱中仍有一份：{left[0].zh}")) if left else one


def _enter(filer: Filer, posts: Sequence[Filing], batch_id: str) -> dict[str, Text]:
    """Keep what was attached to mails, and enter all in the communication log; returns why files (by id) must stay."""
    store, project = filer.store, filer.project
    parties = parties_of(store, project)
    failed: dict[str, Text] = {}
    entered: list[Filed] = []
    for one in posts:
        try:
            post = read_post(project.folder / one.row.path, one.type, parties, written(one.row))
            attached = keep_attached(store, project, Filed(one.path, post), batch_id)
            reason = next((why for row in attached if (why := _came_back(filer, row, batch_id))), None)
        except FolderkitError as error:
            reason = error.message
        except OSError as error:
            reason = os_reason(error)
        if reason:
            failed[one.row.id] = reason
        else:
            entered.append(Filed(one.path, post._replace(attached=())))
    if entered and (reason := filer.log.enter(entered, batch_id)):
        failed |= {one.row.id: reason for one in posts if one.row.id not in failed}
    return failed


def _came_back(filer: Filer, row: FileRow, batch_id: str) -> Text | None:
    """Make an attachment the next version of the document that it is; returns why that has to wait."""
    found = filer.plan_returned(row)
    if found and found.action == "version":
        found = _add_version(filer.store, found, batch_id, stays=True)
        return found.reason if found.action == "stays" else None
    return found.reason if found and found.waits else None


def _unpacked(store: Store, one: Filing, batch_id: str) -> Filing:
    """Unpack an archive that is going to be moved, beside where it is going to lie: killed between, filing goes on. One
    that could not be, because the disk is full or it is damaged, stays; one that is not to be is moved as it is."""
    try:
        found = unpack_beside(store, one.project, one.row.path, batch_id, one.rule, one.path)
    except Failed as error:
        return one.staying(error.message, waits=True)
    except FolderkitError as error:
        return dataclasses.replace(one, reason=error.message)
    return dataclasses.replace(one, note=unpacked(found))


class Attempt(NamedTuple):
    """What became of an archive that was to be unpacked; `failed`: it is damaged, or there was no room for it."""

    row: FileRow
    told: Text
    failed: bool = False


def unpack_all(filer: Filer, rows: Sequence[FileRow], batch_id: str) -> list[Attempt]:
    """Unpack those of the files that are zip archives, each beside itself; returns what became of each of these."""
    result = []
    for row in rows:
        if candidate_of(filer.store, filer.project, row).type != "archive":
            continue
        try:
            found = unpack_beside(filer.store, filer.project, row.path, batch_id, BY_WISH)
            result.append(Attempt(row, unpacked(found)))
        except FolderkitError as error:
            result.append(Attempt(row, error.message, isinstance(error, Failed)))
    return result


def unpacked(found: UnpackedBeside) -> Text:
    """Where an archive was unpacked to, and what was renamed or left out."""
    if found.already:
        return Text(f"not unpacked again: all that is in it lies in {found.folder}",
                    f"没有再次解压：其中的内容已全部在 {found.folder} 中")
    return Text("; ".join([f"unpacked into {found.folder}", *(one.en for one in found.told)]),
                "；".join([f"已解压到 {found.folder}", *(one.zh for one in found.told)]))


def _remove_emptied(filer: Filer, filings: Sequence[Filing]) -> None:
    """Remove the folders in the inbox that filing has emptied."""
    inbox = filer.convention.nodes.get(INBOX)
    above = {folder.as_posix() for one in filings if one.action != "stays"
             for folder in PurePosixPath(one.row.path).parents}
    remove_empty(filer.project.folder / folder for folder in sorted(above)
                           if inbox and folder.startswith(f"{inbox.path}/"))
