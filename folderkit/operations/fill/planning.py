"""The plan of a document: its data, its version, its place, and what becomes of one that is there already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from folderkit.core.errors import Misuse, Refused
from folderkit.core.facts import Question
from folderkit.core.language import Language, Text
from folderkit.core.project import Project
from folderkit.core.renames import free_beside
from folderkit.core.settings import Firm
from folderkit.core.signature import Signature, signature_of
from folderkit.filling import Filling, Revision, file_name, next_version, series_of, with_revisions
from folderkit.operations.fill.ground import Ground

if TYPE_CHECKING:
    from folderkit.basis import Basis
    from folderkit.documents import Template
    from folderkit.edits import Edited
    from folderkit.operations.fill.standing import Series, Standing
    from folderkit.store import Store

Again = Literal["", "beside", "replace"]  # what becomes of a document that is there already


@dataclass(frozen=True)
class FillPlan:
    """A document to be: from which template and data, to which file (absolute), with a PDF beside it or not. `seen` is
    what each of these replaces; in a project, `basis` is what it is filled from. `stands` says that the file has been
    made already, of the same template and data, and is not made again."""

    template: Template
    language: Language
    filling: Filling
    firm: Firm
    target: Path
    project: Project | None = None
    basis: Basis | None = None
    pdf: Path | None = None
    seen: Mapping[Path, Signature] = field(default_factory=dict)
    stands: bool = False

    @property
    def missing(self) -> tuple[Question, ...]:
        return self.filling.missing

    @property
    def files(self) -> list[Path]:
        """What is to be made."""
        return [*([] if self.stands else [self.target]), *([self.pdf] if self.pdf else [])]

    @property
    def inside(self) -> Project | None:
        """The project that the document is to be a file of."""
        return self.project if self.project and self.target.is_relative_to(self.project.folder) else None


@dataclass(frozen=True)
class Wish:
    """What is asked of one filling: the answers given, by dotted key; the file or folder for the result (None: the
    template's own place); what becomes of a document that is there already; and whether a PDF is wanted."""

    given: Mapping[str, Any]
    out: Path | None = None
    again: Again = ""
    pdf: bool = False

    @property
    def fixed(self) -> bool:
        """Whether the version is the person's, and not counted on."""
        return "doc.version" in self.given


def plan_fill(store: Store | None, ground: Ground, wish: Wish) -> FillPlan:
    """The plan of one document; `missing` in it must be answered before it is applied. Raises `Refused` when somebody
    has edited the document that it would follow, unless the wish says what becomes of that, or when what is to be
    replaced cannot be."""
    plan = plan_bare(ground, wish.given)
    if not plan.missing:
        plan = placed(plan, ground, wish, standing_in(store, ground.project))
    (plan,) = with_files([plan], wish)
    return plan


def plan_bare(ground: Ground, given: Mapping[str, Any]) -> FillPlan:
    """The plan of a document without its place. Raises `Misuse` for what was given and cannot be meant."""
    filling = ground.filler.fill(given)
    plan = FillPlan(ground.template, ground.language, filling, ground.source.firm, Path(), ground.project)
    if filling.missing or ground.project is None:
        return plan
    from folderkit.basis import basis_of  # what only a project needs is loaded for one

    return replace(plan, basis=basis_of(ground.template, filling, given, ground.shown, ground.sources, ground.root))


def standing_in(store: Store | None, project: Project | None) -> Standing | None:
    """What stands in the project that is filled for, if it is for one."""
    if store is None or project is None:
        return None
    from folderkit.operations.fill.standing import Standing

    return Standing(store, project)


def placed(plan: FillPlan, ground: Ground, wish: Wish, standing: Standing | None) -> FillPlan:
    """The plan with its version and place, without its PDF and a look at what it replaces (`with_files`). Raises
    `Refused` when somebody has edited the document that it would follow."""
    if standing is None:
        filling = with_revisions(plan.filling, str(plan.filling.context["doc"]["version"]), ())
        filling, target = _placed(plan.template, filling, wish, ground.folder)
    else:
        filling, target = _in_series(standing, plan, wish, ground.folder)
    return replace(plan, filling=filling, target=target)


def _in_series(standing: Standing, plan: FillPlan, wish: Wish, folder: Path) -> tuple[Filling, Path]:
    """The filling as the next version of its document, and its file; or, where that is to be replaced, as the last one.
    Raises `Refused` when somebody has edited that and it is not said what becomes of it."""
    template, filling = plan.template, plan.filling
    series = standing.series(series_of(template, filling.context))
    rows = series.rows
    at = next((number for number in reversed(range(len(rows))) if standing.place_of(rows[number])), -1)
    if wish.out is None and not wish.again:
        for row in rows[at:]:  # those that are gone may have been saved under other names
            if found := standing.edited(row, rows):
                raise _edited(found)
    if at >= 0 and wish.out is None:
        place = standing.place_of(rows[at])
        if wish.again == "replace" and place and place.is_file():
            in_name = "{doc.version}" in template.filename
            return _as_version(filling, rows[at].version if in_name and not wish.fixed else None, series, wish), place
    return _placed(template, _as_version(filling, None, series, wish), wish, folder)


def _edited(found: Edited) -> Refused:
    from folderkit.edits import refuse_edited

    return refuse_edited(found)


def _as_version(filling: Filling, version: str | None, series: Series, wish: Wish) -> Filling:
    """The filling as that version of its document, or as the next one, with the revision table up to it."""
    if version is None:
        version = str(filling.context["doc"]["version"])
        if series.rows and not wish.fixed:
            version = next_version(series.rows[-1].version)
    return with_revisions(filling, version, [line for line in series.lines.values() if line.version != version])


def placed_apart(plan: FillPlan, folder: Path, wish: Wish, standing: Standing, name: Callable[[Filling], str]
                 ) -> FillPlan:
    """The plan of one of several documents that share their series, so that only its own `name` tells its versions from
    those of the others: the first version whose file is not there, or the last that is, where that is to be replaced.
    Raises `Refused` when somebody has edited that and it is not said what becomes of it."""
    bare, stands, series = plan.filling, None, standing.series(series_of(plan.template, plan.filling.context))
    filling = with_revisions(bare, str(bare.context["doc"]["version"]), ())
    target = folder / name(filling)
    while os.path.lexists(target):
        stands, row = target, standing.row_at(series, target)
        following = with_revisions(bare, next_version(row.version if row else filling.context["doc"]["version"]), ())
        if row and not wish.again and (found := standing.edited(row, series.rows)):
            raise _edited(found)
        if wish.fixed or folder / name(following) == target:
            filling = filling if wish.fixed else following
            break
        if wish.again == "replace" and not os.path.lexists(folder / name(following)):
            break
        filling, target = following, folder / name(following)
    if stands == target and wish.again == "beside":
        target = free_beside(target)
    return replace(plan, filling=filling, target=target)


def _placed(template: Template, filling: Filling, wish: Wish, folder: Path) -> tuple[Filling, Path]:
    """Where the document goes: to the file `out`, or, where that is a folder or None (then it is `folder`), under a
    name that is free there, by counting the version on where the person has not fixed it. What is to be put beside is
    given a free name in any case; what is to be replaced is not gone round."""
    out = wish.out
    if out is not None and not out.is_dir():
        target = out.parent.resolve() / out.name
    else:
        folder = out.resolve() if out else folder
        while (target := folder / file_name(template, filling.context)).exists() and wish.again != "replace":
            if wish.fixed or "{doc.version}" not in template.filename:
                break
            lines = filling.context["doc"]["revisions"]
            earlier = [Revision(line["version"], line["date"], line["author"], line["text"]) for line in lines[:-1]]
            filling = with_revisions(filling, next_version(filling.context["doc"]["version"]), earlier)
            if folder / file_name(template, filling.context) == target:  # so long that the version is cut off
                break
    return filling, free_beside(target) if wish.again == "beside" and os.path.lexists(target) else target


# -- what stands there -----------------------------------------------------------------------------
def with_files(plans: Sequence[FillPlan], wish: Wish) -> list[FillPlan]:
    """The plans with their PDFs, and with what their files are to replace. Raises `Refused` where they cannot."""
    from folderkit.documents import pdfs_beside

    if wish.pdf:
        pdfs = pdfs_beside(plan.target for plan in plans if not plan.missing)
        plans = [plan if plan.stands and os.path.lexists(pdfs[plan.target]) else
                 replace(plan, pdf=pdfs.get(plan.target)) for plan in plans]
    if wish.again != "replace":
        return list(plans)
    found = []
    for plan in plans:
        there = [path for path in plan.files if not plan.missing and os.path.lexists(path)]
        for path in there:
            _refuse_unless_kept(path, plan.project)
        found.append(replace(plan, seen={path: signature_of(path.lstat()) for path in there}))
    return found


def _refuse_unless_kept(path: Path, project: Project | None) -> None:
    """Raises `Refused` for what cannot be replaced: it would be lost, or is in use."""
    from folderkit.watch.settling import lock_file_of

    if path.is_symlink() or not path.is_file():
        raise Refused(Text(f"'{path}' is not a plain file.", f"“{path}”不是普通文件。"),
                      Text("Name another file with --out.", "请用 --out 指定别的文件。"))
    if project is None or not path.is_relative_to(project.folder):
        raise Refused(Text(f"'{path}' is already there, outside of the project, so it would be lost.",
                           f"“{path}”已经存在，且不在本项目内，会被覆盖。"),
                      Text("Name another file with --out, or put the result beside it with --beside.",
                           "请用 --out 指定别的文件，或用 --beside 放在它旁边。"))
    if lock := lock_file_of(str(path)):
        raise Refused(Text(f"'{path.name}' is open in another program.", f"“{path.name}”正被其他程序打开。"),
                      Text(f"Close it, then run the command again. (If it is not open, delete '{Path(lock).name}'.)",
                           f"请关闭后再运行一次。（如果没有打开，请删除“{Path(lock).name}”。）"))


def refuse_existing(plans: Iterable[FillPlan]) -> None:
    """Raises `Refused` when something stands where a file is to be made, and is not to be replaced."""
    for plan in plans:
        for target in plan.files:
            if os.path.lexists(target) and target not in plan.seen:
                raise Refused(
                    Text(f"'{target}' is already there.", f"“{target}”已经存在。"),
                    Text("Put the result beside it with --beside, fill it anew with --replace (what stands there stays "
                         "as a version), or name another file with --out.",
                         "用 --beside 放在它旁边，用 --replace 重新生成（原内容仍作为一个版本保留），"
                         "或用 --out 指定别的文件。"))


def missing_fields(plan: FillPlan) -> Misuse:
    names = [question.key for question in plan.missing]
    lines = [(question.key, question.ask) for question in plan.missing]
    return Misuse(
        Text(f"'{plan.template.name}' needs values that nobody gave:\n"
             + "\n".join(f"  {key}  ({ask.en})" for key, ask in lines),
             f"“{plan.template.name}”还缺少以下内容：\n" + "\n".join(f"  {key}（{ask.zh}）" for key, ask in lines)),
        Text(f"Give them with --set {names[0]}=… or in a YAML file with --data FILE.",
             f"请用 --set {names[0]}=… 给出，或写入 YAML 文件并用 --data 指定。"))
