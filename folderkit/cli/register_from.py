"""`register add --from FILE`: what a file's text suggests for a new row is shown, and entered when a person says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from folderkit.cli.app import App, person_there
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.terminal import plain

if TYPE_CHECKING:
    from folderkit.core.project import Project
    from folderkit.registers import Schema
    from folderkit.store import Store


def with_proposed(app: App, store: Store, owner: Project, register: str, pairs: tuple[str, ...], file: str
                  ) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """The pairs that were typed and those that the file suggests for other columns; and these by their headers."""
    from folderkit import entering
    from folderkit.operations.propose import propose_row
    from folderkit.operations.register import column_of, names_of
    from folderkit.operations.restore import history
    from folderkit.registers import load_schema

    (name,) = names_of(entering.paths_of(store, owner), owner, [register])
    schema: Schema = load_schema(name)
    known = history(store, owner, app.path(file)).file
    app.read_texts(store, owner.id)
    typed = {column_of(schema, pair.partition("=")[0]).key for pair in pairs if "=" in pair}
    proposed = {key: value for key, value in propose_row(store, name, known).items() if key not in typed}
    shown = [(schema.column(key).header.in_(app.language), _in_words(app, schema, key, value))
             for key, value in proposed.items()]
    return (*pairs, *(f"{key}={value}" for key, value in proposed.items())), shown


def _in_words(app: App, schema: Schema, key: str, value: str) -> str:
    """A value as a person reads it: a choice by its word."""
    choice = schema.column(key).choices.get(value)
    return choice.words.in_(app.language) if choice else value


def ask(app: App, shown: list[tuple[str, str]], *, yes: bool, dry_run: bool) -> None:
    """Show what is proposed; a person says yes to it. Where nobody can be asked, --yes must."""
    from folderkit.cli.output import width

    room = max((width(header) for header, _ in shown), default=0)
    for header, value in shown:
        click.echo(f"  {plain(header)}{' ' * (room - width(header))}  {plain(value)}", err=True)
    if yes or dry_run:
        return
    if not person_there():
        raise Misuse(Text("Nobody is here to be asked; give --yes, or look first with --dry-run.",
                          "无法询问；请加 --yes，或先用 --dry-run 查看。"))
    if not click.confirm(Text("Enter this row?", "写入这一行？").in_(app.language), err=True):
        raise click.exceptions.Exit(1)
