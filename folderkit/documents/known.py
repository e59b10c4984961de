"""The fields of a template against what is known of them: fields that there are not, and values that are taken for
what they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from folderkit.core.errors import nearest
from folderkit.core.language import Text
from folderkit.documents.tags.syntax import TagFault
from folderkit.documents.tags.uses import Use

if TYPE_CHECKING:
    from folderkit.documents.tags.sources import Source

_LISTS = ("list", "multi")
_NO_NUMBERS = ("date", "boolean", "long", *_LISTS)
_NO_DATES = ("money", "number", "integer", "percent", "boolean", "choice", *_LISTS)
_NO_PATHS = ("integer", "number", "money", "percent", "date", "boolean", "choice", *_LISTS)
_NOT_FOR: Mapping[str, tuple[str, ...]] = {  # filter or chart → types of values that it cannot show
    "date": _NO_DATES, "weekday": _NO_DATES, "chinese_date": _NO_DATES, "add_workdays": _NO_DATES,
    "workdays_until": _NO_DATES, "money": _NO_NUMBERS, "percent": _NO_NUMBERS, "number": _NO_NUMBERS,
    "chart": _NO_NUMBERS, "gantt": _NO_DATES, "capitals": _NO_NUMBERS, "大写": _NO_NUMBERS, "fit": _NO_PATHS,
    "image": _NO_PATHS}
_KINDS = {
    "text": Text("text", "文字"), "long": Text("text", "文字"), "integer": Text("number", "数字"),
    "number": Text("number", "数字"), "money": Text("amount", "金额"), "percent": Text("share", "百分比"),
    "date": Text("date", "日期"), "boolean": Text("yes or no", "是或否"), "choice": Text("choice", "选项"),
    "list": Text("list", "列表"), "multi": Text("list", "列表"), "picture": Text("picture", "图片"),
    "values": Text("values", "一组值")}
_DATE_PARTS = ("year", "month", "day", "hour", "minute", "weekday")


@dataclass(frozen=True)
class Known:
    """What is known of the fields of a template. `types` gives the type of each by its dotted name (``tasks[].name``),
    as questions have them, or "picture". `closed` are the groups and lists of which all fields are known. `whole` says
    that facts which nobody asks for are worth a look; of a bare file, nothing is known of them. What an included file
    is `given` may be anything."""

    types: Mapping[str, str]
    closed: frozenset[str] = frozenset()
    whole: bool = False
    elsewhere: Mapping[str, Text] = field(default_factory=dict)  # what has to be done for a field that is known there
    given: frozenset[str] = frozenset()


def field_faults(source: Source, uses: Sequence[Use], known: Known, groups: frozenset[str]) -> Iterator[TagFault]:
    """The faults of a part's fields; `groups` are the names in the whole template that others are in."""
    from jinja2 import nodes

    told: set[tuple[str, str, int]] = set()
    repeated = {name.name for loop in source.tree.find_all(nodes.For) for name in loop.find_all(nodes.Name)
                if name.ctx == "store"}
    for use in uses:
        if root_of(use.name) in known.given:
            continue
        found = _out_of_loop(use.name, known, repeated) or _fault_of(use, use.name, known, groups)
        if found and (use.name, use.by, use.line) not in told:
            told.add((use.name, use.by, use.line))
            message, hint, grave = found
            tag, nth = source.part.numbered_tag(use.line)
            yield TagFault(tag, message, nth, hint=hint, field=use.name, grave=grave)


def root_of(name: str) -> str:
    """The first name of a dotted one."""
    return name.split(".")[0].split("[")[0]


def _out_of_loop(name: str, known: Known, repeated: set[str]) -> tuple[Text, Text, bool] | None:
    """Whether a field is none, but what a loop gives a name to, used outside of it."""
    first = root_of(name)
    if first not in repeated or any(one == first or one.startswith((f"{first}.", f"{first}[")) for one in known.types):
        return None
    return (Text(f"'{first}' is what a loop repeats, and this is outside of the loop.",
                 f"“{first}”是循环中的每一项，而这里在循环之外。"),
            Text("Move it between 'for' and 'endfor'.", "请把它移到 for 与 endfor 之间。"), known.whole)


