"""Templates compiled once: what has no tags is copied as it is, and no rendering knows of another."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from folderkit.core.settings import Firm
from folderkit.documents import Provenance, Template, render, template_of_file
from folderkit.documents.compiled import compile_template
from folderkit.documents.parts.members import pack, write_zip
from tests.integration.test_documents import body_of, p, parts_of, row, text_of, word_parts, write_word

ORIGIN = Provenance("0123456789ab", "1.0", "a", 1, "en", "0" * 64, dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
                    "ba9876543210", "P1")


def packed_bytes(document: bytes, name: str) -> bytes:
    """A member of a zip as it is packed."""
    with zipfile.ZipFile(io.BytesIO(document)) as file:
        info = file.getinfo(name)
    names, extra = struct.unpack_from("<2H", document, info.header_offset + 26)
    start = info.header_offset + 30 + names + extra
    return document[start : start + info.compress_size]


def with_colors(template: Template, colors: dict[str, str]) -> Template:
    return Template(**{**template.__dict__, "colors": colors})


def test_what_has_no_tags_is_copied_as_it_is_packed(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, data in word_parts(p("{{ a }}"), header1=p("plain " * 200)).items():
            png = b'<Default Extension="png" ContentType="image/png"/><Default '
            file.writestr(name, data.replace(b"<Default ", png, 1))
        file.writestr("word/media/图.png", b"\x89PNG" * 500, zipfile.ZIP_STORED)

    made = render(template_of_file(path), "en", {"a": "x"}, Firm())

    for name in ("word/media/图.png", "word/header1.xml", "[Content_Types].xml"):
        assert packed_bytes(made, name) == packed_bytes(path.read_bytes(), name)
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert file.testzip() is None
        assert set(file.namelist()) == set(zipfile.ZipFile(path).namelist())


def test_the_zip_that_is_written_is_one() -> None:
    members = {"a.xml": b"<a/>" * 1000, "目录/空.xml": b"", "b.bin": bytes(range(256))}

    data = write_zip((name, pack(content)) for name, content in members.items())

    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == members


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a }}"))
    other = write_word(tmp_path / "b.docx", p("{{ a }}"))

    made = [render(template_of_file(file), "en", {"a": "x\ny"}, Firm(), ORIGIN) for file in (path, path, other)]

    assert len(set(made)) == 1


def test_a_template_that_has_changed_is_compiled_again(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{{ a }}"))
    template = with_colors(template_of_file(path), {"primary": "1F3A5F"})
    blue, red = Firm(color="0000AA"), Firm(color="AA0000")

    assert compile_template(template, "en", blue) is compile_template(template, "en", blue)
    assert compile_template(template, "en", blue) is not compile_template(template, "en", red)
    write_word(path, p("new {{ a }}"))
    assert body_of(path, {"a": "x"}) == ["new x"]


def test_threads_that_share_a_template_do_not_share_what_it_is_filled_with(tmp_path: Path) -> None:
    table = f"<w:tbl>{row('{%tr for x in xs %}')}{row('{{ x.a }} {{ name }}')}{row('{%tr endfor %}')}</w:tbl>"
    template = template_of_file(write_word(tmp_path / "a.docx", table, header1=p("{{ name }}")))

    def filled(number: int) -> bool:
        context = {"name": f"client {number}", "xs": [{"a": str(index)} for index in range(200)]}
        parts = parts_of(render(template, "en", context, Firm()))
        return (text_of(parts["word/header1.xml"]) == [f"client {number}"]
                and text_of(parts["word/document.xml"]) == [f"{index} client {number}" for index in range(200)])

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(filled, range(40)))


def test_every_value_is_shown_and_escaped_but_where_the_template_says_otherwise(tmp_path: Path) -> None:
    marks = "A & B <w:t> \"'"
    path = write_word(tmp_path / "a.docx", p("{% set held %}{{ a }}{% endset %}{{ a }}|{{ a|upper }}|{{ held }}|"
                                            "{{ n }}|{{ no }}|{{ 'x &amp; y' }}|{% for x in [a] %}{{ x }}{% endfor %}|"
                                            "{% autoescape false %}{{ b }}{% endautoescape %}"))

    made = body_of(path, {"a": marks, "n": 1.0, "no": None, "b": "1 &lt; 2"})

    assert made == [f"{marks}|{marks.upper()}|{marks}|1||x & y|{marks}|1 < 2"]
