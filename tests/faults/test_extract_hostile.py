"""Files made to hurt: each costs itself, and the next file is read as if nothing had been."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest

from folderkit.core.errors import Failed
from folderkit.extract import STATES, Extraction, Extractor

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


@pytest.fixture
def good(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("All is well")
    document.save(str(tmp_path / "good.docx"))
    return tmp_path / "good.docx"


def read_both(extractor: Extractor, path: Path, good: Path) -> Extraction:
    """Read the file made to hurt, then one that must not notice."""
    result = extractor.read(path, path.name)
    after = extractor.read(good, good.name)
    assert [passage.text for passage in after.passages] == ["All is well"]
    assert result.state in STATES
    assert result.detail or result.state == "ok"
    return result


def make_docx(path: Path, document: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", document)
    return path


def make_sheet(path: Path, rows: str) -> Path:
    """A workbook whose only sheet is this XML."""
    openpyxl.Workbook().save(path.with_suffix(".base"))
    sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    with zipfile.ZipFile(path.with_suffix(".base")) as base, zipfile.ZipFile(path, "w") as package:
        for name in base.namelist():
            package.writestr(name, sheet if name.endswith("sheet1.xml") else base.read(name))
    return path


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
    except (ProcessLookupError, FileNotFoundError):
        return False


def wait_until_gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_alive(pid)


def test_a_workbook_that_aborts_the_reader_is_read_by_another(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    result = read_both(extractor, make_sheet(tmp_path / "sparse.xlsx", rows), good)

    assert [(passage.place, passage.text) for passage in result.passages] == [
        ("Sheet!A1", "1"), ("Sheet!XFD1048576", "2")]


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    path = make_docx(tmp_path / "bomb.docx", b"<a>" + b" " * (100 << 20) + b"</a>")
    assert path.stat().st_size < 200_000

    assert read_both(extractor, path, good).state == "too-big"


def test_a_bomb_that_lies_about_its_size_is_cut_off(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    path = make_docx(tmp_path / "liar.docx", b"<a>" + b" " * (100 << 20) + b"</a>")
    size = (7 + (100 << 20)).to_bytes(4, "little")
    assert path.read_bytes().count(size) == 2
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))

    assert read_both(extractor, path, good).state == "broken"


def test_a_workbook_that_inflates_too_far_is_refused(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>' + " " * (70 << 20)
    assert read_both(extractor, make_sheet(tmp_path / "big.xlsx", rows), good).state == "too-big"


def test_a_pdf_that_inflates_to_gigabytes_costs_only_itself(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    packer = zlib.compressobj(9)
    head = packer.compress(b"A" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"A" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = head + block * 1500 + b"\3\0" + bytes(4)
    body = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream)
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        body,
    )
    data = b"".join(b"%d 0 obj%s endobj\n" % (number, body) for number, body in enumerate(objects, start=1))
    (tmp_path / "bomb.pdf").write_bytes(b"%PDF-1.4\n" + data + b"trailer<</Size 5/Root 1 0 R>>")

    assert read_both(extractor, tmp_path / "bomb.pdf", good).state in {"crashed", "too-big", "none"}


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


@pytest.mark.parametrize(
    ("name", "part"), [("a.docx", "word/document.xml"), ("a.odt", "content.xml"), ("a.pptx", "ppt/presentation.xml")]
)
@pytest.mark.parametrize("entity", [LAUGHS, '<!ENTITY l9 SYSTEM "file:///etc/passwd">', '<!ENTITY % p "x">'])
def test_any_declared_entity_is_refused(
    tmp_path: Path, extractor: Extractor, good: Path, name: str, part: str, entity: str
) -> None:
    xml = f"<!DOCTYPE a [{entity}]><w:document {W}><w:p><w:t>text &l9;</w:t></w:p></w:document>"
    with zipfile.ZipFile(tmp_path / name, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(part, xml)

    result = read_both(extractor, tmp_path / name, good)

    assert (result.state, result.passages) == ("broken", ())
    assert "entities" in result.detail


def test_a_workbook_with_entities_unfolds_none(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    path = make_sheet(tmp_path / "laughs.xlsx", '<row r="1"><c r="A1" t="str"><v>&l9;</v></c></row>')
    with zipfile.ZipFile(path) as base, zipfile.ZipFile(tmp_path / "l.xlsx", "w") as package:
        for name in base.namelist():
            doctype = f"<!DOCTYPE a [{LAUGHS}]>".encode() if name.endswith("sheet1.xml") else b""
            package.writestr(name, doctype + base.read(name))

    result = read_both(extractor, tmp_path / "l.xlsx", good)

    assert "haha" not in "".join(passage.text for passage in result.passages)


def test_mails_nested_too_deeply_are_broken(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    (tmp_path / "deep.eml").write_bytes(b"Content-Type: message/rfc822\r\n\r\n" * 3000 + b"Subject: x\r\n\r\nend")
    assert read_both(extractor, tmp_path / "deep.eml", good).state in {"broken", "none"}


def test_a_mail_to_very_many_people_is_read(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    people = b",\r\n ".join(b"person%d@example.com" % number for number in range(300_000))
    (tmp_path / "all.eml").write_bytes(b"Subject: All\r\nTo: " + people + b"\r\n\r\nHello all\r\n")

    result = read_both(extractor, tmp_path / "all.eml", good)

    assert (result.state, result.passages[-1].text) == ("ok", "Hello all")


def test_a_body_of_a_quarter_of_a_gigabyte_is_read_in_part(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    (tmp_path / "body.eml").write_bytes(b"Subject: x\r\n\r\n" + b"\xce\xa5" * (125 << 20))
    assert read_both(extractor, tmp_path / "body.eml", good).state == "partial"


def test_too_much_text_is_kept_in_part(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    words = "".join(f"<w:p><w:t>{'word ' * 20_000}</w:t></w:p>" for _ in range(110))
    path = make_docx(tmp_path / "long.docx", f"<w:document {W}>{words}</w:document>".encode())

    result = read_both(extractor, path, good)

    assert result.state == "partial"
    assert sum(len(passage.text) for passage in result.passages) == 10_000_000


def test_millions_of_tiny_paragraphs_are_kept_in_part(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    path = make_docx(tmp_path / "tiny.docx", f"<w:document {W}>{'<w:p><w:t>a</w:t></w:p>' * 600_000}".encode())

    result = read_both(extractor, path, good)

    assert (result.state, len(result.passages)) == ("partial", 500_000)


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path, extractor: Extractor) -> None:
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate((256 << 20) + 1)
    assert extractor.read(tmp_path / "huge.pdf", "huge.pdf").state == "too-big"


def whole_files(folder: Path) -> dict[str, bytes]:
    document = docx.Document()
    for number in range(200):
        document.add_paragraph(f"Paragraph {number} 违约金")
    document.save(str(folder / "w.docx"))
    book = openpyxl.Workbook()
    assert book.active is not None
    for number in range(200):
        book.active.append([number, f"Row {number}"])
    book.save(folder / "w.xlsx")
    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    pdf += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Size 4/Root 1 0 R>>\n%%EOF"
    rtf = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}" + rb"Words \u36829? and \'e9\par " * 50 + b"}"
    return {
        "w.docx": (folder / "w.docx").read_bytes(),
        "w.xlsx": (folder / "w.xlsx").read_bytes(),
        "w.pdf": pdf,
        "w.rtf": rtf,
    }


@pytest.mark.parametrize("name", ["w.docx", "w.xlsx", "w.pdf", "w.rtf"])
def test_a_file_cut_off_or_damaged_anywhere_is_told_so(
    tmp_path: Path, extractor: Extractor, good: Path, name: str
) -> None:
    whole = whole_files(tmp_path)[name]
    for percent in (1, 5, 20, 50, 80, 95, 99):
        at = len(whole) * percent // 100
        for data in (whole[:at], whole[:at] + bytes(64) + whole[at + 64 :]):
            (tmp_path / name).write_bytes(data)
            result = read_both(extractor, tmp_path / name, good)
            assert result.state in {"ok", "none", "broken", "partial"}, (percent, result)


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, good: Path) -> None:
    (tmp_path / "slow.rtf").write_bytes(rb"{\rtf1 " + rb"\b0\b1" * 8_000_000)
    with Extractor(seconds=0.7) as extractor:
        start = time.monotonic()
        result = extractor.read(tmp_path / "slow.rtf", "slow.rtf")
        assert time.monotonic() - start < 10
        assert (result.state, extractor.worker_pid) == ("timed-out", None)
    with Extractor() as extractor:
        assert extractor.read(good, good.name).state == "ok"


@posix_only
def test_memory_is_limited(tmp_path: Path, good: Path) -> None:
    """Mails within mails, each packed anew: unpacked they fill four times the size of the file, which they may not."""
    head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = b"Subject: x\r\n\r\nx"
    mail += b"x" * (1 << 20)
    while len(mail) < 180 << 20:
        mail = head + base64.b64encode(mail)
    (tmp_path / "packed.eml").write_bytes(mail)
    with Extractor(seconds=120) as extractor:
        result = read_both(extractor, tmp_path / "packed.eml", good)
    assert (result.state, result.detail) == ("too-big", "Reading needs more memory than a file may have.")


@posix_only
def test_a_worker_that_was_killed_is_replaced_and_no_file_blamed(good: Path) -> None:
    with Extractor() as extractor:
        assert extractor.read(good, good.name).state == "ok"
        first = extractor.worker_pid
        assert first is not None
        os.kill(first, signal.SIGKILL)

        assert extractor.read(good, good.name).state == "ok"
        assert extractor.worker_pid not in (None, first)


@posix_only
def test_ctrl_c_reaches_the_parent_only(good: Path) -> None:
    with Extractor() as extractor:
        extractor.read(good, good.name)
        first = extractor.worker_pid
        assert first is not None
        os.kill(first, signal.SIGINT)
        time.sleep(0.2)

        assert extractor.read(good, good.name).state == "ok"
        assert extractor.worker_pid == first


@posix_only
def test_close_ends_the_worker(good: Path) -> None:
    extractor = Extractor()
    extractor.read(good, good.name)
    pid = extractor.worker_pid
    assert pid is not None
    extractor.close()
    extractor.close()

    assert not is_alive(pid)
    assert extractor.worker_pid is None


READ_AND_DIE = """
import os, signal, sys, threading
from pathlib import Path
from folderkit.extract import Extractor
extractor = Extractor(seconds=2)
extractor.read(Path(sys.argv[1]), "a.docx")
print(extractor.worker_pid, flush=True)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
extractor.read(Path(sys.argv[2]), "slow.rtf")
threading.Event().wait()
"""


@posix_only
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "held by a file"])
def test_the_worker_does_not_outlive_a_parent_that_was_killed(tmp_path: Path, good: Path, busy: bool) -> None:
    other = tmp_path / "slow.rtf"
    other.write_bytes(rb"{\rtf1 " + rb"\b0\b1" * (10_000_000 if busy else 1))
    done = subprocess.run(
        [sys.executable, "-c", READ_AND_DIE, good, other], stdout=subprocess.PIPE, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGKILL

    assert wait_until_gone(int(done.stdout), 12)


@posix_only
def test_nothing_that_lies_in_the_current_folder_is_run(
    tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "struct.py", "zipfile.py"):
        (tmp_path / name).write_text("open('run', 'w'); raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with Extractor() as extractor:
        assert extractor.read(Path(good.name), good.name).state == "ok"
    assert not (tmp_path / "run").exists()


def test_a_worker_that_cannot_start_is_an_error_and_no_verdict(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(good.parent / "no python here"))
    with Extractor() as extractor, pytest.raises(Failed) as caught:
        extractor.read(good, good.name)
    assert caught.value.hint is not None


def test_a_file_that_is_not_there_is_the_callers_error(tmp_path: Path, extractor: Extractor) -> None:
    with pytest.raises(FileNotFoundError):
        extractor.read(tmp_path / "gone", "gone.docx")


def read_closely_both(extractor: Extractor, path: Path, good: Path) -> str:
    """The state of the file made to hurt; the next one must not notice."""
    result = extractor.read_closely(path, path.name)
    after = extractor.read_closely(good, good.name)
    assert [(passage.place, passage.text) for passage in after.passages] == [("", "All is well")]
    return result.state


def test_what_is_read_to_be_compared_costs_only_itself(tmp_path: Path, extractor: Extractor, good: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    wide = make_sheet(tmp_path / "wide.xlsx", rows)
    assert read_closely_both(extractor, wide, good) in {"crashed", "too-big", "timed-out"}
    deep = b'<w:document %s><w:body>%s<w:p><w:t>x</w:t></w:p>%s</w:body></w:document>' % (
        W.encode(), b"<w:tbl><w:tr><w:tc>" * 20_000, b"</w:tc></w:tr></w:tbl>" * 20_000)
    assert read_closely_both(extractor, make_docx(tmp_path / "deep.docx", deep), good) == "ok"
    bomb = b"<w:document %s><w:p><w:t>%s</w:t></w:p></w:document>" % (W.encode(), b" " * (80 << 20))
    assert read_closely_both(extractor, make_docx(tmp_path / "bomb.docx", bomb), good) == "too-big"
    lines = tmp_path / "lines.txt"
    lines.write_bytes(b"\n" * 2_000_000)
    result = extractor.read_closely(lines, lines.name)
    assert (result.state, len(result.passages)) == ("partial", 500_000)


def test_a_hostile_name_of_a_sheet_is_only_a_name(tmp_path: Path, extractor: Extractor) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "a!B7\u202e<b>"
    book.worksheets[0].append(["one\ttwo", "\x7fthree"])
    book.save(tmp_path / "a.xlsx")
    result = extractor.read_closely(tmp_path / "a.xlsx", "a.xlsx")
    assert [(passage.place, passage.text) for passage in result.passages] == [
        ("a!B7\u202e<b>!", "a!B7\u202e<b>"), ("a!B7\u202e<b>!A1", "one two\tthree")]
