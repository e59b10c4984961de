"""Sort what lies in the inboxes by the rules: each file to its folder, under its name, with what is known of it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from folderkit import filing
from folderkit.catalog import FileRow
from folderkit.catalog.filed import undone
from folderkit.core import events, naming, safefiles
from folderkit.core.errors import FolderkitError, Misuse, Refused, os_reason
from folderkit.core.language import Text
from folderkit.core.project import FILE, Project
from folderkit.core.rules import Rule
from folderkit.intake.matching import Candidate, Match, Undecided, facts_of, first_match, why
from folderkit.placing import ChangedError, Placement, place
from folderkit.proposing import Convention, candidate_of, expanded, missing_in
from folderkit.resolving import rules_of, skeleton_of
from folderkit.store import Store, new_id

INBOX = "inbox"  # the id of the node whose files are sorted
BY_IDENTITY = "identity"  # in place of a rule: a document of ours came back
QUIET_SECONDS = 3.0  # a file that a person has just dropped may still be renamed
OPEN_SECONDS = 10.0  # so often is looked whether a file is closed: that alone gives no hint
_OURS = (".docx", ".docm", ".xlsx", ".xlsm")  # what folderkit makes, and people may have saved as


@dataclass(frozen=True)
class Filing:
    """What is to become of one file. `action`: moved (to `path`), version (it becomes the next one of `onto`), taken
    (its content lies at `path` already), or stays, for the `reason`. `rule` decided it, by the `clues`; `facts` is what
    is noted of it."""

    project: Project
    row: FileRow
    action: str
    path: str
    rule: str = ""
    clues: Text | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: Text | None = None
    onto: FileRow | None = None

    def but(self, action: str, path: str, onto: FileRow | None = None) -> Filing:
        return dataclasses.replace(self, action=action, path=path, onto=onto)

    def staying(self, reason: Text) -> Filing:
        return dataclasses.replace(self, action="stays", path=self.row.path, reason=reason)


def files_to_file(store: Store, project: Project, paths: Sequence[str] = ()) -> list[FileRow]:
    """The files at or below these paths of a project; without any, those in its inbox. Raises `Misuse` for a path at
    which there is none, `Refused` for one of the project's own files, which no rule moves."""
    rows, nodes = store.catalog.files(project.id), store.catalog.nodes(project.id)
    if not paths:
        inbox = nodes.get(INBOX)
        return [row for row in rows if inbox and row.path.startswith(f"{inbox.path}/")]
    own = {FILE, *(node.path for node in nodes.values() if node.content)}
    found: dict[str, FileRow] = {}
    for path in paths:
        below = [row for row in rows if not path or row.path == path or row.path.startswith(f"{path}/")]
        if not below:
            raise Misuse(Text(f"There is no file at '{path}' in {project.folder.name}.",
                              f"“{project.folder.name}”的“{path}”处没有文件。"))
        if path in own:
            raise Refused(Text(f"'{path}' is one of the project's own files; no rule moves it.",
                               f"“{path}”是项目自带的文件，规则不会移动它。"))
        found |= {row.path: row for row in below if row.path not in own}
    return list(found.values())


