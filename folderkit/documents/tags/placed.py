"""The filters of a compiled Word template: what a tag gives, in the place where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Undefined, pass_environment
from markupsafe import Markup

from folderkit.core.language import Text
from folderkit.documents.shown import NotReadable
from folderkit.documents.tags.holders import in_paragraph, in_run
from folderkit.documents.tags.turns import FILTER, Turn

if TYPE_CHECKING:
    from folderkit.documents.environment import WordTags


@pass_environment
def _in_run(tags: WordTags, value: Any, properties: str) -> Markup:
    return in_run(tags.met(value), properties)


@pass_environment
def _in_paragraph(tags: WordTags, value: Any) -> Markup:
    return in_paragraph(tags.met(value))


@pass_environment
def _in_table(tags: WordTags, value: Any) -> Any:
    shown = tags.met(value)
    if not hasattr(shown, "__html__") and shown != "" and not isinstance(shown, Undefined):
        raise NotReadable(Text("it is a text, where only whole rows or cells have a place",
                               "它是文字，而此处只能放整行或整格"))
    return shown


@pass_environment
def _note(tags: WordTags, xml: Any) -> Markup:
    """Takes the text of a note; what is left behind its reference tells which it is."""
    tags.turns.append(Turn(tags.inside, str(xml)))
    tags.enter("")
    return Markup("<!--turn %d-->") % (len(tags.turns) - 1)


PLACED = {"in_run": _in_run, "in_paragraph": _in_paragraph, "in_table": _in_table, FILTER: _note}
