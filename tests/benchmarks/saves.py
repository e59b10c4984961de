"""Thirty successive saves of one document, by the programs that people's files come from; and edits of a drawing."""

from __future__ import annotations

import datetime as dt
import io
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import process
from tests.benchmarks.office_parts import paragraphs, png

VERSION = 1  # of what is made: cached saves of another one are made again
SAVES = 30

_POWERPOINT = """
import pathlib, random, sys
from pptx import Presentation
from pptx.util import Inches
folder, count, pictures = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sorted(pathlib.Path(sys.argv[3]).iterdir())
lines = iter(pathlib.Path(sys.argv[4]).read_text(encoding="utf-8").split("\\n"))
shown = Presentation()
for picture in pictures:
    for _ in range(2):
        slide = shown.slides.add_slide(shown.slide_layouts[1])
        slide.shapes.title.text = next(lines)[:40]
        slide.placeholders[1].text = "\\n".join(next(lines)[:60] for _ in range(6))
    slide.shapes.add_picture(str(picture), Inches(1), Inches(1), width=Inches(5))
for number in range(count):
    path = folder / f"{number:02d}.pptx"
    shown.save(path)
    shown = Presentation(path)
    slide = shown.slides[random.Random(number).randrange(len(shown.slides))]
    slide.placeholders[1].text_frame.paragraphs[number % 6].runs[0].text = next(lines)[:60]
"""


def series(ground: Ground) -> Iterator[tuple[str, list[Path]]]:
    """Each series' name and its saves in order. What cannot be made here is told, and left out."""
    makers: dict[str, tuple[bool, Callable[[Ground, Path, int], None]]] = {
        "Word, pictures": (True, _word_with_pictures), "Word, text only": (True, _word_text),
        "PowerPoint, pictures": (ground.peers is not None, _powerpoint), "Excel, 8 sheets": (True, _workbook),
        "ODT, pictures": (bool(shutil.which("soffice")) and not ground.tiny, _odt)}
    for name, (able, make) in makers.items():
        if able:
            yield name, _cached(ground, name, make)
        elif not ground.tiny:
            print(f"Left out: the program that saves {name} is not here.", file=sys.stderr)