class _Names:
    """The names in the folders of a project, with those that are going to be there."""

    def __init__(self, project: Project) -> None:
        self._folder = project.folder
        self._known: dict[str, dict[str, str]] = {}  # by folder: names by their key
        self._planned: dict[str, str] = {}  # the content that will be at a path

    def there(self, folder: str, name: str) -> str:
        """The path of what lies, or will lie, where this name would; "" when nothing does."""
        found = self._in(folder).get(naming.key_of(name))
        return joined(folder, found) if found else ""

    def free(self, folder: str, name: str, own: str) -> str:
        """A path for this name that is free, or is the file's `own`, by a number behind it."""
        number = 2
        while self.there(folder, naming.numbered(name, number)) not in ("", own):
            number += 1
        return joined(folder, naming.numbered(name, number))

    def plan(self, path: str, content: str) -> None:
        folder, _, name = path.rpartition("/")
        self._in(folder)[naming.key_of(name)] = name
        self._planned[path] = content

    def planned(self, path: str) -> str:
        """The content that is going to be at a path; "" when none is."""
        return self._planned.get(path, "")

    def _in(self, folder: str) -> dict[str, str]:
        if folder not in self._known:
            try:
                names = [path.name for path in (self._folder / folder).iterdir()]
            except (FileNotFoundError, NotADirectoryError):
                names = []
            self._known[folder] = {naming.key_of(name): name for name in names}
        return self._known[folder]


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class Filer:
    """Plans filings in one project, in the order in which they are to be made."""

    def __init__(self, store: Store, project: Project) -> None:
        self.store, self.project = store, project
        skeleton = skeleton_of(store.workspace.root, project, rules=True)
        self.rules = rules_of(store.workspace.root, skeleton)
        self.convention = Convention(project, skeleton, store.catalog.nodes(project.id))
        self.names = _Names(project)
        folder = project.folder.relative_to(store.workspace.root).as_posix()
        self._incomplete = {path for owner, path in store.catalog.incomplete() if owner == folder}
        firm = store.workspace.settings.firm
        self._own_names = [name for name in (firm.name, firm.short_name) if name]

    def plan(self, rows: Iterable[FileRow]) -> Iterator[Filing]:
        for row in rows:
            stays = Filing(self.project, row, "stays", row.path)
            reason = filing.why_not(self.project.folder / row.path, row)
            if reason is None and row.path in self._incomplete:
                reason = Text("its end is missing", "文件不完整，缺少结尾")
            try:
                yield stays.staying(reason) if reason else self._returned(stays) or self._by_rule(stays)
            except OSError as error:  # of this file, or of the folder where it would go
                yield stays.staying(os_reason(error))

    def _returned(self, stays: Filing) -> Filing | None:
        """What becomes of a document that folderkit made and that came back under another name."""
        from folderkit.documents.identity import identity_of

        row, project = stays.row, self.project
        if PurePosixPath(row.path).suffix.lower() not in _OURS:
            return None
        identity = identity_of(project.folder / row.path)
        ours = self.store.catalog.file(identity) if identity and identity != row.id else None
        if ours is None or ours.project != project.id:
            return None
        name = PurePosixPath(ours.path).name
        found = dataclasses.replace(stays, rule=BY_IDENTITY, clues=Text(
            f"it is {name}, by the identity inside", f"按内部标识，它就是 {name}"))
        if ours.present and any(version.content == row.content for version in self.store.catalog.versions(ours.id)):
            return found.but("taken", ours.path)
        if self.names.planned(ours.path):
            return found.staying(Text("another copy of it is filed first", "先处理它的另一份副本"))
        reason = filing.why_not(project.folder / ours.path, ours) if ours.present else (
            filing.TAKEN if os.path.lexists(project.folder / ours.path) else None)
        if reason:
            return found.staying(Text(f"{ours.path}: {reason.en}", f"{ours.path}：{reason.zh}"))
        self.names.plan(ours.path, row.content)
        return found.but("version", ours.path, ours)

    def _by_rule(self, stays: Filing) -> Filing:
        try:
            candidate = candidate_of(self.store, self.project, stays.row)
            match = first_match(self.rules, candidate)
        except Undecided as error:
            return stays.staying(Text(f"needs review: no rule fits, and {error.why.en}",
                                      f"需要人工查看：没有适用的规则，且{error.why.zh}"))
        if match is None:
            return stays.staying(Text("no rule fits", "没有适用的规则"))
        rule = match.rule
        facts = facts_of(match, candidate, self._own_names)
        noted = {**facts, **({"tags": list(rule.tags)} if rule.tags else {})}
        found = dataclasses.replace(stays, rule=rule.id, clues=why(match), facts=noted)
        folder = self.convention.folder(rule.to) if rule.to else stays.row.path.rpartition("/")[0]
        if folder is None:
            return found.staying(Text(f"the project has no folder '{rule.to}'", f"项目没有“{rule.to}”文件夹"))
        name = self._name(candidate, match, facts)
        return found.staying(name) if isinstance(name, Text) else self._placed(found, folder, name, rule)

    def _name(self, candidate: Candidate, match: Match, facts: Mapping[str, str]) -> str | Text:
        """The name that a file gets, or why it cannot get one."""
        rule = match.rule
        pattern = rule.name or (self.convention.pattern(rule.to) if rule.to else "")
        if not pattern:
            return PurePosixPath(candidate.path).name  # as it came
        kind = rule.type if rule.type.en or not match.paper else match.paper.type
        values = self.convention.values(candidate, kind.in_(self.project.language), facts)
        missing = missing_in(rule.name, values) if rule.name else ""
        if missing and missing not in ("type", "title"):
            return Text(f"its name needs '{missing}', which was not found", f"命名需要“{missing}”，但没有找到")
        name = expanded(pattern, values, candidate) or candidate.name
        fault = naming.fault_of(name)
        return Text(f"its name cannot be '{name}': {fault.en}", f"不能命名为“{name}”：{fault.zh}") if fault else name

    def _placed(self, found: Filing, folder: str, name: str, rule: Rule) -> Filing:
        """Where a file goes that is to lie in `folder` as `name`; the rule says what to do when one is there."""
        path, row = joined(folder, name), found.row
        there = self.names.there(folder, name)
        if there and there != row.path:
            planned, onto = self.names.planned(there), self.store.catalog.file_at(self.project.id, there)
            known = onto if onto and onto.present and not planned else None
            hindered = filing.why_not(self.project.folder / there, known) if known else None
            if row.content == planned or (known and known.content == row.content and hindered != filing.CHANGED):
                return found.but("taken", there)
            if rule.on_conflict == "version" and known:
                if hindered:
                    return found.staying(Text(f"{there}: {hindered.en}", f"{there}：{hindered.zh}"))
                self.names.plan(there, row.content)
                return found.but("version", there, known)
            if rule.on_conflict == "ask":
                return found.staying(Text(f"'{there}' is there already", f"“{there}”已经存在"))
            path = self.names.free(folder, name, row.path)
        if path == row.path:
            return found.staying(Text("it is where it belongs", "它已在应在的位置"))
        self.names.plan(path, row.content)
        return found.but("moved", path)