def _fault_of(use: Use, name: str, known: Known, groups: frozenset[str]) -> tuple[Text, Text, bool] | None:
    kind = known.types.get(name)
    if kind is not None and kind not in _LISTS:
        return _misused(use, name, kind)
    if use.by == "print" and (name in groups or f"{name}[]" in groups):
        return _group(name, name not in groups)
    if kind is not None:
        return _misused(use, name, kind)
    if name in groups or name.endswith("[]"):
        return None
    above, _, last = name.rpartition(".")
    listed = above.removesuffix("[]")
    if above and known.types.get(above) in _LISTS:
        return (Text(f"'{above}' is a list; '{last}' is a field of its members.",
                     f"“{above}”是列表，“{last}”是其中每一项的字段。"),
                Text(f"Repeat it: {{%tr for one in {above} %}} … {{{{ one.{last} }}}} … {{%tr endfor %}}.",
                     f"请用循环：{{%tr for 项 in {above} %}} … {{{{ 项.{last} }}}} … {{%tr endfor %}}。"), True)
    if above in known.types:
        return None if known.types[above] == "date" and last in _DATE_PARTS else (
            Text(f"'{above}' is one value and has no field '{last}'.", f"“{above}”是单个值，没有字段“{last}”。"),
            Text(f"Write {above}.", f"请写 {above}。"), True)
    if name in known.elsewhere:
        return (Text(f"'{name}' is there, but not for this template.", f"有“{name}”，但本模板还不能用它。"),
                known.elsewhere[name], True)
    if "[]" in name and name[: name.rindex("[]")] not in known.types:
        return None  # what is wrong is the list
    return _unknown(name, above, listed, last, known)


def _unknown(name: str, above: str, listed: str, last: str, known: Known) -> tuple[Text, Text, bool] | None:
    """That there is no such field, and which one may have been meant."""
    beside = [one.removeprefix(f"{above}.") for one in known.types if above and one.startswith(f"{above}.")]
    near = nearest(last, [one for one in beside if "." not in one and "[" not in one])
    anywhere = known.whole and listed not in known.closed
    meant = f"{above}.{near}" if near else nearest(name, known.types) if anywhere else None
    hint = Text(f"Did you mean '{meant}'?", f"是不是“{meant}”？") if meant else None
    if listed in known.closed:
        all_ = Text(f"There are: {', '.join(beside)}.", f"现有：{'、'.join(beside)}。")
        return (Text(f"'{listed}' has no field '{last}'.", f"“{listed}”没有字段“{last}”。"), hint or all_, True)
    if not known.whole:
        return None
    if hint:
        return Text(f"There is no field '{name}'.", f"没有字段“{name}”。"), hint, True
    return (Text(f"Nothing asks for '{name}': no question of the template, and no skeleton.",
                 f"没有问题问到“{name}”：模板和骨架里都没有。"),
            Text("Ask for it in template.yaml, or see that every project.yaml has it.",
                 "请在 template.yaml 中为它设问题，或确保每个 project.yaml 都有它。"), False)


def _misused(use: Use, name: str, kind: str) -> tuple[Text, Text, bool] | None:
    """Whether a field of this type cannot be used like this."""
    is_ = _KINDS.get(kind, _KINDS["text"])
    if use.by == "for" and kind not in _LISTS:
        return (Text(f"'{name}' is one value ({is_.en}) and no list.", f"“{name}”是单个值（{is_.zh}），不是列表。"),
                Text(f"Write {{{{ {name} }}}}; for the lines of a text: 'for line in {name}|lines'.",
                     f"请写 {{{{ {name} }}}}；若要逐行重复文字，请写 for line in {name}|lines。"), True)
    if use.by in ("chart", "gantt") and kind in _NOT_FOR[use.by]:
        wanted = _KINDS["date" if use.by == "gantt" else "number"]
        return (Text(f"'{name}' ({is_.en}) is no {wanted.en}, which a chart needs here.",
                     f"“{name}”（{is_.zh}）不是{wanted.zh}，图表这里需要{wanted.zh}。"),
                Text(f"Name a field that is a {wanted.en}.", f"请写一个{wanted.zh}字段。"), True)
    if kind in _NOT_FOR.get(use.by, ()):
        return (Text(f"'{name}' ({is_.en}) cannot be shown by '{use.by}'.",
                     f"“{name}”（{is_.zh}）不能用 {use.by} 显示。"),
                Text(f"Write {{{{ {name} }}}} alone, or another filter.",
                     f"请只写 {{{{ {name} }}}}，或换一个过滤器。"), True)
    return None


def _group(name: str, listed: bool) -> tuple[Text, Text, bool]:
    if listed or name.endswith("[]"):
        name = name.removesuffix("[]")
        return (Text(f"'{name}' is a list of groups of fields and not one value.",
                     f"“{name}”是由多组字段组成的列表，不是单个值。"),
                Text("Repeat it with 'for', and name a field of its members.",
                     "请用 for 循环，并写出每一项的字段。"), True)
    return (Text(f"'{name}' is a group of fields and not one value.", f"“{name}”是一组字段，不是单个值。"),
            Text(f"Name a field of it, like {name}.name.", f"请写出其中的字段，例如 {name}.name。"), True)
