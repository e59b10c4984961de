"""What waited to be entered in registers, told before a command that looks at them goes on."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.cli.app import App
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.entering import Entered
    from folderkit.store import Store


def project_of(app: App, store: Store, word: str | None, *, enters: bool = True) -> Project:
    """The project, after what waits for it has been entered, which is told."""
    from folderkit.operations.register import try_waiting

    project = app.project(store, word)
    tell_entered(app, try_waiting(store, [project]) if enters else ())
    return project


def tell_entered(app: App, entered: Iterable[Entered]) -> None:
    for done in entered:
        place = Path(done.path).name
        if done.reason:
            app.note(Text(f"Waiting to be entered in {plain(place)}: {plain(done.reason.en)}",
                          f"等待写入 {plain(place)}：{plain(done.reason.zh)}"))
        elif done.entry.columns:
            app.note(Text(f"The columns that were waiting are in {plain(place)} now.",
                          f"此前暂存的列已加入 {plain(place)}。"))
        else:
            app.note(Text(f"{done.row}, which was waiting, is in {plain(place)} now.",
                          f"此前暂存的 {done.row} 已写入 {plain(place)}。"))
