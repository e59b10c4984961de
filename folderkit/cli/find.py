"""The command find."""

from __future__ import annotations

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain


@words.command("find", Text(
    "Find the files in whose name or text all WORDS occur, best first. Put a phrase in quotes. "
    "Exit code 1 when there is none.",
    "查找名称或内容包含全部词语的文件，最相关的在前。词组请加引号。没有结果时退出码为 1。"))
@click.argument("query", metavar="WORDS…", nargs=-1, required=True)
@words.only_project_option
@words.option("--limit", type=click.IntRange(1), default=20, metavar="N", about=Text(
    "Show at most N files (20).", "最多显示 N 个文件（20）。"))
@words.json_option
@pass_app
def find_command(app: App, query: tuple[str, ...], project: str | None, limit: int, as_json: bool) -> None:
    from folderkit.cli.output import echo, marked
    from folderkit.operations.find import find

    if not any(char.isalnum() for word in query for char in word):
        raise Misuse(Text("There is no word to look for.", "没有可查找的词。"),
                     Text("Give a word, a number or a part of a name.", "请给出词语、数字或文件名的一部分。"))
    with app.store() as store:
        only = app.project(store, project).id if project else None
        text = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in query)
        app.read_texts(store, only)  # what 'new' made, and a rebuild, waits for the first who asks
        found = find(store, text, only, limit)
    if as_json:
        app.json([{"project": one.folder, "path": f"{one.folder}/{one.hit.path}", "version": one.hit.version,
                   "title": one.hit.title, "snippet": one.hit.snippet, "marks": one.hit.marks,
                   "place": one.hit.place, "score": one.hit.score} for one in found])
    for one in () if as_json else found:
        path = store.workspace.root / one.folder / one.hit.path
        gone = Text("  (gone; 'folderkit restore' brings it back)", "  （已不在原处，可用 folderkit restore 恢复）")
        echo(click.style(app.shown(path), bold=True) + click.style(f"  v{one.hit.version}", dim=True)
                   + ("" if path.exists() else click.style(gone.in_(app.language), fg="red"))
                   + (click.style(plain(f"  {one.hit.place}"), dim=True) if one.hit.place else ""))
        echo(f"    {marked(one.hit.snippet, one.hit.marks)}")
    if not found:
        if not as_json:
            app.note(Text("Nothing was found. Fewer or shorter words find more; new files are found after a scan.",
                          "没有找到。可减少或缩短词语；新文件要先 scan 才能找到。"))
        raise click.exceptions.Exit(1)
