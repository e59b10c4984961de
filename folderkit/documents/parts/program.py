"""The programs whose files can be templates, and what a file is that is none of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from folderkit.core.errors import Failed
from folderkit.core.language import Text

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Program:
    """What the files of a program are, and what a person calls them: `mains` are the content types of the part that
    holds all else, each with the one that it has in a document, and `root` is its element. Of one XML part, `max_xml`
    bytes and `max_elements` are taken, unpacked to `max_ratio` times of what they are packed to."""

    name: str
    called: Text
    suffix: str
    old: str
    mains: Mapping[str, str]
    main: str
    root: str
    max_xml: int
    max_elements: int
    max_ratio: int
    macros: bool = False


_WORD_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_EXCEL_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_MACROS = "application/vnd.ms-excel."
WORD = Program(
    "Word", Text("Word document", "Word 文档"), ".docx", ".doc",
    {f"{_WORD_TYPES}{kind}.main+xml": f"{_WORD_TYPES}document.main+xml" for kind in ("document", "template")},
    "word/document.xml", "document", 16 * 2**20, 300_000, 150)
EXCEL = Program(
    "Excel", Text("Excel workbook", "Excel 工作簿"), ".xlsx", ".xls",
    {**{f"{_EXCEL_TYPES}{kind}.main+xml": f"{_EXCEL_TYPES}sheet.main+xml" for kind in ("sheet", "template")},
     **{f"{_MACROS}{kind}.macroEnabled.main+xml": f"{_MACROS}sheet.macroEnabled.main+xml"
        for kind in ("sheet", "template")}},
    "xl/workbook.xml", "workbook", 48 * 2**20, 1_500_000, 400, macros=True)


def not_of(program: Program, data: bytes, name: str) -> Failed:
    """The error for a file that is no zip: with what it is instead."""
    if not data:
        return broken(name, program, Text("it is empty", "它是空文件"))
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return broken(name, program, Text("it is protected by a password", "它有密码保护"),
                          Text(f"Remove the password in {program.name}, then try again.",
                               f"请在 {program.name} 中取消密码后再试。"))
        return broken(name, program, Text(f"it is in the old {program.old} format", f"它是旧的 {program.old} 格式"))
    if data.startswith(b"{\\rtf"):
        return broken(name, program, Text("it is an RTF file", "它是 RTF 文件"))
    return broken(name, program, Text(f"it is no {program.called.en}", f"它不是 {program.called.zh}"),
                  Text(f"Name a {program.name} file ({program.suffix}).",
                       f"请指定 {program.name} 文件（{program.suffix}）。"))


def broken(name: str, program: Program, why: Text, hint: Text | None = None) -> Failed:
    """The error for a file that cannot be used, and why."""
    return Failed(
        Text(f"'{name}' cannot be used as a template: {why.en}.", f"“{name}”不能作为模板：{why.zh}。"),
        hint or Text(f"Open it in {program.name} and save it as {program.suffix}.",
                     f"请用 {program.name} 打开并另存为 {program.suffix}。"))
