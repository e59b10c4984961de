"""PDF by LibreOffice: one document and many, names, and what becomes of one that brings LibreOffice down."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from docx import Document

from folderkit.core.errors import Failed, Refused
from folderkit.documents import convert_many, pdf_names, pdf_of, pdfs_beside, soffice, to_pdf
from folderkit.documents.pages import libreoffice, pdf

needs_libreoffice = pytest.mark.skipif(
    soffice() is None, reason="LibreOffice is not installed (apt install libreoffice-writer)")

# A program in the place of LibreOffice that hands each document to the real one, and dies or hangs at some, by name.
FRAGILE = """#!/bin/sh
options=""; outdir=""; files=""
while [ $# -gt 0 ]; do
  case "$1" in
    --outdir) outdir="$2"; shift;;
    -*) options="$options $1";;
    pdf) options="$options pdf";;
    *) files="$files $1";;
  esac
  shift
done
echo "start $(echo $files | wc -w)" >> LOG
for file in $files; do
  grep -q CRASH "$file" && kill -SEGV $$
  grep -q HANG "$file" && sleep 600
  REAL $options --outdir "$outdir" "$file"
done
"""


def write(path: Path, text: str = "x") -> Path:
    """A Word file; some text is in its name for the fragile program, which looks into the zip."""
    path.parent.mkdir(exist_ok=True)
    document = Document()
    document.add_paragraph(text)
    document.save(str(path))
    if text in ("CRASH", "HANG"):
        with path.open("ab") as stream:
            stream.write(text.encode())  # behind the zip
    return path


def text_of(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_range() for page in document).strip()


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fragile program comes before LibreOffice; returns the file of its starts, each with its documents' number."""
    log, program = tmp_path / "starts", tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text(FRAGILE.replace("LOG", str(log)).replace("REAL", str(soffice())))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return log


# -- one -------------------------------------------------------------------------------------------
@needs_libreoffice
def test_a_pdf_has_the_document_s_name(tmp_path: Path) -> None:
    made = to_pdf(write(tmp_path / "-报告 1%.docx"), tmp_path / "out")

    assert made == tmp_path / "out" / "-报告 1%.pdf"
    assert text_of(made) == "x"


@needs_libreoffice
def test_a_conversion_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"longer than 0\.01 seconds for 'a\.docx'"):
        to_pdf(write(tmp_path / "a.docx"), tmp_path, timeout=0.01)


