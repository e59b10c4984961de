"""Commands that look after the vault: verify, prune."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, now, pass_app, person_there
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.damage import Finding

_SHOWN = 5  # versions that a finding names


@words.command("verify", Text(
    "Check that the vault is whole: the journal's chain, the packs' structure, and that every version is there; with "
    "--read every byte of it. Exit code 4 when something is wrong.",
    "检查版本库是否完好：日志链、数据包结构、各版本是否齐全；加 --read 时逐字节检查。发现问题时退出码为 4。"))
@words.option("--read", "every_byte", is_flag=True, about=Text("Read every byte.", "逐字节读取。"))
@words.json_option
@pass_app
def verify_command(app: App, every_byte: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar, counted
    from folderkit.operations.verify import verify

    bar = Bar(Text("Checking", "检查"), app.language)
    result = verify(app.workspace(), every_byte=every_byte, progress=bar)
    bar.close()
    if as_json:
        app.json([told(app, finding) for finding in result.findings])
    else:
        for finding in result.findings:
            tell(app, finding)
        app.say(Text(f"{counted(result.entries, 'journal line')}, "
                     f"{counted(result.packs, 'pack')}, {counted(result.contents, 'content')}: "
                     + (f"{counted(len(result.findings), 'fault')}." if result.findings else "all is whole."),
                     f"{result.entries} 条日志，{result.packs} 个数据包，{result.contents} 份内容："
                     + (f"{len(result.findings)} 处有问题。" if result.findings else "全部完好。")))
    if result.findings:
        app.note(Text("Bring the damaged file back from a backup of the vault; the other versions are not touched.",
                      "请从版本库的备份中取回损坏的文件；其他版本不受影响。"))
        raise click.exceptions.Exit(4)


def told(app: App, finding: Finding) -> dict[str, Any]:
    """A finding as JSON."""
    return {"file": finding.file, "place": finding.place, "what": finding.what.in_(app.language),
            "touches": [{"project": row.folder, "path": row.path, "version": row.number} for row in finding.touches]}


def tell(app: App, finding: Finding) -> None:
    """Print a finding."""
    from folderkit.cli.output import echo

    where = f"{finding.file}:{finding.place}" if finding.place else str(finding.file)
    echo(f"{click.style(plain(where), bold=True)}: {finding.what.in_(app.language)}")
    for row in finding.touches[:_SHOWN]:
        place = plain(f"{row.folder}/{row.path}")
        app.say(Text(f"    version {row.number} of {place}", f"    {place} 的版本 {row.number}"))
    more = len(finding.touches) - _SHOWN
    if more > 0:
        app.say(Text(f"    and {more} more", f"    以及另外 {more} 个"))
    if not finding.touches:
        app.say(Text("    no version is touched", "    不影响任何版本"))


@words.command("prune", Text(
    "Let old versions go as the policies say ('keep' in folderkit.yaml and in skeletons), and give their room back. "
    "The first, the last and the youngest versions of a file always stay.",
    "按保留策略（folderkit.yaml 和骨架中的 keep）清理旧版本并释放空间。"
    "每个文件的第一个、最后一个和最近的版本始终保留。"))
@click.argument("project", required=False)
@words.option("--yes", "sure", is_flag=True, about=Text("Do not ask.", "不再询问。"))
@words.dry_run_option
@words.json_option
@pass_app
def prune_command(app: App, project: str | None, sure: bool, dry_run: bool, as_json: bool) -> None:
    from folderkit.cli.output import Bar, size, table
    from folderkit.operations.prune import apply_prune, plan_prune

    with app.store() as store:
        projects = [app.project(store, project)] if project else app.projects(store)
        plan = plan_prune(store, projects, now().astimezone())
        if as_json and dry_run:
            app.json([{"project": gone.project.folder.name, "path": gone.version.path, "version": gone.version.number,
                       "at": gone.version.at, "size": gone.version.size, "why": gone.why} for gone in plan.gone])
            return
        if not as_json:
            counts = Counter(gone.project.folder.name for gone in plan.gone)
            if counts:
                head = Text("PROJECT|VERSIONS", "项目|版本数").in_(app.language).split("|")
                table(head, [[name, str(count)] for name, count in sorted(counts.items())], right=(1,))
            app.say(Text(f"{len(plan.gone)} versions to let go; {size(plan.free)} of the vault come free.",
                         f"将清理 {len(plan.gone)} 个版本，释放版本库空间 {size(plan.free)}。"))
        if dry_run:
            return
        if not sure and (plan.gone or plan.free):
            _ask(app)
        bar = Bar(Text("Freeing", "释放"), app.language)
        freed = apply_prune(store, plan, bar)
        bar.close()
    if as_json:
        app.json({"versions": len(plan.gone), "bytes": freed})
    else:
        app.say(Text(f"Done: {len(plan.gone)} versions let go, {size(freed)} freed.",
                     f"完成：清理了 {len(plan.gone)} 个版本，释放 {size(freed)}。"))


def _ask(app: App) -> None:
    """A person says yes; where nobody can be asked, --yes must."""
    if not person_there():
        raise Misuse(Text("Nobody is here to be asked; give --yes, or look first with --dry-run.",
                          "无法询问；请加 --yes，或先用 --dry-run 查看。"))
    if not click.confirm(Text("Let them go?", "确定清理？").in_(app.language), err=True):
        raise click.exceptions.Exit(1)
