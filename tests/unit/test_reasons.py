"""What the system and the libraries say, in the words of the person who must mend it."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from pathlib import Path

import pytest
from jinja2 import TemplateError

from folderkit import registers
from folderkit.core import database, tags
from folderkit.core.errors import os_failure, os_reason, words_of
from folderkit.core.facts import NotAValue
from folderkit.core.language import Text, same
from folderkit.registers.reasons import why


@pytest.mark.parametrize("code", [
    "EACCES", "EPERM", "ENOSPC", "EDQUOT", "EROFS", "EIO", "ENAMETOOLONG", "ENOTDIR", "EISDIR", "EMFILE", "ENFILE",
    "ENOENT", "EBUSY", "EEXIST", "ENOTEMPTY", "ELOOP", "EFBIG", "EINVAL", "ENOMEM", "ENODEV", "ESTALE", "ETIMEDOUT",
    "EXDEV", "ENOLCK"])
def test_what_the_system_says_is_said_in_chinese(code: str) -> None:
    number = getattr(errno, code)
    reason = os_reason(OSError(number, os.strerror(number)))
    assert reason.zh.isascii() is False
    assert os.strerror(number) not in reason.zh
    assert reason.zh in os_failure(Text("read", "读取"), OSError(number, os.strerror(number)), "a.txt").message.zh


def test_what_is_not_known_is_quoted() -> None:
    assert os_reason(OSError(9999, "Odd thing")) == Text("Odd thing", "系统报告“Odd thing”")
    assert words_of(KeyError()) == Text("KeyError", "“KeyError”")
    assert words_of(NotAValue(same("x"))) == same("x")
    assert database.reason(sqlite3.DatabaseError("malformed passages")).zh == "“malformed passages”"


def test_what_sqlite_says_is_said_in_chinese() -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect("/nowhere/at/all.db")
    assert database.reason(caught.value) == Text("it cannot be opened", "无法打开")


@pytest.mark.parametrize(("tag", "chinese"), [
    ("{{ a b }}", "这里不能有“b”"),
    ("{{ }}", "表达式不完整"),
    ("{{ a + }}", "表达式不完整"),
    ("{{ a. }}", "“.”后面缺少字段名"),
    ("{{ a，b }}", "这里不能有字符“，”（标签中的符号应为半角）"),
    ("{{ (a }}", "缺少“)”"),
    ("{{ a) }}", "这里不能有“)”"),
    ("{{ a[1 }}", "缺少“]”"),
    ("{% if a = 1 %}{% endif %}", "这里不能有“=”"),
    ("{% for x %}{% endfor %}", "缺少“in”"),
    ("{{ a | foo }}", "没有过滤器“foo”"),
    ("{{ a is foo }}", "没有判断“foo”"),
    ("{% foo %}", "不认识标签“foo”，或它不应在这里"),
    ("{% if a %}{% endfor %}", "不认识标签“endfor”，或它不应在这里"),
    ("{% %}", "缺少标签名"),
    ("{{ a", "标签没有结束"),
    ("{{ nothing }}", "没有“nothing”这个值"),
    ("{{ a.b.c }}", "没有“b”这个字段"),
    ("{{ l[5] }}", "列表中没有这一项"),
    ("{{ 1 / 0 }}", "除数为零"),
    ("{{ 1 + 'x' }}", "值的类型不对"),
    ("{{ 1 < 'x' }}", "值的类型不对"),
    ("{{ {}|number }}", "值的类型不对"),
    ("{% for x in 1 %}{% endfor %}", "它不是列表"),
    ("{{ 'x'|money }}", "“x”不是数字，请写成 1200.50 这样"),
])
def test_what_jinja_says_is_said_in_chinese(tag: str, chinese: str) -> None:
    with pytest.raises((TemplateError, TypeError, ValueError, ArithmeticError)) as caught:
        tags.environment("zh").from_string(tag).render({"a": {}, "l": []})
    assert tags.reason(caught.value).zh == chinese


def test_a_condition_without_an_answer_says_why_in_both_languages() -> None:
    with pytest.raises(tags.NotComputable) as caught:
        tags.holds("a / 0", {"a": 1})
    assert caught.value.message == Text("division by zero", "除数为零")


def test_what_a_workbook_lacks_is_said_in_chinese() -> None:
    """Each reason that the readers of registers give; the source says them, so that a new one is not forgotten."""
    said = [found for file in sorted(Path(registers.__file__).parent.rglob("*.py"))
            for found in re.findall(r'raise ValueError\("([^"]+)"\)', file.read_text(encoding="utf-8"))]
    assert len(said) > 10
    assert [one for one in [*said, "File is not a zip file"] if why(one).zh.isascii()] == []
    assert why("File is not a zip file").en.isascii()
    assert why("Odd thing " * 100).zh == ("Odd thing " * 100)[:120]
