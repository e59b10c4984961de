"""``fill``: the whole command, and rendering alone, against docxtpl and what else fills Word templates."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from folderkit.core import tags
from folderkit.core.resources import find
from folderkit.core.settings import Firm
from folderkit.documents import Template, read_template, render
from tests.benchmarks import notes, renderings
from tests.benchmarks.ground import FOLDERKIT, Ground
from tests.benchmarks.measure import Race, Run, Spent, call, process
from tests.benchmarks.word_templates import LETTER, letter
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
    yield from renderings.races(ground)
    for name, folder in find("templates", None).items():
        yield _in_process(name, read_template(folder), context_of(name, "zh", "rich"))
    yield from notes.races(ground)


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
    template, data = letter(place / "letter.docx"), place / "letter.json"
    data.write_text(json.dumps(LETTER, ensure_ascii=False), encoding="utf-8")
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
