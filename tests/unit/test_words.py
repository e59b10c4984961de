"""The language of messages is found before anything runs; click's own errors speak it."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from folderkit.cli import words
from folderkit.cli.root import cli


@pytest.mark.parametrize(("argv", "language"), [
    (["--lang", "zh"], "zh"), (["--lang=zh"], "zh"), (["list", "--lang", "zh"], "zh"), (["--lang", "xx"], "en"),
    (["--lang"], "en"), ([], "en"), (["-C"], "en"), (["-C", "/no/such"], "en"), (["-C", "a\0b"], "en")])
def test_the_flag_says_the_language(argv: list[str], language: str) -> None:
    assert words.spoken(argv) == language


@pytest.mark.parametrize(("setting", "language"), [("language: zh", "zh"), ("language: 'zh'", "zh"),
                                                   ('language: "zh"', "zh"),
                                                   ("language: zh  # x", "zh"), ("language: en", "en"), ("x: 1", "en"),
                                                   ("language: zhuang", "en"), (" language: zh", "en"),
                                                   ("\x00\xff", "en")])
def test_the_workspace_says_the_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str,
                                         language: str) -> None:
    (tmp_path / "folderkit.yaml").write_text(f"id: x\n{setting}\n")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert words.spoken(["list", "-C", str(tmp_path / "deep" / "er")]) == language
    monkeypatch.chdir(tmp_path / "deep")
    assert words.spoken() == language
    monkeypatch.setenv("FOLDERKIT_LANG", "zh")
    assert words.spoken() == "zh"


@pytest.mark.parametrize(("locale", "language"), [("zh_CN.UTF-8", "zh"), ("zh_TW", "zh"), ("en_GB.UTF-8", "en"),
                                                  ("C", "en"),
                                                  ("de_DE", "en"), ("", "en")])
def test_the_locale_says_the_language_last(monkeypatch: pytest.MonkeyPatch, locale: str, language: str) -> None:
    monkeypatch.setenv("LANG", locale)
    assert words.spoken() == language
    monkeypatch.setenv("LC_ALL", "zh_CN")
    assert words.spoken() == "zh"


def _error(*argv: str) -> click.UsageError:
    with pytest.raises(click.UsageError) as caught, cli.make_context("folderkit", list(argv)) as ctx:
        cli.invoke(ctx)
    return caught.value


@pytest.mark.parametrize(("argv", "en", "zh"), [
    (["new", "--clinet", "x"], "There is no option --clinet. Did you mean --client?",
     "没有选项 --clinet。是不是 --client？"),
    (["new", "--zzzz"], "There is no option --zzzz.", "没有选项 --zzzz。"),
    (["find"], "WORDS… is missing.", "缺少 WORDS…。"),
    (["find", "x", "--limit", "0"], "--limit must be a whole number, 1 or more.", "--limit 应为不小于 1 的整数。"),
    (["restore", "x", "--version", "a"], "--version must be a whole number.", "--version 应为整数。"),
    (["new", "--client"], "--client needs a value.", "--client 后面缺少值。"),
    (["new", "--json=1"], "--json takes no value.", "--json 后面不带值。"),
    (["list", "--lang", "fr"], "--lang must be one of: zh, en.", "--lang 应为其中之一：zh、en。"),
    (["list", "x", "y"], "Too many words: x y. Put a name with spaces in quotes.",
     "多余的内容：x y。含空格的名称请加引号。"),
])
def test_usage_errors_in_both_languages(argv: list[str], en: str, zh: str) -> None:
    told = words.usage_message(_error(*argv))
    assert (told.en, told.zh) == (en, zh)


@pytest.mark.parametrize(("word", "guess"), [("lsit", "list"), ("fnd", "find"), ("histroy", "history"),
                                             ("qqqq", "--help")])
def test_a_mistyped_command_gets_the_nearest(word: str, guess: str) -> None:
    assert guess in _error(word).message