@needs_libreoffice
def test_what_stands_at_the_place_of_a_pdf_stays(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("mine")
    with pytest.raises(Refused, match="already there"):
        to_pdf(write(tmp_path / "a.docx"), tmp_path)
    assert (tmp_path / "a.pdf").read_text() == "mine"


def test_without_libreoffice_the_hint_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(libreoffice, "_PLACES", ())

    assert soffice() is None
    with pytest.raises(Refused) as caught:
        to_pdf(write(tmp_path / "a.docx"), tmp_path)
    assert caught.value.hint is not None
    assert "apt install libreoffice" in caught.value.hint.en


# -- many ------------------------------------------------------------------------------------------
@needs_libreoffice
def test_one_start_converts_many_and_tells_how_far_it_is(tmp_path: Path, starts: Path) -> None:
    documents = [write(tmp_path / "in" / f"{number}.docx", f"text {number}") for number in range(4)]
    told: list[tuple[int, int]] = []

    failed = convert_many(pdf_names(documents, tmp_path / "out"), progress=lambda *now: told.append(now))

    assert failed == {}
    assert [text_of(tmp_path / "out" / f"{number}.pdf") for number in range(4)] == [f"text {n}" for n in range(4)]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert starts.read_text() == "start 4\n"


@needs_libreoffice
def test_word_and_excel_of_one_name_stand_side_by_side(tmp_path: Path) -> None:
    write(tmp_path / "a.docx", "from Word")
    shutil.copy(write_book(tmp_path / "a.xlsx", "from Excel"), tmp_path / "b.xlsx")
    documents = [tmp_path / "a.docx", tmp_path / "a.xlsx", tmp_path / "b.xlsx"]

    assert convert_many(pdf_names(documents)) == {}

    made = {path.name: text_of(path) for path in tmp_path.glob("*.pdf")}
    assert made.keys() == {"a.docx.pdf", "a.xlsx.pdf", "b.pdf"}
    assert "from Word" in made["a.docx.pdf"]
    assert "from Excel" in made["a.xlsx.pdf"]


@needs_libreoffice
def test_what_brings_libreoffice_down_fails_alone(tmp_path: Path, starts: Path) -> None:
    texts = ["one", "CRASH", "two", "HANG", "three"]
    documents = [write(tmp_path / "in" / f"{number} {text}.docx", text) for number, text in enumerate(texts)]
    broken = tmp_path / "in" / "5 broken.docx"
    broken.write_bytes(b"PK\3\4 no document")
    lost = tmp_path / "in" / "6 lost.docx"
    told: list[tuple[int, int]] = []

    failed = convert_many(pdf_names([*documents, broken, lost], tmp_path / "out"), timeout=20,
                          progress=lambda *now: told.append(now))

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0 one.pdf", "2 two.pdf", "4 three.pdf"]
    assert list(failed) == [lost, documents[1], documents[3], broken]
    assert "longer than 20 seconds for '3 HANG.docx'" in failed[documents[3]].message.en
    assert "could not convert '1 CRASH.docx'" in failed[documents[1]].message.en
    assert "could not convert '5 broken.docx'" in failed[broken].message.en
    assert told[-1] == (7, 7)
    assert told == sorted(told)
    assert starts.read_text().split("\n")[:4] == ["start 6", "start 1", "start 4", "start 2"]


def test_when_nothing_can_be_converted_it_is_not_tried_document_by_document(tmp_path: Path, starts: Path) -> None:
    program = tmp_path / "bin" / "soffice"
    program.write_text(f"#!/bin/sh\necho start >> {starts}\necho 'no display' >&2\nexit 7\n")
    documents = [write(tmp_path / "in" / f"{number}.docx") for number in range(30)]

    failed = convert_many(pdf_names(documents))

    assert len(failed) == 30
    assert all("no display" in error.message.en for error in failed.values())
    assert len(starts.read_text().split()) < 10


@needs_libreoffice
def test_several_bad_ones_in_a_row_do_not_cost_the_others(tmp_path: Path, starts: Path) -> None:
    texts = ["CRASH"] * (pdf._HOPELESS + 1) + ["last"]
    documents = [write(tmp_path / "in" / f"{number}.docx", text) for number, text in enumerate(texts)]

    assert list(convert_many(pdf_names(documents))) == documents[:-1]
    assert text_of(documents[-1].with_suffix(".pdf")) == "last"


@needs_libreoffice
def test_more_than_one_start_takes_are_all_made(tmp_path: Path, starts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "TOGETHER", 2)
    documents = [write(tmp_path / "in" / f"{number}.docx", str(number)) for number in range(3)]

    assert convert_many(pdf_names(documents)) == {}
    assert [text_of(path.with_suffix(".pdf")) for path in documents] == ["0", "1", "2"]
    assert starts.read_text() == "start 2\nstart 1\n"


@needs_libreoffice
def test_bytes_become_bytes(tmp_path: Path) -> None:
    assert pdf_of(write(tmp_path / "a.docx").read_bytes()).startswith(b"%PDF")


# -- names -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("names", "expected"), [
    (["a.docx", "b.docx"], ["a.pdf", "b.pdf"]),
    (["a.docx", "a.xlsx", "b.docx"], ["a.docx.pdf", "a.xlsx.pdf", "b.pdf"]),
    (["A.docx", "a.xlsx"], ["A.docx.pdf", "a.xlsx.pdf"]),
    (["a.docx", "a.xlsx", "a.docx.docx"], ["a.docx.pdf", "a.xlsx.pdf", "a.docx.docx.pdf"]),
    (["one/a.docx", "two/a.docx"], ["a.docx.pdf", "a.docx (2).pdf"]),
    (["报告.docx", "报告.xlsx"], ["报告.docx.pdf", "报告.xlsx.pdf"]),
])
def test_names_of_many(names: list[str], expected: list[str]) -> None:
    assert [path.name for path in pdf_names(map(Path, names), Path("out")).values()] == expected


def test_pdfs_leave_their_names_to_what_stands_beside(tmp_path: Path) -> None:
    documents = [tmp_path / "a.docx", tmp_path / "b.docx", tmp_path / "none" / "a.docx"]
    assert [path.relative_to(tmp_path).as_posix() for path in pdfs_beside(documents).values()] == [
        "a.pdf", "b.pdf", "none/a.pdf"]
    for name in ("a.xlsx", "a.txt", "b.docx"):
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in pdfs_beside(documents).values()] == [
        "a.docx.pdf", "b.pdf", "none/a.pdf"]


def write_book(path: Path, text: str) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(0, 0, text)
    return path
