"""Names as the project's convention asks for: which files break it, what they should be called, and renaming them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from folderkit import filing
from folderkit.catalog import FileRow
from folderkit.core import naming
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.naming import parts_of
from folderkit.core.project import FILE, Project
from folderkit.intake.candidate import Undecided
from folderkit.intake.matching import first_match
from folderkit.intake.noting import date_of
from folderkit.intake.patterns import SlowPatterns
from folderkit.proposing import INBOX, Convention, Names, candidate_of, expanded, joined
from folderkit.resolving import rules_of, skeleton_of
from folderkit.store import Store

BY_NAME = "name"  # in place of a rule
MAX_PATH = 240  # characters: Windows opens no longer path in many programs, and asks for some room
# https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint
_ONEDRIVE = re.compile(r"\.lock|desktop\.ini|.*_vti_.*|~\$.*", re.IGNORECASE)


@dataclass(frozen=True)
class Naming:
    """A file (`row`; None: a folder) with the name it has, what is wrong with that, and the path with the right name
    ("": none can be told)."""

    project: Project
    row: FileRow | None
    path: str
    faults: tuple[Text, ...]
    proposed: str = ""


class Namer:
    """Looks at the names in one project."""

    def __init__(self, store: Store, project: Project, slow: SlowPatterns) -> None:
        self.store, self.project, self.slow = store, project, slow
        self.skeleton = skeleton_of(store.workspace.root, project, rules=True)
        self.rules = rules_of(store.workspace.root, self.skeleton)
        nodes = store.catalog.nodes(project.id)
        self.convention = Convention(project, self.skeleton, nodes)
        self._inbox = nodes[INBOX].path if INBOX in nodes else None
        self._own = {FILE, *(node.path for node in nodes.values() if node.content)}
        self._names = Names(project.folder)

    def look(self, paths: Sequence[str] = ()) -> Iterator[Naming]:
        """Every file at or below these paths ("": all), but for the inbox, whose files get their names when they are
        filed; and every folder whose name breaks elsewhere."""
        asked = [row for row in self.store.catalog.files(self.project.id) if not paths or _is_below(row.path, paths)]
        folders = sorted({above.as_posix() for row in asked for above in PurePosixPath(row.path).parents} - {"."})
        for folder in folders:
            if faults := _faults_everywhere(folder, self.project):
                yield Naming(self.project, None, folder, faults)
        for row in asked:
            named = row.path in paths
            if row.path not in self._own and (named or not self._is_in_inbox(row.path)):
                yield self._look_at(row)

    def _is_in_inbox(self, path: str) -> bool:
        return self._inbox is not None and path.startswith(f"{self._inbox}/")

    def _look_at(self, row: FileRow) -> Naming:
        folder, _, name = row.path.rpartition("/")
        pattern = self.convention.pattern(self.convention.node_at(row.path))
        faults = list(_faults_everywhere(row.path, self.project))
        broken = bool(pattern) and not naming.conforms(pattern, self.project.facts, parts_of(name)[0])
        if broken:
            faults.append(Text(f"it is not named {pattern}", f"不符合命名规范 {pattern}"))
        if not faults:
            return Naming(self.project, row, row.path, ())
        proposed = self._proposed(row, pattern) if broken else naming.clean_name(name)
        if not proposed or naming.fault_of(proposed):
            return Naming(self.project, row, row.path, tuple(faults))
        return Naming(self.project, row, row.path, tuple(faults), self._free(row, folder, proposed))

    def _proposed(self, row: FileRow, pattern: str) -> str:
        candidate = candidate_of(self.store, self.project, row)
        try:
            match = first_match(self.rules, candidate, self.slow)
        except Undecided:
            match = None
        kind = NO_TEXT
        if match:
            kind = match.rule.type if match.rule.type.en or not match.paper else match.paper.type
        word = kind.in_(self.project.language) or self._folder_word(row.path)
        date = date_of(candidate, ("name", "mail", "content", "mtime"))
        values = self.convention.values(candidate, word, {"date": date.isoformat()} if date else {})
        return expanded(pattern, values, candidate)

    def _folder_word(self, path: str) -> str:
        """What a folder says of the files in it: its name without the number before it."""
        node = self.convention.node_at(path)
        name = PurePosixPath(self.convention.nodes[node].path).name if node else ""
        return re.sub(r"^[\d_.\-\s]+", "", name)

    def _free(self, row: FileRow, folder: str, name: str) -> str:
        """A path for this name that is free, or is the file's own; "" when it has this name."""
        path = self._names.free(folder, name, row.path)
        if path != row.path:
            self._names.plan(path, row.content)
        return "" if row.path == joined(folder, name) else path


def _is_below(path: str, paths: Sequence[str]) -> bool:
    return any(not above or path == above or path.startswith(f"{above}/") for above in paths)


def _faults_everywhere(path: str, project: Project) -> tuple[Text, ...]:
    """What breaks a name on some system that the project may come to."""
    name = path.rpartition("/")[2]
    faults = [fault for fault in [naming.fault_of(name)] if fault]
    if _ONEDRIVE.fullmatch(name):
        faults.append(Text("OneDrive does not take such a name", "OneDrive 不接受这样的名称"))
    length = len(str(project.folder / path))
    if length > MAX_PATH:
        faults.append(Text(f"its path has {length} characters; Windows programs open {MAX_PATH}",
                           f"完整路径有 {length} 个字符，Windows 程序最多打开 {MAX_PATH} 个"))
    return tuple(faults)


def apply_namings(store: Store, namings: Sequence[Naming], batch_id: str, tell: Callable[[Naming, Text | None], None]
                  ) -> None:
    """Rename the files for which a name is proposed, as steps of a batch; `tell` gets each with why it could not be."""
    chosen = [(one, filing.Move(one.project, one.row, one.proposed, by=BY_NAME))
              for one in namings if one.row and one.proposed not in ("", one.path)]
    told = iter([one for one, _ in chosen])
    filing.move_all(store, batch_id, [move for _, move in chosen], lambda _, reason: tell(next(told), reason))
