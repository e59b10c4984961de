"""The guide tells of every command, option and setting, of nothing else, and its examples are right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from folderkit.cli.guide import pages
from folderkit.cli.root import cli
from folderkit.cli.words import common_options
from folderkit.core.language import LANGUAGES, Language
from folderkit.core.settings import TABLE
from folderkit.registers import load_schema, schema_names
from folderkit.registers.check import RULES
from tests.conftest import Run

_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+\.(?:md|png))(?:#[^)]*)?\)")
_FOREIGN = {"--user", "--system", "--recursive", "--break-system-packages", "--upgrade", "--version"}


def _commands(
    command: click.Command = cli, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _commands(found, (*above, name))
    else:
        yield above, command


def _text(language: Language) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in pages(language).values())


def _reference(language: Language) -> str:
    return pages(language)["commands"].read_text(encoding="utf-8")


def _section(language: Language, name: str) -> str:
    """The part of the page of commands that is about `name`."""
    found = re.search(rf"^## {re.escape(name)}\b(.*?)(?=^## |\Z)", _reference(language), re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", [words for words, _ in _commands()], ids=" ".join)
def test_every_command_is_told(language: Language, words: tuple[str, ...]) -> None:
    assert f"folderkit {' '.join(words)}" in _section(language, words[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_is_told_where_its_command_is(language: Language) -> None:
    common = {name for param in common_options() for name in param.opts}
    missing = [(" ".join(words), option) for words, command in _commands() for param in command.params
               if isinstance(param, click.Option) for option in param.opts
               if option not in common and f"`{option}" not in _section(language, words[0])]
    assert not missing
    head = _reference(language).partition("\n## ")[0]
    assert all(f"`{option}" in head for option in common)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_and_its_variable_is_told(language: Language) -> None:
    told = pages(language)["settings"].read_text(encoding="utf-8")
    assert not [row.name for row in TABLE if f"`{row.name}`" not in told]
    assert not [row.variable for row in TABLE if row.variable and f"`{row.variable}`" not in told]
    assert "FOLDERKIT_WORKSPACE" in _text(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_the_check_is_told_as_it_is(language: Language) -> None:
    severities = {"error": "错误", "warning": "警告", "note": "提示"}
    told = pages(language)["checks"].read_text(encoding="utf-8").splitlines()
    expected = [f"| `{rule.id}` | {severities[rule.severity] if language == 'zh' else rule.severity} | "
                f"{rule.about.in_(language)} |" for rule in RULES]
    assert [line for line in told if line.startswith("| `")] == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", schema_names())
def test_every_column_of_every_register_is_told(language: Language, name: str) -> None:
    """With its header, its key and the keys of its choices."""
    schema, text = load_schema(name), pages(language)["columns"].read_text(encoding="utf-8")
    found = re.search(rf"^## [^\n]*`{name}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    lines = {line.split("`")[1]: line for line in found[1].splitlines() if line.startswith("|") and "`" in line}
    assert list(lines) == [column.key for column in (*schema.columns, *([schema.across] if schema.across else []))]
    for column in schema.columns:
        assert lines[column.key].startswith(f"| {column.header.in_(language)} |")
        assert [f"`{key}`" for key in column.choices if f"`{key}`" not in lines[column.key]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_told_that_is_not_there(language: Language) -> None:
    known = {option for _, command in _commands() for param in command.params for option in param.opts} | _FOREIGN
    nouns = set(cli.list_commands(click.Context(cli)))
    for found in _CODE.finditer(_text(language)):
        code = found[1] or found[2] or ""
        for line in code.splitlines():
            if "folderkit" in line:
                unknown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", line)) - known
                assert not unknown, line
            for called in re.findall(r"^(?:\$ )?folderkit (?:-C \S+ )?([a-z]+)\b", line):
                assert called in nouns, line


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_and_pictures_are_there(language: Language) -> None:
    for path in pages(language).values():
        for target in _LINK.findall(path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_both_languages_have_the_same_pages() -> None:
    assert list(pages("zh")) == list(pages("en"))
    for topic in pages("zh"):
        zh, en = (pages(language)[topic].read_text(encoding="utf-8") for language in LANGUAGES)
        assert len(_BLOCK.findall(zh)) == len(_BLOCK.findall(en)), topic
        assert zh.count("\n## ") == en.count("\n## "), topic


def _blocks() -> list[tuple[str, str]]:
    """(page:what its first line says, text) of every YAML block."""
    return [(f"{language}/{topic}:{text.splitlines()[0].removeprefix('# ')}", text) for language in LANGUAGES
            for topic, path in pages(language).items() for text in _BLOCK.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("place", "text"), _blocks(), ids=[place for place, _ in _blocks()])
def test_yaml_examples_are_loaded_as_they_say(run: Run, workspace: Path, place: str, text: str) -> None:
    kind, _, name = place.partition(":")[2].strip().partition(": ")
    loader = {"folderkit.yaml": _load_settings, "facts": _load_facts, "skeleton": _load_skeleton,
              "template": _load_template, "project.yaml": _load_project}.get(kind)
    assert loader is not None, f"the first line must say what it is: {place}"
    loader(run, workspace, text, name)


def _load_settings(run: Run, workspace: Path, text: str, name: str) -> None:
    values = yaml.safe_load(text)
    if "id" not in values:
        text = f"id: abc\n{text}"
    logo = (values.get("firm") or {}).get("logo")
    if logo:
        (workspace / logo).parent.mkdir(parents=True, exist_ok=True)
        (workspace / logo).write_bytes(b"")
    (workspace / "folderkit.yaml").write_text(text, encoding="utf-8")
    ran = run("list")
    assert ran.code == 0, ran.err
    assert "folderkit.yaml" not in run("doctor").out  # where rules are looked at


def _load_facts(run: Run, workspace: Path, text: str, name: str) -> None:
    """The facts of a project or of a template's questions: one of them takes them all."""
    (workspace / "v.yaml").write_text(text, encoding="utf-8")
    ran = run("new", "Site", "--client", "Acme", "--from", "v.yaml")
    if ran.code == 0:
        return
    assert run("new", "Site", "--client", "Acme").code == 0
    errors = []
    for template in ("meeting-notes", "closure-report", "requirement-spec"):
        filled = run("fill", template, "-p", "Site", "--data", "v.yaml", "--dry-run", "--quick")
        if filled.code == 0 or ("--set" in filled.err and "--data" in filled.err):  # all that was given is right
            return
        errors.append(filled.err)
    raise AssertionError([ran.err, *errors])


