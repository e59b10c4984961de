"""Every text that a person reads stands in both languages, with the same things named in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from folderkit.core.settings import TABLE
from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "folderkit"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_NAMES = re.compile(r"\b(Word|Excel|PDF|Windows|LibreOffice|JSON|YAML|KEY=VALUE|UTF-8|folderkit|https?|RRGGBB)\b|--\w+")
_QUOTED = re.compile("“[^”]*”")
_LATIN_STOPS = re.compile(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(?:\s|$)")


def _texts() -> list[tuple[str, ast.expr, ast.expr]]:
    """(place, English, Chinese) of every `Text("…", "…")` in the code."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Text" and len(node.args) == 2:
                found.append((f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}", node.args[0], node.args[1]))
    return found


def _literal(node: ast.expr) -> str:
    """The fixed parts of a literal or f-string, with {} for what is put in; "" when it is neither."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _literal(node.left) + _literal(node.right)
    return ""


TEXTS = [(place, _literal(english), _literal(chinese)) for place, english, chinese in _texts()]


def test_there_are_texts() -> None:
    assert len(TEXTS) > 200


def test_every_english_text_has_a_chinese_one() -> None:
    wrong = [(place, english, chinese) for place, english, chinese in TEXTS
             if english != chinese and len(_WORDS.findall(english.replace("{}", ""))) > 1 and not _HAN.search(chinese)]
    assert not wrong


def test_no_english_text_holds_chinese() -> None:
    assert not [(place, english) for place, english, chinese in TEXTS if english != chinese and _HAN.search(english)]


def test_sentences_end_alike() -> None:
    ends = {".": "。.", "?": "？", ":": "：", "!": "！"}
    wrong = [(place, english, chinese) for place, english, chinese in TEXTS
             if english.rstrip()[-1:] in ends and _HAN.search(chinese) and english[:1].isupper() and " " in english
             and chinese.rstrip()[-1:] not in (*ends[english.rstrip()[-1]], "}", "…", "\u201d", "）")]
    assert not wrong


def test_chinese_sentences_are_punctuated_as_chinese() -> None:
    wrong = [(place, chinese) for place, _, chinese in TEXTS if _LATIN_STOPS.search(_QUOTED.sub("", chinese))]
    assert not wrong


def test_both_name_the_same_options_and_programs() -> None:
    wrong = []
    for place, english, chinese in TEXTS:
        if _HAN.search(chinese):
            missing = {found[0] for found in _NAMES.finditer(english) if found[0].startswith("--")} - {
                found[0] for found in _NAMES.finditer(chinese)}
            if missing:
                wrong.append((place, missing))
    assert not wrong


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_settings_are_explained_in_both(row: object) -> None:
    text = row.help  # type: ignore[attr-defined]
    assert _HAN.search(text.zh)
    assert _WORDS.search(text.en)


def test_shipped_yaml_speaks_both() -> None:
    """Every `{zh: …, en: …}` of the shipped skeletons, templates and registers."""
    import yaml

    def pairs(value: object) -> list[dict[str, str]]:
        if isinstance(value, dict):
            if set(value) == {"zh", "en"}:
                return [value]
            return [pair for inner in value.values() for pair in pairs(inner)]
        return [pair for inner in value for pair in pairs(inner)] if isinstance(value, list) else []

    files: list[Path] = [path for folder in ("skeletons", "templates", "folderkit/registers")
                         for path in (REPOSITORY / folder).rglob("*.yaml")]
    assert files
    for path in files:
        for pair in pairs(yaml.safe_load(path.read_text(encoding="utf-8"))):
            english, chinese = str(pair["en"]), str(pair["zh"])
            assert not _HAN.search(english), (path, pair)
            assert _HAN.search(chinese) or english == chinese or not _WORDS.search(english) or "{" in chinese or (
                len(chinese) <= 4 or chinese.isascii()), (path, pair)
