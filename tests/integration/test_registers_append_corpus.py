"""A register's sheet put into real workbooks of every kind, and rows added to it: their own parts stay as they are."""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import subprocess
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from folderkit.core.errors import FolderkitError
from folderkit.registers import load_schema, read_workbook
from folderkit.registers.patching import append_rows
from tests.conftest import CORPUS
from tests.integration.test_registers_workbook import needs_libreoffice

TODAY = dt.date(2026, 3, 18)
HEADERS = ("编号", "负责人", "My own", "状态", "名称", "计划完成", "完成百分比")
TASK = {"name": "新任务", "owner": "李静", "status": "done", "plan_end": dt.date(2026, 5, 1), "pct": 1}
SHEET, TABLE = "xl/worksheets/register.xml", "xl/tables/register.xml"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the corpus is not here: {CORPUS}")


def parts_of(content: bytes | Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
        return {part: archive.read(part) for part in archive.namelist()}


def grafted(source: Path, target: Path) -> bool:
    """Put a register with an Excel Table, four rows and a line below into a copy; False for what is no such file."""
    try:
        parts = parts_of(source)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
    book = next((name for name in parts if re.fullmatch(r"(xl/)?workbook\d*\.xml", name)), "")
    links = f"{posixpath.dirname(book)}/_rels/{posixpath.basename(book)}.rels"
    text = parts.get(book, b"").decode("utf-8-sig", "replace")
    if links not in parts or "</sheets>" not in text.replace("x:", ""):
        return False
    main = next(iter(re.findall(r'xmlns(?::\w+)?="([^"]*spreadsheetml/(?:2006/)?main)"', text)))
    relations = re.findall(r'xmlns:\w+="([^"]*officeDocument/(?:2006/)?relationships)"', text)[0]
    prefix = next(iter(re.findall(r"<(\w+:)?sheets\b", text)))
    parts[book] = re.sub(
        r"(</(?:\w+:)?sheets>)", rf'<{prefix}sheet name="Register &amp; 1" sheetId="9999" '
        rf'xmlns:q="{relations}" q:id="rIdRegister"/>\1', text).encode()
    parts[links] = parts[links].replace(
        b"</Relationships>", f'<Relationship Id="rIdRegister" Type="{relations}/worksheet" Target="/{SHEET}"/>'
        "</Relationships>".encode())
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", "".join(
            f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
            f'{kind}+xml"/>' for name, kind in ((SHEET, "worksheet"), (TABLE, "table"))).encode() + b"</Types>")
    cells = [HEADERS, *((f"TSK-{n:03d}", "王", "x", "进行中", f"任务{n}", "2026-04-01", "0.5") for n in range(1, 5)),
             ("", "", "", "", "", "", ""), ("说明", "", "", "", "", "", "")]
    rows = "".join(f'<row r="{r}">' + "".join(
        f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' for c, value in enumerate(row)
        if value) + "</row>" for r, row in enumerate(cells, 1))
    parts[SHEET] = (f'<worksheet xmlns="{main}" xmlns:r="{relations}"><dimension ref="A1:G7"/><sheetData>{rows}'
                    '</sheetData><tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>').encode()
    parts[TABLE] = (f'<table xmlns="{main}" id="9999" name="RegisterX" displayName="RegisterX" ref="A1:G5" '
                    f'totalsRowShown="0"><autoFilter ref="A1:G5"/><tableColumns count="7">' + "".join(
                        f'<tableColumn id="{n}" name="{name}"/>' for n, name in enumerate(HEADERS, 1)) +
                    "</tableColumns></table>").encode()
    parts["xl/worksheets/_rels/register.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{relations}/table" Target="/{TABLE}"/></Relationships>').encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return True


FILES = sorted(path for folder in ("xlsx", "xlsx-rich") for path in (CORPUS / folder).glob("*.xls[xm]"))


def test_the_corpus_takes_added_rows_and_keeps_all_else(tmp_path: Path) -> None:
    added = 0
    for source in FILES:
        target = tmp_path / source.name
        if not grafted(source, target):
            continue
        content = target.read_bytes()
        try:
            before = read_workbook(target, load_schema("tasks"), today=TODAY)
        except FolderkitError:
            continue  # what the reader refuses is not written to either
        if before.sheet != "Register & 1":
            continue
        result = append_rows(content, load_schema("tasks"), [TASK] * 5, path=target, today=TODAY)
        target.write_bytes(result.content)

        after = read_workbook(target, load_schema("tasks"), today=TODAY)
        assert after.rows[:4] == before.rows, source
        shown = [(row["name"], row["plan_end"]) for row in after.rows[4:]]
        assert shown == [("新任务", dt.date(2026, 5, 1))] * 5, source
        old, new = parts_of(content), parts_of(target)
        other = {name for name, part in old.items() if new.get(name) != part}
        assert other <= {SHEET, TABLE, "xl/styles.xml"}, source
        assert "A1:G10" in new[TABLE].decode(), source
        assert '<c r="A11"' in new[SHEET].decode().replace("x:", ""), source
        added += 1
    assert added >= 60


@needs_libreoffice
def test_libreoffice_opens_what_was_added_to(tmp_path: Path) -> None:
    """A few kinds of writers: the values that LibreOffice shows are those that were written."""
    names = ("testEXCEL.strict.xlsx", "poi_test-data_spreadsheet_123233_charts.xlsx", "testEXCEL.xlsx")
    for source in [path for path in FILES if path.name in names]:
        target = tmp_path / source.name
        assert grafted(source, target)
        result = append_rows(target.read_bytes(), load_schema("tasks"), [TASK], path=target, today=TODAY)
        target.write_bytes(result.content)
        subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
                        "xlsx", "--outdir", tmp_path / "out", target], check=True, capture_output=True, timeout=180)
        shown = read_workbook(tmp_path / "out" / source.name, load_schema("tasks"), today=TODAY)
        assert [row["name"] for row in shown.rows] == ["任务1", "任务2", "任务3", "任务4", "新任务"]
        assert shown.rows[-1]["plan_end"] == dt.date(2026, 5, 1)
