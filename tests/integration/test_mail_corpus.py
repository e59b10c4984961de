"""Every mail, mailbox and transcript of the shared corpus: real ones, and some that are broken on purpose."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from folderkit.core.mail.eml import read_eml
from folderkit.core.mail.model import Mail
from folderkit.core.naming import fault_of
from folderkit.extract import Extractor
from folderkit.intake.mails import read_mails
from folderkit.intake.talks import read_talk
from tests.conftest import CORPUS

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not here: {CORPUS}")

_MAILS = sorted(path for kind in ("eml", "msg", "mbox") for path in (CORPUS / kind).glob("*"))
_TEXTS = sorted(path for kind in ("txt", "csv") for path in (CORPUS / kind).glob("*"))

_EXPECTED: dict[str, tuple[str, str, str, dict[str, int]]] = {
    "test-incremental-updates.eml": (
        "Tim Allison <tallison@apache.org>", "test incremental updates", "2023-05-04T10:06:11-04:00",
        {"testPDF_incrementalUpdates.pdf": 64872}),
    "testEML_embedded_xhtml_and_img.eml": (
        "Sender <sender@test.com>", "This is the subject", "2018-03-21T14:14:32-08:00", {"testimage.jpeg": 4699}),
    "testEmailWithPNGAtt.eml": (
        "Tika Test <XXXX@apache.org>", "Test Attachment Email", "2016-07-20T17:35:02+01:00", {"testPNG.png": 17041}),
    "testGroupWiseEml.eml": (
        "Novell GroupWise <$$$.$$$.$$$>", "test333", "2013-06-27T13:29:57+02:00",
        {"test.eml": 776, "Neues Textdokument.txt": 22}),
    "testRFC822_dkim.eml": (
        "Joe SixPack <joe@football.example.com>", "Is dinner ready?", "2003-07-11T21:00:37-07:00", {}),
    "testThunderbirdEml.eml": (
        "Vladimir L. <vladimir_l@example.com>", "JUnit test message", "2012-11-21T21:11:32+01:00", {}),
    "test-outlook2003.msg": (
        "Microsoft Outlook 2003 Team <olteam@microsoft.com>", "Welcome to Microsoft Office Outlook 2003",
        "2010-03-28T22:27:38.093000+00:00",
        {"1.jpg": 1969, "2.jpg": 1889, "3.jpg": 2088, "4.jpg": 1934, "5.jpg": 2285, "6.jpg": 2136, "7.jpg": 1964,
         "8.jpg": 1906, "9.jpg": 1764, "10.jpg": 1951, "12.jpg": 1985}),
    "testMSG_Appointment.msg": ("Allison, Timothy B.", "Quick brown fox", "2017-02-28T18:42:23.957000+00:00", {}),
    "testMSG_Post.msg": ("Allison, Timothy B.", "QuickBrownFox", "2017-02-28T18:47:11.709000+00:00", {}),
    "testMSG_Task.msg": ("Allison, Timothy B.", "Must jump over the lazy dog", "2017-02-28T18:44:00.797000+00:00", {}),
    "testMSG_att_msg.msg": (
        "Nick Booth <nick.booth@pof.com.au>", "test email", "2010-06-18T09:54:19+10:00",
        {"Test Attachment.eml": 0, "smbprn.00009008.KdcPjl.pdf": 13539}),
    "testMSG_forwarded.msg": (
        "Paul Allan Hill <paul@metajure.com>", "FW: Testing", "2011-12-07T16:30:39-08:00", {}),
    "complex.mbox": (
        "Jothi Padmanabhan <jothipn@yahoo-inc.com>", "Re: question about when shuffle/sort start working",
        "2009-06-01T09:56:31+05:30", {}),
    "headers.mbox": ("author@domain.com", "subject", "2009-06-09T23:58:45-04:00", {}),
    "multiline2.mbox": ("", "", "2009-06-01T10:00:00+00:00", {}),
    "quoted.mbox": ("", "", "2009-06-01T10:00:00+00:00", {}),
    "testMBOX_complex.mbox": ("Some Person <hey@example.com>", "xxxxxxx", "2015-07-20T00:01:07-07:00", {}),
}
"""Sender, subject, date, and the sizes of attachments (0: whatever) of the first mail in each file."""


def first(name: str) -> Mail:
    return next(iter(read_mails(next(path for path in _MAILS if path.name == name))))


@pytest.mark.parametrize("path", _MAILS, ids=lambda path: path.name)
def test_every_mail_is_read(path: Path) -> None:
    mails = list(read_mails(path))
    assert mails
    for mail in mails:
        assert mail.text
        assert not mail.truncated
        for attachment in mail.attachments:
            assert fault_of(attachment.safe_name) is None


@pytest.mark.parametrize("name", sorted(_EXPECTED))
def test_who_what_when_and_which_files(name: str) -> None:
    sender, subject, at, files = _EXPECTED[name]
    mail = first(name)
    assert (str(mail.sender), mail.subject) == (sender, subject)
    assert mail.at == dt.datetime.fromisoformat(at)
    assert [one.safe_name for one in mail.attachments] == list(files)
    assert [len(one.content) for one in mail.attachments if files[one.safe_name]] == [
        size for size in files.values() if size]


def test_contents_are_what_was_attached() -> None:
    pdf = first("testMSG_att_msg.msg").attachments[1].content
    png = first("testEmailWithPNGAtt.eml").attachments[0].content
    assert (pdf[:8], pdf.rstrip()[-5:]) == (b"%PDF-1.4", b"%%EOF")
    assert (png[:8], png[-8:-4]) == (b"\x89PNG\r\n\x1a\n", b"IEND")
    assert hashlib.md5(png, usedforsecurity=False).hexdigest()


def test_mails_within_mails() -> None:
    packed = read_eml(first("testGroupWiseEml.eml").attachments[0].content)
    of_outlook = read_eml(first("testMSG_att_msg.msg").attachments[0].content)
    assert (packed.subject, packed.text) == ("test2", "test2")
    assert (of_outlook.subject, of_outlook.text) == ("Test Attachment", "Blah blah blah")
    assert str(of_outlook.sender) == "Nick Booth <nick.booth@pof.com.au>"


def test_threads_and_people() -> None:
    mails = list(read_mails(CORPUS / "mbox" / "complex.mbox"))
    assert [mail.message_id for mail in mails] == [
        "C649564F.1435F%jothipn@yahoo-inc.com", "592088.35091.qm@web111010.mail.gq1.yahoo.com",
        "C6496CF9.1437C%jothipn@yahoo-inc.com"]
    assert mails[1].references == (mails[0].message_id,)
    assert first("testMSG_forwarded.msg").in_reply_to.startswith("C8508767C15DBF40")
    assert [str(one) for one in first("testMSG_Appointment.msg").to] == ["Allison, Timothy B. <tallison@mitre.org>"]


def test_they_become_findable() -> None:
    with Extractor() as extractor:
        for path in _MAILS:
            found = extractor.read(path, path.name)
            assert found.state == "ok", path.name
            places = {passage.place for passage in found.passages}
            wanted = {"subject", "from", "date", ""} if path.suffix != ".mbox" else {"mail 1 date", "mail 1"}
            assert places >= wanted, path.name


@pytest.mark.parametrize("path", _TEXTS, ids=lambda path: path.name)
def test_ordinary_texts_are_no_chats(path: Path) -> None:
    assert read_talk(path) is None


def test_captions_are_read() -> None:
    found = {path.name: read_talk(path) for path in (CORPUS / "vtt").glob("*")}
    assert set(found) == {"testWebVTT.vtt", "testWebVTT_simple.vtt"}
    for talk in found.values():
        assert talk is not None
        assert (talk.source, talk.participants) == ("vtt", ())
    film = found["testWebVTT.vtt"]
    assert film is not None
    assert [line.text for line in film.lines][1::6] == [
        "Like internet experiences that are rich and entertaining", "Simply for everyone"]
