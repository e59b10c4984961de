"""Commands that look after the vault: verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.operations.verify import Finding

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
        app.json([{"file": finding.file, "place": finding.place, "what": finding.what.in_(app.language),
                   "touches": [{"project": row.folder, "path": row.path, "version": row.number}
                               for row in finding.touches]} for finding in result.findings])
    else:
        for finding in result.findings:
            _tell(app, finding)
        app.say(Text(f"{counted(result.entries, 'journal line')}, "
                     f"{counted(result.packs, 'pack')}, {counted(result.contents, 'content')}: "
                     + (f"{counted(len(result.findings), 'fault')}." if result.findings else "all is whole."),
                     f"{result.entries} 条日志，{result.packs} 个数据包，{result.contents} 份内容："
                     + (f"{len(result.findings)} 处有问题。" if result.findings else "全部完好。")))
    if result.findings:
        app.note(Text("Bring the damaged file back from a backup of the vault; the other versions are not touched.",
                      "请从版本库的备份中取回损坏的文件；其他版本不受影响。"))
        raise click.exceptions.Exit(4)


def _tell(app: App, finding: Finding) -> None:
    where = f"{finding.file}:{finding.place}" if finding.place else str(finding.file)
    click.echo(f"{click.style(where, bold=True)}: {finding.what.in_(app.language)}")
    for row in finding.touches[:_SHOWN]:
        place = f"{row.folder}/{row.path}"
        app.say(Text(f"    version {row.number} of {place}", f"    {place} 的版本 {row.number}"))
    more = len(finding.touches) - _SHOWN
    if more > 0:
        app.say(Text(f"    and {more} more", f"    以及另外 {more} 个"))
    if not finding.touches:
        app.say(Text("    no version is touched", "    不影响任何版本"))
