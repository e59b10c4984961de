"""Mails, chats, transcripts and archives in the inbox: entered in the log, attachments beside them, and taken back."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from folderkit.core.project import read_project
from folderkit.core.workspace import open_workspace
from folderkit.operations.file import Sorter
from folderkit.registers import load_schema, read_workbook
from folderkit.store import Store
from tests.conftest import Run
from tests.trees import make_tree, read_tree

LOG = "02_Communications/Communication log.xlsx"
EMAILS = "02_Communications/Emails"
TODAY = dt.date(2026, 11, 26)


def mail(number: int, subject: str = "Offer", *, sender: str = "Jane Doe <jane@acme.example>", answers: int = 0,
         text: str = "Hello\n", files: dict[str, bytes] | None = None) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "Laura <laura@cedar.example>", subject
    made["Date"] = f"Mon, 02 Mar 2026 10:{number:02d}:00 +0000"
    made["Message-ID"] = f"<{number}@acme.example>"
    if answers:
        made["In-Reply-To"] = f"<{answers}@acme.example>"
    made.set_content(text)
    for name, content in (files or {}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def rows(project: Path) -> list[dict[str, Any]]:
    return read_workbook(project / LOG, load_schema("communications"), today=TODAY).rows


def drop(project: Path, name: str, content: bytes | str) -> Path:
    place = project / "00_Inbox" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return place


def file(run: Run, *args: str, code: int = 0) -> list[dict[str, Any]]:
    ran = run("file", "--json", *args)
    assert ran.code == code, ran.err
    done: list[dict[str, Any]] = json.loads(ran.out)
    return done


def test_a_mail_becomes_a_row_and_its_attachments_lie_beside_it(run: Run, project: Path) -> None:
    drop(project, "m.eml", mail(5, "Re: Angebot 报价", files={"plan.pdf": b"%PDF-1.4\n%%EOF", "说明.txt": b"x"}))
    (done,) = file(run)

    assert done["to"] == f"{EMAILS}/20260302_Angebot 报价.eml"
    assert done["facts"]["date"] == "2026-03-02"
    assert (project / done["to"]).is_file()
    assert (project / EMAILS / "20260302_Angebot 报价" / "plan.pdf").read_bytes() == b"%PDF-1.4\n%%EOF"
    assert (project / EMAILS / "20260302_Angebot 报价" / "说明.txt").read_bytes() == b"x"
    (row,) = rows(project)
    assert row["subject"] == "Re: Angebot 报价"
    assert row["participants"] == "Jane Doe; Laura"
    assert row["channel"] == "email"
    assert row["content"] == "Hello"
    assert row["files"] == done["to"]
    assert row["ext_id"] == "5@acme.example"
    assert run("find", "Angebot").out.count("Communication log.xlsx") == 1


def test_who_wrote_to_whom_is_told_by_the_addresses(run: Run, workspace: Path) -> None:
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text().replace("firm:\n", "firm:\n  email: office@cedar.example\n"))
    assert run("new", "Site", "--client", "Acme", "--set", "client.email=info@acme.example").code == 0
    project = next(workspace.glob("*/project.yaml")).parent
    drop(project, "in.eml", mail(1))
    drop(project, "out.eml", mail(2, sender="Laura <laura@cedar.example>").replace(b"To: Laura <laura@cedar.example>",
                                                                                 b"To: Jane <jane@acme.example>"))
    drop(project, "within.eml", mail(3, sender="Ben <ben@cedar.example>"))
    file(run)
    assert [row["direction"] for row in rows(project)] == ["incoming", "outgoing", "internal"]
    assert [row["counterpart"] for row in rows(project)][:2] == ["Jane Doe", "Jane"]


def test_an_answer_names_the_row_that_it_answers_in_any_order(run: Run, project: Path) -> None:
    drop(project, "a.eml", mail(9, "Re: Offer", answers=4))
    drop(project, "b.eml", mail(4))
    file(run)
    drop(project, "c.eml", mail(12, "Re: Offer", answers=9))
    file(run)
    found = rows(project)
    assert [row["id"] for row in found] == ["COM-001", "COM-002", "COM-003"]
    assert [row["related"] for row in found] == [None, "COM-001", "COM-002"]


def test_a_mail_is_entered_once_however_often_it_comes(run: Run, project: Path) -> None:
    sent = mail(1, files={"x.txt": b"x"})
    drop(project, "a.eml", sent)
    file(run)
    drop(project, "again.eml", sent)
    drop(project, "exported.eml", b"X-Exported: yes\n" + sent)
    done = {one["path"].rpartition("/")[2]: one["action"] for one in file(run)}
    assert done == {"again.eml": "taken", "exported.eml": "moved"}
    assert len(rows(project)) == 1


def test_what_a_mail_quotes_is_left_out_of_the_log(run: Run, project: Path) -> None:
    drop(project, "a.eml", mail(1, text="Yes.\n\nOn Mon, 2 Mar 2026, Laura wrote:\n> Shall we?\n"))
    drop(project, "b.eml", mail(2, text="好的\n\n-----原始邮件-----\n发件人: 李雷\n旧内容\n"))
    file(run)
    assert [row["content"] for row in rows(project)] == ["Yes.", "好的"]


def test_hostile_names_of_attachments_stay_in_their_folder(run: Run, project: Path) -> None:
    names = ["../../../evil.txt", "..\\..\\windows\\CON.pdf", "/etc/passwd", "a\x00b.txt", "C:\\x.txt",
             "project.yaml"]
    drop(project, "a.eml", mail(1, files={name: name.encode() for name in names}))
    file(run)
    inside = [path for path in (project / EMAILS / "20260302_Offer").iterdir() if path.is_file()]
    assert sorted(path.read_bytes() for path in inside) == sorted(name.encode() for name in names)
    assert not list(project.parent.glob("evil*"))
    assert not [path for path in inside if path.name == "project.yaml"]


def test_an_attachment_does_not_share_its_name_with_another_in_any_case(run: Run, project: Path) -> None:
    folder = project / EMAILS / "20260302_Offer"
    make_tree(folder, {"Plan.PDF": "another", "NOTE.txt": "x"})
    drop(project, "a.eml", mail(1, files={"plan.pdf": b"%PDF-1.4\n%%EOF", "note.txt": b"x"}))
    file(run)
    assert read_tree(folder) == {"Plan.PDF": b"another", "plan (2).pdf": b"%PDF-1.4\n%%EOF", "NOTE.txt": b"x"}


def test_a_document_of_ours_that_comes_back_by_mail_is_its_next_version(run: Run, project: Path) -> None:
    brief = next((project / "01_Project Info").glob("*.docx"))
    document = docx.Document(str(brief))
    document.add_paragraph("The client's remark")
    stream = io.BytesIO()
    document.save(stream)
    drop(project, "a.eml", mail(1, files={"brief with remarks FINAL.docx": stream.getvalue()}))
    file(run)
    assert brief.read_bytes() == stream.getvalue()
    assert [one["why"] for one in json.loads(run("history", str(brief), "--json").out)] == ["new", "file"]
    assert (project / EMAILS / "20260302_Offer" / "brief with remarks FINAL.docx").read_bytes() == stream.getvalue()


@pytest.mark.parametrize("lock", ["~$Communication log.xlsx", ".~lock.Communication log.xlsx#"])
def test_mail_waits_while_the_log_is_open(run: Run, project: Path, lock: str) -> None:
    drop(project, "a.eml", mail(1, files={"x.txt": b"x"}))
    mark = project / "02_Communications" / lock
    mark.write_text("Laura")
    (done,) = file(run, code=1)
    assert done["action"] == "stays"
    assert "open in another program" in done["reason"]
    assert not (project / EMAILS / "20260302_Offer").exists()
    mark.unlink()
    assert file(run)[0]["action"] == "moved"
    assert len(rows(project)) == 1


def test_a_log_that_nobody_can_add_to_keeps_the_mail_where_it_is(run: Run, project: Path) -> None:
    (project / LOG).write_bytes(b"no workbook at all")
    drop(project, "a.eml", mail(1))
    ran = run("file", "--json")
    assert ran.code == 1
    (done,) = json.loads(ran.out)
    assert done["action"] == "stays"
    assert done["reason"]
    assert (project / "00_Inbox" / "a.eml").is_file()
    assert (project / LOG).read_bytes() == b"no workbook at all"


def test_attachments_of_a_mail_that_stays_can_be_taken_back(run: Run, project: Path) -> None:
    (project / LOG).write_bytes(b"no workbook at all")
    drop(project, "a.eml", mail(1, files={"x.txt": b"x"}))
    assert run("scan").code == 0
    before = read_tree(project)

    ran = run("file")

    assert ran.code == 1
    assert (project / EMAILS / "20260302_Offer" / "x.txt").is_file()
    batch = ran.err.split("Files were made all the same. To take them back: folderkit undo ")[1].split()[0]
    assert "Files were made" not in run("file").err  # they lie there already
    assert run("undo", batch).code == 0
    assert read_tree(project) == before


def test_undo_takes_mail_rows_and_attachments_back(run: Run, project: Path) -> None:
    drop(project, "a.eml", mail(1, files={"x.txt": b"x"}))
    drop(project, "WeChat.txt", WECHAT)
    run("scan")
    before = read_tree(project)
    file(run)
    assert read_tree(project) != before
    ran = run("undo")
    assert ran.code == 0, ran.out + ran.err
    assert read_tree(project) == before


def test_what_a_person_wrote_in_the_log_meanwhile_stays_at_undo(run: Run, project: Path) -> None:
    drop(project, "a.eml", mail(1))
    file(run)
    book = openpyxl.load_workbook(project / LOG)
    book.worksheets[0]["A1"] = "Our own log"
    book.save(project / LOG)
    ran = run("undo")
    assert ran.code == 1
    assert "was changed since" in ran.out
    assert openpyxl.load_workbook(project / LOG).worksheets[0]["A1"].value == "Our own log"
    assert (project / "00_Inbox" / "a.eml").is_file()


def test_a_mailbox_is_a_row_for_each_mail_and_a_folder_for_each_with_attachments(run: Run, project: Path) -> None:
    pieces = [b"From x Mon Mar  2 10:00:00 2026\n" + mail(number, f"Subject {number}", files={"x.txt": b"%d" % number})
              for number in (1, 2, 3)]
    drop(project, "archive.mbox", b"\n".join(pieces))
    (done,) = file(run)
    assert done["to"] == f"{EMAILS}/20260302_archive.mbox"
    assert [row["subject"] for row in rows(project)] == ["Subject 1", "Subject 2", "Subject 3"]
    found = sorted((project / EMAILS / "20260302_archive").glob("*/x.txt"))
    assert [path.parent.name for path in found] == ["001_Subject 1", "002_Subject 2", "003_Subject 3"]
    assert [path.read_bytes() for path in found] == [b"1", b"2", b"3"]


def test_what_is_no_mail_stays(run: Run, project: Path) -> None:
    drop(project, "a.eml", bytes(range(256)))
    (done,) = file(run)
    assert done["action"] == "stays"
    assert "no mail" in done["reason"]
    assert (project / "00_Inbox" / "a.eml").is_file()


WECHAT = """张三 和 李四 在微信上的聊天记录如下，请查收。

