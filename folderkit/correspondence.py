"""Filed mails, chats and transcripts in a project: entered in its communication log, attachments kept beside them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from folderkit import filing
from folderkit.catalog import FileRow
from folderkit.core import events, facts, naming
from folderkit.core.errors import FolderkitError, Refused, os_failure, os_reason
from folderkit.core.folders import obstacle
from folderkit.core.language import Text
from folderkit.core.project import Project, harmless
from folderkit.core.renames import free_beside
from folderkit.filling import register_paths
from folderkit.intake.posts import Entry, Parties, Post, party
from folderkit.placing import Placement, place
from folderkit.recording import Recorded, refuse_open, rows_for
from folderkit.skeletons import Skeleton
from folderkit.store import Store, new_id
from folderkit.swapping import ChangedError

REGISTER = "communications"
BY = "mail"  # in place of a rule: what came with a mail


class Filed(NamedTuple):
    """A file of correspondence with the path at which it will lie."""

    path: str
    post: Post


def parties_of(store: Store, project: Project) -> Parties:
    client = str(facts.get(project.facts, "client.email", "") or "")
    return Parties(party(store.workspace.settings.firm.email), party(client), project.language)


class Log:
    """The communication log of a project."""

    def __init__(self, store: Store, project: Project, skeleton: Skeleton | None) -> None:
        self.store, self.project = store, project
        paths = register_paths(project, skeleton, store.catalog.nodes(project.id), [REGISTER])
        self.place: Path | None = paths.get(REGISTER)

    @functools.cached_property
    def row(self) -> FileRow | None:
        """The workbook as the catalog knows it; None when the project has none."""
        if self.place is None or not self.place.is_file():
            return None
        found = self.store.catalog.file_at(self.project.id, self.place.relative_to(self.project.folder).as_posix())
        return found if found and found.present else None

    def why_not(self) -> Text | None:
        """Why nothing can be entered now, and should be later."""
        reason = filing.why_not(self.project.folder / self.row.path, self.row) if self.row else None
        return Text(f"the communication log {self.row.path}: {reason.en}",
                    f"沟通记录 {self.row.path}：{reason.zh}") if reason and self.row else None

    def enter(self, filed: Sequence[Filed], batch_id: str) -> Text | None:
        """Enter what is not in it yet, in the order of time; returns why nothing could be entered."""
        if self.row is None:
            return None  # the project has none, as one that was made before there were logs
        try:
            made = self._with(self.row, [(entry, one.path) for one in filed for entry in one.post.entries])
            if made is not None:
                self._put(self.row, made, batch_id)
        except (ChangedError, FileExistsError, FileNotFoundError):
            return self._hindered(filing.CHANGED)
        except OSError as error:
            return self._hindered(os_reason(error))
        except FolderkitError as error:
            return error.message
        return None

    def _hindered(self, reason: Text) -> Text:
        path = self.row.path if self.row else REGISTER
        return Text(f"{path}: {reason.en}", f"{path}：{reason.zh}")

    def _with(self, row: FileRow, entries: Sequence[tuple[Entry, str]]) -> Recorded | None:
        """The workbook with the entries that it lacks; None when it lacks none."""
        from folderkit.registers import load_schema, read_workbook
        from folderkit.registers.write import highest_number, number_of

        path, schema = self.project.folder / row.path, load_schema(REGISTER)
        today = self.store.clock().astimezone().date()
        rows = read_workbook(path, schema, today=today).rows
        known = {str(one["ext_id"]): str(one["id"] or "") for one in rows if one.get("ext_id")}
        last, added = highest_number(schema, rows), []
        for entry, file in sorted(entries, key=lambda one: str(one[0].row["time"] or "")):
            mark = str(entry.row["ext_id"])
            if mark in known:
                continue
            last += 1
            known[mark] = number_of(schema, last)
            related = next((known[one] for one in entry.answers if known.get(one)), None)
            added.append({**entry.row, "id": known[mark], "files": file, "related": related})
        return rows_for(path, schema, added, today=today) if added else None

    def _put(self, row: FileRow, made: Recorded, batch_id: str) -> None:
        """Put the new workbook in the place of the old, which is a version by now. Raises `ChangedError`."""
        seen = filing.as_known(self.project.folder / row.path, row)
        if seen is None or seen != made.seen:  # not the version that is kept
            raise ChangedError(row.path)
        with self.store.batch() as batch:
            refuse_open(self.project.folder / row.path)  # again: adding rows to a long log takes a while
            content, size = self.store.blobs.put_bytes(made.content)
            meant = (events.VersionKept(self.project.id, row.id, row.path, content, size, 0, "file"),
                     events.FileFiled(self.project.id, row.id, batch_id, "replaced", "", row.path, content, row.content,
                                      BY, {}))
            place(self.store, batch, Placement(self.project.folder / row.path, content, seen, meant), [made.content])
        del self.row  # it is another one now


def keep_attached(store: Store, project: Project, filed: Filed, batch_id: str) -> list[FileRow]:
    """Put what was attached into a folder beside the file, but for what lies there already; returns the files."""
    above, _, name = filed.path.rpartition("/")
    folder = f"{above}/{naming.parts_of(name)[0].rstrip(' .')}"
    found = []
    for name, content in filed.post.attached:
        inner, slash, last = name.rpartition("/")
        path = f"{folder}/{inner}{slash}{harmless(last)}"
        if reason := obstacle(project.folder, path.rpartition("/")[0]):
            raise Refused(reason)
        found.append(_keep_one(store, project, path, content, batch_id))
    return found


def _keep_one(store: Store, project: Project, path: str, data: bytes, batch_id: str) -> FileRow:
    """One attachment at its place, or with a number behind its name where another file stands there."""
    with store.batch() as batch:
        content, size = store.blobs.put_bytes(data)
        target = free_beside(project.folder / path, content).relative_to(project.folder).as_posix()
        there = store.catalog.file_at(project.id, target)
        if there and there.present and there.content == content:
            return there
        identity = there.id if there else new_id()
        meant = (events.VersionKept(project.id, identity, target, content, size, 0, "file"),
                 events.FileFiled(project.id, identity, batch_id, "made", "", target, content, "", BY, {},
                                  filing.to_be_made(project, target)))
        try:
            place(store, batch, Placement(project.folder / target, content, None, meant), [data])
        except OSError as error:
            raise os_failure(Text("write", "写入"), error, project.folder / target) from None
    with store.batch():  # also a catalog that could not follow is in step then
        kept = store.catalog.file(identity)
    assert kept is not None  # noqa: S101  it was recorded a moment ago
    return kept
