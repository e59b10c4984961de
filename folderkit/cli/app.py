"""What every command needs: the language, the workspace, its store, the project, and a way to print."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.core.errors import Misuse, Refused
from folderkit.core.language import Language, Text, parse_language
from folderkit.core.terminal import harmless, plain

if TYPE_CHECKING:
    from folderkit.core.facts import Question
    from folderkit.core.project import Project
    from folderkit.core.workspace import Workspace
    from folderkit.store import Store


NO_PROJECT = Text("There is no project yet. Make one: folderkit new NAME --client CLIENT",
                  "还没有项目。新建：folderkit new 项目名 --client 客户名")

_CONCLUDED = {"finished": Text("finished.", "现已完成。"), "undone": Text("undone.", "现已撤销。"),
              "partly": Text("done for some of its files; run it again for the others.",
                             "已处理其中一部分文件；请再运行一次处理其余文件。")}
_CONCLUDED_TOLD = 10  # files of an interrupted run that are named


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class App:
    """One run of the program."""

    def __init__(self, ctx: click.Context) -> None:
        self._warned: set[tuple[str, Text]] = set()
        self._troubles: list[tuple[str, Text]] = []  # of the projects that were last looked for
        meta = ctx.find_root().meta
        self.language: Language = words.language_of(ctx)
        self.language_given: Language | None = parse_language(meta.get("folderkit.language.given") or "")
        place = meta.get("folderkit.directory.given") or os.environ.get("FOLDERKIT_WORKSPACE") or "."
        try:
            here = Path.cwd()
        except FileNotFoundError:
            raise Refused(Text("The folder that you are in is gone.", "当前所在的文件夹已不存在。"),
                          Text("Go to another folder, then run the command again.", "请进入别的文件夹，再运行一次。")
                          ) from None
        self.directory = here / place
        if not self.directory.is_dir():
            raise Misuse(Text(f"There is no folder '{place}'.", f"没有文件夹“{place}”。"),
                         Text("Name one that is there with -C DIR.", "请用 -C 指定现有的文件夹。"))
        self.here = self.directory if "folderkit.directory.given" in meta else here

    # -- where ---------------------------------------------------------------------------------------
    def workspace(self) -> Workspace:
        from folderkit.core.workspace import open_workspace

        return open_workspace(self.directory, os.environ)

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """The workspace's store, after what an earlier run left half done has been finished, undone or taken away."""
        from folderkit.cli.output import Bar
        from folderkit.core.scratch import WORK, sweep
        from folderkit.store import Store

        renewing = Bar(Text("Renewing the index", "更新索引"), self.language)
        with Store(self.workspace(), now, renewing) as store:
            renewing.close()
            sweep(store.workspace.state, WORK)
            if store.catalog.pending():
                self._conclude(store)
            yield store

    def tell_lost(self, store: Store, projects: Sequence[Project]) -> bool:
        """Warn of the projects that are known and not among `projects`; whether there is any."""
        from folderkit.census import lost

        known = [row.folder for row in store.catalog.projects() if row.id not in {project.id for project in projects}]
        told = list(lost(store.workspace, known))
        for folder, why in told:
            self.warn(named(folder, why))
        return bool(told)

    def _conclude(self, store: Store) -> None:
        from folderkit.interrupted import conclude_all  # loads every operation that can be interrupted

        counts: dict[str, int] = {}
        for path, outcome in conclude_all(store):
            if isinstance(outcome, Text):
                self.warn(Text(f"What an earlier run had begun with '{plain(path)}' cannot be finished or taken away "
                               f"yet. {outcome.en} Every command tries it again.",
                               f"上次对“{plain(path)}”的操作中断了，目前无法完成或撤销。{outcome.zh}"
                               "此后每个命令都会再试。"))
                continue
            counts[outcome] = counts.get(outcome, 0) + 1
            if counts[outcome] <= _CONCLUDED_TOLD:
                self.note(Text(f"What an earlier run had begun with '{plain(path)}' was {_CONCLUDED[outcome].en}",
                               f"上次对“{plain(path)}”的操作中断了，{_CONCLUDED[outcome].zh}"))
        for outcome, count in counts.items():
            if (more := count - _CONCLUDED_TOLD) > 0:
                self.note(Text(f"What it had begun with {more} other files was {_CONCLUDED[outcome].en}",
                               f"对另外 {more} 个文件的操作也中断了，{_CONCLUDED[outcome].zh}"))

    def read_texts(self, store: Store, project: str | None) -> None:
        """Read the texts that wait to be read. What they stand in is kept by now: a failure is only told."""
        from folderkit.core.errors import FolderkitError
        from folderkit.texts import read_texts

        try:
            read_texts(store, project)
        except FolderkitError as error:
            self.warn(error.message)
            self.warn(Text("All is kept; the texts are read by the next scan.",
                           "内容均已保存；文字将在下次 scan 时读取。"))

    def projects(self, store: Store) -> list[Project]:
        """The projects on disk that have versions: as `on_disk`, but for copies of projects."""
        return self._parted(store)[0]

    def _parted(self, store: Store) -> tuple[list[Project], dict[Path, Project]]:
        """The projects on disk that have versions, and the folders of copies, each with its original."""
        from folderkit.census import copies

        found = self.on_disk(store.workspace)
        copied = copies(store, found)
        return [project for project in found if project.folder not in copied], copied

    def on_disk(self, workspace: Workspace) -> list[Project]:
        """The projects on disk; one that cannot be read is told and left out."""
        from folderkit.operations.overview import list_projects

        projects, self._troubles = list_projects(workspace)
        for trouble in self._troubles:
            if trouble not in self._warned:
                self.warn(trouble[1])
        self._warned.update(self._troubles)
        return projects

    def tell_trouble(self, folder: str, reason: Text) -> None:
        """Warn of what is odd about a project, once."""
        if (folder, reason) not in self._warned:
            self._warned.add((folder, reason))
            self.warn(named(folder, reason) if folder else reason)

    def around(self, store: Store, place: Path) -> Project | None:
        """The project around a place, None when there is none. Raises `Refused` for one that cannot be opened, or is a
        copy."""
        from folderkit.core.project import around
        from folderkit.operations.overview import refuse_lost

        present, copied = self._parted(store)
        _refuse_copy(copied, place)
        found = around(present, place)
        if found is None and (closed := around(self._closed(store, present), place)):
            raise refuse_lost(closed)
        return found

    def _closed(self, store: Store, present: Sequence[Project]) -> list[Project]:
        """The projects that cannot be opened: those that are known, and those that lie on disk."""
        from folderkit.operations.overview import lost_projects, strangers

        lost = lost_projects(store, present)
        return [*lost, *strangers(store.workspace, self._troubles, lost)]

    def project(self, store: Store, word: str | None, near: Path | None = None, *, lost: bool = False) -> Project:
        """The project that `word` names, or the one around `near` (or around this folder); with `lost` also
        one whose folder is gone, of which only the past is known."""
        from folderkit.core.project import FILE, choose, require_around
        from folderkit.operations.overview import lost_projects, refuse_lost

        present, copied = self._parted(store)
        if not word:
            _refuse_copy(copied, near or self.here)
        elif (self.path(word) / FILE).is_file():
            _refuse_copy(copied, self.path(word))
        gone = lost_projects(store, present) if lost else self._closed(store, present)
        known = [*present, *gone]
        found = choose(known, word) if word else require_around(known, near or self.here)
        if found in gone and not lost:
            raise refuse_lost(found)
        return found

    def path(self, text: str) -> Path:
        """A path as typed, from the folder that folderkit works in."""
        path = Path(text)
        with contextlib.suppress(RuntimeError):  # '~$report.docx' is a file's name and nobody's home
            path = path.expanduser()
        return self.here / path

    def shown(self, path: Path) -> str:
        """A path as short as it can be shown: from here when it lies below, else whole; harmless in a line."""
        return plain(str(path.relative_to(self.here) if path.is_relative_to(self.here) else path))

    # -- telling -------------------------------------------------------------------------------------
    def say(self, text: Text) -> None:
        click.echo(harmless(text.in_(self.language)))

    def note(self, text: Text) -> None:
        click.echo(harmless(text.in_(self.language)), err=True)

    def warn(self, text: Text) -> None:
        head = Text("Warning: ", "注意：").in_(self.language)
        click.echo(click.style(head, fg="yellow") + harmless(text.in_(self.language)), err=True)

    def json(self, value: Any) -> None:
        import json

        click.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: dates in ISO form, paths as text, every key a text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _refuse_copy(copied: Mapping[Path, Project], place: Path) -> None:
    """Raises `Refused` for a place in the copy of a project: it has that one's id, and would be taken for it."""
    from folderkit.census import copy_of

    inner = place.resolve()
    for folder in (inner, *inner.parents):
        if original := copied.get(folder):
            raise Refused(named(folder.name, copy_of(original)))


