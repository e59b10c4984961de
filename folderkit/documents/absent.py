"""What a document lacks: fields without a value, those that the template itself can do without, and where a tag went
wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from folderkit.core.errors import Misuse
from folderkit.core.language import Language, Text
from folderkit.core.settings import Firm
from folderkit.documents.tags.sources import Source
from folderkit.documents.template import Template

_PLACED = 20  # missing fields whose place is looked for


class Ready(Protocol):
    """A template made ready, of Word or Excel."""

    @property
    def language(self) -> Language: ...

    @property
    def sources(self) -> Sequence[Source]: ...


def with_optional(template: Template, compiled: Ready, firm: Firm, facts: dict[str, Any], absent: list[str]
                   ) -> dict[str, Any]:
    """The facts with those of the absent ones empty that the template itself asks for with an 'if'. Raises
    `Misuse` naming the others."""
    from folderkit.core.facts import merge, put
    from folderkit.documents.fields import fields_of

    optional = {field.name: field.kind for field in fields_of(template, compiled.language, firm) if field.optional}
    groups = {name.rpartition(".")[0] for name in optional}
    raise_missing(template, compiled, [name for name in absent if name not in optional and name not in groups])
    whole = merge(facts, {})
    for name in absent:
        put(whole, name, [] if optional.get(name) == "list" else "")
    return whole


def raise_missing(template: Template, compiled: Ready, names: list[str]) -> None:
    """Raise `Misuse` naming the fields, and where they are used first; nothing for none."""
    if not names:
        return
    count = len(names)
    used = list(_places_of_fields(names[:_PLACED], compiled))
    raise Misuse(
        Text(f"'{template.name}' needs {count} value{'s' if count > 1 else ''} that {'are' if count > 1 else 'is'} "
             f"not there: {', '.join(names)}." + "".join(f"\n  {place.en}" for place in used),
             f"“{template.name}”缺少 {count} 个值：{'、'.join(names)}。"
             + "".join(f"\n  {place.zh}" for place in used)),
        Text(f"Give them with --set {names[0].replace('[]', '')}=… or in a file with --data.",
             f"请用 --set {names[0].replace('[]', '')}=… 给出，或写入文件并用 --data 指定。"))


def _places_of_fields(names: Sequence[str], compiled: Ready) -> Iterator[Text]:
    """Where each of the fields is first used: part, tag and place."""
    from folderkit.documents.fields import first_uses

    found = first_uses(compiled.sources, names)
    for name in names:
        if name in found:
            part, use = found[name]
            tag, place = part.tag_at(use.line)
            called = part.at(use.line)[0].called
            yield Text(f"{name}: in {called.en}, {tag}{place.en}", f"{name}：{called.zh}，{tag}{place.zh}")


def line_of(error: BaseException) -> int:
    """The line of the template's source at which evaluation failed."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
