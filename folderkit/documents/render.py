"""Fill a template: the facts of `context` into the tags of every part, in the firm's colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from folderkit.core.language import Language
from folderkit.documents.firm import Firm
from folderkit.documents.template import Template


def render(template: Template, language: Language, context: Mapping[str, Any], firm: Firm) -> bytes:
    """The filled Word file. The same input gives the same bytes.

    Raises `Misuse` naming every field that has no value, or that holds characters a file cannot; `Failed`
    for a template that cannot be read or whose tags are wrong, or a logo that is no picture.
    """
    raise NotImplementedError
