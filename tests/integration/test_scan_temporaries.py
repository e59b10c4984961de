"""Names that are left alone, and names that never may be: what is taken for a temporary has no versions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.watch import is_temporary, may_pass, walk
from folderkit.watch.temporary import is_left_by_rsync, may_stay

TEMPORARY = [
    "~$report.docx", "~$报告.docx", "~$ort.xlsx", "~WRD0001.tmp", "~WRL3456.tmp", "~WRA0000.tmp", "~WRF0000.tmp",
    "ppt1A2B.tmp", "3F2A10.tmp", "5DC3F2A0.tmp", "report.docx~RF1a2b3c.TMP", "~DF3A2B.tmp", ".~lock.report.odt#",
    "lu1234abcd.tmp", ".~报告.docx", ".~folderkit-0a1b2c.tmp", ".notes.txt.swp", ".notes.txt.swo", "notes.txt~",
    "报告.docx~", "notes.txt.~1~", "#notes.txt#", "setup.exe.crdownload", "video.mp4.part", "file.zip.partial",
    "x.pdf.download", "x.opdownload", "x.zip.aria2", "x.mkv.xltd", "x.zip.downloading", ".syncthing.a.docx.tmp",
    "~syncthing~a.docx.tmp", ".report.docx.k3Xz9Q", ".goutputstream-AB12CD", ".fuse_hidden0001a2b",
    ".nfs0000000001a2b3c4", "report.docx.sb-1a2b3c4d-AbCdEf", "._report.docx", ".DS_Store", "Thumbs.db",
    "thumbs.db", "desktop.ini", "Icon\r", "~brochure~k2x9.idlk", "base.laccdb", "plan.dwl", "plan.dwl2",
]
FOLDERS = [
    ".git", ".svn", ".folderkit", "$RECYCLE.BIN", "System Volume Information", ".Trash", ".Trash-1000", "__MACOSX",
    ".~folderkit-new-0a1b2c3d4e5f", ".dropbox.cache", "report.docx.sb-1a2b3c4d-AbCdEf",
]
HONEST = [
    "20260301", "202603", "2026", "4913", "1234567", "00000000", "report~final.docx", "report~1.docx", "a~b",
    "~草稿.docx", "~notes.txt", "~", "~~", "$report.docx", "ABCDEF", "abcdef", "decade", "facade", "Decade",
    "accede", "beaded", "C2026001", "A20261", "FACADE", "DEADBEEF", "BADFACE", "cafe.txt", "cafe", "face.docx",
    "report.tmp", "x.tmp", "tmp", "temp.docx", "part", "spare.parts", "bracket.CATPart", "chapter.part1.rar",
    "my.partial.docx", "download", "downloads.zip", "The part.docx", "#1 priority.docx", "#重要#", "#项目",
    "C#.md", "F# notes.txt", "合同V1.2~", "预算~", "方案~", "V2~", ".env", ".env.sample", ".env.backup",
    ".gitignore", ".eslintrc.config", ".backup.202603", ".Report.Final1x", ".htaccess", "notes.swp.docx", "lock",
    "report.lock", "package-lock.json", "icon", "Icon.png", "Thumbs.docx", "desktop.ini.docx", "swap", "a.swp1",
    "luxury.docx", "lunch.tmp.docx", "pptx.tmp.pptx", "nul", "0", "#", "##", "~$"[:1],
    "会议纪要（终稿）(2)(1).docx", "合同_最终版2(1).docx", "a.b.c", "...", "file.", " x",
]


@pytest.mark.parametrize("name", TEMPORARY)
def test_temporaries_are_left_alone(name: str) -> None:
    assert is_temporary(name)


@pytest.mark.parametrize("suffix", ["TCUGQM", "qwzkpt", "Hbnrtx"])
def test_what_rsync_left_is_known_by_its_rights_where_its_name_may_be_a_word(suffix: str) -> None:
    name = f".report.docx.{suffix}"
    assert not is_temporary(name)
    assert is_left_by_rsync(name, 0o100600)
    assert not is_left_by_rsync(name, 0o100644)
    assert not is_left_by_rsync(f".report.{suffix}", 0o100600)


@pytest.mark.parametrize("name", HONEST)
def test_a_persons_names_are_his_with_any_rights(name: str) -> None:
    assert not is_left_by_rsync(name, 0o100600)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX's")
def test_a_file_that_rsync_had_not_finished_is_laid_aside(tmp_path: Path) -> None:
    for name, mode in ((".offer.txt.TCUGQM", 0o600), (".offer.txt.BACKUP", 0o600), (".offer.txt.ABCDEF", 0o644)):
        (tmp_path / name).write_bytes(b"half")
        (tmp_path / name).chmod(mode)

    tree = walk(tmp_path, (), {})

    assert set(tree.files) == {".offer.txt.BACKUP", ".offer.txt.ABCDEF"}
    assert [aside.name for aside in tree.folders[""].aside] == [".offer.txt.TCUGQM"]


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_of_programs_are_left_alone(name: str) -> None:
    assert is_temporary(name, folder=True)


@pytest.mark.parametrize("name", HONEST)
def test_a_persons_names_are_never_left_alone(name: str) -> None:
    assert not is_temporary(name)
    assert not is_temporary(name, folder=True)


@pytest.mark.parametrize("name", ["report~", "notes.txt~", "#a.b#", "4913", "5DC3F2A0", "client.download", "spare.part",
                                  "~$x", "lu12345.tmp"])
def test_a_folder_of_a_temporary_files_name_is_a_persons(name: str) -> None:
    assert not is_temporary(name, folder=True)


@given(st.from_regex(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff -]{0,30}", fullmatch=True))
def test_no_name_of_letters_digits_and_spaces_is_left_alone(name: str) -> None:
    if name not in ("__MACOSX", "System Volume Information"):
        assert not is_temporary(name)
        assert not is_temporary(name, folder=True)


@given(st.from_regex(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff ~#$().,+=-]{0,30}\.(docx|xlsx|pptx|pdf|txt|jpg|dwg|csv|zip)",
                     fullmatch=True))
def test_no_document_is_left_alone(name: str) -> None:
    assert not is_temporary(name)


@given(st.text("0123456789ABCDEF", min_size=8, max_size=8))
def test_only_a_name_of_eight_hex_digits_may_be_excels(name: str) -> None:
    assert may_pass(name) == any(char in "ABCDEF" for char in name)
    assert not is_temporary(name)


@pytest.mark.parametrize("name", ["5dc3f2a0", "5DC3F2A", "5DC3F2A0F", "5DC3F2A0.x", "20260301"])
def test_other_names_are_not_excels(name: str) -> None:
    assert not may_pass(name)


def test_a_temporary_that_stays_is_told_but_for_those_of_the_system() -> None:
    silent = [name for name in TEMPORARY if not may_stay(name)]
    assert silent == [".~folderkit-0a1b2c.tmp", "._report.docx", ".DS_Store", "Thumbs.db", "thumbs.db", "desktop.ini",
                      "Icon\r"]
    assert not may_stay("video.mp4.part", ["*.part"])


def test_the_settings_ignore_more() -> None:
    assert is_temporary("a.bak", ["*.bak"])
    assert is_temporary("node_modules", ["node_modules"], folder=True)
    assert not is_temporary("a.bak.docx", ["*.bak"])