def _load_skeleton(run: Run, workspace: Path, text: str, name: str) -> None:
    folder = workspace / "skeletons" / name
    folder.mkdir(parents=True)
    (folder / "skeleton.yaml").write_text(text, encoding="utf-8")
    for value in _values(yaml.safe_load(text), "copy", "text"):
        (folder / value).parent.mkdir(parents=True, exist_ok=True)
        (folder / value).write_text("example")
    ran = run("skeleton", "check", name)
    assert ran.code == 0, ran.out + ran.err
    assert run("new", "Site", "--client", "Acme", "--skeleton", name, "--dry-run").code in (0, 2)


def _load_template(run: Run, workspace: Path, text: str, name: str) -> None:
    import xlsxwriter
    from docx import Document

    folder = workspace / "templates" / name
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    for language in LANGUAGES:
        Document().save(str(folder / f"{name}.{language}.docx"))
        if "kind: excel" in text:
            xlsxwriter.Workbook(str(folder / f"{name}.{language}.xlsx")).close()
    ran = run("template", "list")
    assert ran.err == ""
    assert name in ran.out


def _load_project(run: Run, workspace: Path, text: str, name: str) -> None:
    (workspace / "p").mkdir()
    (workspace / "p" / "project.yaml").write_text(text, encoding="utf-8")
    assert run("list").err == ""


def _values(node: object, *keys: str) -> Iterator[str]:
    """Every text at one of `keys`, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in keys and isinstance(value, str):
                yield value
            else:
                yield from _values(value, *keys)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, *keys)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_project_has_as_much_in_it_as_is_told(run: Run, workspace: Path, language: Language) -> None:
    made = run("new", "Site", "--client", "Acme", "--lang", language).out
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    told = re.compile(r"\d+ folders, \d+ files\." if language == "en" else r"\d+ 个文件夹，\d+ 个文件。")
    assert told.findall(made)
    assert {*told.findall(readme + _text(language))} == {*told.findall(made)}
