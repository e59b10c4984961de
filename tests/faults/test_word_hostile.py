"""Word files made to hurt: refused by the whole command, in little time and memory, with what they are."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from folderkit.core.errors import Failed
from folderkit.documents.parts.package import MAX_DEPTH, read_package
from tests.faults.sweep import environment
from tests.integration.test_documents import p, word_parts

_MEGABYTE = 2**20
_PEAK = 200 * _MEGABYTE
_HANG = 60  # seconds of the processor
_ADDRESSES = 2**31  # bytes that the command may reserve; more than it keeps in memory


def packed(parts: dict[str, bytes], **others: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in {**parts, **others}.items():
            file.writestr(name, data)
    return target.getvalue()


def with_media(size: int) -> bytes:
    """A file whose only picture unpacks to `size` bytes of nothing, which need not be there to be packed."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in word_parts(p("{{ a }}")).items():
            file.writestr(name, data)
        with file.open("word/media/image1.png", "w", force_zip64=True) as picture:
            for _ in range(size // _MEGABYTE):
                picture.write(bytes(_MEGABYTE))
    return target.getvalue()


def with_paragraphs(count: int, words: Callable[[], str]) -> bytes:
    return packed(word_parts("".join(p(words()) for _ in range(count))))


def with_head(head: str, encoding: str) -> bytes:
    parts = word_parts(p("&z; {{ a }}"))
    parts["word/document.xml"] = (f'<?xml version="1.0" encoding="{encoding}"?>{head}'
                                  + parts["word/document.xml"].decode()).encode(encoding)
    return packed(parts)


def _laughs() -> str:
    entities = ['<!ENTITY a "lol">'] + [f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(25)]
    return f"<!DOCTYPE x [{''.join(entities)}]>"


def _tables(depth: int) -> str:
    return "<w:tbl><w:tr><w:tc>" * depth + p("{{ a }}") + (p("") + "</w:tc></w:tr></w:tbl>") * depth + p("")


_RANDOM = random.Random(5)
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "media": (lambda: with_media(1024 * _MEGABYTE), "unpacks to 4 parts and 1024 MB, more than a document needs"),
    "paragraphs": (lambda: with_paragraphs(1_000_000, lambda: "{{ a }}"), "more than a template needs"),
    "paragraphs that pack badly": (
        lambda: with_paragraphs(190_000, lambda: f"{_RANDOM.getrandbits(96):x}"), "more than 300,000 elements"),
    "nesting": (lambda: packed(word_parts("<w:p>" * 50_000 + "{{ a }}" + "</w:p>" * 50_000)),
                f"more than {MAX_DEPTH} elements are inside of each other"),
    "tables in tables": (lambda: packed(word_parts(_tables(1_000))), "are inside of each other"),
    "entities": (lambda: with_head(_laughs(), "utf-8"), "document type declaration"),
    "entities in UTF-16": (lambda: with_head(_laughs(), "utf-16"), "document type declaration"),
    "an entity from outside": (
        lambda: with_head('<!DOCTYPE x [<!ENTITY z SYSTEM "file:///etc/passwd">]>', "utf-8"), "document type"),
    "tags": (lambda: packed(word_parts(p("{{ a }}" * 40_000))), "more than 20,000 tags"),
    "a directory of a million": (lambda: _directory(1_000_000), "more than a document needs"),
}


