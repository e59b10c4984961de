"""Commands that sort and name files: file, undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, named, pass_app
from folderkit.cli.chosen import chosen_projects, look
from folderkit.cli.output import echo
from folderkit.core.errors import Failed, Refused
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.operations.file import Filer, Filing
    from folderkit.operations.undo import Undoing
    from folderkit.store import Store

_ACTIONS = {"moved": Text("filed", "归档"), "version": Text("version", "新版本"), "taken": Text("copy", "重复"),
            "noted": Text("noted", "记录"), "stays": Text("stays", "保留")}
_COLORS = {"moved": "green", "version": "blue", "taken": "cyan", "noted": "green", "stays": "yellow"}


@words.command("file", Text(
    "Sort the inboxes by the rules of the skeleton and of folderkit.yaml: each file goes to its folder under its name; "
    "what no rule fits stays. With PATHs, sort these files instead. 'undo' takes it back.",
    "按骨架和 folderkit.yaml 中的规则整理收件箱：每个文件改名并放入相应文件夹，没有适用规则的留在原处。"
    "给出路径则整理这些文件。可用 undo 撤销。"))
@click.argument("paths", metavar="[PATH]…", nargs=-1)
@words.option("--unpack", is_flag=True, about=Text(
    "Unpack zip archives first, each into a folder beside it; what comes out is sorted, too.",
    "先解压 zip 压缩包，每个解到旁边的文件夹；解出的文件一并整理。"))
@words.project_option
@words.dry_run_option
@words.json_option
@pass_app
def file_command(app: App, paths: tuple[str, ...], unpack: bool, project: str | None, dry_run: bool, as_json: bool
                 ) -> None:
    from folderkit.catalog.filed import steps_of
    from folderkit.store import new_id

    batch = new_id()
    with app.store() as store:
        chosen, everything = chosen_projects(app, store, paths, project)
        seen = look(app, store, [owner for owner, _ in chosen], everything=everything)
        sorting = _Sorting(app, store, batch, unpack=unpack, dry_run=dry_run)
        try:
            for owner, below in chosen:
                sorting.sort(owner, below)
        except BaseException:
            if steps_of(store.catalog, batch):
                app.note(Text(f"What was done until then can be taken back: folderkit undo {batch}",
                              f"此前完成的部分可以撤销：folderkit undo {batch}"))
            raise
        has_steps = bool(steps_of(store.catalog, batch))
    for reason in sorting.slow.given_up():
        app.warn(reason)
    order = {one.row.id: number for number, one in enumerate(sorting.plans)}
    done = sorted(sorting.done, key=lambda one: order[one.row.id])
    if as_json:
        app.json([_told(one, batch if not dry_run and one.action != "stays" else None) for one in done])
    elif done or not (seen.unscanned or seen.count("skipped") or seen.count("busy")):
        _show(app, done, dry_run=dry_run, batch=batch)
    if has_steps and all(one.action == "stays" for one in done):  # attachments, or what was unpacked
        app.note(Text(f"Files were made all the same. To take them back: folderkit undo {batch}",
                      f"但已生成一些文件。撤销：folderkit undo {batch}"))
    _end(sorting, len(done), unscanned=bool(seen.unscanned))


class _Sorting:
    """One run of `file`: what was planned and what became of it."""

    def __init__(self, app: App, store: Store, batch: str, *, unpack: bool, dry_run: bool) -> None:
        from folderkit.intake.patterns import SlowPatterns

        self.app, self.store, self.batch, self.unpack, self.dry_run = app, store, batch, unpack, dry_run
        self.slow = SlowPatterns()
        self.plans: list[Filing] = []
        self.done: list[Filing] = []
        self.packed = 0  # archives that could not be unpacked

    def sort(self, owner: Project, below: Sequence[str]) -> None:
        from folderkit.operations.file import Filer, apply_filings, files_to_file

        filer = Filer(self.store, owner, self.slow)
        if self.unpack:
            self._unpack(filer, below)
        plan = list(filer.plan(files_to_file(self.store, owner, below)))
        self.plans += plan
        if self.dry_run:
            self.done += plan
        else:
            apply_filings(filer, plan, self.batch, self.done.append)

    def _unpack(self, filer: Filer, below: Sequence[str]) -> None:
        from folderkit.operations.file import files_to_file, unpack_all
        from folderkit.texts import read_texts

        if self.dry_run:
            self.app.note(Text("The archives would be unpacked first; what is in them is not shown.",
                               "会先解压压缩包；其中的文件未列出。"))
            return
        for one in unpack_all(filer, files_to_file(self.store, filer.project, below), self.batch):
            self.app.note(named(one.row.path, one.told))
            self.packed += one.failed
        read_texts(self.store, filer.project.id)


def _end(sorting: _Sorting, count: int, *, unscanned: bool) -> None:
    """End with code 1 when something was left undone."""
    if not sorting.dry_run:
        reasons = [sum(one.reason is not None for one in ones) for ones in (sorting.done, sorting.plans)]
        failed = reasons[0] - reasons[1] + sum(one.hindered for one in sorting.plans)
        hint = Text("Remove what hinders it, then run the command again.", "请排除原因后再运行一次。")
        if failed:
            raise Failed(Text(f"{failed} of {count} could not be filed, or not wholly; each says why.",
                              f"共 {count} 个文件，有 {failed} 个无法归档或未完成，原因见各文件。"), hint)
        if sorting.packed:
            raise Failed(Text(f"{sorting.packed} archive(s) could not be unpacked; each says why.",
                              f"有 {sorting.packed} 个压缩包无法解压，原因见各文件。"), hint)
    if unscanned:
        raise click.exceptions.Exit(1)


def _told(one: Filing, batch: str | None) -> dict[str, Any]:
    folder = one.project.folder.name
    return {"project": folder, "path": one.row.path, "action": one.action, "to": one.path,
            "rule": one.rule or None, "clues": one.clues.en if one.clues else None, "facts": dict(one.facts),
            "note": one.note.en if one.note else None, "reason": one.reason.en if one.reason else None, "batch": batch}


def _show(app: App, done: Sequence[Filing], *, dry_run: bool, batch: str) -> None:
    several = len({one.project.id for one in done}) > 1
    for one in done:
        echo(filing_line(app, one, several=several))
        for text in (one.clues and Text(f"rule {one.rule}: {one.clues.en}", f"规则 {one.rule}：{one.clues.zh}"),
                     facts_line(one.facts) if one.action != "stays" else None, one.note, one.reason):
            if text:
                echo(f"          {plain(text.in_(app.language))}", dim=True)
    moved = sum(one.action != "stays" for one in done)
    if not done:
        app.say(Text("The inbox is empty.", "收件箱是空的。"))
    elif dry_run:
        app.note(Text(f"{moved} of {len(done)} would be filed.", f"共 {len(done)} 个文件，将归档 {moved} 个。"))
    elif moved:
        app.note(Text(f"{moved} of {len(done)} filed. To take it back: folderkit undo {batch}",
                      f"共 {len(done)} 个文件，已归档 {moved} 个。撤销：folderkit undo {batch}"))
    else:
        app.note(Text("Nothing was filed.", "没有归档任何文件。"))


_FACTS = {"date": Text("date", "日期"), "number": Text("number", "编号"), "amount": Text("amount", "金额"),
          "counterparty": Text("counterparty", "对方"), "version": Text("version", "版本"),
          "title": Text("title", "标题"), "tags": Text("tags", "标签")}


def facts_line(facts: Mapping[str, Any]) -> Text | None:
    """What is noted of a file, in a line; None when nothing is."""
    shown = [(_FACTS.get(key, Text(key, key)), ", ".join(value) if isinstance(value, list) else str(value))
             for key, value in facts.items()]
    return Text(", ".join(f"{key.en} {value}" for key, value in shown),
                "，".join(f"{key.zh} {value}" for key, value in shown)) if shown else None


def filing_line(app: App, one: Filing, *, several: bool) -> str:
    """One filing in a line: what was done, from where, to where."""
    word = _ACTIONS[one.action].in_(app.language)
    head = click.style(word + " " * (8 - sum(2 if ord(char) > 255 else 1 for char in word)), fg=_COLORS[one.action])
    lead = f"{one.project.folder.name}/" if several else ""
    to = "" if one.action in ("noted", "stays") else f" → {one.path}"
    return head + plain(f"  {lead}{one.row.path}{to}")


@words.command("undo", Text(
    "Take back a BATCH of 'file', of 'name --fix', or of 'register add' and 'set', the last one when none is named: "
    "what was not changed since goes back to where, and to what, it was.",
    "撤销 file、name --fix、register add 或 set 的一批操作（默认为最近一批）：之后未改动的文件恢复原处和原样。"))
@click.argument("batch", required=False)
@words.option("--list", "listing", is_flag=True, about=Text("List the batches that can be taken back.",
                                                            "列出可撤销的批次。"))
@words.dry_run_option
@words.json_option
@pass_app
def undo_command(app: App, batch: str | None, listing: bool, dry_run: bool, as_json: bool) -> None:
    from folderkit.operations.undo import apply_undo, plan_undo

    with app.store() as store:
        if listing:
            _list(app, store, as_json=as_json)
            return
        projects = app.projects(store)
        here = None if batch else app.around(store, app.here)
        plan = plan_undo(store, projects, batch or "", here.id if here else "")
        look(app, store, list({one.project.id: one.project for one in plan if one.project}.values()))
        plan = plan_undo(store, projects, plan[0].step.batch)
        if all(one.reason for one in plan) and not dry_run:
            if as_json:
                _print_steps(app, plan)
            for one in plan if not as_json else ():
                echo(_undo_line(app, one), err=True)
            raise Refused(Text("Nothing of it can be taken back.", "这一批无法撤销。"),
                          Text("An earlier batch can be named; 'folderkit undo --list' shows them.",
                               "可以指定更早的批次，folderkit undo --list 可列出全部批次。"))
        done: list[Undoing] = list(plan) if dry_run else []
        try:
            if not dry_run:
                apply_undo(store, plan, done.append)
        finally:
            _tell_undone(app, done, as_json=as_json)  # also what was done until an error ended it
    if any(one.reason for one in done) and not dry_run:
        raise Failed(Text("Some of it could not be taken back; each line says why.", "部分操作未能撤销，原因见各行。"),
                     Text(f"What is left can be later: folderkit undo {done[0].step.batch}",
                          f"其余部分以后仍可撤销：folderkit undo {done[0].step.batch}"))


def _tell_undone(app: App, done: Sequence[Undoing], *, as_json: bool) -> None:
    if as_json:
        _print_steps(app, done)
    else:
        for one in done:
            echo(_undo_line(app, one))


def _print_steps(app: App, undoings: Sequence[Undoing]) -> None:
    app.json([{"path": one.step.path, "to": one.step.old, "step": one.step.step,
               "reason": one.reason.en if one.reason else None} for one in undoings])


_UNDONE = {"made": Text("  (taken away)", "（已移除）"), "replaced": Text("  (as it was before)", "（已恢复原内容）"),
           "noted": Text("  (what was noted)", "（已取消标注）")}


def _undo_line(app: App, one: Undoing) -> str:
    step = one.step
    path = {"moved": f"{step.path} → {step.old}", "taken": f"→ {step.old}"}.get(step.step, step.path)
    remark = _UNDONE[step.step].in_(app.language) if step.step in _UNDONE and not one.reason else ""
    head = Text("left", "未撤销") if one.reason else Text("undone", "撤销")
    lead = f"{one.project.folder.name}/" if one.project else ""
    why = f"  ({one.reason.in_(app.language)})" if one.reason else ""
    return plain(f"{head.in_(app.language)}  {lead}{path}{remark}{why}")


def _list(app: App, store: Store, *, as_json: bool) -> None:
    from folderkit.catalog.filed import batches
    from folderkit.cli.output import table

    found = batches(store.catalog, 20)
    if as_json:
        app.json([{"batch": steps[0].batch, "at": steps[0].at, "steps": len(steps), "first": steps[0].path}
                  for steps in found])
        return
    if not found:
        app.say(Text("There is nothing to undo.", "没有可撤销的操作。"))
        return
    head = [Text("Batch", "批次"), Text("When", "时间"), Text("Files", "文件数"), Text("First", "第一个")]
    table([one.in_(app.language) for one in head],
          [[steps[0].batch, f"{steps[0].at.astimezone():%Y-%m-%d %H:%M}", str(len(steps)), steps[0].path]
           for steps in found], right=(2,))
