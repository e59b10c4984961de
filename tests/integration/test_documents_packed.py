"""A part that lies in the file as it was written is packed bit by bit: the same document, wherever the bits end."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from folderkit.core.errors import Misuse
from folderkit.core.settings import Firm
from folderkit.documents import Template, finished, render, template_of_file
from folderkit.documents.parts import members
from folderkit.documents.parts.members import Member

BATCHES = (1, 2, 3, 7, 256)


@pytest.fixture
def rows(tmp_path: Path) -> Template:
    """A table of nothing but rows for members, between two lines of text."""
    document = Document()
    document.add_paragraph("{{ title }}")
    table = document.add_table(rows=3, cols=2)
    for row, texts in enumerate((["{%tr for row in rows %}"], ["{{ row }}", "{{ loop.index }}"], ["{%tr endfor %}"])):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    document.add_paragraph("{{ end }}")
    document.save(str(tmp_path / "rows.docx"))
    return template_of_file(tmp_path / "rows.docx", "zh")


def whole(template: Template, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The document, put together as a whole before it is packed."""
    with monkeypatch.context() as patched:
        patched.setattr(finished, "_packed", lambda filled: None)
        return render(template, "zh", facts, Firm())


@pytest.mark.parametrize("together", BATCHES)
@pytest.mark.parametrize("members_of_it", [["一", "b & c", "😀"] * 300, ["a\nb", "c"], ["x\ty"], ["末"] * 40, []])
def test_the_same_document(rows: Template, members_of_it: list[str], together: int, monkeypatch: pytest.MonkeyPatch
                           ) -> None:
    facts = {"title": "清单", "rows": members_of_it, "end": "完"}
    monkeypatch.setattr(members, "_TOGETHER", together)

    made = render(rows, "zh", facts, Firm())

    with zipfile.ZipFile(io.BytesIO(made)) as file, \
            zipfile.ZipFile(io.BytesIO(whole(rows, facts, monkeypatch))) as other:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == \
            {name: other.read(name) for name in other.namelist()}
    table = Document(io.BytesIO(made)).tables
    assert [len(each.rows) for each in table] == ([len(members_of_it)] if members_of_it else [])


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ud800", "\x01"])
@pytest.mark.parametrize("together", BATCHES)
def test_what_no_file_can_hold_is_named(rows: Template, character: str, together: int, monkeypatch: pytest.MonkeyPatch
                                        ) -> None:
    monkeypatch.setattr(members, "_TOGETHER", together)

    with pytest.raises(Misuse) as caught:
        render(rows, "zh", {"title": "清单", "rows": ["a"] * 30, "end": f"完{character}"}, Firm())

    assert "end (U+" in caught.value.message.en


def test_a_long_list_is_packed_bit_by_bit(rows: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the others compare is not the whole with the whole."""
    made: list[Member | None] = []
    pack = finished._packed

    def packed(filled: finished.Filled) -> Member | None:
        made.append(pack(filled))
        return made[-1]

    monkeypatch.setattr(finished, "_packed", packed)

    render(rows, "zh", {"title": "清单", "rows": ["一"] * 50, "end": "完"}, Firm())

    assert [member and member.data for member in made] == [b""]
