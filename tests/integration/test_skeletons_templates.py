"""The shipped skeletons and the shipped templates fit together: what one prints, the other asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from folderkit.core import resources
from folderkit.core.facts import Question
from folderkit.core.language import LANGUAGES, Language
from folderkit.documents import fields_of, read_template
from folderkit.registers import schema_names
from folderkit.skeletons import FolderNode, Known, Skeleton, read_skeleton

SKELETONS = resources.find("skeletons", None)
TEMPLATES = resources.find("templates", None)
GIVEN = ("doc", "firm", "today", "language")  # fill brings these itself


def shipped(name: str) -> Skeleton:
    return read_skeleton(SKELETONS[name], Known(list(TEMPLATES), schema_names()))


def names_of(questions: tuple[Question, ...]) -> set[str]:
    """Every name that a template may print: keys, and the fields of records as ``goals[].text``."""
    return {question.key for question in questions} | {
        f"{question.key}[].{inner.key}" for question in questions for inner in question.fields}


def ids_of(nodes: tuple[FolderNode, ...]) -> set[str]:
    return {found for node in nodes for found in (node.id, *ids_of(node.folders))}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
@pytest.mark.parametrize("name", SKELETONS)
def test_a_skeleton_asks_for_every_fact_that_a_template_prints(name: str, template: Path, language: Language) -> None:
    found = read_template(template)
    known = names_of(shipped(name).questions) | names_of(found.questions)
    elsewhere = (*GIVEN, *found.registers)
    lacking = [field.name for field in fields_of(found, language)
               if field.name not in known and field.name.replace("[", ".").split(".")[0] not in elsewhere]
    assert [field for field in lacking if not field.endswith("_key")] == []


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_a_client_project_has_the_very_folder_in_which_a_templates_result_lies(template: Path) -> None:
    assert read_template(template).to in ids_of(shipped("client-project").tree)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))
def test_a_consulting_engagement_has_it_or_the_area_around_it(template: Path) -> None:
    assert read_template(template).to.split(".")[0] in ids_of(shipped("consulting-engagement").tree)
