"""What is attached to mails: read by the readers of its type, and found at its place within the mail."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pytest

from folderkit.extract import Extraction, Extractor
from tests.faults.test_extract_hostile import make_sheet
from tests.outlook_files import Msg


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


def found(result: Extraction) -> list[tuple[str, str]]:
    return [(passage.place, passage.text) for passage in result.passages if passage.place.startswith("attachment")]


def make_document(*paragraphs: str) -> bytes:
    document, target = docx.Document(), io.BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.core_properties.author = "somebody else"
    document.save(target)
    return target.getvalue()


def make_book(*row: str | int) -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = "费用"
    book.active.append(row)
    book.save(target)
    return target.getvalue()


def make_mail(**attached: bytes) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "附件", "zhang@example.com"
    mail.set_content("Please find attached.")
    for name, data in attached.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return mail


def read(extractor: Extractor, path: Path, data: bytes) -> Extraction:
    path.write_bytes(data)
    return extractor.read(path, path.name)


def test_attached_documents_are_read_at_their_place(tmp_path: Path, extractor: Extractor) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("inside.txt", "never unpacked")
    mail = make_mail(合同_docx=make_document("违约金为百分之五"), b_xlsx=make_book("Travel", 12),
                     notes_txt="会议纪要".encode("gb18030"), c_zip=archive.getvalue())

    result = read(extractor, tmp_path / "a.eml", mail.as_bytes())

    assert (result.state, result.title) == ("ok", "附件")
    assert found(result) == [
        ("attachment", "合同.docx"), ("attachment 合同.docx", "违约金为百分之五"),
        ("attachment 合同.docx: header", "Confidential"), ("attachment", "b.xlsx"),
        ("attachment b.xlsx: 费用!A1", "Travel\t12"), ("attachment", "notes.txt"),
        ("attachment notes.txt", "会议纪要"), ("attachment", "c.zip"), ("attachment c.zip: member", "inside.txt")]
    assert dict(result.properties) == {"from": "zhang@example.com", "attachments": "4"}


def test_mails_of_outlook_and_of_mailboxes_are_read_likewise(tmp_path: Path, extractor: Extractor) -> None:
    document = make_document("违约金")
    msg = Msg({0x0037: "x", 0x1000: "y"}, [], [({0x3707: "a.docx"}, document)])
    box = b"From a@b.c Mon Mar  2 09:00:00 2026\n" + make_mail(a_docx=document).as_bytes()

    outlook = read(extractor, tmp_path / "a.msg", msg.to_bytes())
    mailbox = read(extractor, tmp_path / "a.mbox", box)

    assert ("attachment a.docx", "违约金") in found(outlook)
    assert ("mail 1 attachment a.docx", "违约金") in [(one.place, one.text) for one in mailbox.passages]


def test_a_mail_that_was_saved_as_an_attachment_is_read_to_its_depth(tmp_path: Path, extractor: Extractor) -> None:
    data = make_mail(a_txt=b"innermost").as_bytes()
    for _ in range(12):
        data = make_mail(more_eml=data).as_bytes()

    result = read(extractor, tmp_path / "a.eml", data)

    assert result.state == "ok"
    assert max(place.count("more.eml") for place, _ in found(result)) == 4


def test_what_cannot_be_read_of_it_is_told_and_the_rest_kept(tmp_path: Path, extractor: Extractor) -> None:
    mail = make_mail(half_docx=make_document("x")[:500], logo_png=b"\x89PNG\r\n\x1a\n broken", whole_txt=b"kept")

    result = read(extractor, tmp_path / "a.eml", mail.as_bytes())

    assert result.state == "partial"
    assert result.detail.startswith("half.docx: ")
    assert ("attachment whole.txt", "kept") in found(result)


def test_an_attachment_that_takes_the_reader_down_does_not_cost_the_mail(tmp_path: Path, extractor: Extractor) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    sparse = make_sheet(tmp_path / "sparse.xlsx", rows).read_bytes()

    result = read(extractor, tmp_path / "a.eml", make_mail(sparse_xlsx=sparse, b_txt=b"b").as_bytes())

    assert (result.state, result.detail) == ("partial", "What is attached was not read.")
    assert "Please find attached." in [passage.text for passage in result.passages]


def test_the_limits_of_text_hold_for_the_whole(tmp_path: Path, extractor: Extractor) -> None:
    mail = make_mail(**{f"n{number}_txt": b"word " * 1_100_000 for number in range(3)})

    result = read(extractor, tmp_path / "a.eml", mail.as_bytes())

    assert result.state == "partial"
    assert sum(len(passage.text) for passage in result.passages) <= 10_000_000