—————  2026-02-26  —————

李四  08:54

合同收到了

张三  08:56

OK

—————  2026-02-27  —————

李四  09:10

已签字
"""


def test_a_chat_is_a_row_for_each_day(run: Run, project: Path) -> None:
    drop(project, "聊天.txt", WECHAT)
    (done,) = file(run)
    assert done["to"].startswith("02_Communications/Messages/20260226_")
    found = rows(project)
    assert [row["channel"] for row in found] == ["wechat", "wechat"]
    assert [str(row["time"]) for row in found] == ["2026-02-26 08:54:00", "2026-02-27 09:10:00"]
    assert found[0]["participants"] == "李四; 张三"
    assert "合同收到了" in found[0]["content"]


def test_a_transcript_is_a_row(run: Run, project: Path) -> None:
    drop(project, "GMT20260305-013000_Kick-off.transcript.vtt",
         "WEBVTT\n\n1\n00:00:02.656 --> 00:00:03.230\nJane: Hello\n\n2\n00:00:04.000 --> 00:00:05.000\nLaura: Hi\n")
    (done,) = file(run)
    assert done["to"].startswith("02_Communications/Meetings/")
    (row,) = rows(project)
    assert (row["channel"], row["participants"]) == ("video", "Jane; Laura")
    assert row["content"] == "Jane: Hello\nLaura: Hi"


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip as Windows makes it in China: names in GBK, no flag."""
    stream = io.BytesIO()
    marks = {name: f"@{number:0{len(name.encode('gbk')) - 1}d}" for number, name in enumerate(files)}
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in files.items():
            made.writestr(marks[name], content)
    data = stream.getvalue()
    for name, mark in marks.items():
        data = data.replace(mark.encode(), name.encode("gbk"))
    return data


