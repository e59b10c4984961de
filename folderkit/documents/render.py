"""Fill a template: the facts of the context into the tags of every part, in the firm's colours."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import Failed, Misuse
from folderkit.core.language import Language, Text
from folderkit.core.settings import Firm
from folderkit.documents import package
from folderkit.documents.colors import palette, recolor
from folderkit.documents.identity import identify
from folderkit.documents.picture import Picture, read_picture
from folderkit.documents.sources import Part, Source, sources_of
from folderkit.documents.template import Template

if TYPE_CHECKING:
    from folderkit.core.tags import Tags
    from folderkit.documents.missing import Missing

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_IDS = re.compile(r'(<wp:docPr [^>]*?\bid=")\d+"')


def render(template: Template, language: Language, context: Mapping[str, Any], firm: Firm, identity: str = "") -> bytes:
    """The filled Word file, with its `identity` inside. The same input gives the same bytes.

    Raises `Misuse` naming every field that has no value, or that holds characters a file cannot; `Failed`
    for a template that cannot be read or whose tags are wrong, or a logo that is no picture.
    """
    from folderkit.documents.missing import recorder

    path = template.edition(language)
    parts = package.open_package(path)
    colors = palette(firm)
    logo = read_picture(Path(firm.logo), "firm.logo") if firm.logo else None
    facts = _with_logo(context, logo)
    missing = recorder(facts)
    tags = _tags(language, firm.currency, missing)
    sources = sources_of(parts, path, tags, lambda xml: recolor(xml, template.colors, colors))
    filled = {source.part.name: _fill(source, facts, path, missing) for source in sources}
    if missing.found:
        facts = _with_optional(template, language, facts, list(missing.found))
        missing.found.clear()
        missing.paths.update(recorder(facts).paths)
        filled = {source.part.name: _fill(source, facts, path, missing) for source in sources}
        _raise_missing(template, list(missing.found))
    _put_back(parts, sources, filled, facts, path)
    if logo:
        _add_logo(parts, [name for name, xml in filled.items() if f'"{logo.ident}"' in xml], logo)
    for name in parts:
        if name.startswith("word/") and name.endswith(".xml") and name not in filled:
            parts[name] = recolor(parts[name].decode("utf-8", "surrogateescape"), template.colors,
                                  colors).encode("utf-8", "surrogateescape")
    if identity:
        identify(parts, identity)
    return package.write_package(parts)


# -- the environment -------------------------------------------------------------------------------
def _tags(language: Language, currency: str, missing: type[Missing]) -> Tags:
    from markupsafe import Markup

    from folderkit.core.tags import environment, format_date

    def plain(value: Any) -> Any:
        """A value without formatter, as a reader expects it: no None, no True, no 1.0, dates in words."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return Text("yes", "是").in_(language) if value else Text("no", "否").in_(language)
        if isinstance(value, dt.datetime):
            return f"{format_date(value, language)} {value:%H:%M}"
        if isinstance(value, dt.date):
            return format_date(value, language)
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else f"{value:.12g}"
        if isinstance(value, list | tuple):
            return Text(", ", "、").in_(language).join(str(plain(member)) for member in value)
        return value

    def fit(picture: Any, width: float, height: float) -> Any:
        return Markup(picture.drawing(width, height)) if isinstance(picture, Picture) else picture  # noqa: S704

    tags = environment(language, currency, autoescape=True, undefined=missing)
    tags.finalize = plain
    tags.filters["fit"] = fit
    return tags


def _with_logo(context: Mapping[str, Any], logo: Picture | None) -> dict[str, Any]:
    """The context with the picture itself as `firm.logo`, or "" where there is none."""
    about = context.get("firm", {})
    return {**context, "firm": {**(about if isinstance(about, Mapping) else {}), "logo": logo or ""}}


def _with_optional(template: Template, language: Language, facts: dict[str, Any], absent: list[str]) -> dict[str, Any]:
    """The facts with those of the absent ones empty that the template itself asks for with an 'if'. Raises
    `Misuse` naming the others."""
    from folderkit.core.facts import merge, put
    from folderkit.documents.fields import fields_of

    optional = {field.name: field.kind for field in fields_of(template, language) if field.optional}
    _raise_missing(template, [name for name in absent if name not in optional])
    whole = merge(facts, {})
    for name in absent:
        put(whole, name, [] if optional[name] == "list" else "")
    return whole


