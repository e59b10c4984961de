"""The command find."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.operations.find import Asked, Found, Result
    from folderkit.store import Store

_NOT = "\ufdd0"  # stands for the hyphen of a word that must not be found, while click looks for options
_LOGIC = re.compile(r"""(?<![^\s"])(?:AND|NOT|&&?|!)(?![^\s"])|\w[|｜]\w""")
_FILTERS = ("type", "area", "by", "before", "after", "tag", "amount")


class _Find(words.Command):
    """A command among whose words one may begin with a hyphen."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        short = {name for param in self.params for name in param.opts if not name.startswith("--")}
        takes = {name for param in self.params for name in param.opts if not getattr(param, "is_flag", False)}
        told = args[: args.index("--")] if "--" in args else args
        kept = [_NOT + word[1:] if _is_without(word) and word not in short and (not at or args[at - 1] not in takes)
                else word for at, word in enumerate(told)]
        return super().parse_args(ctx, [*kept, *args[len(told) :]])


def _is_without(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and word[1] != "-"


@click.command("find", cls=_Find, about=Text(
    "Find the files in whose name or text all WORDS occur, best first. \"in quotes\": beside each other; a OR b: "
    "either; -word: not; word*: what begins so; type: area: project: by: before: after: tag: amount: as the options. "
    "Exit code 1 when there is none.",
    "查找名称或内容包含全部词语的文件，最相关的在前。\"加引号\"：词组；a OR b：任一；-词：不含；word*：以此开头；"
    "“类型：”“区域：”“项目：”“作者：”“之前：”“之后：”“标签：”“金额：”与相应选项相同。没有结果时退出码为 1。"))
@click.argument("query", metavar="WORDS…", nargs=-1)
@words.only_project_option
@words.option("--type", metavar="TYPE", about=Text(
    "Only files of a type: pdf, word, excel, slides, mail, picture …, or an ending such as docx.",
    "只找这类文件：pdf、文档、表格、幻灯片、邮件、图片等，或 docx 这样的扩展名。"))
@words.option("--area", metavar="AREA", about=Text(
    "Only in an area of the projects: finance, documents.contracts, or a folder's name.",
    "只在项目的这个区域：财务、合同等文件夹名，或 finance、documents.contracts。"))
@words.option("--by", metavar="WHO", about=Text(
    "Only what WHO wrote, saved or sent, by the file or by its last version.",
    "只找此人撰写、保存或发出的文件（按文件属性或最后一个版本）。"))
@words.option("--before", metavar="D", about=Text(
    "Only files changed before D: 2026-03-31, 2026-03, 2026, 7d.",
    "只找此前改动的文件：2026-03-31、2026-03、2026、7天。"))
@words.option("--after", "--since", "after", metavar="D", about=Text(
    "Only files changed on D or later.", "只找当日及以后改动的文件。"))
@words.option("--tag", metavar="TAG", about=Text(
    "Only files to which a rule gave this tag.", "只找归档规则加了此标签的文件。"))
@words.option("--amount", metavar="RANGE", about=Text(
    "Only files with such an amount: '>10000', 1000..2000, 12500.",
    "只找含有此金额的文件：'>10000'、1000..2000、12500。"))
@words.option("--versions", is_flag=True, about=Text(
    "Also in old versions, and in files that are gone.", "也查找旧版本和已删除的文件。"))
@words.option("--similar", metavar="FILE", about=Text(
    "Find the files whose text is like that of FILE, instead of words.", "不按词语，查找内容与该文件相似的文件。"))
@words.option("--limit", type=click.IntRange(1), default=20, metavar="N", about=Text(
    "Show at most N files (20).", "最多显示 N 个文件（20）。"))
@words.option("--page", type=click.IntRange(1), default=1, metavar="P", about=Text(
    "Show the P-th N files.", "显示第几页。"))
@words.json_option
@pass_app
def find_command(app: App, query: tuple[str, ...], project: str | None, similar: str | None, as_json: bool,
                 **how: Any) -> None:
    if similar is not None and query:
        raise Misuse(Text("--similar takes no words.", "使用 --similar 时不能再写词语。"),
                     Text("Leave one of them out.", "请去掉其中之一。"))
    if similar is None and not query and not any(how[name] for name in _FILTERS):
        ctx = click.get_current_context()
        raise click.MissingParameter(ctx=ctx, param=ctx.command.params[0])
    if project is not None and not project.strip():
        raise Misuse(Text("--project names no project.", "--project 没有写明项目。"),
                     Text("Give its code, its folder or a part of its name; without --project all are searched.",
                          "请写编号、文件夹或名称的一部分；不加 --project 则查找全部项目。"))
    with app.store() as store:
        only = app.project(store, project).id if project is not None else None
        asked = _asked(query, only, how)
        app.read_texts(store, only)  # what 'new' made, and a rebuild, waits for the first who asks
        result = _similar(app, store, similar, asked) if similar is not None else _find_words(app, store, asked)
    if as_json:
        app.json([_told(one) for one in result.found])
    for one in () if as_json else result.found:
        _show(app, store, one, share=similar is not None)
    _tell_rest(app, asked, result, as_json)
    if not result.found:
        raise click.exceptions.Exit(1)


def _asked(query: Sequence[str], project: str | None, how: dict[str, Any]) -> Asked:
    from folderkit.catalog.query import Filter, as_query
    from folderkit.operations.find import Asked

    typed = [f"-{word[1:]}" if word.startswith(_NOT) else word for word in query]
    filters = tuple(Filter(name, how[name]) for name in _FILTERS if how[name])
    text = as_query(typed, alone=not filters)
    return Asked(text, filters, project, (how["page"] - 1) * how["limit"], how["limit"], how["versions"],
                 typed[0] if len(typed) == 1 and text != typed[0] and ":" in typed[0].replace("：", ":") else "")


def _find_words(app: App, store: Store, asked: Asked) -> Result:
    from folderkit.cli.output import Bar
    from folderkit.operations.find import find

    bar = Bar(Text("Reading old versions", "读取旧版本"), app.language)
    result = find(store, asked, bar)
    bar.close()
    return result


def _similar(app: App, store: Store, file: str, asked: Asked) -> Result:
    from folderkit.operations.find import find_similar

    path = app.path(file)
    place = path.parent.resolve() / path.name
    owner = app.around(store, place)
    known = (owner, place.relative_to(owner.folder).as_posix()) if owner and place != owner.folder else None
    return find_similar(store, path, known, asked)


def _told(one: Found) -> dict[str, Any]:
    hit = one.hit
    return {"project": one.folder, "path": f"{one.folder}/{hit.path}", "version": hit.version, "title": hit.title,
            "snippet": hit.snippet, "marks": hit.marks, "place": hit.place, "score": hit.score, "state": hit.state,
            "old": not hit.present}


def _show(app: App, store: Store, one: Found, *, share: bool) -> None:
    from folderkit.cli.output import echo, marked, text_state

    hit = one.hit
    path: Path = store.workspace.root / one.folder / hit.path
    gone = Text("  (gone; 'folderkit restore' brings it back)", "  （已不在原处，可用 folderkit restore 恢复）")
    old = Text("  (old version)", "  （旧版本）")
    left = text_state(hit.state, letters=store.workspace.settings.ocr)
    echo(click.style(app.shown(path), bold=True) + click.style(f"  v{hit.version}", dim=True)
         + (click.style(gone.in_(app.language), fg="red") if not path.exists()
            else "" if hit.present else click.style(old.in_(app.language), fg="yellow"))
         + (click.style(plain(f"  {hit.place}"), dim=True) if hit.place else "")
         + (f"  {hit.score:.0%}" if share else "")
         + (click.style(f"  ({left.in_(app.language)})", fg="yellow") if left else ""))
    echo(f"    {marked(hit.snippet, hit.marks)}")


def _tell_rest(app: App, asked: Asked, result: Result, as_json: bool) -> None:
    """Which of the hits are shown, or that there are none, on stderr."""
    first, last = asked.offset + 1, asked.offset + len(result.found)
    if (result.total > len(result.found) or not result.exact) and result.found:
        more = f"--page {asked.offset // asked.limit + 2}" if last < result.total or not result.exact else ""
        about = Text("", " ") if result.exact else Text("about ", "约 ")
        app.note(Text(f"{first}–{last} of {about.en}{result.total}." + (f" The next: {more}" if more else ""),
                      f"第 {first}–{last} 个，共{about.zh}{result.total} 个。" + (f"下一页：{more}" if more else "")))
    elif result.total:
        if not result.found:
            app.note(Text(f"There are only {result.total}.", f"一共只有 {result.total} 个。"))
    else:
        _tell_nothing(app, asked, result, as_json)


def _tell_nothing(app: App, asked: Asked, result: Result, as_json: bool) -> None:
    """That nothing is found, and what may have been meant; on stderr, for who reads JSON the latter alone."""
    from folderkit.catalog.filters import TYPES, bare_endings

    if not as_json:
        app.note(Text("Nothing was found. Fewer words find more, and so does the beginning of a word with a star, such "
                      "as contr*; new files are found after a scan.",
                      "没有找到。可减少或缩短词语，英文词可只写开头并加星号（如 contr*）；"
                      "新文件要先 scan 才能找到。") if asked.parsed.words else
                 Text("No file fits; new files are found after a scan.",
                      "没有符合的文件；新文件要先 scan 才能找到。"))
    if hint := _hint(asked.query):
        app.note(hint)
    if bare := bare_endings(asked.parsed.filters):
        app.note(Text(f"Not a type, so looked for as the ending of a name: {', '.join(bare)}. "
                      f"The types are: {TYPES.en}.",
                      f"{'、'.join(bare)} 不是类型，已按扩展名查找；可用的类型：{TYPES.zh}。"))
    if result.apart:
        app.note(Text(f"No file has the words beside each other; {result.apart} "
                      f"{'has' if result.apart == 1 else 'have'} all of them. Leave the quotes out.",
                      f"没有文件中这些词紧挨着；有 {result.apart} 个文件包含全部词语，请去掉引号。"))
    if result.guess:
        app.note(Text(f"Did you mean: {result.guess}", f"是不是要找：{result.guess}"))


def _hint(query: str) -> Text | None:
    """How what was written as in other programs is written here; None where nothing was."""
    if not _LOGIC.search(query):
        return None
    return Text("All words are wanted without AND. -word leaves out what has it; OR, or | between blanks, "
                "finds either.", "多个词默认须全部出现，不必写 AND；-词 表示排除；OR 或前后留空格的 | 表示任一。")