def test_a_zip_is_unpacked_on_wish_and_what_comes_out_is_sorted(run: Run, project: Path) -> None:
    drop(project, "资料.zip", zipped({"客户/采购合同.txt": "采购合同\n".encode(), "说明.txt": b"x"}))
    assert [one["action"] for one in file(run)] == ["stays"]
    run("scan")
    before = read_tree(project)
    done = {one["path"]: one["action"] for one in file(run, "--unpack")}
    assert done == {"00_Inbox/资料.zip": "stays", "00_Inbox/资料/客户/采购合同.txt": "moved",
                    "00_Inbox/资料/说明.txt": "stays"}
    assert (project / "00_Inbox/资料/说明.txt").read_bytes() == b"x"
    assert run("undo").code == 0
    assert read_tree(project) == before
    assert json.loads(run("scan", "--json").out) == []


def test_a_zip_is_not_unpacked_again_while_all_of_it_lies_there(run: Run, project: Path) -> None:
    drop(project, "资料.zip", zipped({"客户/名单.txt": b"names", "说明.txt": b"x"}))
    inbox = project / "00_Inbox"
    assert "unpacked into 00_Inbox/资料" in run("file", "--unpack").err
    (inbox / "资料" / "more.txt").write_text("of a person")
    before = read_tree(project)

    again = run("file", "--unpack")

    assert again.code == 0
    assert "00_Inbox/资料.zip: not unpacked again: all that is in it lies in 00_Inbox/资料" in again.err
    assert read_tree(project) == before
    for change in (lambda: (inbox / "资料" / "说明.txt").write_bytes(b"y"),
                   lambda: (inbox / "资料 (2)" / "客户" / "名单.txt").unlink()):
        change()
        assert "unpacked into 00_Inbox/资料 (" in run("file", "--unpack").err
        assert "not unpacked again" in run("file", "--unpack").err
    assert (inbox / "资料" / "说明.txt").read_bytes() == b"y"
    assert (inbox / "资料 (3)" / "客户" / "名单.txt").read_bytes() == b"names"
    assert not (inbox / "资料 (4)").exists()


