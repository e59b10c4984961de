"""``scan`` and ``find`` over a firm's year of small files. There is no peer; the figures are the base for later."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import Race, Spent, process
from tests.trees import make_tree

_FILES = 2000
_FOLDERS = 40
_WORD = "违约金"
_PROJECT = "project: {name: 档案, code: P2026-001}\nclient: {name: 江南茶业}\nfolderkit: {id: 0123456789ab}\n"
_SENTENCES = (
    "甲方应在收到发票后十个工作日内付款。", "乙方负责系统的安装、调试和培训。", "验收标准见附件二，双方签字后生效。",
    "The supplier delivers by the end of the month.", "Minutes of the weekly meeting are sent within a day.",
    "The interface to the stock system was tested with 86 shops.", "风险等级为高，责任人每周汇报一次。",
    "本月实际支出超出预算百分之五。",
)


def races(ground: Ground) -> Iterator[Race]:
    count = 8 if ground.tiny else _FILES
    scanned = ground.workspace(ground.fresh())
    make_tree(scanned, {"P2026-001_档案/project.yaml": _PROJECT})
    plain = ground.fresh()
    shutil.copytree(scanned, plain, dirs_exist_ok=True)
    _scan(_with_files(scanned, count))

    def first(folder: Path) -> Spent:
        shutil.copytree(plain, folder, dirs_exist_ok=True)
        return _scan(_with_files(folder, count))

    about = f"{count:,} small files (Word, Excel, text), as a whole process"
    yield Race(f"scan, {count:,} new", f"folderkit scan takes in {about}: a version of each in the vault, the text of "
               "each read by the worker process, which is counted", {"folderkit": ground.in_fresh(first)}, rounds=3)
    yield Race("scan, nothing changed", f"folderkit scan over the same {about}",
               {"folderkit": lambda: _scan(scanned)})
    yield Race("find", f"folderkit find {_WORD}, a word in one file of a hundred, among the same {about}",
               {"folderkit": lambda: process([*FOLDERKIT, "find", _WORD], scanned)})


def _scan(workspace: Path) -> Spent:
    return process([*FOLDERKIT, "scan"], workspace)


def _with_files(workspace: Path, count: int) -> Path:
    """The workspace with `count` files in its project, always the same ones."""
    project = next(workspace.glob("*/project.yaml")).parent
    files: dict[str, str | bytes | None] = {}
    for number in range(count):
        suffix, content = small_file(number)
        files[f"6_成果/{number % _FOLDERS:02d}/文件{number:04d}.{suffix}"] = content
    make_tree(project, files)
    return workspace


def small_file(number: int, more: str = "") -> tuple[str, bytes]:
    """The suffix and the content of one of many small files (Word, Excel, text); `more` is a last line of its text."""
    makers: tuple[tuple[str, Callable[[str], bytes]], ...] = (
        ("docx", _word), ("xlsx", _workbook), ("txt", str.encode), ("docx", _word), ("csv", str.encode))
    suffix, make = makers[number % len(makers)]
    return suffix, make("\n".join([_words(number), more]) if more else _words(number))


def _words(number: int) -> str:
    chance = random.Random(number)
    lines = [f"编号 {number}", *chance.choices(_SENTENCES, k=chance.randint(10, 60))]
    return "\n".join([*lines, f"{_WORD}为合同金额的百分之一。"] if number % 100 == 0 else lines)


def _word(text: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n"))
    kind, main = "wordprocessingml.document.main", "word/document.xml"
    return _package(main, kind, {main: '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/'
                                       f'main"><w:body>{body}</w:body></w:document>'})


def _workbook(text: str) -> bytes:
    rows = "".join(f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{line}</t></is></c>'
                   f'<c r="B{number}"><v>{number * 12.5}</v></c></row>'
                   for number, line in enumerate(text.split("\n"), start=1))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return _package("xl/workbook.xml", "spreadsheetml.sheet.main", {
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{links}"><sheets><sheet name="清单" sheetId="1" r:id="r1"/>'
                           "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relationships("r1", f"{links}/worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>",
    })


def _package(main: str, kind: str, parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    types = ('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
             'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
             f'ContentType="application/xml"/><Override PartName="/{main}" ContentType="application/'
             f'vnd.openxmlformats-officedocument.{kind}+xml"/></Types>')
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in {"[Content_Types].xml": types, "_rels/.rels": _relationships("r1", office, main),
                           **parts}.items():
            packed.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _relationships(identity: str, kind: str, target: str) -> str:
    return ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="{identity}" Type="{kind}" Target="{target}"/></Relationships>')
