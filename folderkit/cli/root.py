"""The program itself: the table of its commands, and the one place where errors become words and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

import folderkit
from folderkit.cli import words
from folderkit.core.errors import FolderkitError, Misuse, Refused, os_failure
from folderkit.core.language import Language, Text
from folderkit.core.terminal import harmless, plain

# One row a command: its name, the module that holds it, what it does, in the order of `folderkit --help`.
COMMANDS: tuple[tuple[str, str, Text], ...] = (
    ("tour", "tour", Text("Make a sample workspace and show what folderkit does.",
                          "建一个示例工作区，演示 folderkit。")),
    ("init", "workspace", Text("Make a folder a workspace.", "把一个文件夹设为工作区。")),
    ("new", "new", Text("Make a project's folder from a skeleton.", "按骨架新建项目文件夹。")),
    ("list", "workspace", Text("List the projects.", "列出项目。")),
    ("show", "workspace", Text("Show a project, or what is known of a file.", "显示一个项目，或一个文件的信息。")),
    ("status", "status", Text("Tell how projects, vault and backups stand.", "显示项目、版本库和备份的状况。")),
    ("scan", "scan", Text("Keep a version of every new and changed file, and read its text.",
                          "为新增和改动的文件保存版本，并读取文字。")),
    ("watch", "watch", Text("Do so as files change, until stopped.", "持续监视，文件一变就保存，直到停止。")),
    ("service", "service", Text("Have the system run the watch.", "让系统自动运行 watch。")),
    ("file", "file", Text("Sort the inboxes by the rules.", "按规则整理收件箱。")),
    ("name", "name", Text("Propose names by the convention, check and mend them.",
                          "按命名规范建议、检查和修正文件名。")),
    ("undo", "file", Text("Take back what was filed, renamed or entered.", "撤销归档、改名或登记的操作。")),
    ("find", "find", Text("Find files by the words in their names and texts.", "按名称和内容中的词查找文件。")),
    ("history", "versions", Text("List the versions of a file.", "列出文件的各个版本。")),
    ("diff", "diff", Text("Show what changed between two versions of a file, in words.",
                          "显示文件的两个版本之间改了什么。")),
    ("restore", "restore", Text("Bring a file, a folder or a project back.", "恢复文件、文件夹或整个项目。")),
    ("log", "versions", Text("Tell what happened, newest first.", "按时间倒序显示发生过的事。")),
    ("fill", "fill", Text("Fill a Word or Excel template for a project.", "为项目填写 Word 或 Excel 模板。")),
    ("template", "template", Text("List templates and their fields, and check them.", "列出和检查模板及其字段。")),
    ("register", "register", Text("List, show, check and extend the registers.", "列出、查看、检查、填写登记册。")),
    ("gantt", "gantt", Text("Show the tasks as bars over time.", "以横道图显示任务。")),
    ("skeleton", "skeleton", Text("List, show and check skeletons.", "列出、查看、检查骨架。")),
    ("verify", "verify", Text("Check that every version is whole.", "检查各版本是否完好。")),
    ("prune", "verify", Text("Let old versions go by the policies.", "按策略清理旧版本。")),
    ("backup", "backup", Text("Copy all to another disk, check the copy, restore from it.",
                              "备份到另一块磁盘，检查备份，从备份恢复。")),
    ("doctor", "status", Text("Look for what is odd, and what mends it.", "检查有无异常，给出处理办法。")),
    ("rebuild", "scan", Text("Make the catalog again from folders and vault.", "从文件夹和版本库重建目录库。")),
    ("guide", "guide", Text("Read the user's guide.", "阅读使用手册。")),
)
_MODULES = {name: module for name, module, _ in COMMANDS}
_ABOUT = Text(
    "folderkit keeps client project folders: one command makes a project's tree; every file in it is versioned and "
    "findable; reports are filled in Word. New here? Try 'folderkit tour'.",
    "folderkit 管理客户项目文件夹：一条命令建好目录树；其中每个文件都有版本、可查找；报告自动填入 Word。"
    "第一次使用？试试 folderkit tour。")


class Root(words.Group):
    """The group of all commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _MODULES:
            return None
        module = importlib.import_module(f"folderkit.cli.{_MODULES[name]}")
        found: click.Command = getattr(module, f"{name}_command")
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = words.language_of(ctx)
        with words.section(formatter, Text("Commands:", "命令："), ctx):
            formatter.write_dl([(name, about.in_(language)) for name, _, about in COMMANDS])
        words.write_options(self, ctx, formatter)

    def main(  # type: ignore[override]  # it always exits, so click's other modes do not exist
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run, and exit with the documented code: 0 done, 1 failed, 2 usage, 3 refused, 4 a check found something."""
        argv = list(sys.argv[1:] if args is None else args)
        sys.exit(_run(self, argv, words.spoken(argv), prog_name or "folderkit"))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["folderkit.language"] = words.spoken(args)
        return super().parse_args(ctx, args)


def _run(root: Root, argv: list[str], language: Language, prog_name: str, *, again: bool = False) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a character still shows the rest
    try:
        _check_words(argv)
        with root.make_context(prog_name, argv, color=False if os.environ.get("NO_COLOR") else None) as ctx:
            root.invoke(ctx)
            return 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:  # a noun alone: its verbs are the answer
        click.echo(error.message, err=True)
        return 2
    except click.UsageError as error:
        if error.ctx is not None and error.message == "Missing command.":
            click.echo(error.ctx.get_help(), err=True)
            return 2
        _complain(_in_line(words.usage_message(error), argv), None, language)
        if error.ctx is not None:
            click.echo(Text(f"See '{error.ctx.command_path} --help'.", f"请看 {error.ctx.command_path} --help。")
                       .in_(language), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        _complain(Text("Stopped.", "已停止。"), None, language)
        return 1
    except FolderkitError as error:
        if getattr(error, "again", False) and not again:  # a cache was thrown away; nothing had been done yet
            return _run(root, argv, language, prog_name, again=True)
        _complain(_in_line(error.message, argv), error.hint and _in_line(error.hint, argv), language)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that Python's own last flush is quiet
        return 1
    except OSError as error:
        failure = os_failure(Text("use", "使用"), error)
        _complain(failure.message, failure.hint, language)
        return failure.exit_code
    except RuntimeError as error:
        if not str(error).startswith("Symlink loop"):  # pathlib's, before Python 3.13
            raise
        _complain(Text("A link in this path leads back to itself.", "路径中有指向自身的链接。"),
                  Text("Name the file or folder itself.", "请直接指定文件或文件夹。"), language)
        return 1


def _check_words(argv: Sequence[str]) -> None:
    """Refuse what can be no name, value or word to look for: neither a file nor the catalog could hold it. Refuse
    as well to work where Python cannot write the names of files."""
    if sys.getfilesystemencoding().lower() not in ("utf-8", "utf8"):
        raise Refused(Text(f"File names are not UTF-8 here ({sys.getfilesystemencoding()}).",
                           f"此处的文件名编码不是 UTF-8（{sys.getfilesystemencoding()}）。"),
                      Text("Set the variable PYTHONUTF8=1, or choose a UTF-8 locale.",
                           "请设置环境变量 PYTHONUTF8=1，或使用 UTF-8 区域设置。"))
    for word in argv:
        if "\0" in word or any("\ud800" <= char <= "\udfff" for char in word):
            shown = word.replace("\0", "?").encode(errors="replace").decode()
            raise Misuse(Text(f"'{shown}' is not valid text.", f"“{shown}”不是有效的文字。"),
                         Text("Type it again, or rename the file first.", "请重新输入；如果是文件名，请先改名。"))


def _in_line(text: Text, argv: Sequence[str]) -> Text:
    """A message in which no name that was typed breaks a line."""
    parts = [part.strip("/") for word in argv for part in (word, word.partition("=")[2])]
    typed = {part for part in parts if "\n" in part and part.strip()}
    for part in sorted(typed, key=len, reverse=True):
        text = Text(text.en.replace(part, plain(part)), text.zh.replace(part, plain(part)))
    return text


def _complain(message: Text, hint: Text | None, language: Language) -> None:
    head = Text("Error: ", "错误：").in_(language)
    click.echo(click.style(head, fg="red", bold=True) + harmless(message.in_(language)), err=True)
    if hint and hint.in_(language):
        click.echo(harmless(hint.in_(language)), err=True)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"folderkit {folderkit.__version__}")
        ctx.exit()


cli = Root("folderkit", about=_ABOUT, params=[
    words.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
                 about=Text("Show the version.", "显示版本。")),
])
