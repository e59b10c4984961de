"""The command new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from folderkit.cli import words
from folderkit.cli.app import App, assignments, data_file, now, pass_app, person_there
from folderkit.core.errors import Misuse
from folderkit.core.language import Text

if TYPE_CHECKING:
    from folderkit.core.answers import Answers
    from folderkit.core.facts import Question
    from folderkit.core.workspace import Workspace
    from folderkit.operations.scaffold import ScaffoldPlan
    from folderkit.skeletons import Skeleton


@words.command("new", Text(
    "Make the folder of a new project: its tree, registers (Excel) and first documents (Word), filled in. "
    "What is missing is asked for.",
    "新建项目文件夹：目录树、登记册（Excel）和首批文档（Word），并填好已知内容。缺少的信息会逐项询问。"))
@click.argument("name", required=False)
@words.option("--client", metavar="CLIENT", about=Text("The client's name.", "客户名称。"))
@words.option("--skeleton", metavar="SKELETON", about=Text(
    "What to make it from; see 'folderkit skeleton list'.", "使用的骨架，见 folderkit skeleton list。"))
@words.option("--code", metavar="CODE", about=Text(
    "The project's code. Default: the next free one.", "项目编号。缺省为下一个可用编号。"))
@words.option("--start", metavar="DATE", about=Text("First day, such as 2026-03-01.", "启动日期，如 2026-03-01。"))
@words.option("--due", metavar="DATE", about=Text("Day on which it is due.", "预计完成日期。"))
@words.option("--set", "pairs", metavar="KEY=VALUE", multiple=True, about=Text(
    "Any other fact, such as project.manager=Li Ming; may be given several times.",
    "其他信息，例如 project.manager=李明；可多次使用。"))
@words.option("--from", "source", metavar="FILE", type=click.Path(path_type=Path), about=Text(
    "A YAML or JSON file of facts.", "包含项目信息的 YAML 或 JSON 文件。"))
@words.dry_run_option
@words.json_option
@pass_app
def new_command(app: App, name: str | None, client: str | None, skeleton: str | None, code: str | None,
                start: str | None, due: str | None, pairs: tuple[str, ...], source: Path | None,
                dry_run: bool, as_json: bool) -> None:
    from folderkit.operations import scaffold
    from folderkit.operations.overview import lost_projects
    from folderkit.resolving import find_skeleton

    flags = {"project.name": name, "client.name": client, "project.code": code, "project.start_date": start,
             "project.due_date": due}
    with app.store() as store:
        workspace = store.workspace
        chosen = find_skeleton(workspace.root, skeleton or workspace.settings.skeleton)
        given = data_file(app.path(str(source)) if source else None, chosen.questions) | assignments(pairs)
        given.update({key: value for key, value in flags.items() if value is not None})
        code_given = bool(given.get("project.code"))
        language = app.language_given or workspace.settings.language
        while True:
            projects = app.on_disk(workspace)
            codes = [project.code for project in (*projects, *lost_projects(store, projects))]
            answers = _settle(app, chosen, given, codes)
            plan = scaffold.plan_scaffold(workspace, chosen, answers.facts, language, projects,
                                          now().astimezone().date(), code_given=code_given)
            if dry_run:
                _print_plan(app, workspace, plan, as_json)
                return
            try:
                project = scaffold.apply_scaffold(store, plan)
                break
            except scaffold.CodeTaken:  # by another 'new', a moment ago: the next code is tried
                if code_given:
                    raise
    if as_json:
        app.json({"code": project.code, "name": project.name, "client": project.client,
                  "folder": project.folder.relative_to(workspace.root).as_posix(), "skeleton": project.skeleton,
                  "language": project.language})
        return
    folders = sum(node.source is None for node in plan.nodes)
    app.say(Text(f"Made {app.shown(project.folder)}: {folders} folders, {len(plan.nodes) - folders + 1} files.",
                 f"已新建 {app.shown(project.folder)}：{folders} 个文件夹，{len(plan.nodes) - folders + 1} 个文件。"))
    app.say(Text("Put files in it; 'folderkit watch' keeps every version of them.",
                 "把文件放进去即可；folderkit watch 会保存每个版本。"))


def _settle(app: App, skeleton: Skeleton, given: dict[str, Any], taken: list[str]) -> Answers:
    """The answers to the skeleton's questions; a person who sits there is asked for what is missing."""
    from folderkit.core.answers import settle

    today = now().astimezone().date()
    answers = settle(skeleton.questions, given, today, taken)
    while answers.missing and not answers.wrong and person_there():
        question = answers.missing[0]
        given[question.key] = ask(app, question)
        answers = settle(skeleton.questions, given, today, taken)
    if answers.wrong:
        raise Misuse(Text("\n".join(f"{key}: {text.en}" for key, text in answers.wrong.items()),
                          "\n".join(f"{key}：{text.zh}" for key, text in answers.wrong.items())),
                     Text("Correct what you gave; nothing was changed.", "请改正后再运行；没有做任何改动。"))
    if answers.missing:
        names = [question.key for question in answers.missing]
        flags = {"project.name": "NAME", "client.name": "--client CLIENT"}
        tips = " ".join(flags.get(key, f"--set {key}=…") for key in names)
        raise Misuse(Text(f"These facts are missing: {', '.join(names)}.", f"缺少以下信息：{'、'.join(names)}。"),
                     Text(f"Give them: folderkit new {tips}", f"请补上：folderkit new {tips}"))
    return answers


def ask(app: App, question: Question) -> Any:
    """Ask a person one question until the answer is one."""
    from folderkit.core.facts import NotAValue, choice_label, convert
    from folderkit.core.naming import check_named

    label = question.ask.in_(app.language)
    if question.choices:
        label += f" [{', '.join(choice_label(question, key, app.language) for key in question.choices)}]"
    if question.type in ("list", "multi"):
        label += Text(" (several with ';' between them)", "（多个用“;”分隔）").in_(app.language)
    if question.help.in_(app.language):
        click.secho(question.help.in_(app.language), dim=True, err=True)
    while True:
        raw = click.prompt(label, err=True)
        try:
            convert(question, raw)
            check_named(question.key, raw)
        except (NotAValue, Misuse) as error:
            app.warn(error.message)
            continue
        return raw


def _print_plan(app: App, workspace: Workspace, plan: ScaffoldPlan, as_json: bool) -> None:
    from folderkit.cli.output import tree
    from folderkit.core.project import FILE

    if as_json:
        app.json({"folder": plan.folder.relative_to(workspace.root).as_posix(), "skeleton": plan.skeleton.id,
                  "language": plan.language, "facts": plan.facts,
                  "nodes": [{"id": node.id, "path": node.path, "folder": node.source is None} for node in plan.nodes]})
        return
    root = plan.folder.name
    rows = [(root, True, ""), (f"{root}/{FILE}", False, Text("facts", "项目信息").in_(app.language))]
    words_for = {"register": Text("register", "登记册"), "template": Text("document", "文档")}
    for node in plan.nodes:
        remark = words_for[node.source].in_(app.language) if node.source in words_for else node.about
        rows.append((f"{root}/{node.path}", node.source is None, remark))
    tree(rows)
