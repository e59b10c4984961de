"""The files that a command is about: those that are named, or those of a project; and a look at what is there first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from folderkit.cli.app import App
from folderkit.cli.output import echo
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.operations.reconcile import Scan
    from folderkit.store import Store


class Chosen(NamedTuple):
    """The projects that are meant, with the paths in each (none: its inbox), and whether `everything` is."""

    projects: list[tuple[Project, list[str]]]
    everything: bool = False


def chosen_projects(app: App, store: Store, paths: Sequence[str], word: str | None) -> Chosen:
    """The projects that are meant by PATHs, by `word`, or by the current folder. Raises `Misuse`, and `Refused` when
    one of them cannot be opened."""
    if paths:
        found: dict[str, tuple[Project, list[str]]] = {}
        owner = app.project(store, word) if word else None
        for text in paths:
            path = app.path(text)
            if not path.exists() and not path.is_symlink():
                raise Misuse(Text(f"There is no file '{plain(text)}'.", f"没有文件“{plain(text)}”。"))
            inside = app.around(store, path.parent if path.name != ".." else path) or app.around(store, path)
            if inside is None or (owner and inside.id != owner.id):
                raise Misuse(Text(f"'{plain(text)}' is not in {owner.folder.name if owner else 'a project'}.",
                                  f"“{plain(text)}”不在{f'项目“{owner.folder.name}”' if owner else '任何项目'}内。"),
                             Text("Drop it into the project's inbox first.", "请先把它放入项目的收件箱。"))
            found.setdefault(inside.id, (inside, []))[1].append(inside.inside(path))
        return Chosen(list(found.values()))
    here = app.project(store, word) if word else app.around(store, app.here)
    if here:
        return Chosen([(here, [])])
    return Chosen([(one, []) for one in app.projects(store)], everything=True)


def look(app: App, store: Store, projects: Sequence[Project], *, everything: bool = False) -> Scan:
    """See what is there in these projects, which may be `everything`, and read it; what this scan takes in is told,
    for no other will."""
    from folderkit.cli.output import Bar
    from folderkit.cli.scan import line, tell_troubles
    from folderkit.operations.reconcile import scan
    from folderkit.texts import read_texts

    bar = Bar(Text("Looking", "查看"), app.language)
    result = scan(store, [] if everything else [project.folder for project in projects], progress=bar)
    bar.close()
    folders = {row.id: row.folder for row in store.catalog.projects()}
    left = [change for change in result.changes if change.kind in ("skipped", "busy")]
    for change in left:
        echo(line(app, change, folders), err=True)
    tell_troubles(app, result)
    bar = Bar(Text("Reading", "读取"), app.language)
    for project in projects:
        read_texts(store, project.id, bar)
    bar.close()
    return result
