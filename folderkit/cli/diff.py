"""The command diff."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.cli.output import echo
from folderkit.cli.versions import locate, owner_of
from folderkit.core.errors import Refused, os_failure
from folderkit.core.language import Language, Text

if TYPE_CHECKING:
    from folderkit.operations.diff import Diff, Side


@words.command("diff", Text(
    "Show what changed in FILE, in words: from the last version but one to the last; where the file has changed since "
    "the last scan, from the last version to what lies there now.",
    "显示文件改了什么：缺省比较最后两个版本；文件在上次扫描后又有改动时，比较最后一个版本与现有文件。"))
@click.argument("file")
@words.option("--from", "before", type=int, metavar="N", about=Text(
    "The version to start from.", "从哪个版本比起。"))
@words.option("--to", "after", type=int, metavar="M", about=Text(
    "The version to compare it with.", "与哪个版本比较。"))
@words.option("--html", "page", metavar="FILE", about=Text(
    "Write a page to read or print; nothing may be there yet.", "写成可阅读、可打印的网页；该文件不能已存在。"))
@words.project_option
@words.json_option
@pass_app
def diff_command(app: App, file: str, before: int | None, after: int | None, page: str | None,
                 project: str | None, as_json: bool) -> None:
    from folderkit.operations.diff import choose_sides, diff
    from folderkit.operations.restore import history

    target = app.path(page) if page else None
    if target:
        _refuse_existing(target)
    with app.store() as store:
        owner, path = locate(app, store, file, project)
        found = history(store, owner, path)
        owner = owner_of(app, store, owner, found)
        sides = choose_sides(found.versions, owner.folder / found.file.path, before, after)
        result = diff(store, *sides)
    if target:
        _write_page(target, result, app.language)
    if as_json:
        for remark in result.remarks:
            app.note(remark)
        app.json([_told(result, line) for line in result.comparison.differences()])
    elif target:
        app.say(Text(f"Made {app.shown(target)}", f"已生成 {app.shown(target)}"))
    else:
        echo("\n".join(_shown(result, app.language)))


def _refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise Refused(Text(f"'{target}' is already there.", f"“{target}”已经存在。"),
                      Text("Name another file with --html.", "请用 --html 指定别的文件。"))


def _write_page(target: Path, result: Diff, language: Language) -> None:
    from folderkit.core.safefiles import place_new
    from folderkit.differences.page import page

    heads = name(result.before, language), name(result.after, language)
    remarks = [remark.in_(language) for remark in [*result.remarks, *_nothing(result)]]
    text = page(result.comparison, result.after.path, heads, remarks, language)
    try:
        place_new(target, [text.encode("utf-8", "replace")])
    except FileExistsError:
        _refuse_existing(target)
        raise
    except OSError as error:
        raise os_failure(Text("write", "写入"), error, target) from None


def _told(result: Diff, line: Any) -> dict[str, Any]:
    return {"kind": line.kind, "place": line.place, "place_before": line.place_before or None,
            "before": line.before if line.place_before else None, "after": line.after if line.place_after else None,
            "about": line.about, "from": result.before.version, "to": result.after.version}


def name(side: Side, language: Language) -> str:
    """A side in words: version 2 of 2026-11-23 14:02."""
    at = f"{side.at.astimezone():%Y-%m-%d %H:%M}"
    text = (Text(f"version {side.version}, {at}", f"版本 {side.version}，{at}") if side.version else
            Text(f"now, saved {at}, not yet a version", f"现有文件，{at} 保存，尚未存为版本"))
    return text.in_(language)


def _nothing(result: Diff) -> list[Text]:
    """What is said when there is no difference."""
    one, other = result.before.version, result.after.version
    if not result.same:
        return []
    if one == other:
        return [Text(f"No difference: there is nothing but version {one} to compare.",
                     f"没有区别：只有版本 {one}，没有别的可以比较。")]
    return [Text("No difference: the contents are the same, byte by byte.", "没有区别：内容逐字节相同。")]


def _shown(result: Diff, language: Language) -> Iterator[str]:
    from folderkit.cli import diff_view
    from folderkit.differences.wording import summary

    path, comparison = diff_view.visible(result.after.path), result.comparison
    old, new = name(result.before, language), name(result.after, language)
    before = diff_view.visible(result.before.path)
    columns = shutil.get_terminal_size().columns
    wide = columns >= diff_view.LEAST_COLUMNS and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    yield click.style(f"--- {before}  {old}", bold=True)
    yield click.style(f"+++ {path}  {new}", bold=True)
    yield from diff_view.properties(comparison, language)
    if wide and comparison.sections:
        yield from diff_view.side_by_side(comparison.sections, language, columns, (old, new))
    else:
        for section in comparison.sections:
            yield from diff_view.unified(section, language)
    for remark in [*result.remarks, *_nothing(result)]:
        yield remark.in_(language)
    if comparison.sections:
        counts = (comparison.count("changed"), comparison.count("added"), comparison.count("removed"))
        yield click.style(summary(*counts).in_(language), dim=True)