# -- the parts -------------------------------------------------------------------------------------
def _fill(source: Source, facts: dict[str, Any], path: Path, missing: type[Missing]) -> str:
    from jinja2.exceptions import TemplateError

    try:
        return source.compiled.render(facts)
    except TemplateError as error:
        raise _failed_tag(source.part, path, error) from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError) as error:
        if missing.found:  # what is missing may be the reason
            return ""
        raise _failed_tag(source.part, path, error) from None


def _put_back(parts: package.Package, sources: list[Source], filled: dict[str, str], facts: Mapping[str, Any],
              path: Path) -> None:
    """The filled parts into the package, made valid again and checked."""
    from folderkit.documents.tagged import has_columns, mended, with_line_breaks

    number = 0

    def next_id(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f'{found[1]}{number}"'

    for part in (source.part for source in sources):
        xml = filled[part.name]
        if _ILLEGAL.search(xml):
            raise _illegal(facts)
        original = parts[part.name].decode("utf-8-sig")
        xml = _IDS.sub(next_id, mended(with_line_breaks(xml), has_columns(original)))
        parts[part.name] = xml.encode()
        _check_well_formed(parts[part.name], part, path)


def _check_well_formed(xml: bytes, part: Part, path: Path) -> None:
    from xml.parsers import expat

    try:
        expat.ParserCreate().Parse(xml, True)
    except expat.ExpatError as error:
        raise Failed(
            Text(f"{path}: in {part.called.en}, the tags tear the document apart ({error}).",
                 f"{path}：{part.called.zh}中的标签破坏了文档结构（{error}）。"),
            Text("Put 'if' and 'for' and their ends both into paragraphs ({%p …%}) or both into rows ({%tr …%}) "
                 "of their own.", "请让 if、for 与其结束标签都单独成段（{%p …%}）或都单独成行（{%tr …%}）。")) from None


def _add_logo(parts: package.Package, users: list[str], logo: Picture) -> None:
    suffix = {"jpeg": "jpg"}.get(logo.kind, logo.kind)
    if users:
        package.add_media(parts, f"word/media/firm-logo.{suffix}", logo.data, logo.content_type)
    for name in users:
        package.relate(parts, name, logo.ident, _IMAGE, f"media/firm-logo.{suffix}")


# -- errors ----------------------------------------------------------------------------------------
def _raise_missing(template: Template, names: list[str]) -> None:
    if not names:
        return
    listed = ", ".join(names)
    count = len(names)
    raise Misuse(
        Text(f"'{template.name}' needs {count} value{'s' if count > 1 else ''} that {'are' if count > 1 else 'is'} "
             f"not there: {listed}.", f"“{template.name}”缺少 {count} 个值：{'、'.join(names)}。"),
        Text(f"Give them with --set {names[0].replace('[]', '')}=… or in a file with --data.",
             f"请用 --set {names[0].replace('[]', '')}=… 给出，或写入文件并用 --data 指定。"))


def _failed_tag(part: Part, path: Path, error: BaseException) -> Failed:
    from folderkit.core.tags import reason
    from folderkit.documents.tagged import tag_at

    line = getattr(error, "lineno", None) or _line_of(error)
    tag = tag_at(part.text, line) if line else ""
    why = reason(error)
    return Failed(
        Text(f"{path}: in {part.called.en}, {tag} cannot be computed: {why.en}.",
             f"{path}：{part.called.zh}中的 {tag} 无法计算：{why.zh}。"),
        Text("Correct the tag, or the value it uses.", "请改正该标签，或它所用的值。"))


def _line_of(error: BaseException) -> int:
    """The line of the template's source at which evaluation failed."""
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _illegal(facts: Mapping[str, Any]) -> Misuse:
    names = list(dict.fromkeys(_illegal_fields(facts, "")))
    listed = ", ".join(names)
    return Misuse(
        Text(f"These values hold a character that no Word file can hold: {listed}.",
             f"以下值含有 Word 文件不能保存的字符：{'、'.join(names)}。"),
        Text("Type them again without copying, or delete what is invisible in them.",
             "请重新输入这些值，或删除其中看不见的字符。"))


def _illegal_fields(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, str):
        found = _ILLEGAL.search(node)
        if found:
            yield f"{path} (U+{ord(found[0]):04X})"
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _illegal_fields(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple):
        for number, member in enumerate(node, 1):
            yield from _illegal_fields(member, f"{path}[{number}]")