def apply_filings(store: Store, filings: Sequence[Filing], batch_id: str, tell: Callable[[Filing], None]) -> None:
    """Make the filings, as steps of a batch; `tell` gets each as it went: one that could not be made stays, with the
    reason."""
    for one in filings:
        if one.action == "stays":
            tell(one)
        elif one.action == "version":
            tell(_add_version(store, one, batch_id))
    moving = [one for one in filings if one.action in ("moved", "taken")]
    told = iter(moving)  # they come back in their order

    def tell_move(_: filing.Move, reason: Text | None) -> None:
        one = next(told)
        tell(one.staying(reason) if reason else one)

    filing.move_all(store, batch_id, [_move(one) for one in moving], tell_move)
    _remove_emptied(store, filings)


def _move(one: Filing) -> filing.Move:
    return filing.Move(one.project, one.row, one.path, one.action != "moved", one.rule,
                       one.facts if one.action == "moved" else {})


def _add_version(store: Store, one: Filing, batch_id: str) -> Filing:
    """Put the content in the place of `onto`, as its next version, and then take the file away."""
    onto, row, project = one.onto, one.row, one.project
    assert onto is not None  # noqa: S101  a version is one of a file
    meant = (events.VersionKept(project.id, onto.id, onto.path, row.content, row.size, 0, "file"),
             events.FileFiled(project.id, onto.id, batch_id, "replaced" if onto.present else "made", "", onto.path,
                              row.content, onto.content if onto.present else "", one.rule, dict(one.facts)))
    try:
        seen = filing.as_known(project.folder / onto.path, onto) if onto.present else None
        if onto.present and seen is None:
            raise ChangedError(onto.path)
        with store.batch() as batch:
            place(store, batch, Placement(project.folder / onto.path, row.content, seen, meant),
                  store.blobs.read(row.content))
    except (ChangedError, FileExistsError, FileNotFoundError):
        return one.staying(Text(f"{onto.path}: {filing.CHANGED.en}", f"{onto.path}：{filing.CHANGED.zh}"))
    left: list[Text] = []
    filing.move_all(store, batch_id, [_move(one)], lambda _, reason: left.append(reason) if reason else None)
    return dataclasses.replace(one, reason=Text(f"it stays in the inbox as well: {left[0].en}",
                                                f"收件箱中仍有一份：{left[0].zh}")) if left else one


