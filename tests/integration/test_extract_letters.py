"""Letters in scans: recognised by Tesseract when the workspace wants it, after everything else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from folderkit.extract import Extractor
from folderkit.extract.letters import languages
from folderkit.extract.model import UnreadableError
from tests.conftest import Run

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="Tesseract is not installed")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as extractor:
        yield extractor


def make_scan(path: Path, text: str, pages: int = 1) -> Path:
    """A picture of a text, as PDF or as a picture."""
    font = next(Path("/usr/share/fonts").rglob("NotoSansCJK-Regular.ttc"), None)
    image = Image.new("L", (1000, 300), 255)
    drawing = ImageDraw.Draw(image)
    drawing.text((60, 100), text, fill=0, font=ImageFont.truetype(font, 60) if font else ImageFont.load_default(60))
    if path.suffix == ".pdf":
        image.save(path, resolution=150, save_all=True, append_images=[image] * (pages - 1))
    else:
        image.save(path)
    return path


def test_a_scan_says_that_it_lacks_the_recognition_of_letters(tmp_path: Path, extractor: Extractor) -> None:
    scan = make_scan(tmp_path / "a.pdf", "Invoice 4711")
    result = extractor.read(scan, "a.pdf")
    assert (result.state, result.lacks, result.passages) == ("none", "ocr", ())


@pytest.mark.parametrize(("name", "place"), [("a.pdf", "p. 2 (OCR)"), ("a.png", "picture (OCR)")])
def test_letters_are_found_at_their_page(tmp_path: Path, extractor: Extractor, name: str, place: str) -> None:
    scan = make_scan(tmp_path / name, "Invoice 4711 overdue", pages=2)

    result = extractor.read(scan, name, letters=True)

    assert (result.state, result.lacks) == ("ok", "")
    assert "4711" in {passage.place: passage.text for passage in result.passages}[place]


@pytest.mark.skipif("chi_sim" not in languages(), reason="Tesseract knows no Chinese here")
def test_chinese_letters_are_recognised_without_blanks_between_them(tmp_path: Path, extractor: Extractor) -> None:
    scan = make_scan(tmp_path / "a.png", "违约金为合同总价")

    (passage,) = extractor.read(scan, "a.png", letters=True).passages

    assert "违约金" in passage.text


def test_what_takes_longer_than_it_may_is_kept_in_part(tmp_path: Path) -> None:
    from folderkit.extract.letters import Recogniser

    with pytest.raises(UnreadableError) as caught:
        Recogniser(0)(Image.new("L", (200, 200), 255))
    assert caught.value.state == "timed-out"


def test_scans_are_read_by_a_scan_of_the_workspace_when_it_is_set(project: Path, workspace: Path, run: Run) -> None:
    make_scan(project / "paper.pdf", "Invoice 4711 overdue")
    run("scan")
    assert run("find", "overdue").code == 1

    settings = workspace / "folderkit.yaml"
    settings.write_text(settings.read_text("utf-8") + "\nocr: true\n", "utf-8")
    assert run("find", "overdue").code == 1  # who looks for something does not wait for scans
    run("scan")

    found = run("find", "overdue")
    assert "paper.pdf" in found.out
    assert "p. 1 (OCR)" in found.out