def _directory(count: int) -> bytes:
    entry = struct.pack("<4s4B4H3L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return b"PK\3\4" + entry * count + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 46 * count, 4, 0)


_MEASURED = f"""
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_AS, ({_ADDRESSES}, {_ADDRESSES}))
resource.setrlimit(resource.RLIMIT_CPU, ({_HANG}, {_HANG}))
code = subprocess.call([sys.executable, "-m", "folderkit", *sys.argv[1:]])
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, spent.ru_utime + spent.ru_stime, spent.ru_maxrss * 1024)
"""  # a small process in between, since one that is forked counts the memory of what it is forked from


def run(arguments: list[str], folder: Path) -> tuple[int, str, float, int]:
    """How the command ended, what it told, its processor seconds, and its peak of memory in bytes."""
    ended = subprocess.run([sys.executable, "-c", _MEASURED, *arguments], cwd=folder, env=environment(folder),
                           text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=True)
    told, _, measured = ended.stdout.rstrip("\n").rpartition("\n")
    code, seconds, peak = measured.split()
    return int(code), told, float(seconds), int(peak)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux does")
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("command", [["fill"], ["template", "fields"]], ids=["fill", "fields"])
def test_a_hostile_document_is_refused_in_little_memory(tmp_path: Path, kind: str, command: list[str]) -> None:
    make, words = HOSTILE[kind]
    path = tmp_path / "x.docx"
    path.write_bytes(_made(kind, make))
    code, told, seconds, peak = run([*command, "x.docx"], tmp_path)
    print(f"{' '.join(command):16}{kind:28}{len(path.read_bytes()) / 1e6:7.2f} MB {seconds:6.2f} s "  # noqa: T201
          f"{peak / _MEGABYTE:5.0f} MB  {told.splitlines()[0][:90]}")
    assert code == 1
    assert words in told
    assert "Traceback" not in told
    assert peak < _PEAK


_kept: dict[str, bytes] = {}


def _made(kind: str, make: Callable[[], bytes]) -> bytes:
    if kind not in _kept:
        _kept[kind] = make()
    return _kept[kind]


# -- what a zip's directory says and its content is not --------------------------------------------
def _zip(changes: Callable[[zipfile.ZipFile], None] = lambda file: None) -> bytearray:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in word_parts(p("{{ a }}")).items():
            file.writestr(name, data)
        changes(file)
    return bytearray(target.getvalue())


def _entry_of(data: bytearray, name: bytes) -> int:
    """Where the directory's entry of a member begins."""
    return data.rindex(name) - 46


def _lying(real: int, told: int) -> bytes:
    data = _zip(lambda file: file.writestr("word/media/a.png", bytes(real)))
    struct.pack_into("<L", data, _entry_of(data, b"word/media/a.png") + 24, told)
    return bytes(data)


def _overlapping() -> bytes:
    """Two entries of the directory for the same bytes."""
    def twice(file: zipfile.ZipFile) -> None:
        file.writestr("word/media/a.png", bytes(99))
        file.filelist.append(other := zipfile.ZipInfo("word/media/b.png"))
        for name in ("header_offset", "compress_size", "file_size", "compress_type", "CRC"):
            setattr(other, name, getattr(file.NameToInfo["word/media/a.png"], name))

    return bytes(_zip(twice))


def _named(name: str) -> bytes:
    plain = "x" * len(name)  # zipfile itself would not write the name
    return bytes(_zip(lambda file: file.writestr(plain, b"x"))).replace(plain.encode(), name.encode())


def _encrypted() -> bytes:
    data = _zip(lambda file: file.writestr("word/media/a.png", b"x"))
    struct.pack_into("<H", data, _entry_of(data, b"word/media/a.png") + 8, 1)
    return bytes(data)


@pytest.mark.parametrize(("data", "words"), [
    (_lying(50 * _MEGABYTE, 10), "word/media/a.png is larger than the file says"),
    (_lying(10, 50), "damaged or incomplete (word/media/a.png)"),
    (_overlapping(), "its parts overlap"),
    (bytes(_zip(lambda file: file.writestr("word/Document.XML", b"<a/>"))), "holds the part word/Document.XML twice"),
    (_named("/etc/passwd.png0"), "'/etc/passwd.png0' has a name that Word does not use"),
    (_named("../../../../x.png"), "'../../../../x.png' has a name that Word does not use"),
    (_named("word\\media\\x.png"), "has a name that Word does not use"),
    (_encrypted(), "its parts are protected by a password"),
    (bytes(_zip(lambda file: file.writestr("a.xml", "<a><b></a>"))), "its part a.xml is damaged (mismatched tag"),
])  # fmt: skip
def test_a_zip_that_lies_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(Failed) as caught:
        read_package(data, "x.docx")
    assert words in caught.value.message.en
    assert not caught.value.message.zh.isascii()


def test_a_lying_member_is_not_unpacked() -> None:
    data = _lying(200 * _MEGABYTE, 10)
    tracemalloc.start()
    with pytest.raises(Failed):
        read_package(data, "x.docx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * _MEGABYTE


def test_a_zip64_file_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in word_parts(p("{{ a }}")).items():
            with file.open(name, "w", force_zip64=True) as member:
                member.write(data)
    assert read_package(target.getvalue(), "x.docx")[0]["word/document.xml"] == (
        word_parts(p("{{ a }}"))["word/document.xml"])