def _cached(ground: Ground, name: str, make: Callable[[Ground, Path, int], None]) -> list[Path]:
    cache = ground.fresh() if ground.tiny or ground.cache is None else ground.cache
    folder = cache / f"saves-{VERSION}" / name
    if not folder.is_dir():
        making = folder.with_name(f"{name} making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        make(ground, making, 3 if ground.tiny else SAVES)
        making.rename(folder)
    return sorted(folder.iterdir())


# -- Word ------------------------------------------------------------------------------------------
def _word_with_pictures(ground: Ground, folder: Path, count: int) -> None:
    from docx import Document
    from docx.shared import Inches

    document, chance = Document(), random.Random("word")
    lines = _lines(chance, 400)
    for picture in _photos(chance, 2 if ground.tiny else 8):
        for _ in range(6):
            document.add_paragraph(next(lines))
        document.add_picture(io.BytesIO(picture), width=Inches(5))
    _save_again(document, folder, count, lines)


def _word_text(ground: Ground, folder: Path, count: int) -> None:
    from docx import Document

    document, lines = Document(), _lines(random.Random("text"), 1000)
    for _ in range(20 if ground.tiny else 400):
        document.add_paragraph(next(lines))
    _save_again(document, folder, count, lines)


def _save_again(document: object, folder: Path, count: int, lines: Iterator[str]) -> None:
    """Save, open what was saved, change a paragraph and add another, and so on."""
    from docx import Document

    for number in range(count):
        path = folder / f"{number:02d}.docx"
        document.save(str(path))  # type: ignore[attr-defined]
        document = Document(str(path))
        written = [one for one in document.paragraphs if one.text]
        random.Random(number).choice(written).runs[0].text = next(lines)
        document.add_paragraph(next(lines))
        document.core_properties.revision = number + 1
        document.core_properties.modified = _clock(number)


# -- the others ------------------------------------------------------------------------------------
def _powerpoint(ground: Ground, folder: Path, count: int) -> None:
    assert ground.peers is not None
    place, chance = ground.fresh(), random.Random("slides")
    (place / "pictures").mkdir()
    for number, picture in enumerate(_photos(chance, 8)):
        (place / "pictures" / f"{number}.png").write_bytes(picture)
    (place / "lines.txt").write_text("\n".join(_lines(chance, 400)), encoding="utf-8")
    (place / "make.py").write_text(_POWERPOINT, encoding="utf-8")
    process([ground.peers.program("python"), place / "make.py", folder, str(count), place / "pictures",
             place / "lines.txt"], place)


def _workbook(ground: Ground, folder: Path, count: int) -> None:
    """Each save has a few cells of one sheet changed and a row added to it."""
    from openpyxl import Workbook, load_workbook

    book, chance = Workbook(), random.Random("workbook")
    book.remove(book.worksheets[0])
    lines = list(_lines(chance, 500))
    for number in range(8):
        sheet = book.create_sheet(f"清单{number + 1}")
        for row in range(1, 20 if ground.tiny else 600):
            sheet.append([row, chance.choice(lines)[:40], f"=A{row}*2", *(round(chance.uniform(0, 9e4), 2)
                                                                         for _ in range(8))])
    for number in range(count):
        path = folder / f"{number:02d}.xlsx"
        book.save(path)
        book = load_workbook(path)
        sheet = book.worksheets[number % 8]
        for _ in range(5):
            sheet.cell(chance.randrange(1, sheet.max_row), 6).value = round(chance.uniform(0, 9e4), 2)
        sheet.append([sheet.max_row + 1, chance.choice(lines)[:40]])


def _odt(ground: Ground, folder: Path, count: int) -> None:
    """LibreOffice saves what it has opened, each time with another sentence in it."""
    place, chance = ground.fresh(), random.Random("odt")
    (place / "first").mkdir()
    (place / "out").mkdir()
    _word_with_pictures(ground, place / "first", 1)
    opened, lines = place / "first" / "00.docx", list(_lines(chance, 200))
    for number in range(count):
        subprocess.run(["soffice", f"-env:UserInstallation=file://{place}/profile", "--headless", "--convert-to", "odt",
                        "--outdir", place / "out", opened], check=True, capture_output=True)
        saved = folder / f"{number:02d}.odt"
        shutil.move(place / "out" / f"{opened.stem}.odt", saved)
        opened = place / f"edit{number:02d}.odt"
        _edit_odt(saved, opened, chance, f"第 {number + 1} 次修改：{chance.choice(lines)}")


def _edit_odt(saved: Path, edited: Path, chance: random.Random, sentence: str) -> None:
    """The document with one more sentence, somewhere: only now and then on the first page, of which a picture is in
    the file."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(edited, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "content.xml":
                sentences = data.decode().split("。")
                sentences[chance.randrange(len(sentences) - 1)] += f"。{sentence.rstrip('。')}"
                data = "。".join(sentences).encode()
            new.writestr(entry, data)


def _photos(chance: random.Random, count: int) -> list[bytes]:
    return [png(chance, chance.randint(100_000, 500_000)) for _ in range(count)]


def _lines(chance: random.Random, count: int) -> Iterator[str]:
    found = paragraphs(chance, "zh", 10**9)
    return (next(found) for _ in range(count))


def _clock(number: int) -> dt.datetime:
    return dt.datetime(2026, 6, 1, 9, 0, tzinfo=dt.UTC) + dt.timedelta(hours=number)


# -- a drawing -------------------------------------------------------------------------------------
def drawing(path: Path, size: int) -> None:
    """A binary file of `size` bytes; a quarter of it repeats and can be packed."""
    chance = random.Random("drawing")
    with path.open("wb") as stream:
        for _ in range(size // 1_000_000):
            stream.write(chance.randbytes(750_000) + chance.randbytes(50) * 5_000)


def edit_drawing(path: Path, number: int) -> None:
    """One local edit as a program saves it: a line drawn here, a part taken away there, the dates in the head."""
    chance = random.Random(f"edit {number}")
    data = bytearray(path.read_bytes())
    data[64:80] = chance.randbytes(16)
    for _ in range(3):
        place = chance.randrange(len(data) - 4_000)
        data[place : place + 2_000] = chance.randbytes(2_000)
    place = chance.randrange(len(data) - 4_000)
    data[place:place] = chance.randbytes(1_500)
    place = chance.randrange(len(data) - 4_000)
    del data[place : place + 700]
    path.write_bytes(data)