def test_an_archive_is_unpacked_beside_a_folder_of_its_name_in_any_case(run: Run, project: Path) -> None:
    make_tree(project / "00_Inbox" / "PACK", {"a.txt": "mine"})
    drop(project, "pack.zip", zipped({"b.txt": b"b"}))
    file(run, "--unpack")
    assert (project / "00_Inbox" / "pack (2)" / "b.txt").read_bytes() == b"b"


def test_a_damaged_zip_is_code_1(run: Run, project: Path) -> None:
    data = zipped({"a.txt": b"aaaaaaaa"}).replace(b"aaaaaaaa", b"aaaabaaa")
    drop(project, "a.zip", data)
    ran = run("file", "--unpack")
    assert ran.code == 1
    assert "is damaged; nothing was unpacked" in ran.err
    assert "1 archive(s) could not be unpacked" in ran.err


def test_a_hostile_zip_leaves_nothing(run: Run, project: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.bin", bytes(300_000_000))
    drop(project, "bomb.zip", stream.getvalue())
    ran = run("file", "--unpack")
    assert ran.code == 0
    assert "bomb.zip" in ran.err
    assert sorted(path.name for path in (project / "00_Inbox").iterdir()) == ["bomb.zip"]


def test_an_archive_without_a_file_is_not_unpacked(run: Run, project: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.mkdir("empty")
        made.mkdir("empty/deep")
    drop(project, "folders.zip", stream.getvalue())

    ran = run("file", "--unpack")

    assert "There is no file in the archive 'folders.zip'; nothing was unpacked." in ran.err
    assert "没有文件" in run("file", "--unpack", lang="zh").err
    assert sorted(path.name for path in (project / "00_Inbox").iterdir()) == ["folders.zip"]
    assert run("undo").code == 3


def test_two_that_unpack_at_once_unpack_once(run: Run, workspace: Path, project: Path) -> None:
    files = {f"{number}.bin": bytes([number]) * 1000 for number in range(200)}
    drop(project, "photos.zip", zipped(files))
    assert run("scan").code == 0
    command = [sys.executable, "-m", "folderkit", "file", "--unpack"]

    running = [subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(4)]
    told = [process.communicate(timeout=120)[1] for process in running]

    assert [process.returncode for process in running] == [0] * 4, told
    assert sum("unpacked into 00_Inbox/photos" in one for one in told) == 1
    assert sum("not unpacked again: all that is in it lies in 00_Inbox/photos" in one for one in told) == 3
    assert {path.name for path in (project / "00_Inbox").iterdir()} == {"photos.zip", "photos"}


def test_a_rule_may_unpack_where_it_files(run: Run, workspace: Path, project: Path) -> None:
    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text() + "rules:\n  - id: packs\n    match: {type: archive}\n"
                        "    file: {to: documents.received}\n    unpack: true\n")
    drop(project, "pack.zip", zipped({"a.txt": b"a"}))
    (done,) = file(run)
    assert done["to"] == "04_Documents/From Client/pack.zip"
    assert "unpacked into 04_Documents/From Client/pack" in done["note"]
    assert (project / "04_Documents/From Client/pack/a.txt").read_bytes() == b"a"


def test_nothing_is_filed_through_a_link(run: Run, project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / EMAILS).rmdir()
    (project / EMAILS).symlink_to(outside)
    drop(project, "a.eml", mail(1, files={"x.txt": b"x"}))
    (done,) = file(run, code=1)
    assert (done["action"], done["reason"]) == ("stays", f"'{EMAILS}' is not a folder now")
    assert list(outside.iterdir()) == []


def test_a_watch_names_the_batch_of_attachments_whose_mail_stays(run: Run, workspace: Path, project: Path) -> None:
    (project / LOG).write_bytes(b"no workbook at all")
    drop(project, "a.eml", mail(1, files={"x.txt": b"x"}))
    assert run("scan").code == 0
    before = read_tree(project)
    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        done = Sorter().sort(store, [read_project(project)], time.time() + 60)

    assert done.filed == []
    ((_, told),) = done.troubles
    assert run("undo", told.en.split()[-1]).code == 0
    assert read_tree(project) == before
