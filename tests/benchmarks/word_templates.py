"""The Word templates of the benchmark, the same in the tag language of each engine, and what is filled into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

LETTER: dict[str, Any] = {
    "client": "江南茶业有限公司", "contact": "陈立", "project": "门店订货小程序", "code": "P2026-018",
    "manager": "王晓", "signed": "2026-06-01", "amount": "375,000.00", "city": "上海",
    "items": [{"name": f"交付成果 {number}", "due": f"2026-07-{number:02d}", "owner": "周婷"}
              for number in range(1, 6)],
}
_LINES = ("{client}　{contact} 先生：", "本公司受贵方委托承担 {project}（编号 {code}）。",
          "合同于 {signed} 在{city}签订，金额 {amount} 元。", "以下成果将按期交付：", "项目经理：{manager}")


class Language(NamedTuple):
    """How an engine writes a value, and the cells of the rows that it repeats for each member of a list."""

    value: Callable[[str], str]
    rows: Callable[[str, Sequence[str]], list[list[str]]]


def _jinja(members: str, columns: Sequence[str]) -> list[list[str]]:
    return [[f"{{%tr for row in {members} %}}"], [f"{{{{ row.{column} }}}}" for column in columns], ["{%tr endfor %}"]]


def _mustache(members: str, columns: Sequence[str]) -> list[list[str]]:
    first, *others, last = (f"{{{column}}}" for column in columns)
    return [[f"{{#{members}}}{first}", *others, f"{last}{{/{members}}}"]]


def _carbone(members: str, columns: Sequence[str]) -> list[list[str]]:
    return [[f"{{d.{members}[{index}].{column}}}" for column in columns] for index in ("i", "i+1")]


JINJA = Language("{{{{ {} }}}}".format, _jinja)
LANGUAGES = {"docxtemplater": Language("{{{}}}".format, _mustache), "carbone": Language("{{d.{}}}".format, _carbone)}


def letter(path: Path, language: Language = JINJA) -> Path:
    """A letter of one page: ten plain tags and a table of a row for each item."""
    from docx import Document

    document = Document()
    document.add_heading(language.value("project"), 1)
    for line in _LINES:
        document.add_paragraph(line.format_map({name: language.value(name) for name in LETTER}))
    _add_table(document, language.rows("items", ("name", "due", "owner")))
    document.save(str(path))
    return path


def long(path: Path, language: Language = JINJA) -> Path:
    """A file of one table with six columns and as many rows as there are records."""
    from docx import Document

    document = Document()
    document.add_heading(language.value("title"), 1)
    _add_table(document, language.rows("rows", tuple("abcdef")))
    document.save(str(path))
    return path


def rows(count: int) -> dict[str, Any]:
    """What is filled into the long file."""
    return {"title": "清单", "rows": [dict.fromkeys("abcdef", f"第 {number} 行") for number in range(count)]}


def texts(data: dict[str, Any]) -> Iterator[str]:
    """What the document must hold for the data, in this order."""
    if "rows" in data:
        yield data["title"]
        for row in data["rows"]:
            yield from row.values()
        return
    yield data["project"]
    yield from (line.format_map(data) for line in _LINES)
    for item in data["items"]:
        yield from item.values()


def _add_table(document: Any, cells: list[list[str]]) -> None:
    table = document.add_table(rows=len(cells), cols=max(map(len, cells)))
    for row, texts_of_row in zip(table.rows, cells, strict=True):
        for cell, text in zip(row.cells, texts_of_row, strict=False):
            cell.text = text
