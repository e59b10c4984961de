"""The settings of a workspace: defaults, what the environment says, and every fault with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from folderkit.core.located import Faults
from folderkit.core.settings import TABLE, Firm, load, starting_text


def settle(folder: Path, text: str, **environ: str):  # type: ignore[no-untyped-def]  # the settings, whatever they are
    (folder / "folderkit.yaml").write_text(text, encoding="utf-8")
    return load(folder, environ)


def test_an_id_is_enough(tmp_path: Path) -> None:
    found = settle(tmp_path, "id: abc")
    assert (found.id, found.language, found.skeleton, found.projects, found.vault, found.ignore, found.firm) == (
        "abc", "en", "client-project", "", "", (), Firm())


def test_the_environment_wins(tmp_path: Path) -> None:
    text = "id: abc\nlanguage: en\nskeleton: a\nvault: v\n"
    found = settle(tmp_path, text, FOLDERKIT_LANG="zh", FOLDERKIT_SKELETON="b", FOLDERKIT_VAULT="/w")
    assert (found.language, found.skeleton, found.vault) == ("zh", "b", "/w")
    assert settle(tmp_path, text, FOLDERKIT_LANG="").language == "en"


def test_the_firm(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"")
    firm = settle(tmp_path, "id: a\nfirm: {name: 青石咨询, logo: logo.png, color: '#a1b2c3', currency: EUR}").firm
    assert (firm.name, firm.short_name, firm.color, firm.currency) == ("青石咨询", "青石咨询", "A1B2C3", "EUR")
    assert firm.logo == str(tmp_path / "logo.png")


@pytest.mark.parametrize(("text", "line", "word"), [
    ("language: zh", 1, "id"), ("id:", 1, "id"), ("id: a\nlanguage: french", 2, "french"), ("id: a\nid: b", 2, "twice"),
    ("id: a\nprojects: /abs", 2, "projects"), ("id: a\nprojects: ../up", 2, "projects"),
    ("id: a\nfirm: Cedar", 2, "key"),
    ("id: a\nfirm:\n  color: blue", 3, "color"), ("id: a\nfirm:\n  accent: 12345", 3, "accent"),
    ("id: a\nfirm:\n  currency: €", 3, "currency"), ("id: a\nfirm:\n  logo: no.png", 3, "no.png"),
    ("id: a\nfirm: {nmae: x}", 2, "name"), ("id: a\nskelton: x", 2, "skeleton"), ("id: a\nignore: {a: b}", 2, "ignore"),
    ("id: a\nignore: [[x]]", 2, "text"), ("id: [a]", 1, "id"), ("- a", 1, "key"), ("id: a\nvault: {x: y}", 2, "vault"),
])
def test_faults_are_told_with_their_line(tmp_path: Path, text: str, line: int, word: str) -> None:
    with pytest.raises(Faults) as caught:
        settle(tmp_path, text)
    fault = caught.value.faults[0]
    assert fault.line == line
    assert word in fault.message.en
    assert any("\u4e00" <= char <= "\u9fff" for char in fault.message.zh)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("name", ["", "Cedar & Stone", "O'Brien: \"Sons\"", "青石咨询", "a # b", "{x}", "- x", "\\n",
                                  "null"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_settings_are_read_back(tmp_path: Path, name: str, language: str) -> None:
    found = settle(tmp_path, starting_text("abc", "zh" if language == "zh" else "en", name))
    assert (found.id, found.language, found.firm.name) == ("abc", language, name)
    assert found.firm.currency == ("CNY" if language == "zh" else "USD")


def test_every_row_of_the_table_can_be_set(tmp_path: Path) -> None:
    firm = set(Firm._fields)
    assert {row.name.removeprefix("firm.") for row in TABLE if row.name.startswith("firm.")} == firm
    values = {"language": "zh", "ignore": "[a]", "keep": "all", "filing": "file", "ocr": "true",
              "registers.off": "[a.b]",
              "firm.color": "'112233'",
              "firm.accent": "'112233'",
              "firm.currency": "EUR",
              "firm.logo": "folderkit.yaml"}
    for row in TABLE:
        value = values.get(row.name, "word")
        group, _, key = row.name.rpartition(".")
        text = f"{group}: {{{key}: {value}}}" if group else f"{key}: {value}"
        settle(tmp_path, text if row.name == "id" else f"id: a\n{text}")
