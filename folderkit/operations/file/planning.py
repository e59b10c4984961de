"""What is to become of the files in an inbox, by the rules: where each goes, as what, and why."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from folderkit import filing
from folderkit.catalog import FileRow
from folderkit.catalog.filed import noted
from folderkit.core import naming
from folderkit.core.errors import FolderkitError, Misuse, Refused, os_reason
from folderkit.core.folders import obstacle
from folderkit.core.language import Text
from folderkit.core.project import FILE, Project
from folderkit.core.rules import DATE_SOURCES, Rule
from folderkit.correspondence import Log
from folderkit.intake.candidate import Candidate, GivenUp, Undecided
from folderkit.intake.matching import Match, first_match, why
from folderkit.intake.noting import facts_of
from folderkit.intake.patterns import SlowPatterns
from folderkit.intake.posts import POSTS
from folderkit.proposing import INBOX, Convention, Names, candidate_of, expanded, joined, missing_in
from folderkit.resolving import rules_of, skeleton_of
from folderkit.store import Store

_MADE = ("new", "fill", "file")  # why a version was kept that folderkit put there: nobody has edited it since
BY_IDENTITY = "identity"  # in place of a rule: a document of ours came back
_IN_PLACE = Text("it is where it belongs", "它已在应在的位置")
_OURS = (".docx", ".docm", ".xlsx", ".xlsm")  # documents; a register has no identity inside


@dataclass(frozen=True)
class Filing:
    """What is to become of one file. `action`: moved (to `path`), version (it becomes the next one of `onto`), taken
    (its content lies at `path` already), noted (it stays, and its `facts` are new), or stays, for the `reason`. `rule`
    decided it, by the `clues`; `facts` is what is noted of it; `type` is the file's; an archive may be to `unpack`, and
    `note` says to where; one that stays and `waits` may be filed soon; one that is `hindered` has a rule or an identity
    by which it would have been filed."""

    project: Project
    row: FileRow
    action: str
    path: str
    rule: str = ""
    clues: Text | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: Text | None = None
    onto: FileRow | None = None
    type: str = ""
    unpack: bool = False
    note: Text | None = None
    waits: bool = False
    hindered: bool = False

    def but(self, action: str, path: str, onto: FileRow | None = None) -> Filing:
        return dataclasses.replace(self, action=action, path=path, onto=onto)

    def staying(self, reason: Text, *, waits: bool = False, hindered: bool = False) -> Filing:
        return dataclasses.replace(self, action="stays", path=self.row.path, reason=reason, waits=waits,
                                   hindered=hindered or (waits and bool(self.rule)))


def files_to_file(store: Store, project: Project, paths: Sequence[str] = ()) -> list[FileRow]:
    """The files at or below these paths of a project; without any, those in its inbox. Raises `Misuse` for a path at
    which there is none, `Refused` for one of the project's own files, which no rule moves."""
    nodes = store.catalog.nodes(project.id)
    if not paths:
        return store.catalog.files_below(project.id, nodes[INBOX].path) if INBOX in nodes else []
    own = {FILE, *(node.path for node in nodes.values() if node.content)}
    found: dict[str, FileRow] = {}
    for path in paths:
        at = store.catalog.file_at(project.id, path)
        below = [at] if at and at.present else (
            store.catalog.files_below(project.id, path) if path else store.catalog.files(project.id))
        if not below:
            raise Misuse(Text(f"There is no file at '{path}' in {project.folder.name}.",
                              f"“{project.folder.name}”的“{path}”处没有文件。"))
        if path in own:
            raise Refused(Text(f"'{path}' is one of the project's own files; no rule moves it.",
                               f"“{path}”是项目自带的文件，规则不会移动它。"))
        found |= {row.path: row for row in below if row.path not in own}
    return list(found.values())


