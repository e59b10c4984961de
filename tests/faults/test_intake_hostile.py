"""Mails, chats and archives that were damaged or made to hurt: a result or an error of ours, and nothing else."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from folderkit.core.errors import FolderkitError
from folderkit.core.mail.model import Limits
from folderkit.core.naming import MAX_BYTES, fault_of
from folderkit.core.webtext import plain
from folderkit.intake.mails import read_mails
from folderkit.intake.talks import read_talk
from folderkit.intake.unpack import unpack
from tests.conftest import CORPUS
from tests.outlook_files import Msg
from tests.trees import read_tree
from tests.unit.test_talk import CLOUD, MAILED, MEMO, NEW, OLD, TABLE, TEAMS, ZOOM

SEED = int(os.environ.get("FOLDERKIT_SWEEP_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
DAMAGES = 400  # of each sample


def samples() -> dict[str, bytes]:
    """One of each kind that is read, small, with all that may be in it."""
    mail, inner = EmailMessage(), EmailMessage()
    for one in (mail, inner):
        one["Subject"], one["From"], one["To"] = "合同终稿", "张三 <zhang@example.com>", "li@example.com, Bob <b@c.de>"
        one["Date"], one["Message-ID"] = "Mon, 02 Mar 2026 09:00:00 +0800", "<2@x>"
        one.set_content("李四：\n\n请查收附件。\n", charset="gb18030")
        one.add_alternative("<p>请<b title='x'>查收</b>&amp;&#65;<!-- no --></p>", subtype="html")
        one.add_attachment(b"%PDF" * 20, maintype="application", subtype="pdf", filename="合同.pdf")
    mail.add_attachment(inner)
    raw = mail.as_bytes()
    outlook = Msg({0x0037: "合同", 0x1000: "正文", 0x0C1A: "张三", 0x3FDE: 936, 0x0039: dt.datetime.now(dt.UTC)},
                  [{0x3001: "李四", 0x39FE: "li@x", 0x0C15: 1}],
                  [({0x3707: "合同.pdf"}, b"%PDF" * 1500), ({0x3001: "in"}, Msg({0x0037: "inner"}))])
    rich = rb"{\rtf1\ansi words\par}"
    richly = Msg({0x1009: struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich, 0x0037: "合同"},
                 encoding="gb18030")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("合同/终稿.txt", "a.txt", "empty/"):
            file.writestr(name, "text" * 50)
    line = b"From me@x Mon Mar  2 09:00:00 2026\n"
    return {"a.eml": raw, "a.msg": outlook.to_bytes(), "rich.msg": richly.to_bytes(),
            "a.mbox": line + raw + b"\n" + line + raw, "a.zip": archive.getvalue(), "zoom.vtt": ZOOM.encode(),
            "teams.vtt": TEAMS.encode(), "old.txt": OLD.encode(), "new.txt": NEW.encode(), "cloud.txt": CLOUD.encode(),
            "mailed.txt": MAILED.encode("gb18030"), "memo.txt": MEMO.encode(), "table.csv": TABLE.encode()}


SAMPLES = samples()


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Cut off, flipped, doubled, overwritten, or with a number that is far too big."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(out)) if out else 0
        kind = rng.randrange(6)
        if kind == 0:
            del out[at:]
        elif kind == 1 and out:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            out[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\r\n\r\n"))
        elif kind == 3:
            out[at:at] = out[at : at + rng.randrange(1, 200)]
        elif kind == 4:
            del out[at : at + rng.randrange(1, 50)]
        else:
            out[at : at + 8] = rng.randbytes(8)
    return bytes(out)


def read(path: Path, folder: Path) -> None:
    """Read a file as what it is called. Raises what intake raises."""
    if path.suffix == ".zip":
        for file in unpack(path, folder).files:
            assert (folder / file.path).is_file()
    elif path.suffix in (".vtt", ".txt", ".csv"):
        if talk := read_talk(path):
            assert sum(len(day.lines) for day in talk.days()) == len(talk.lines)
    else:
        for mail in read_mails(path):
            assert mail.at is None or mail.at.tzinfo is not None
            mail.text.encode()
            mail.subject.encode()
            for one in mail.attachments:
                assert fault_of(one.safe_name) is None
                assert len(one.safe_name.encode()) <= MAX_BYTES


def try_damages(name: str, data: bytes, times: int, tmp_path: Path) -> None:
    rng = random.Random(f"{SEED} {name}")
    outside = tmp_path / "outside"
    outside.mkdir()
    for turn in range(times):
        print(f"FOLDERKIT_SWEEP_SEED={SEED}, turn {turn}; the file is kept")  # noqa: T201  shown when it fails
        path, folder = tmp_path / name, outside / f"out{turn}"
        path.write_bytes(damaged(data, rng))
        folder.mkdir()
        error: FolderkitError | None = None
        try:
            read(path, folder)
        except FolderkitError as caught:
            error = caught
        if error:
            assert error.message.zh != error.message.en
            assert error.hint is not None
            assert read_tree(folder) == {}
        assert {child.name for child in outside.iterdir()} == {f"out{number}" for number in range(turn + 1)}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_any_damage_ends_in_a_result_or_an_error_of_ours(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(SAMPLES[name])
    (tmp_path / "whole").mkdir()
    read(path, tmp_path / "whole")  # the sample itself is whole
    try_damages(name, SAMPLES[name], DAMAGES, tmp_path)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not here: {CORPUS}")
def test_any_damage_to_real_files_too(tmp_path: Path) -> None:
    for kind in ("eml", "msg", "mbox", "vtt"):
        for path in sorted((CORPUS / kind).glob("*")):
            place = tmp_path / path.name
            place.mkdir()
            try_damages(path.name, path.read_bytes(), 40, place)


@pytest.mark.parametrize("name", ["a.eml", "a.msg", "a.zip", "a.mbox"])
def test_every_length_of_a_file_that_broke_off(name: str, tmp_path: Path) -> None:
    data = SAMPLES[name]
    for size in range(0, len(data), max(1, len(data) // 300)):
        (tmp_path / name).write_bytes(data[:size])
        folder = tmp_path / str(size)
        folder.mkdir()
        try:
            read(tmp_path / name, folder)
        except FolderkitError:
            assert read_tree(folder) == {}


# -- mails made to hurt ----------------------------------------------------------------------------
HEAD = b"From: a@b.c\r\nSubject: x\r\n"
MEGABYTE = 1 << 20


def multipart(number: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)


BOMBS: dict[str, Callable[[], bytes]] = {
    "mails within mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 200_000,
    "parts within parts": lambda: HEAD + b"".join(map(multipart, range(50_000))),
    "a million parts": lambda: HEAD + multipart(1) + b"--b1\r\n\r\n" * 1_000_000,
    "many short lines": lambda: HEAD + b"\r\n" + b"a\n" * (8 * MEGABYTE),
    "many headers": lambda: HEAD + b"x:\n" * (4 * MEGABYTE) + b"\n",
    "one long header": lambda: HEAD + b"To: " + b"a@b.c,\r\n " * MEGABYTE + b"\r\n\r\n",
    "comments": lambda: HEAD + b"Cc: " + b"(" * MEGABYTE + b"\r\n\r\n",
    "quotes": lambda: HEAD + b"Cc: " + b'"\\' * MEGABYTE + b"\r\n\r\n",
    "words": lambda: HEAD + b"Cc: " + b"=?a?q?" * MEGABYTE + b"\r\n\r\n",
    "parameters": lambda: HEAD + b'Content-Type: text/plain;' + b'a="\\";' * MEGABYTE + b"\r\n\r\n",
    "sections": lambda: HEAD + b"Content-Disposition: x" + b"".join(
        b";filename*%d*=%%41" % number for number in range(9999)) + b"\r\n\r\n",
    "tags": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a <!--" * MEGABYTE,
    "entities": lambda: HEAD + b"Content-Type: text/html\r\n\r\n&#" + b"9" * MEGABYTE + b"; &#x" + b"f" * 9000 + b";",
    "a codec": lambda: HEAD + b"Content-Type: text/plain; charset=zlib\r\n\r\nx",
    "dashes": lambda: HEAD + multipart(1) + b"--b" * (8 * MEGABYTE),
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_mail_made_to_hurt_is_read_in_little_memory(name: str, tmp_path: Path) -> None:
    """In a process of its own, which may have 700 MB, and 60 seconds of the processor."""
    (tmp_path / "bomb.eml").write_bytes(BOMBS[name]())
    code = ("import sys; from pathlib import Path; from folderkit.intake.mails import read_mails\n"
            "(mail,) = read_mails(Path(sys.argv[1])); print(mail.subject)")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700 * MEGABYTE, 700 * MEGABYTE))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path / "bomb.eml")], capture_output=True, text=True,
                         preexec_fn=limited, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "x"), ran.stderr[-2000:]


def test_mails_within_a_message_that_lead_back_to_themselves(tmp_path: Path) -> None:
    """A storage for an attached mail that is the message's own."""
    data = bytearray(Msg({0x0037: "round"}, attachments=[({}, Msg({0x0037: "inner"}))] * 3).to_bytes())
    root_child = data[data.find("Root Entry".encode("utf-16-le")) + 76 :][:4]
    at = -1
    while (at := data.find("__substg1.0_3701000D".encode("utf-16-le"), at + 1)) >= 0:
        data[at + 76 : at + 80] = root_child
    (tmp_path / "round.msg").write_bytes(data)
    (mail,) = read_mails(tmp_path / "round.msg", Limits(parts=50))
    assert mail.subject == "round"
    assert mail.truncated


def test_a_chain_of_sectors_that_is_a_circle(tmp_path: Path) -> None:
    data = bytearray(Msg({0x0037: "circle"}, attachments=[({0x3707: "a"}, bytes(50_000))]).to_bytes())
    fat = len(data) - 512 * struct.unpack_from("<I", data, 44)[0]
    for number in range(20):
        struct.pack_into("<I", data, fat + 4 * number, number)
    (tmp_path / "circle.msg").write_bytes(data)
    (mail,) = read_mails(tmp_path / "circle.msg")
    assert mail.subject == "circle"


@pytest.mark.parametrize("piece", ["<a", "<!--", "<![CDATA[", '<a b="', "</", "<?", "<script>", "<style", "&#1",
                                   "<a b='"])
@pytest.mark.parametrize("tail", ["", ">", "-->", '"', "'>"])
def test_a_page_made_to_hurt_takes_time_by_its_length(piece: str, tail: str) -> None:
    plain(piece * 100_000 + tail)  # with time that grows with the square, this would not end
