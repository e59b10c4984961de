"""Compiled templates kept on disk: the second start is quick, and only what was written is taken."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from docx import Document

from folderkit.core import kept as keeping
from folderkit.core.errors import Misuse
from folderkit.core.settings import Firm
from folderkit.documents import fields_of, render, template_of_file
from folderkit.documents.compiled import _SHELF, _compile

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
SCRIPT = """
import sys
from folderkit.cli.root import cli
try:
    cli(sys.argv[1:])
finally:
    print(sorted({"docxtpl", "lxml", "docx"} & set(sys.modules)))
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, which is this test's own; nothing is in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _compile.cache_clear()
    return tmp_path / "cache" / "folderkit" / "templates"


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.docx"
    document = Document()
    document.add_paragraph("{{ name }} owes {{ amount | money }}{% if note %}, {{ note }}{% endif %}")
    document.save(str(path))
    return path


def filled(path: Path, currency: str = "CNY") -> bytes:
    """The document, compiled from nothing but the disk."""
    _compile.cache_clear()
    template = template_of_file(path, "en")
    return render(template, "en", {"name": "A & B", "amount": 12, "note": ""}, Firm(currency=currency))


def test_the_second_start_compiles_nothing(kept: Path, letter: Path) -> None:
    def start(out: str) -> str:
        ran = subprocess.run([sys.executable, "-c", SCRIPT, "fill", letter, "--set", "name=A", "--set", "amount=1",
                              "--out", letter.with_name(out)], capture_output=True, text=True, check=True)
        return ran.stdout.splitlines()[-1]

    assert "docxtpl" in start("one.docx")
    assert start("two.docx") == "[]"
    assert letter.with_name("one.docx").read_bytes() == letter.with_name("two.docx").read_bytes()


def test_from_the_disk_the_same_bytes_and_fields(kept: Path, letter: Path) -> None:
    first, fields = filled(letter), fields_of(template_of_file(letter, "en"), "en")
    assert len(list(kept.iterdir())) == 1
    assert filled(letter) == first
    assert fields_of(template_of_file(letter, "en"), "en") == fields
    assert [field.optional for field in fields] == [False, False, True]


def test_what_else_it_is_compiled_for_is_another_entry(kept: Path, letter: Path) -> None:
    filled(letter)
    assert filled(letter, "EUR") != filled(letter)
    assert len(list(kept.iterdir())) == 2
    document = Document(str(letter))
    document.add_paragraph("{{ name }}")
    document.save(str(letter))
    filled(letter)
    assert len(list(kept.iterdir())) > 2


@pytest.mark.parametrize("flip", [0, 30, 200, -1])
def test_a_damaged_entry_is_not_taken(kept: Path, letter: Path, flip: int) -> None:
    first = filled(letter)
    (entry,) = kept.iterdir()
    whole = entry.read_bytes()
    torn = bytearray(whole)
    torn[flip] ^= 1
    entry.write_bytes(torn)
    assert filled(letter) == first
    assert entry.read_bytes() == whole, "it is written anew"
    entry.write_bytes(whole[:100])
    assert filled(letter) == first


@posix
def test_where_others_may_write_nothing_is_taken_or_kept(kept: Path, letter: Path) -> None:
    filled(letter)
    (entry,) = kept.iterdir()
    entry.chmod(0o666)
    assert keeping._read(entry) is None
    entry.unlink()
    kept.chmod(0o777)
    filled(letter)
    assert list(kept.iterdir()) == []


def test_without_a_place_for_it_nothing_is_kept(kept: Path, letter: Path) -> None:
    kept.parent.parent.mkdir(parents=True)
    kept.parent.write_text("a file")
    assert filled(letter) == filled(letter)


def test_a_user_without_a_home_gets_no_folder_where_he_is(
    tmp_path: Path, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *args, **named: "~/.cache/folderkit")
    monkeypatch.chdir(tmp_path)
    _compile.cache_clear()
    assert filled(letter) == filled(letter)
    assert [path.name for path in tmp_path.iterdir()] == [letter.name]


def test_only_so_many_are_kept(kept: Path, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.documents.compiled._SHELF", _SHELF._replace(most=2))
    for place, currency in enumerate(("CNY", "EUR", "USD")):
        filled(letter, currency)
        os.utime(max(kept.iterdir(), key=lambda one: one.stat().st_mtime_ns), (place, place))
    assert len(list(kept.iterdir())) == 2


def age(entry: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(entry, (then, then))


def test_what_is_used_stays_and_what_is_not_goes(kept: Path, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folderkit.documents.compiled._SHELF", _SHELF._replace(most=2))
    filled(letter, "CNY")
    (used,) = kept.iterdir()
    filled(letter, "EUR")
    (unused,) = set(kept.iterdir()) - {used}
    age(used, 9)
    age(unused, 5)
    filled(letter, "CNY")
    filled(letter, "USD")
    assert used.exists()
    assert not unused.exists()


def test_a_use_is_noted_once_a_day(kept: Path, letter: Path) -> None:
    filled(letter)
    (entry,) = kept.iterdir()
    age(entry, 0.9)
    before = entry.stat().st_mtime_ns
    filled(letter)
    assert entry.stat().st_mtime_ns == before
    for days in (1.1, -3):  # the clock has been put back since
        age(entry, days)
        filled(letter)
        assert abs(time.time() - entry.stat().st_mtime) < 60


@pytest.mark.parametrize(("error", "taken"), [
    (PermissionError(errno.EPERM, "no"), True), (OSError(errno.EROFS, "read-only"), True),
    (FileNotFoundError(errno.ENOENT, "gone"), True), (OSError(errno.EIO, "the disk is broken"), False)])
def test_a_cache_that_can_only_be_read_serves_all_the_same(
    kept: Path, letter: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, taken: bool
) -> None:
    first = filled(letter)
    (entry,) = kept.iterdir()
    age(entry, 2)

    def utime(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(os, "utime", utime)
        assert (keeping._read(entry) is not None) == taken
        assert filled(letter) == first


def test_a_missing_field_has_its_place_all_the_same(kept: Path, letter: Path) -> None:
    document = Document(str(letter))
    document.add_paragraph("{% for one in things %}{{ one.size }}{% endfor %}")
    document.save(str(letter))
    told = []
    for _ in range(2):
        _compile.cache_clear()
        with pytest.raises(Misuse) as caught:
            render(template_of_file(letter, "en"), "en", {"name": "A", "amount": 1, "note": "", "things": [{}]}, Firm())
        told.append(caught.value.message.en)
    assert told[0] == told[1]
    assert "things[].size" in told[0]
    assert "paragraph 2" in told[0]


def test_every_module_that_compiles_counts_as_the_program() -> None:
    """An entry of another folderkit is not taken, whichever of its modules is another."""
    looked = b"\n".join(keeping._of_this_program(_SHELF)).decode()
    for module in ("documents/compiled.py", "documents/tags/syntax.py", "documents/drawn/colors.py", "core/tags.py"):
        assert module in looked.replace("\\", "/")
