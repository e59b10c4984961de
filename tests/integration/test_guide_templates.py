"""The tags that the guide shows on its page of templates do what it says, in both languages."""

from __future__ import annotations

import datetime as dt
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest

from folderkit.cli.guide import pages
from folderkit.core.language import LANGUAGES, Language
from folderkit.core.settings import Firm
from folderkit.documents import Reach, render, template_of_file
from folderkit.documents.check import check_file
from folderkit.documents.known import Known
from tests.integration.test_documents import p, parts_of, write_word
from tests.integration.test_documents_images import picture

_BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONTEXT: dict[str, Any] = {
    "budget": [{"item": "Design", "revised": 40_000, "actual": 12_500.5}, {"item": "QA", "revised": 1, "actual": ""}],
    "tasks": [{"name": "Design", "plan_start": dt.date(2026, 3, 2), "plan_end": dt.date(2026, 3, 20), "pct": 0.5}],
    "site": {"photo": "photos/site.jpg"},
    "issue": {"text": "# Head\n\n- one\n- two"},
    "contract": {"amount": 1200},
    "project": {"code": "P1", "due_date": dt.date(2026, 3, 31)},
    "risks": [{"level": "High"}, {"level": "Low"}],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tag_of_the_page_can_be_filled(tmp_path: Path, language: Language) -> None:
    page = pages(language)["templates"].read_text(encoding="utf-8")
    tags = [line for block in _BLOCK.findall(page) for line in block.splitlines()]
    picture(tmp_path / "photos" / "site.jpg")
    write_word(tmp_path / "terms.docx", p("Terms"))
    write_word(tmp_path / f"annex.{language}.docx", p("Annex: {{ title }}"))
    path = write_word(tmp_path / "a.docx", "".join(p(escape(tag, quote=False)) for tag in tags))

    checked = check_file(path, language, "CNY", Known({}))
    parts = parts_of(render(template_of_file(path), language, CONTEXT, Firm(), reach=Reach((tmp_path,))))

    assert len(tags) >= 10
    assert not checked.findings
    assert "{" not in re.sub("<[^>]+>", "", parts["word/document.xml"])
    assert len([name for name in parts if name.startswith("word/charts/chart")]) == 4
