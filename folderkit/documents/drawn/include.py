"""``{{p include('terms.docx') }}``: another Word file with tags, filled and put in the place of the tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.language import Language, Text
from folderkit.documents.drawn.sections import MARK
from folderkit.documents.parts import package
from folderkit.documents.parts.additions import NotDrawable
from folderkit.documents.tags.holders import Paragraphs

if TYPE_CHECKING:
    from folderkit.documents.compiled import Compiled
    from folderkit.documents.fields import Field
    from folderkit.documents.tags.functions import Kit
    from folderkit.documents.tags.sources import Source

MAX_DEPTH = 8
_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:")


def include(kit: Kit, name: str, *, section: bool = False, **named: Any) -> Paragraphs:
    """The file `name` beside the template or among the workspace's templates, filled with the same facts and with those
    `named` here; as a section of its own it keeps its page and its headers. Raises `NotDrawable` when it is not there
    or includes itself, `Failed` for what is wrong in it."""
    from folderkit.documents.parts.carried import Carrier
    from folderkit.documents.render import evaluate

    if section and kit.additions.part != kit.main:
        raise NotDrawable(Text("only the text has sections, and no header, footer or note",
                               "只有正文可以分节，页眉、页脚和注释中不行"))
    path = find_included(str(name), kit.around, kit.reach.templates, kit.language)
    inner = kit.compile(path)
    carrier = Carrier(kit, inner)
    part = kit.additions.part
    kit.around.append(path)
    try:
        made = {name: inner.parts[name].decode("utf-8-sig") for name in package.text_parts(inner.parts)}
        for source in inner.sources:
            owner = source.part.name
            if owner == carrier.main or (section and owner in carrier.headers(made[carrier.main])):
                kit.additions.part = part if owner == carrier.main else carrier.new_name(owner)
                made[owner] = _whole("".join(evaluate(kit, source, {**kit.facts, **named}, path)), source, kit)
    finally:
        kit.around.pop()
        kit.additions.part = part
    return Paragraphs(carrier.body(made, _next_mark(kit) if section else ""))


def _whole(xml: str, source: Source, kit: Kit) -> str:
    """The text of a part, made such that it can be read."""
    from folderkit.documents.finished import check_characters
    from folderkit.documents.tags.tagged import with_full_cells, with_grid, with_line_breaks, without_empty_tables

    xml = without_empty_tables(with_full_cells(with_line_breaks(xml)))
    check_characters(xml, kit.facts)
    return with_grid(xml) if source.columns else xml


def included(compiled: Compiled, compile_file: Callable[[Path], Compiled], folders: Sequence[Path]
             ) -> Iterator[tuple[Field, ...]]:
    """The fields of every file that a template includes by its name, also from `folders`, itself left out, without
    those that are given to it there."""
    seen = {compiled.path}
    waiting = [compiled]
    while waiting:
        current = waiting.pop(0)
        for name, given in current.includes:
            path = _found(name, (current.path.parent, compiled.path.parent, *folders), compiled.language)
            if path is None or path in seen:
                continue
            seen.add(path)
            inner = compile_file(path)
            waiting.append(inner)
            yield tuple(field for field in inner.fields if re.split(r"[.\[]", field.name)[0] not in given)


def includes_of(sources: Iterable[Source]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names of the files that parts include, each with the names of what it is given there."""
    return tuple((name, given) for source in sources for name, given, _ in include_calls(source))


def include_calls(source: Source) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """The names of the files that a part includes, with the names of what each is given, and the line of its tag."""
    from jinja2 import nodes

    from folderkit.documents.tags.functions import PREFIX

    for call in source.tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == f"{PREFIX}include" and call.args \
                and isinstance(call.args[0], nodes.Const):
            given = tuple(each.key for each in call.kwargs if isinstance(each, nodes.Keyword))
            yield str(call.args[0].value), given, call.lineno


def _next_mark(kit: Kit) -> str:
    kit.known["sections"] = kit.known.get("sections", 0) + 1
    return MARK.format(kit.known["sections"])


def find_included(name: str, around: Sequence[Path], templates: Sequence[Path], language: Language) -> Path:
    """The file of that name which the last of the files `around` includes, each of which the one before includes:
    beside it, beside the first, or in the folders `templates`. Raises `NotDrawable` when there is none, or when it may
    not be included there."""
    folders = [around[-1].parent, around[0].parent, *templates]
    if _ABSOLUTE.match(name) or ".." in Path(name).parts or not name.strip():
        raise NotDrawable(Text(f"'{name}' must be a file beside the template, named without a way to it",
                               f"“{name}”应是模板旁边的文件，不写其他路径"))
    path = _found(name, folders, language)
    if path is None:
        raise NotDrawable(Text(f"there is no Word file '{name}' in '{folders[0]}'",
                               f"“{folders[0]}”中没有 Word 文件“{name}”"))
    if path in [one.resolve() for one in around]:
        chain = " → ".join(place.name for place in (*around, path))
        raise NotDrawable(Text(f"the file includes itself: {chain}", f"文件包含了自己：{chain}"))
    if len(around) > MAX_DEPTH:
        raise NotDrawable(Text(f"files include each other more than {MAX_DEPTH} deep",
                               f"文件相互包含超过 {MAX_DEPTH} 层"))
    return path


def _found(name: str, folders: Sequence[Path], language: Language) -> Path | None:
    """The file of that name in the first of the folders that has it."""
    return next((path for folder in folders if (path := _beside(folder, name, language))), None)


def _beside(folder: Path, name: str, language: Language) -> Path | None:
    """The file of that name in a folder, also by the name of the edition (``terms`` is terms.zh.docx); never one
    outside."""
    for each in (name, f"{name}.{language}.docx", f"{name}.docx"):
        path = (folder / each).resolve()
        if path.suffix.lower() in (".docx", ".dotx") and path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    return None
