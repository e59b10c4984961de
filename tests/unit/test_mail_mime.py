"""Mails as they are sent: parts, texts, attachments, and what is done about too much of them."""

from __future__ import annotations

import base64
import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from folderkit.core.mail.eml import read_eml, write_eml
from folderkit.core.mail.mime import parse, walk
from folderkit.core.mail.model import Address, Attachment, Limits, Mail, NoMail

HEAD = b"From: a@b.c\r\nSubject: x\r\n"


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "合同终稿", "张三 <zhang@example.com>", "li@example.com, Bob <b@c.de>"
    mail["Cc"], mail["Date"] = "王五 <wang@example.com>", "Mon, 02 Mar 2026 09:00:00 +0800"
    mail["Message-ID"], mail["In-Reply-To"], mail["References"] = "<2@x>", "<1@x>", "<0@x> <1@x>"
    mail.set_content("李四：\n\n请查收附件。\n", charset="gb18030")
    return mail


def parts(*bodies: bytes, kind: bytes = b"mixed") -> bytes:
    """A multipart of these parts, each with its own headers."""
    return HEAD + b'Content-Type: multipart/%s; boundary="=b"\r\n\r\n' % kind + b"".join(
        b"--=b\r\n" + body + b"\r\n" for body in bodies) + b"--=b--\r\n"


def test_a_mail_gives_all_that_is_asked_of_it() -> None:
    mail = message()
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="合同.pdf")

    found = read_eml(mail.as_bytes())

    assert found == Mail(
        message_id="2@x", in_reply_to="1@x", references=("0@x", "1@x"),
        at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        sender=Address("张三", "zhang@example.com"), to=(Address("", "li@example.com"), Address("Bob", "b@c.de")),
        cc=(Address("王五", "wang@example.com"),), subject="合同终稿", text="李四：\n\n请查收附件。",
        attachments=(Attachment("合同.pdf", "合同.pdf", b"%PDF", "application/pdf"),))


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "gb18030", "big5"])
def test_chinese_bodies_in_every_wrapping(encoding: str, charset: str) -> None:
    text = "合約與報價" if charset == "big5" else "朱镕基囍，合同"
    mail = EmailMessage()
    mail["From"] = "a@b.c"
    mail.set_content(text, charset={"gb2312": "gb18030", "gbk": "gb18030"}.get(charset, charset), cte=encoding)
    raw = mail.as_bytes().replace(b'"gb18030"', b'"%s"' % charset.encode())

    assert read_eml(raw).text == text


def test_html_becomes_text() -> None:
    raw = HEAD + b"Content-Type: text/html; charset=gb2312\r\n\r\n" + (
        "<html><head><style>p {}</style></head><p>完成 &lt;80%&gt;<br>两项<table><tr><td>A</td><td>1</td></table>"
    ).encode("gbk")
    assert read_eml(raw).text == "完成 <80%>\n两项\nA\t1"


def test_of_the_same_text_in_two_forms_the_plain_one_counts() -> None:
    mail = message()
    mail.add_alternative("<p>html</p>", subtype="html")
    assert read_eml(mail.as_bytes()).text == "李四：\n\n请查收附件。"


def test_an_empty_plain_form_gives_way_to_the_other() -> None:
    raw = parts(b"Content-Type: text/plain\r\n\r\n \r\n", b"Content-Type: text/html\r\n\r\n<p>words</p>",
                kind=b"alternative")
    assert read_eml(raw).text == "words"


def test_attachments_in_the_form_that_does_not_count_are_kept() -> None:
    """As Apple's Mail sends them: the file lies within the HTML form."""
    inner = parts(b"Content-Type: text/html\r\n\r\n<p>x", b"Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF")
    raw = HEAD + b"Content-Type: multipart/alternative; boundary=out\r\n\r\n--out\r\n\r\nplain\r\n--out\r\n" + (
        inner.replace(HEAD, b"") + b"--out--\r\n")
    mail = read_eml(raw)
    assert (mail.text, [one.name for one in mail.attachments]) == ("plain", ["a.pdf"])