class Filer:
    """Plans filings in one project, in the order in which they are to be made."""

    def __init__(self, store: Store, project: Project, slow: SlowPatterns, *, attended: bool = True) -> None:
        """`attended`: a person asked for it and sees what is done."""
        self.store, self.project, self.slow, self.attended = store, project, slow, attended
        skeleton = skeleton_of(store.workspace.root, project, rules=True)
        self.rules = rules_of(store.workspace.root, skeleton)
        self.convention = Convention(project, skeleton, store.catalog.nodes(project.id))
        self.log = Log(store, project, skeleton)
        self.names = Names(project.folder)
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
            yield stays.staying(reason, waits=True) if reason else self._decide(stays)

    def _decide(self, stays: Filing) -> Filing:
        try:
            return self.plan_returned(stays.row) or self._by_rule(stays)
        except FolderkitError as error:  # no mail, whatever its name says
            return stays.staying(error.message)
        except OSError as error:
            return stays.staying(os_reason(error))

    def plan_returned(self, row: FileRow) -> Filing | None:
        """What is to become of a file that is a document which folderkit made, come back under another name; None when
        it is none. Also for what was attached to a mail, which is not there to be planned before the mail is filed."""
        from folderkit.documents.parts.identity import identity_of

        project = self.project
        if PurePosixPath(row.path).suffix.lower() not in _OURS:
            return None
        identity = identity_of(project.folder / row.path)
        ours = self.store.catalog.file(identity) if identity and identity != row.id else None
        if ours is None or ours.project != project.id:
            return None
        name = PurePosixPath(ours.path).name
        found = Filing(project, row, "stays", row.path, BY_IDENTITY, Text(
            f"it is {name}, by the identity inside", f"按内部标识，它就是 {name}"))
        versions = self.store.catalog.versions(ours.id)
        same = next((version.number for version in reversed(versions) if version.content == row.content), 0)
        if ours.present and ours.content == row.content:
            return found.but("taken", ours.path)
        if same:
            return found.staying(Text(f"it is as version {same} of {ours.path} was",
                                      f"内容与 {ours.path} 的版本 {same} 相同"))
        if not self.attended and ours.present and versions[-1].why not in _MADE:
            return found.staying(Text(f"{ours.path} was edited here since; 'folderkit file' puts this over it",
                                      f"{ours.path} 在这里已被修改；folderkit file 会用它作为新版本"))
        if self.names.planned(ours.path):
            return found.staying(Text("another copy of it is filed first", "先处理它的另一份副本"))
        reason = filing.why_not(project.folder / ours.path, ours) if ours.present else (
            filing.TAKEN if os.path.lexists(project.folder / ours.path) else None)
        if reason:
            return found.staying(Text(f"{ours.path}: {reason.en}", f"{ours.path}：{reason.zh}"), waits=True)
        self.names.plan(ours.path, row.content)
        return found.but("version", ours.path, ours)

    def _by_rule(self, stays: Filing) -> Filing:
        try:
            candidate = candidate_of(self.store, self.project, stays.row)
            match = first_match(self.rules, candidate, self.slow)
        except Undecided as error:
            return stays.staying(Text(f"needs review: no rule fits, and {error.why.en}",
                                      f"需要人工查看：没有适用的规则，且{error.why.zh}"),
                                 waits=isinstance(error, GivenUp))
        if match is None:
            return stays.staying(Text("no rule fits", "没有适用的规则"))
        rule = match.rule
        facts = facts_of(match, candidate, self.slow, self._own_names)
        told = {**facts, **({"tags": list(rule.tags)} if rule.tags else {})}
        found = dataclasses.replace(stays, rule=rule.id, clues=why(match), facts=told, type=candidate.type,
                                    unpack=rule.unpack and candidate.type == "archive")
        if not (rule.to or rule.name):
            return self._noted(found, match)
        folder = self.convention.folder(rule.to) if rule.to else stays.row.path.rpartition("/")[0]
        if folder is None:
            return found.staying(Text(f"the project has no folder '{rule.to}'", f"项目没有“{rule.to}”文件夹"),
                                 hindered=True)
        if reason := obstacle(self.project.folder, folder):
            return found.staying(reason, hindered=True)
        if candidate.type in POSTS and (waits := self.log.why_not()):
            return found.staying(waits, waits=True)
        name = self._name(candidate, match, facts)
        if isinstance(name, Text):
            return found.staying(name, hindered=True)
        return self._placed(found, folder, name, rule)

    def _noted(self, found: Filing, match: Match) -> Filing:
        """What a rule that moves nothing notes of a file, unless it sets nothing, or all of it is noted already."""
        rule = match.rule
        sets = rule.findings or rule.tags or match.groups or rule.date != DATE_SOURCES
        before = noted(self.store.catalog, found.row.id)
        if not (sets and found.facts) or (before and before.facts == found.facts):
            return found.staying(_IN_PLACE)
        return found.but("noted", found.row.path)

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
            own = there in {node.path for node in self.convention.nodes.values() if node.content}
            known = onto if onto and onto.present and not planned and not own else None
            hindered = filing.why_not(self.project.folder / there, known) if known else None
            if row.content == planned or (known and known.content == row.content and hindered != filing.CHANGED):
                return found.but("taken", there)
            if rule.on_conflict == "version" and known:
                if hindered:
                    return found.staying(Text(f"{there}: {hindered.en}", f"{there}：{hindered.zh}"), waits=True)
                self.names.plan(there, row.content)
                return found.but("version", there, known)
            if rule.on_conflict == "ask":
                return found.staying(Text(f"'{there}' is there already", f"“{there}”已经存在"))
            path = self.names.free(folder, name, row.path)
        if path == row.path:
            return found.staying(_IN_PLACE)
        self.names.plan(path, row.content)
        return found.but("moved", path)
