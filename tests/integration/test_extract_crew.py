"""Extractors at work beside each other, and what a reading lacked."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from folderkit.extract import EXTRACTOR_VERSION, Extraction, Extractor, Extractors
from folderkit.extract.lacking import number_of, settled, waits_for_letters

SLOW = rb"{\rtf1 " + rb"\b0\b1" * 4_000_000

two_cores = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2 if hasattr(os, "sched_getaffinity") else True,
                               reason="a second worker needs a second core")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = []
    for number in range(12):
        document = docx.Document()
        document.add_paragraph(f"text {number}")
        document.save(str(tmp_path / f"{number}.docx"))
        found.append(tmp_path / f"{number}.docx")
    return found


def read(extractor: Extractor, path: Path) -> Extraction:
    return extractor.read(path, path.name)


def words(result: Extraction) -> list[str]:
    return [passage.text for passage in result.passages]


def test_each_file_is_given_back_with_its_own_text(files: list[Path]) -> None:
    with Extractors() as extractors:
        found = dict(extractors.each(files, read))

    assert {path.stem: words(result) for path, result in found.items()} == {
        str(number): [f"text {number}"] for number in range(12)}


@two_cores
def test_many_files_are_read_by_two_workers_and_a_few_by_one(files: list[Path]) -> None:
    with Extractors() as extractors:
        list(extractors.each(files[:3], read))
        assert len(extractors.worker_pids) == 1
        list(extractors.each(files, read))
        assert len(extractors.worker_pids) == 2
    assert extractors.worker_pids == []


@two_cores
def test_no_file_waits_for_one_that_takes_long(files: list[Path]) -> None:
    others_are_read = threading.Event()
    slow, given = files[0], list[Path]()

    def read_slowly(extractor: Extractor, path: Path) -> Extraction:
        if path == slow:
            assert others_are_read.wait(120)
        return read(extractor, path)

    with Extractors() as extractors:
        for path, result in extractors.each(files, read_slowly):
            assert result.state == "ok"
            given.append(path)
            if len(given) == len(files) - 1:
                others_are_read.set()

    assert given[-1] == slow


def test_what_is_slow_is_given_up_when_something_else_is_wanted(tmp_path: Path, files: list[Path]) -> None:
    slow = tmp_path / "slow.rtf"
    slow.write_bytes(SLOW)
    with Extractors(seconds=60) as extractors:
        found = list(extractors.each([*files, slow], read, until=lambda: True, slow=lambda path: path == slow))
        assert found
        assert slow not in dict(found)
        again = list(extractors.each([slow, files[0]], read, until=lambda: True, slow=lambda path: path == slow))
        assert slow not in dict(again)
        assert words(dict(extractors.each(files[:1], read))[files[0]]) == ["text 0"]


def test_what_reading_raises_ends_the_others_soon(tmp_path: Path, files: list[Path]) -> None:
    slow = tmp_path / "slow.rtf"
    slow.write_bytes(SLOW)
    before = threading.active_count()

    def fail(extractor: Extractor, path: Path) -> Extraction:
        if path == files[3]:
            raise OSError("the disk is gone")
        return read(extractor, path)

    with Extractors(seconds=60) as extractors:
        with pytest.raises(OSError, match="the disk is gone"):
            list(extractors.each([slow, *files], fail))
        assert len(dict(extractors.each(files, read))) == 12
    assert threading.active_count() == before


def answer(lacks: str) -> Extraction:
    return Extraction("none", "", (), "", lacks=lacks)


def test_a_reading_that_lacked_something_is_kept_under_a_number_of_its_own() -> None:
    numbers = [number_of(answer(lacks)) for lacks in ("", "legacy", "ocr")]

    assert numbers[0] == EXTRACTOR_VERSION
    assert len(set(numbers)) == 3
    assert all(number < 0 for number in numbers[1:])
    assert [waits_for_letters(number) for number in numbers] == [False, False, True]


@pytest.mark.parametrize("has_program", [False, True])
def test_what_would_come_out_the_same_is_settled(monkeypatch: pytest.MonkeyPatch, has_program: bool) -> None:
    found: Callable[[str], str | None] = lambda name: name if has_program else None  # noqa: E731
    monkeypatch.setattr("shutil.which", found)
    letters = number_of(answer("ocr"))

    assert letters in settled(letters=False)
    assert (letters in settled(letters=True)) != has_program
