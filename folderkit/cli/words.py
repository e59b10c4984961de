"""click in two languages: commands, options and usage errors whose words follow the person's language."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click

from folderkit.core.errors import nearest
from folderkit.core.language import Language, Text, parse_language

_SETTING = rb"^language:\s*['\"]?(zh|en)\b"


def spoken(argv: Sequence[str] = ()) -> Language:
    """The language of messages: --lang, FOLDERKIT_LANG, the workspace's setting, the locale, English.

    The setting is peeked at without a YAML parser and without pathlib, since this runs before every command.
    """
    for index, word in enumerate(argv):
        if word == "--lang" and index + 1 < len(argv):
            return parse_language(argv[index + 1]) or "en"
        if word.startswith("--lang="):
            return parse_language(word.removeprefix("--lang=")) or "en"
    named = parse_language(os.environ.get("FOLDERKIT_LANG", ""))
    if named:
        return named
    for setting in _settings_above(argv):
        if os.path.isfile(setting):  # noqa: PTH113
            try:
                with open(setting, "rb") as stream:  # noqa: PTH123
                    found = re.search(_SETTING, stream.read(), re.MULTILINE)
            except OSError:
                break
            return "zh" if found and found[1] == b"zh" else "en"
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return parse_language(locale) or "en"


def _settings_above(argv: Sequence[str]) -> Iterator[str]:
    """Where folderkit.yaml may lie, from the folder that the command works in upwards."""
    place = os.environ.get("FOLDERKIT_WORKSPACE", ".")
    if "-C" in argv[:-1]:
        place = argv[argv.index("-C") + 1]
    try:
        place = os.path.realpath(place)
    except (OSError, ValueError):  # gone, no path at all: told later
        return
    while True:
        yield os.path.join(place, "folderkit.yaml")  # noqa: PTH118
        above = os.path.dirname(place)  # noqa: PTH120
        if above == place:
            return
        place = above


def language_of(ctx: click.Context) -> Language:
    """The language that was found when the program started."""
    return ctx.find_root().meta.get("folderkit.language") or "en"


class Option(click.Option):
    """An option whose help is a `Text`."""

    def __init__(self, *args: Any, about: Text, **extra: Any) -> None:
        self.about = about
        super().__init__(*args, **{**extra, "help": about.en})

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        return (record[0], self.about.in_(language_of(ctx))) if record else None


class Context(click.Context):
    """click's context, with help pages that fit the terminal in Chinese, too."""

    def make_formatter(self) -> click.HelpFormatter:
        from folderkit.cli.help_page import HelpPage

        return HelpPage(width=self.terminal_width, max_width=self.max_content_width)


class Command(click.Command):
    """A command whose help is a `Text`; every one has -C, --lang and --help."""

    context_class = Context

    def __init__(self, *args: Any, about: Text, **extra: Any) -> None:
        self.about = about
        super().__init__(*args, **{**extra, "help": about.en, "add_help_option": False})
        self.params.extend(common_options())

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
        except click.exceptions.Exit:
            _tell_unchanged(ctx)
            raise
        _tell_unchanged(ctx)
        return result

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_usage(self, ctx, formatter)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.about.in_(language_of(ctx)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)


def _tell_unchanged(ctx: click.Context) -> None:
    """What every dry run ends with."""
    if ctx.params.get("dry_run") and not ctx.params.get("as_json"):
        click.echo(Text("Nothing was changed.", "没有做任何改动。").in_(language_of(ctx)), err=True)


