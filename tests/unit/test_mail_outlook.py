"""Outlook's mails, made property by property."""

from __future__ import annotations

import datetime as dt
import io
import struct

import pytest

from folderkit.core.mail.eml import read_eml
from folderkit.core.mail.lzfu import decompress
from folderkit.core.mail.model import Address, Limits, Mail, NoMail
from folderkit.core.mail.outlook import read_msg
from tests.outlook_files import Msg, compound_file

AT = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)
SUBJECT, BODY, HTML, RICH, SENT, PAGE = 0x0037, 0x1000, 0x1013, 0x1009, 0x0039, 0x3FDE
SENDER, SENDER_SMTP, FILE_NAME, TYPE, CONTENT_ID = 0x0C1A, 0x5D01, 0x3707, 0x370E, 0x3712


def read(msg: Msg, limits: Limits | None = None) -> Mail:
    return read_msg(io.BytesIO(msg.to_bytes()), limits or Limits())


def person(name: str, address: str, kind: int = 1) -> dict[int, str | int]:
    return {0x3001: name, 0x39FE: address, 0x0C15: kind}


def test_a_message_gives_people_date_text_and_attachments() -> None:
    mail = read(Msg(
        {SUBJECT: "合同终稿", BODY: "请查收。\r\n谢谢", SENT: AT, SENDER: "张三", SENDER_SMTP: "zhang@example.com",
         0x1035: "<1@example.com>", 0x1042: "<0@example.com>", 0x1039: "<x@y> <0@example.com>"},
        [person("李四", "li@example.com"), person("Bob", "bob@example.com", 2), person("Secret", "s@example.com", 3)],
        [({FILE_NAME: "合同.pdf", TYPE: "application/pdf"}, b"%PDF" * 2000),
         ({FILE_NAME: "image001.png", TYPE: "image/png", CONTENT_ID: "a@b"}, b"png")]))

    assert mail == Mail(
        message_id="1@example.com", in_reply_to="0@example.com", references=("x@y", "0@example.com"), at=AT,
        sender=Address("张三", "zhang@example.com"), to=(Address("李四", "li@example.com"),),
        cc=(Address("Bob", "bob@example.com"),), subject="合同终稿", text="请查收。\n谢谢",
        attachments=mail.attachments)
    assert [(one.name, one.safe_name, one.kind, one.inline) for one in mail.attachments] == [
        ("合同.pdf", "合同.pdf", "application/pdf", False), ("image001.png", "image001.png", "image/png", True)]
    assert [one.content for one in mail.attachments] == [b"%PDF" * 2000, b"png"]


@pytest.mark.parametrize(("encoding", "page"), [("gb18030", 936), ("big5", 950), ("utf-8", 65001), ("cp932", 932)])
def test_a_message_that_is_no_unicode_is_read_by_its_code_page(encoding: str, page: int) -> None:
    text = "見積書" if encoding == "cp932" else "合約與報價" if encoding == "big5" else "鑫淼公司的合同"
    mail = read(Msg({SUBJECT: text, BODY: text * 3, PAGE: page}, [person(text, "a@b")],
                    [({FILE_NAME: f"{text}.doc"}, b"x")], encoding=encoding))

    assert (mail.subject, mail.text, mail.to[0].name, mail.attachments[0].safe_name) == (
        text, text * 3, text, f"{text}.doc")


@pytest.mark.parametrize("pages", [{PAGE: 20127, 0x3FFD: 936}, {PAGE: 1252}, {PAGE: 65001, 0x3FFD: 936}, {}])
def test_a_code_page_that_says_nothing_or_is_wrong_does_no_harm(pages: dict[int, int]) -> None:
    mail = read(Msg({SUBJECT: "关于违约金的通知和说明", **pages}, encoding="gb18030"))
    assert mail.subject == "关于违约金的通知和说明"


def test_western_text_stays_western() -> None:
    assert read(Msg({SUBJECT: "Résumé für Müller", PAGE: 1252}, encoding="cp1252")).subject == "Résumé für Müller"


