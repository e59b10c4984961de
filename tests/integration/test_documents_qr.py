"""QR codes in Word files: the text they hold, their size, and what no code can hold."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from folderkit.core.settings import Firm
from folderkit.documents import render, template_of_file
from tests.integration.test_documents import failure, p, write_word
from tests.integration.test_documents_images import media, sizes


def modules(data: bytes) -> list[list[bool]]:
    """The dark modules of a code's picture, without its border."""
    image = Image.open(io.BytesIO(data)).convert("L")
    count = image.width // 8 - 8
    return [[image.crop((36 + 8 * x, 36 + 8 * y, 37 + 8 * x, 37 + 8 * y)).tobytes()[0] < 128 for x in range(count)]
            for y in range(count)]


def code(tmp_path: Path, tag: str, context: dict[str, Any]) -> bytes:
    return render(template_of_file(write_word(tmp_path / "a.docx", p(tag))), "zh", context, Firm())


@pytest.mark.parametrize("text", ["https://example.com/?a=1&b=<2>", "项目 P-1：甲方", "12345", "x" * 1200])
def test_the_code_is_that_of_the_text(tmp_path: Path, text: str) -> None:
    document = code(tmp_path, "{{ qr(t, 30) }}", {"t": text})

    expected = segno.make_qr(text, error="m", boost_error=False, encoding="utf-8",
                             mode=None if text.isascii() else "byte")
    (data,) = media(document).values()
    assert modules(data) == [[bool(module) for module in line] for line in expected.matrix]
    assert sizes(document) == [(30, 30)]
    assert document == code(tmp_path, "{{ t|qr(30) }}", {"t": text})


def test_no_text_is_no_code_and_the_same_code_is_stored_once(tmp_path: Path) -> None:
    assert not media(code(tmp_path, "[{{ qr(t) }}]", {"t": ""}))
    document = code(tmp_path, "{{ qr('a') }}{{ qr('a', 40) }}", {})
    assert len(media(document)) == 1
    assert sizes(document) == [(25, 25), (40, 40)]


@pytest.mark.parametrize(("tag", "told"), [
    ("{{ qr('甲' * 401) }}", "at most 1200 bytes, and the text has 1203"), ("{{ qr('a', 5) }}", "10 to 200 mm"),
    ("{{ qr('a', level='X') }}", "'level' must be"), ("{{ qr() }}", "does not fit"),
    ("{{ qr(half) }}", "half a character"), ("{{ qr([1, 2]) }}", "a code holds one text"),
    ("{{ qr({'a': 1}) }}", "a code holds one text")])
def test_what_no_code_can_hold_is_told(tmp_path: Path, tag: str, told: str) -> None:
    error = failure(write_word(tmp_path / "a.docx", p(tag)), {"half": "\ud800"})
    assert told in error.message.en
    assert re.search("[一-龥]", error.message.zh)


@pytest.mark.parametrize("tag", [
    "{{ qr('a')|upper }}", "{{ qr('a')|string }}", "{{ 'See ' ~ qr('a') }}", "{{ [qr('a'), 'x'] }}",
    "{{ [qr('a'), 'x']|join }}"])
def test_no_reader_sees_the_xml_of_what_is_drawn(tmp_path: Path, tag: str) -> None:
    error = failure(write_word(tmp_path / "a.docx", p("x") + p(tag)))
    assert re.search("cannot be part of a text|a list of what is drawn|stands inside of a text", error.message.en)
    assert "(paragraph 2)" in error.message.en
    assert re.search("绘制", error.message.zh)
