"""`diff` of real Word, Excel, PDF and other files: what changed is told, and nothing else."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from folderkit.catalog import VersionRow
from folderkit.core.errors import Misuse
from folderkit.operations.diff import choose_sides
from tests.conftest import Run

Write = Callable[[Path], object]
needs_libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice makes the file")

Differ = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def differ(run: Run, project: Path) -> Differ:
    """Two contents of a file, each scanned: what `diff --json` tells, but for properties."""

    def differ_(name: str, before: Write, after: Write) -> list[dict[str, Any]]:
        for write in (before, after):
            write(project / name)
            assert run("scan").code == 0
        return [line for line in diff(run, project / name) if line["place"] not in PROPERTIES]

    return differ_


PROPERTIES = {"size", "type", "title", "author", "saved by", "pages", "pictures", "pixels", "line ends"}


def diff(run: Run, file: Path, *args: str) -> list[dict[str, Any]]:
    ran = run("diff", str(file), "--json", *args)
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def told(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(line["kind"], line["place"], line["before"], line["after"]) for line in lines]


def text(content: str | bytes) -> Write:
    return lambda path: path.write_bytes(content.encode() if isinstance(content, str) else content)


def contract(days: str, rows: list[tuple[str, str]], *more: str) -> Write:
    def write(path: Path) -> None:
        document = docx.Document()
        document.sections[0].header.paragraphs[0].text = "Cedar & Stone"
        document.add_heading("1 Subject", 1)
        document.add_paragraph("The contractor delivers the website.")
        document.add_heading("2 Payment", 1)
        document.add_paragraph(f"付款期限为验收后{days}日内，逾期支付违约金。")
        table = document.add_table(rows=0, cols=2)
        for row in rows:
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = value
        for paragraph in more:
            document.add_paragraph(paragraph)
        document.save(str(path))

    return write


def workbook(**sheets: list[list[object]]) -> Write:
    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(path)

    return write


def converted(write: Write, suffix: str) -> Write:
    """What LibreOffice makes of a file."""

    def write_(path: Path) -> None:
        source = path.parent.parent / f"{path.stem}.{'docx' if suffix in ('pdf', 'odt') else 'xlsx'}"
        write(source)
        out = path.parent.parent / "converted"
        subprocess.run(["soffice", f"-env:UserInstallation={(out / 'profile').as_uri()}", "--headless", "--convert-to",
                        suffix, "--outdir", str(out), str(source)], check=True, capture_output=True, timeout=120)
        shutil.copyfile(out / f"{path.stem}.{suffix}", path)

    return write_


ROWS = [("Phase", "Due"), ("Build", "2026-05-31"), ("Launch", "2026-06-30")]
LATER = [("Phase", "Due"), ("Build", "2026-06-15"), ("Launch", "2026-06-30"), ("Training", "2026-07-15")]
CELLS: list[list[object]] = [["No", "Item", "Price"], [1, "Design", 12000], [2, "Hosting", 1200.5]]


def test_word_is_told_by_paragraph_and_row_of_a_table(differ: Differ) -> None:
    lines = differ("a.docx", contract("三十", ROWS, "Oral agreements are void."),
                   contract("四十五", LATER, "Travel is paid apart, as agreed."))
    assert told(lines) == [
        ("changed", "paragraph 4", "付款期限为验收后三十日内，逾期支付违约金。",
         "付款期限为验收后四十五日内，逾期支付违约金。"),
        ("changed", "table 1 row 2", "Build | 2026-05-31", "Build | 2026-06-15"),
        ("removed", "paragraph 5", "Oral agreements are void.", None),
        ("added", "table 1 row 4", None, "Training | 2026-07-15"),
        ("added", "paragraph 5", None, "Travel is paid apart, as agreed.")]
    assert set(lines[0]) == {"kind", "place", "place_before", "before", "after", "about", "from", "to"}


@needs_libreoffice
def test_opendocument_and_pdf_tell_the_same(differ: Differ) -> None:
    for suffix, paragraph, row in (("odt", "paragraph 4", "table 1 row 2"), ("pdf", "p. 1", "p. 1")):
        lines = differ(f"a.{suffix}", converted(contract("三十", ROWS), suffix),
                       converted(contract("四十五", LATER), suffix))
        assert [line["place"] for line in lines if line["kind"] == "changed"] == [paragraph, row]
        assert "四十五" in lines[0]["after"]
        assert any("Training" in (line["after"] or "") for line in lines)


@needs_libreoffice
def test_a_pdf_whose_lines_break_elsewhere_tells_only_the_new_words(differ: Differ) -> None:
    def letter(extra: str) -> Write:
        def write(path: Path) -> None:
            document = docx.Document()
            for number in range(40):
                words = " ".join(f"word{number}x{word}" for word in range(60))
                document.add_paragraph(f"{number} begins {extra if number == 3 else ''}{words}.")
            document.save(str(path))

        return write

    lines = differ("a.pdf", converted(letter(""), "pdf"), converted(letter("with quite a few more words here "), "pdf"))
    assert [line["kind"] for line in lines] == ["changed"]
    assert lines[0]["place"] == "p. 1"


@pytest.mark.parametrize("suffix", ["xlsx", pytest.param("xls", marks=needs_libreoffice),
                                    pytest.param("ods", marks=needs_libreoffice)])
def test_workbooks_are_told_by_sheet_and_cell(differ: Differ, suffix: str) -> None:
    before = workbook(Budget=CELLS, Notes=[["a"], ["b"], ["c"]])
    after = workbook(Budget=[CELLS[0], [9, "Photos", 80], CELLS[1], [2, "Hosting", 1500]],
                     Remarks=[["a"], ["b"], ["d"]], New=[["x"]])
    if suffix != "xlsx":
        before, after = converted(before, suffix), converted(after, suffix)
    lines = differ(f"b.{suffix}", before, after)
    assert told(lines) == [
        ("added", "Budget!2:2", None, "9 | Photos | 80"), ("changed", "Budget!C4", "1200.5", "1500"),
        ("changed", "Remarks!", "Notes", "Remarks"), ("changed", "Remarks!A3", "c", "d"),
        ("added", "New!", None, "New")]
    assert lines[1]["place_before"] == "Budget!C3"
    assert lines[1]["about"] == "Hosting · Price"


@pytest.mark.parametrize("name", ["a.txt", "a.yaml", "a.html", "a.py", "a.unknown"])
def test_text_of_any_kind_is_told_by_line(differ: Differ, name: str) -> None:
    lines = differ(name, text("kept\n  port: 80\n\nlast\n"), text("kept\n  port: 443\n\nnew\nlast\n"))
    assert told(lines) == [("changed", "line 2", "  port: 80", "  port: 443"), ("added", "line 4", None, "new")]


def test_text_in_another_encoding_or_with_other_line_ends_is_the_same(run: Run, project: Path) -> None:
    for content in ("违约金条款\n第二行\n".encode("gb18030"), "违约金条款\r\n第二行\r\n".encode()):
        (project / "a.txt").write_bytes(content)
        assert run("scan").code == 0
    ran = run("diff", str(project / "a.txt"))
    assert "line ends: LF → CRLF" in ran.out
    assert "The lines are the same" in ran.out
    assert "@@" not in ran.out


def test_pictures_are_told_by_their_size(run: Run, project: Path, tmp_path: Path) -> None:
    for width in (800, 1024):
        (project / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + b"\0\0\2\0" * 9)
        assert run("scan").code == 0
    assert told(diff(run, project / "a.png")) == [("changed", "pixels", "800 × 512", "1024 × 512")]
    assert "only size and properties" in run("diff", str(project / "a.png")).out


def test_who_saved_it_is_told_when_the_text_is_the_same(run: Run, project: Path) -> None:
    for who in ("Laura", "Bob"):
        document = docx.Document()
        document.add_paragraph("The same")
        document.core_properties.last_modified_by = who
        document.save(str(project / "a.docx"))
        assert run("scan").code == 0
    ran = run("diff", str(project / "a.docx"))
    assert "saved by: Laura → Bob" in ran.out
    assert "The text is the same" in ran.out


# -- which contents --------------------------------------------------------------------------------
@pytest.fixture
def note(run: Run, project: Path) -> Path:
    """A file with the versions one, two and three."""
    file = project / "note.txt"
    for word in ("one", "two", "three"):
        file.write_text(f"{word}\n", encoding="utf-8")
        assert run("scan").code == 0
    return file


@pytest.mark.parametrize(("args", "before", "after"), [
    ((), "two", "three"), (("--from", "1"), "one", "three"), (("--to", "2"), "one", "two"),
    (("--from", "3", "--to", "1"), "three", "one"),
])
def test_versions_are_chosen_by_their_numbers(run: Run, note: Path, args: tuple[str, ...], before: str, after: str
                                              ) -> None:
    lines = [line for line in diff(run, note, *args) if line["place"] == "line 1"]
    assert told(lines) == [("changed", "line 1", before, after)]


def test_what_lies_there_now_is_compared_where_it_is_no_version_yet(run: Run, note: Path) -> None:
    note.write_text("four\n", encoding="utf-8")
    lines = [line for line in diff(run, note) if line["place"] == "line 1"]
    assert [(*line, lines[0]["from"], lines[0]["to"]) for line in told(lines)] == [
        ("changed", "line 1", "three", "four", 3, None)]
    assert diff(run, note, "--from", "1")[-1]["after"] == "four"
    assert diff(run, note, "--from", "2", "--to", "3")[-1]["after"] == "three"
    assert "not yet a version" in run("diff", str(note)).out
    assert note.read_text(encoding="utf-8") == "four\n"
    assert len(json.loads(run("history", str(note), "--json").out)) == 3


def test_a_file_that_is_gone_or_was_moved_is_compared(run: Run, project: Path, note: Path) -> None:
    note.rename(project / "moved.txt")
    assert run("scan").code == 0
    assert diff(run, note)[-1]["after"] == "three"
    (project / "moved.txt").unlink()
    assert diff(run, project / "moved.txt")[-1]["after"] == "three"
    assert run("scan").code == 0
    assert diff(run, Path("moved.txt"), "-p", project.name)[-1]["after"] == "three"


def test_a_file_that_went_to_another_project_is_compared_with_what_lies_there(run: Run, note: Path, project: Path
                                                                              ) -> None:
    assert run("new", "Other", "--client", "Acme").code == 0
    other = next(path for path in project.parent.glob("P*") if path != project)
    note.rename(other / "note.txt")
    assert run("scan").code == 0
    (other / "note.txt").write_text("four\n", encoding="utf-8")
    for asked in (note, other / "note.txt"):
        assert told(diff(run, asked))[-1] == ("changed", "line 1", "three", "four")


def test_versions_that_are_not_kept_any_more_are_passed_over(tmp_path: Path) -> None:
    versions = [VersionRow("f", number, dt.datetime(2026, 1, number, tzinfo=dt.UTC), "ann", "scan", 0, "p", "a.txt",
                           str(number), 1, 0, number == 2, incomplete=False) for number in (1, 2, 3)]
    before, after = choose_sides(versions, tmp_path / "a.txt", None, None)
    assert (before.version, after.version) == (1, 3)
    with pytest.raises(Misuse, match="not kept any more"):
        choose_sides(versions, tmp_path / "a.txt", 2, None)


def test_no_difference_is_said_and_no_failure(run: Run, project: Path, note: Path) -> None:
    (project / "alone.txt").write_text("x", encoding="utf-8")
    assert run("scan").code == 0
    for args, number in ((("alone.txt",), 1), (("note.txt", "--from", "3"), 3)):
        ran = run("diff", *args, "-p", project.name)
        assert ran.code == 0
        assert f"No difference: there is nothing but version {number} to compare." in ran.out
        assert json.loads(run("diff", *args, "-p", project.name, "--json").out) == []
    note.write_text("one\n", encoding="utf-8")
    assert "byte by byte" in run("diff", "note.txt", "--from", "1", "-p", project.name).out


def test_a_link_in_its_place_is_not_read(run: Run, project: Path, note: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret\n", encoding="utf-8")
    note.unlink()
    note.symlink_to(tmp_path / "secret.txt")
    assert diff(run, Path("note.txt"), "-p", project.name)[-1]["after"] == "three"


# -- what cannot be read ---------------------------------------------------------------------------
def test_what_is_damaged_is_told_by_its_size(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.watch.settling.BROKEN_SECONDS", 0.0)
    contract("三十", ROWS)(project / "a.docx")
    whole = (project / "a.docx").read_bytes()
    assert run("scan").code == 0
    (project / "a.docx").write_bytes(whole[: len(whole) // 2])
    assert run("scan").code == 0
    ran = run("diff", str(project / "a.docx"))
    assert ran.code == 0
    assert "Version 2 is damaged, so its contents are not compared." in ran.out
    assert [line["place"] for line in diff(run, project / "a.docx") if line["kind"] == "changed"] == ["size"]


def test_an_empty_file_is_compared_as_one_without_text(differ: Differ) -> None:
    assert told(differ("a.docx", text(""), contract("三十", []))) [:1] == [
        ("added", "paragraph 1", None, "1 Subject")]
    assert told(differ("a.txt", text("one\n"), text(""))) == [("removed", "line 1", "one", None)]


def test_another_type_under_the_same_name_is_told_by_its_properties(run: Run, project: Path) -> None:
    for content in (b"just text\n", bytes(range(256))):
        (project / "a.dat").write_bytes(content)
        assert run("scan").code == 0
    assert "line 1" not in {line["place"] for line in diff(run, project / "a.dat")}


# -- pages -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("lang", "words"), [("en", ("What changed", "Where")), ("zh", ("改动对比", "位置"))])
def test_a_page_is_made_once_and_overwrites_nothing(run: Run, note: Path, tmp_path: Path, lang: str,
                                                    words: tuple[str, ...]) -> None:
    target = tmp_path / "d.html"
    assert run("diff", str(note), "--html", str(target), lang=lang).code == 0
    content = target.read_text(encoding="utf-8")
    assert content.startswith("<!DOCTYPE html>")
    assert all(word in content for word in words)
    assert "<del>two</del>" in content
    assert run("diff", str(note), "--html", str(target), lang=lang).code == 3
    assert target.read_text(encoding="utf-8") == content
