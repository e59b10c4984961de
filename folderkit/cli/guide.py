"""The command guide."""

from __future__ import annotations

from pathlib import Path

import click

import folderkit
from folderkit.cli import words
from folderkit.cli.app import App, pass_app
from folderkit.core.errors import unknown
from folderkit.core.language import Language, Text

FOLDER = Path(folderkit.__file__).parent / "guide"


def pages(language: Language) -> dict[str, Path]:
    """The pages of the guide by topic, in their order; those for developers, in English, come last."""
    found = {path.stem.split("-", 1)[1]: path for path in sorted((FOLDER / language).glob("*.md"))}
    return found | {path.stem: path for path in sorted(FOLDER.glob("*.md"))}


@words.command("guide", Text("Read the guide: TOPIC, or the list of topics.", "阅读手册：指定主题，或列出全部主题。"))
@click.argument("topic", required=False)
@pass_app
def guide_command(app: App, topic: str | None) -> None:
    found = pages(app.language)
    if topic is None:
        app.say(Text("Topics; read one with 'folderkit guide TOPIC':", "主题如下；用 folderkit guide 主题 阅读："))
        from folderkit.cli.output import width

        longest = max(map(width, found), default=0)
        for name, path in found.items():
            title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
            click.echo(f"  {name}{' ' * (longest - width(name))}  {title}")
        return
    if topic not in found:
        raise unknown(Text("topic", "主题"), topic, found)
    click.echo_via_pager(found[topic].read_text(encoding="utf-8"))
