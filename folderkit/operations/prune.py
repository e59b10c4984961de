"""Let old versions go by the policy of their folder, and give the room back that nothing needs any more."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from folderkit.catalog import Catalog, VersionRow
from folderkit.core.errors import Refused
from folderkit.core.events import Intended, VersionKept, VersionPruned
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.core.retention import Policy, let_go
from folderkit.resolving import skeleton_of
from folderkit.skeletons import FolderNode
from folderkit.store import Progress, Store
from folderkit.vault import START, Journal
from folderkit.vault.sweeping import Sweep

VERSIONS_PER_BATCH = 5000
_CONTENT = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Gone:
    """A version that is let go, with its project and the policy's words."""

    project: Project
    version: VersionRow
    why: str


@dataclass(frozen=True)
class PrunePlan:
    """The versions that are to go, and how many bytes of the vault are needed by nothing then."""

    gone: Sequence[Gone]
    free: int


def plan_prune(store: Store, projects: Sequence[Project], now: dt.datetime) -> PrunePlan:
    """What the policies let go of the projects; changes nothing. Raises `Refused` while the vault is damaged."""
    gone = [gone for project in projects for gone in _gone_of(store, project, now)]
    sweep = Sweep(store.blobs)
    _Needed(store, sweep, {(gone.version.file, gone.version.number) for gone in gone}).add()
    return PrunePlan(gone, sum(pack.dead for pack in sweep.dead()))


def _gone_of(store: Store, project: Project, now: dt.datetime) -> Iterator[Gone]:
    policies = _Policies(store, project)
    pins = store.catalog.pins(project.id)
    for present in (True, False):
        for file in store.catalog.files(project.id, present=present):
            policy = policies.of(file.path)
            versions = [version for version in store.catalog.versions(file.id) if not version.pruned]
            for position in let_go(policy, [version.at for version in versions], now):
                version = versions[position]
                if (version.file, version.number) not in pins:
                    yield Gone(project, version, policy.words)


class _Policies:
    """The policy of each place in a project: that of the nearest folder of the skeleton that has one, else the
    workspace's. Where the skeleton cannot be read, every version of the project is kept."""

    def __init__(self, store: Store, project: Project) -> None:
        self._default = store.workspace.settings.keep
        self._places: dict[str, Policy] = {}
        skeleton = skeleton_of(store.workspace.root, project)
        nodes = store.catalog.nodes(project.id)
        for node in _folders(skeleton.tree) if skeleton else ():
            if node.keep is not None and node.id in nodes:
                self._places[nodes[node.id].path] = node.keep

    def of(self, path: str) -> Policy:
        while path:
            path = path.rpartition("/")[0]
            if path in self._places:
                return self._places[path]
        return self._default


def _folders(nodes: Sequence[FolderNode]) -> Iterator[FolderNode]:
    for node in nodes:
        yield node
        yield from _folders(node.folders)


# -- what is needed --------------------------------------------------------------------------------
class _Needed:
    """The contents that any journal of the vault refers to, but for versions that are let go. What comes into a
    journal later is added when it is asked for again."""

    def __init__(self, store: Store, sweep: Sweep, gone: set[tuple[str, int]]) -> None:
        self._sweep, self._gone = sweep, gone
        vault = store.workspace.vault
        self._journals = {path.name: Journal(vault, path.name) for path in (vault / "journal").glob("*")}
        self._read: dict[str, tuple[int, str]] = {}

    def add(self) -> None:
        """Raises `Failed` when a journal is damaged, `Refused` when a content is not whole."""
        for name, journal in self._journals.items():
            if name in self._read:
                self._add_news(name, journal)
            else:
                self._add_all(name, journal)
        if self._sweep.missing():
            raise Refused(
                Text("The vault is damaged: some versions are not there whole. Nothing was removed.",
                     "版本库已损坏：部分版本不完整。没有删除任何内容。"),
                Text("See 'folderkit verify', and bring back what is damaged from a backup first.",
                     "请先运行 folderkit verify，并从备份中取回损坏的部分。"))

    def _add_all(self, name: str, journal: Journal) -> None:
        with contextlib.closing(Catalog(Path(":memory:"))) as fresh:
            with fresh.transaction():
                fresh.apply(journal.read())
            self._read[name] = fresh.applied
            rows = fresh.all_versions()
            self._sweep.need(row.content for row in rows if (row.file, row.number) not in self._gone)
            for pending in fresh.pending():
                self._sweep.need(_CONTENT.findall(str(pending.plan)))

    def _add_news(self, name: str, journal: Journal) -> None:
        number, digest = self._read[name]
        for entry in journal.read(number, digest or START):
            number, digest = entry.number, entry.hash
            if isinstance(entry.event, VersionKept):
                self._sweep.need([entry.event.content])
            elif isinstance(entry.event, Intended):
                self._sweep.need(_CONTENT.findall(str(entry.event.plan)))
        self._read[name] = number, digest


# -- applying --------------------------------------------------------------------------------------
def apply_prune(store: Store, plan: PrunePlan, progress: Progress | None = None) -> int:
    """Let the versions go, then replace packs until their room is free; returns the bytes that came free. Killed at any
    moment, what is recorded is gone and the rest is found by the next run. Other processes wait for a round at most."""
    for start in range(0, len(plan.gone), VERSIONS_PER_BATCH):
        with store.batch() as batch:
            some = plan.gone[start : start + VERSIONS_PER_BATCH]
            pins = set().union(*(store.catalog.pins(project) for project in {gone.project.id for gone in some}))
            batch.add(*(_pruned(gone) for gone in some if (gone.version.file, gone.version.number) not in pins))
    sweep = Sweep(store.blobs)
    needed = _Needed(store, sweep, set())
    needed.add()  # takes long where there is much; what comes meanwhile is added under the lock
    freed = 0
    while True:
        with store.batch():
            needed.add()
            replaced = sweep.round()
        if replaced is None:
            return freed
        freed += sum(pack.dead for pack in replaced)
        if progress:
            progress(min(freed, plan.free), plan.free)


def _pruned(gone: Gone) -> VersionPruned:
    version = gone.version
    return VersionPruned(gone.project.id, version.file, version.path, version.number, version.content, gone.why)