def _remove_emptied(store: Store, filings: Iterable[Filing]) -> None:
    """Remove the folders in the inbox that filing has emptied."""
    for project in {one.project.id: one.project for one in filings}.values():
        inbox = store.catalog.nodes(project.id).get(INBOX)
        above = {folder.as_posix() for one in filings if one.project.id == project.id and one.action != "stays"
                 for folder in PurePosixPath(one.row.path).parents}
        safefiles.remove_empty(project.folder / folder for folder in sorted(above)
                               if inbox and folder.startswith(f"{inbox.path}/"))


@dataclass
class Sorted:
    """What was `filed`, the paths to look at `again` and in how many seconds, and what is wrong with a project."""

    filed: list[Filing] = field(default_factory=list)
    again: dict[str, float] = field(default_factory=dict)
    troubles: list[tuple[str, Text]] = field(default_factory=list)


class Sorter:
    """What a watch sorts by itself: each file of an inbox, once it has been quiet for a while, and unless it was filed
    before and taken back."""

    def __init__(self) -> None:
        self._judged: dict[str, tuple[str, str]] = {}  # by file: the content and path of those that stay

    def forget(self) -> None:
        """Judge all that stays anew: rules may have changed."""
        self._judged.clear()

    def sort(self, store: Store, projects: Sequence[Project], now: float) -> Sorted:
        """Sort the inboxes of these projects. `now`: seconds since 1970."""
        result = Sorted()
        for project in projects:
            rows = [row for row in self._coming(store, project) if self._is_quiet(project, row, now, result)]
            try:
                plan = list(Filer(store, project).plan(rows)) if rows else []
            except FolderkitError as error:  # a rule is broken: that is no trouble of other projects
                result.troubles.append((project.folder.name, error.message))
                continue
            for one in plan:
                if one.reason in (filing.CHANGED, filing.OPEN):
                    result.again[str(project.folder / one.row.path)] = OPEN_SECONDS
                elif one.action == "stays":
                    self._judged[one.row.id] = (one.row.content, one.row.path)
            apply_filings(store, [one for one in plan if one.action != "stays"], new_id(), result.filed.append)
        return result

    def _coming(self, store: Store, project: Project) -> Iterator[FileRow]:
        """What lies in an inbox and is not judged yet."""
        taken_back = undone(store.catalog, project.id)
        for row in files_to_file(store, project):
            if (row.id, row.content) not in taken_back and self._judged.get(row.id) != (row.content, row.path):
                yield row

    def _is_quiet(self, project: Project, row: FileRow, now: float, result: Sorted) -> bool:
        place = project.folder / row.path
        try:
            seen = place.lstat()
        except OSError:
            return False  # the next scan will see
        age = now - max(seen.st_mtime, seen.st_ctime)
        if 0 <= age < QUIET_SECONDS:
            result.again[str(place)] = QUIET_SECONDS - age
            return False
        return True