def test_a_mail_within_is_kept_whole() -> None:
    mail, inner = message(), message()
    inner.add_attachment(b"1", maintype="application", subtype="x", filename="inner.bin")
    mail.add_attachment(inner)
    (attachment,) = read_eml(mail.as_bytes()).attachments

    assert (attachment.safe_name, attachment.kind) == ("合同终稿.eml", "message/rfc822")
    assert [one.name for one in read_eml(attachment.content).attachments] == ["inner.bin"]


def test_a_mail_within_may_be_packed_though_it_must_not() -> None:
    raw = parts(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + base64.b64encode(HEAD + b"\r\ninner"))
    (attachment,) = read_eml(raw).attachments
    assert (attachment.name, attachment.content) == ("x.eml", HEAD + b"\r\ninner")


def test_what_has_no_name_gets_one_and_no_name_comes_twice() -> None:
    raw = parts(b"Content-Type: image/png\r\nContent-ID: <1>\r\n\r\n1", b"Content-Type: text/calendar\r\n\r\n2",
                b"Content-Type: application/x; name=A.png\r\n\r\n3",
                b"Content-Type: application/x; name=a.PNG\r\n\r\n4",
                b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n5")
    found = read_eml(raw).attachments
    assert [(one.safe_name, one.content) for one in found] == [
        ("attachment.png", b"1"), ("attachment.ics", b"2"), ("A.png", b"3"), ("a (2).PNG", b"4"), ("winmail.dat", b"5")]
    assert [one.inline for one in found] == [True, False, False, False, False]


@pytest.mark.parametrize(("sent", "safe"), [
    (b'"../../x"', "x"), (rb'"..\\..\\windows\\CON.pdf"', "CON_.pdf"), (b'"C:/a/b.doc"', "b.doc"),
    (b'"=?utf-8?Q?inv=E2=80=AEfdp.exe?="', "inv-fdp.exe"), (b'"a\x00b.txt"', "ab.txt"), (b'" "', "attachment")])
def test_names_are_made_harmless(sent: bytes, safe: str) -> None:
    raw = parts(b"Content-Type: application/x; name=" + sent + b"\r\n\r\n1")
    assert [one.safe_name for one in read_eml(raw).attachments] == [safe]


def test_lines_broken_for_the_way_are_put_together() -> None:
    raw = HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\nOne \r\ntwo\r\n> quoted \r\nthree\r\n-- \r\nme\r\n"
    assert read_eml(raw).text == "One two\n> quoted\nthree\n--\nme"


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r"])
def test_any_line_ends(ends: bytes) -> None:
    raw = parts(b"Content-Type: text/plain\r\n\r\none\r\ntwo", b"Content-Type: application/x; name=a\r\n\r\n1")
    mail = read_eml(raw.replace(b"\r\n", ends))
    assert (mail.text, mail.attachments[0].content) == ("one\ntwo", b"1")


@pytest.mark.parametrize(("raw", "text"), [
    (HEAD + b"\r\n", ""),
    (HEAD, ""),
    (HEAD + b"no empty line before\r\n", "no empty line before"),
    (b"\xef\xbb\xbf" + HEAD + b"\r\ntext", "text"),
    (b"\r\n\r\n" + HEAD + b"\r\ntext", "text"),
    (b"From x@y Mon Mar  2 09:00:00 2026\r\n" + HEAD + b"\r\ntext", "text"),
    (HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary", "no boundary"),
    (HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nnot closed", "not closed"),
    (HEAD + b"Content-Type: multipart/mixed; boundary=q\r\n\r\nlost", "lost"),
    (HEAD + b"Content-Type: nonsense\r\n\r\ntext", "text"),
    (HEAD + b"Content-Type: text/plain; charset=nonsense\r\n\r\ntext", "text"),
    (HEAD + b"Content-Transfer-Encoding: nonsense\r\n\r\ntext", "text"),
    (HEAD + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\n", "abc"),
])
def test_broken_mails_are_read_as_far_as_they_go(raw: bytes, text: str) -> None:
    assert read_eml(raw).text == text


@pytest.mark.parametrize("raw", [b"", b"plain words", b"key: value\r\n\r\ntext", b"\0\1\2" * 99, b"%PDF-1.4\nx: y"])
def test_what_has_no_header_of_a_mail_is_none(raw: bytes) -> None:
    with pytest.raises(NoMail) as caught:
        read_eml(raw)
    assert caught.value.message.zh
    assert caught.value.hint


def test_the_date_of_the_last_server_stands_in_for_a_missing_one() -> None:
    raw = b"Received: from x by y; Mon, 02 Mar 2026 09:00:00 +0800\r\n" + HEAD + b"\r\n"
    assert read_eml(raw).at == dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)


def test_limits_are_told() -> None:
    many = parts(*[b"Content-Type: application/x; name=a\r\n\r\n1"] * 9)
    assert len(read_eml(many, Limits(parts=4)).attachments) == 4
    assert len(read_eml(many, Limits(content=3)).attachments) == 3
    assert read_eml(HEAD + b"\r\n" + b"x" * 100, Limits(text=10)).text == "x" * 10
    assert len(read_eml(HEAD + b"\r\n" + b"x" * 10_000, Limits(size=1000)).text) < 1000
    assert len(read_eml(HEAD + b"To: a@b, c@d, e@f\r\n\r\n", Limits(people=2)).to) == 2
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(50))
    for raw, limits in [(many, Limits(parts=4)), (many, Limits(content=3)), (HEAD + deep, Limits()),
                        (HEAD + b"\r\n" + b"x" * 100, Limits(text=10)), (HEAD + b"\r\n" + b"x" * 10_000,
                                                                         Limits(size=1000)),
                        (HEAD + b"To: a@b, c@d, e@f\r\n\r\n", Limits(people=2))]:
        (reason,) = read_eml(raw, limits).truncated
        assert reason.zh != reason.en


def test_the_standard_library_sees_the_same_parts() -> None:
    """Another reader of the same format, for mails that are well made."""
    mail = message()
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(bytes(range(256)) * 99, maintype="image", subtype="png", filename="图.png")
    inner = message()
    inner.add_attachment("text", filename="a.txt")
    mail.add_attachment(inner)
    raw = mail.as_bytes()

    theirs = [(part.get_content_type(), part.get_payload(decode=True)) for part in message_from_bytes(raw).walk()]
    ours = [(part.kind, part.content() if not part.parts else None) for part, _ in walk(parse(raw))]
    assert ours == theirs


@pytest.mark.parametrize("text", ["", "plain", "长" * 5000, "\n".join(["-- ", "From here", ".", "=_"])])
def test_a_mail_is_written_so_that_it_is_read_again(text: str) -> None:
    inner = write_eml(Mail(subject="inner", sender=Address("", "i@x"), text=text))
    mail = Mail("1@x", "0@x", ("9@x", "0@x"), dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
                Address("Lee, 'Bob' \"B\"", "bob@x.y"), (Address("张三" * 40, "z@x"), Address("", "q@x")),
                (Address("Plain", "p@x"),), "合同终稿 " * 20 + "end", text,
                (Attachment("图.png", "图.png", bytes(range(256)), "image/png"),
                 Attachment("m.eml", "m.eml", inner, "message/rfc822"),
                 Attachment("x", "x", b"--=_\r\n", "")))

    found = read_eml(write_eml(mail))
    theirs = [part.get_content_type() for part in message_from_bytes(write_eml(mail)).walk()]

    assert theirs == ["multipart/mixed", "text/plain", "image/png", "message/rfc822", "multipart/mixed", "text/plain",
                      "application/octet-stream"]
    assert [(one.name, one.content) for one in found.attachments] == [
        (one.name, one.content) for one in mail.attachments]
    for name in ("message_id", "in_reply_to", "references", "at", "to", "cc", "subject", "truncated"):
        assert getattr(found, name) == getattr(mail, name), name
    assert found.text == text.strip()
    assert found.sender.address == "bob@x.y"