def named(name: str, text: Text) -> Text:
    """What is told of a file, a folder or a place, with its name before it."""
    return Text(f"{plain(name)}: {text.en}", f"{plain(name)}：{text.zh}")


def person_there() -> bool:
    """Whether somebody sits at the keyboard and can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def pass_app(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its `App` as the first argument."""

    @functools.wraps(function)
    def with_app(*args: Any, **options: Any) -> Any:
        return function(App(click.get_current_context()), *args, **options)

    return with_app


def assignments(pairs: tuple[str, ...]) -> dict[str, Any]:
    """The facts of ``--set KEY=VALUE``."""
    values: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise Misuse(Text(f"--set {pair}: write it as KEY=VALUE.", f"--set {pair}：应写成 KEY=VALUE。"))
        values[key.strip()] = value
    return values


def data_file(path: Path | None, questions: Sequence[Question]) -> dict[str, Any]:
    """The facts of a YAML or JSON file, by dotted key. Raises `Faults` by line when it is broken, or when a value
    cannot be the answer to its question."""
    if path is None:
        return {}
    if path.is_dir() or not path.exists():
        what = Text(f"'{path}' is a folder.", f"“{path}”是文件夹。") if path.is_dir() else Text(
            f"There is no file '{path}'.", f"没有文件“{path}”。")
        raise Misuse(what, Text("Name a YAML or JSON file of values.", "请指定一个 YAML 或 JSON 文件。"))
    from folderkit.core import facts, located
    from folderkit.core.project import fact_faults

    faults: list[located.Fault] = []
    reader = located.read(path, faults)
    values = reader.value() if reader.expect_mapping() else {}
    located.raise_if_any(faults or fact_faults(path, questions))
    return facts.answers(facts.with_text_keys(values) if isinstance(values, Mapping) else {}, questions)