class Group(click.Group):
    """A noun with several verbs, such as ``template list``."""

    context_class = Context

    def __init__(self, *args: Any, about: Text, **extra: Any) -> None:
        self.about = about
        super().__init__(*args, **{**extra, "help": about.en, "add_help_option": False, "no_args_is_help": True})
        self.params.extend(common_options())

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, Text("COMMAND …", "命令 …").in_(language_of(ctx)),
                              prefix=Text("Usage: ", "用法：").in_(language_of(ctx)))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.about.in_(language_of(ctx)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with section(formatter, Text("Commands:", "命令："), ctx):
            formatter.write_dl([(name, command.about.in_(language_of(ctx)))
                                for name, command in self.commands.items() if isinstance(command, Command)])
        write_options(self, ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            raise no_such_command(ctx, args[0], known)
        return super().resolve_command(ctx, args)


def no_such_command(ctx: click.Context, word: str, known: Iterable[str]) -> click.UsageError:
    guess = nearest(word, known)
    tip = (Text(f" Did you mean '{guess}'?", f"是不是“{guess}”？") if guess
           else Text(f" See '{ctx.command_path} --help'.", f"请看 {ctx.command_path} --help。"))
    return click.UsageError(Text(f"There is no command '{word}'.{tip.en}",
                                 f"没有命令“{word}”。{tip.zh}").in_(language_of(ctx)))


@contextlib.contextmanager
def section(formatter: click.HelpFormatter, head: Text, ctx: click.Context) -> Iterator[None]:
    """A part of a help page under its head; click's own writes a half-width colon."""
    formatter.write_paragraph()
    formatter.write(f"{head.in_(language_of(ctx))}\n")
    with formatter.indentation():
        yield


def write_usage(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    words = Text("[OPTIONS]", "[选项]"), Text("Usage: ", "用法：")
    command.options_metavar = words[0].in_(language_of(ctx))
    pieces = " ".join(command.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces, prefix=words[1].in_(language_of(ctx)))


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    records = [record for param in command.get_params(ctx)
               if isinstance(param, click.Option) and (record := param.get_help_record(ctx))]
    if records:
        with section(formatter, Text("Options:", "选项："), ctx):
            formatter.write_dl(records)


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


def common_options() -> list[click.Parameter]:
    """The options that every command has."""
    return [
        Option(["-C", "directory"], metavar="DIR", expose_value=False, callback=_remember("directory"),
               about=Text("Work as if folderkit had been started in DIR.", "如同在 DIR 中运行。")),
        Option(["--lang"], type=click.Choice(["zh", "en"]), expose_value=False, callback=_remember("language"),
               about=Text("Language of messages and of what is made.", "提示信息和所生成内容的语言。")),
        Option(["--help"], is_flag=True, is_eager=True, expose_value=False, callback=_show_help,
               about=Text("Show this page.", "显示本页。")),
    ]


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value is not None:
            ctx.find_root().meta[f"folderkit.{name}.given"] = value

    return callback


def command(name: str, about: Text) -> Callable[[Callable[..., Any]], click.Command]:
    """A command named `name` that does what `about` says."""
    return click.command(name, cls=Command, about=about)


def option(*names: str, about: Text, **extra: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(*names, cls=Option, about=about, **extra)


def project_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return option("-p", "--project", metavar="PROJECT", about=Text(
        "The project: its code, its folder, or a part of its name. Default: the one around this folder.",
        "项目：编号、文件夹或名称的一部分。缺省为当前文件夹所在的项目。"))(function)


def only_project_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return option("-p", "--project", metavar="PROJECT", about=Text(
        "Only this project: its code, its folder, or a part of its name. Default: all.",
        "只看这个项目：编号、文件夹或名称的一部分。缺省为全部项目。"))(function)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return option("--json", "as_json", is_flag=True, about=Text("Print JSON.", "输出 JSON。"))(function)


def dry_run_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return option("--dry-run", is_flag=True, about=Text(
        "Show what would be done; change nothing.", "只显示将要做什么，不做任何改动。"))(function)


# -- usage errors ----------------------------------------------------------------------------------
def usage_message(error: click.UsageError) -> Text:
    """What click found wrong in the command line, in both languages."""
    if isinstance(error, click.NoSuchOption):
        known = [name for param in error.ctx.command.params for name in param.opts] if error.ctx else []
        guess = nearest(error.option_name, known)
        tip = Text(f" Did you mean {guess}?", f"是不是 {guess}？") if guess else Text("", "")
        return Text(f"There is no option {error.option_name}.{tip.en}", f"没有选项 {error.option_name}。{tip.zh}")
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param and error.ctx else ""
        name = name or (error.param.name if error.param else "") or ""
        return Text(f"{name.strip('[]')} is missing.", f"缺少 {name.strip('[]')}。")
    if isinstance(error, click.BadParameter):
        name = error.param.opts[0] if error.param else ""
        if isinstance(error.param, click.Parameter) and isinstance(error.param.type, click.Choice):
            listed = list(map(str, error.param.type.choices))
            return Text(f"{name} must be one of: {', '.join(listed)}.", f"{name} 应为其中之一：{'、'.join(listed)}。")
        if isinstance(error.param, click.Parameter) and isinstance(error.param.type, click.IntRange):
            least = error.param.type.min
            return Text(f"{name} must be a whole number, {least} or more.", f"{name} 应为不小于 {least} 的整数。")
        if isinstance(error.param, click.Parameter) and error.param.type is click.INT:
            return Text(f"{name} must be a whole number.", f"{name} 应为整数。")
        return Text(f"{name}: {error.message}", f"{name} 的值不对：{error.message}")
    if isinstance(error, click.BadOptionUsage) and "does not take" in error.message:
        return Text(f"{error.option_name} takes no value.", f"{error.option_name} 后面不带值。")
    if isinstance(error, click.BadOptionUsage):
        return Text(f"{error.option_name} needs a value.", f"{error.option_name} 后面缺少值。")
    if error.message.startswith("Got unexpected extra argument"):
        extra = error.message.partition("(")[2].rstrip(")")
        return Text(f"Too many words: {extra}. Put a name with spaces in quotes.",
                    f"多余的内容：{extra}。含空格的名称请加引号。")
    return Text(error.message, error.message)
