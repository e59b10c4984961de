"""The fields a template uses: what a person must give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from folderkit.core.facts import Question
from folderkit.core.language import Language, Text
from folderkit.documents.template import Template

FieldKind = Literal["value", "list", "condition"]


@dataclass(frozen=True)
class Field:
    """A dotted name that a template uses (``tasks[].name`` for a member of a list), what it seems to be, and
    where it is first used; `optional` when the template itself asks whether it is there."""

    name: str
    kind: FieldKind
    where: Text
    optional: bool = False


def fields_of(template: Template, language: Language) -> tuple[Field, ...]:
    """Every field of the edition, in the order of use."""
    raise NotImplementedError


def questions_of(fields: Sequence[Field]) -> tuple[Question, ...]:
    """A question for each field, for a template that has no template.yaml."""
    raise NotImplementedError