def test_a_mail_within_is_an_attachment_that_every_program_opens() -> None:
    inner = Msg({SUBJECT: "里面的邮件", BODY: "内文", SENT: AT, SENDER: "Li, Si", SENDER_SMTP: "li@example.com"},
                [person("张三", "zhang@example.com")], [({FILE_NAME: "附件.txt"}, "内容".encode())])
    mail = read(Msg({SUBJECT: "outer", BODY: "x"}, attachments=[({0x3001: "Fwd: 里面.msg"}, inner)]))

    (attachment,) = mail.attachments
    assert (attachment.safe_name, attachment.kind) == ("Fwd- 里面.eml", "message/rfc822")
    nested = read_eml(attachment.content)
    assert (nested.subject, nested.text, nested.at) == ("里面的邮件", "内文", AT)
    assert (nested.sender, nested.to) == (Address("Li, Si", "li@example.com"), (Address("张三", "zhang@example.com"),))
    assert [(one.name, one.content) for one in nested.attachments] == [("附件.txt", "内容".encode())]


def test_mails_within_mails_end_somewhere() -> None:
    msg = Msg({SUBJECT: "innermost"})
    for depth in range(30):
        msg = Msg({SUBJECT: f"level {depth}"}, attachments=[({}, msg)])
    mail, depth = read(msg), 0
    assert mail.truncated
    while mail.attachments:
        mail, depth = read_eml(mail.attachments[0].content), depth + 1
    assert 3 < depth < 20


def test_what_is_too_much_is_left_out_and_told() -> None:
    files: list[tuple[dict[int, str | int], bytes | Msg | None]] = [
        ({FILE_NAME: f"{number}.bin"}, bytes(5000)) for number in range(5)]
    many = read(Msg({SUBJECT: "x"}, attachments=files), Limits(parts=3))
    big = read(Msg({SUBJECT: "x"}, attachments=files), Limits(content=11_000))
    people = read(Msg({SUBJECT: "x"}, [person("a", f"{n}@b") for n in range(9)]), Limits(people=4))

    assert len(many.attachments) == 3
    assert len(big.attachments) == 2
    assert len(people.to) == 4
    assert all(len(mail.truncated) == 1 for mail in (many, big, people))


def test_links_and_objects_are_told() -> None:
    link = read(Msg({SUBJECT: "x"}, attachments=[({FILE_NAME: "cloud.docx"}, None)]))
    thing = Msg({SUBJECT: "x"}, extra={"__attach_version1.0_#00000000": {
        "__properties_version1.0": bytes(8), "__substg1.0_3701000D": {"CONTENTS": b"x"}}})
    assert "link" in link.truncated[0].en
    assert "object" in read(thing).truncated[0].en


def test_the_text_may_be_html_or_rich_text_only() -> None:
    html = "<html><head><style>p {}</style></head><p>完成</p><p>两项</p>".encode()
    rich = rb"{\rtf1\ansi\ansicpg936 \'ce\'a5\'d4\'bc\par second}"
    packed = struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich
    assert read(Msg({HTML: html, PAGE: 65001})).text == "完成\n两项"
    assert read(Msg({HTML: "<p>完成".encode("gbk"), PAGE: 936})).text == "完成"
    assert read(Msg({RICH: packed})).text == "违约\nsecond"


def test_rich_text_is_unpacked() -> None:
    """The two examples of [MS-OXRTFCP] 3.1.1 and 3.1.2."""
    simple = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020"
                           "627705b06c647d0a800fa0")
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompress(simple, 1000) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(crossing, 1000) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert decompress(simple, 10) == b"{\\rtf1\\ans"
    for size in range(len(simple)):
        assert decompress(simple[:size], 1000) in b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_other_files_of_that_kind_are_no_mail() -> None:
    for data in (compound_file({"Workbook": b"x"}), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(5000)):
        with pytest.raises(NoMail) as caught:
            read_msg(io.BytesIO(data))
        assert caught.value.hint
        assert caught.value.message.zh != caught.value.message.en


def test_a_stream_that_is_cut_off_costs_only_itself() -> None:
    whole = Msg({SUBJECT: "still here"}, attachments=[({FILE_NAME: "big.bin"}, bytes(40_000))]).to_bytes()
    at = whole.find("big.bin".encode("utf-16-le"))
    assert at > 0
    broken = bytearray(whole)
    size_at = whole.find(struct.pack("<IQ", 0, 40_000))
    broken[size_at + 4 : size_at + 12] = struct.pack("<Q", 400_000_000)
    mail = read_msg(io.BytesIO(bytes(broken)))
    assert mail.subject == "still here"
    assert mail.attachments == ()
    assert mail.truncated
