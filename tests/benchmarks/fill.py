"""``fill`` against docxtpl: rendering alone, in this process, and the whole command against a minimal script."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from folderkit.core import tags
from folderkit.core.language import same
from folderkit.core.resources import find
from folderkit.core.settings import Firm
from folderkit.documents import Template, read_template, render
from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import Race, Run, Spent, call, process
from tests.integration.test_templates import context_of

_SCRIPT = """
import json, sys
from docxtpl import DocxTemplate
template = DocxTemplate(sys.argv[1])
template.render(json.load(open(sys.argv[2], encoding="utf-8")), autoescape=True)
template.save(sys.argv[3])
"""


def races(ground: Ground) -> Iterator[Race]:
    yield _whole(ground)
    one_page = _one_page(ground.fresh() / "letter.docx")
    bare = Template("letter", 1, same("letter"), same(""), "word", {"zh": one_page}, "", "letter.docx")
    yield _in_process("one page", bare, _LETTER)
    yield _in_process("500 rows", _long(ground.fresh() / "long.docx"), _rows(5 if ground.tiny else 500))
    for name, folder in find("templates", None).items():
        yield _in_process(name, read_template(folder), context_of(name, "zh", "rich"))


def _in_process(called: str, template: Template, context: dict[str, Any]) -> Race:
    """Both load the file, render it and write it to memory; the imports are done before."""
    path, firm = template.edition("zh"), Firm()

    def docxtpl() -> None:
        from docxtpl import DocxTemplate

        filled = DocxTemplate(str(path))
        environment = tags.environment("zh", firm.currency, autoescape=True)
        environment.filters["fit"] = lambda picture, width, height: picture
        filled.render({**context}, environment)
        filled.save(io.BytesIO())

    runs: dict[str, Run] = {"folderkit": lambda: call(lambda: render(template, "zh", context, firm)),
                            "docxtpl": lambda: call(docxtpl)}
    return Race(f"render, {called}", "load, render and write to memory, in one process after its imports; folderkit's "
                "with checks of every tag and value, missing fields by name, and the firm's colours",
                runs, None, "docxtpl", rounds=25)


def _whole(ground: Ground) -> Race:
    place = ground.fresh()
    template, data = _one_page(place / "letter.docx"), place / "letter.json"
    data.write_text(json.dumps(_LETTER, ensure_ascii=False), encoding="utf-8")
    (place / "script.py").write_text(_SCRIPT, encoding="utf-8")

    def made(command: Callable[[Path], list[str | Path]]) -> Callable[[Path], Spent]:
        def run(folder: Path) -> Spent:
            spent = process(command(folder / "out.docx"), folder)
            if not (folder / "out.docx").is_file():
                raise AssertionError("no document was made")
            return spent

        return run

    runs: dict[str, Run] = {"folderkit": ground.in_fresh(made(
        lambda out: [*FOLDERKIT, "fill", template, "--data", data, "--out", out, "--quick", "--lang", "zh"]))}
    python = ground.peers.program("python") if ground.peers else Path(sys.executable)
    if not ground.tiny:
        runs["docxtpl"] = ground.in_fresh(made(lambda out: [python, place / "script.py", template, data, out]))
    return Race("fill, one page", "'folderkit fill letter.docx --data letter.json --quick' outside a workspace, as a "
                "whole process, against a script of five lines around docxtpl", runs, None, "docxtpl")


# -- what is filled --------------------------------------------------------------------------------
_LETTER: dict[str, Any] = {
    "client": "江南茶业有限公司", "contact": "陈立", "project": "门店订货小程序", "code": "P2026-018",
    "manager": "王晓", "signed": "2026-06-01", "amount": "375,000.00", "city": "上海",
    "items": [{"name": f"交付成果 {number}", "due": f"2026-07-{number:02d}", "owner": "周婷"}
              for number in range(1, 6)],
}


def _one_page(path: Path) -> Path:
    """A letter of one page: ten plain tags and a table of a row for each item."""
    from docx import Document

    document = Document()
    document.add_heading("{{ project }}", 1)
    for line in ("{{ client }}　{{ contact }} 先生：", "本公司受贵方委托承担 {{ project }}（编号 {{ code }}）。",
                 "合同于 {{ signed }} 在{{ city }}签订，金额 {{ amount }} 元。", "以下成果将按期交付：",
                 "项目经理：{{ manager }}"):
        document.add_paragraph(line)
    _add_table(document, "items", ("name", "due", "owner"))
    document.save(str(path))
    return path


def _long(path: Path) -> Template:
    """A file of one table with six columns and as many rows as there are records."""
    from docx import Document

    document = Document()
    document.add_heading("{{ title }}", 1)
    _add_table(document, "rows", ("a", "b", "c", "d", "e", "f"))
    document.save(str(path))
    return Template("long", 1, same("long"), same(""), "word", {"zh": path}, "", "long.docx")


def _rows(count: int) -> dict[str, Any]:
    return {"title": "清单", "rows": [dict.fromkeys("abcdef", f"第 {number} 行") for number in range(count)]}


def _add_table(document: Any, rows: str, columns: tuple[str, ...]) -> None:
    table = document.add_table(rows=3, cols=len(columns))
    table.rows[0].cells[0].text = f"{{%tr for row in {rows} %}}"
    for cell, column in zip(table.rows[1].cells, columns, strict=True):
        cell.text = f"{{{{ row.{column} }}}}"
    table.rows[2].cells[0].text = "{%tr endfor %}"
