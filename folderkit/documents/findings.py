"""What a check found in a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from folderkit.core.language import NO_TEXT, Text
from folderkit.documents.fields import Field
from folderkit.documents.known import Known, field_faults
from folderkit.documents.tags.sources import Source
from folderkit.documents.tags.syntax import TagFault

if TYPE_CHECKING:
    from folderkit.core.tags import Tags


@dataclass(frozen=True)
class Finding:
    """One thing wrong in a `file`, the template or one that it includes: in which part and place, which tag and field
    (as far as there are any), what, and what to do. What is not `grave` fills all the same and is only worth a look."""

    file: Path
    message: Text
    hint: Text = NO_TEXT
    part: Text = NO_TEXT
    place: Text = NO_TEXT
    tag: str = ""
    field: str = ""
    grave: bool = True


@dataclass(frozen=True)
class Checked:
    """What was found in one file, and the fields that it uses."""

    findings: tuple[Finding, ...]
    fields: tuple[Field, ...] = ()


def faults_of_source(source: Source, known: Known, groups: frozenset[str], tags: Tags) -> Iterator[TagFault]:
    """The faults of what the tags of a part say."""
    from folderkit.documents.tags.expressions import expression_faults
    from folderkit.documents.tags.uses import uses_of

    yield from expression_faults(source, tags)
    yield from field_faults(source, list(uses_of(source.tree)), known, groups)
