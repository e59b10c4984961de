"""Excel templates filled: what few workbooks have follows as well: scenarios, watched cells, XML maps, consolidations,
pivot tables, queries with parameters, ActiveX controls."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from folderkit.core.errors import Failed
from tests.workbooks import drawn, fill, parts_of, xml_of

SHEET, LINKS = "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TASKS = [{"name": f"T{number}"} for number in range(1, 6)]


def filled(tmp_path: Path, patches: dict[str, tuple[str, str]], more: dict[str, str] | None = None) -> bytes:
    """A workbook with row 6 for each task (five: below, all is four rows further down), whose parts are patched: a
    pattern and what comes in its place; and with `more` parts."""
    def draw(book: Any, sheet: Any) -> None:
        sheet.write("A6", "{% for t in tasks %}{{ t.name }}")
        sheet.write("B6", 1)
        sheet.write("C6", "{% endfor %}")
        sheet.write("A9", "end")
        sheet.write_comment("A1", "so that there is a part for links")
        book.add_worksheet("Other").write("A1", "other")

    path = drawn(tmp_path / "t.xlsx", draw)
    parts = {**parts_of(path.read_bytes()), **{name: text.encode() for name, text in (more or {}).items()}}
    for name, (pattern, new) in patches.items():
        found = re.search(pattern, text := parts[name].decode())
        assert found
        parts[name] = (text[: found.start()] + new.replace("@", found[0]) + text[found.end() :]).encode()
    with zipfile.ZipFile(path, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return fill(path, {"tasks": TASKS})


def link(kind: str, target: str) -> tuple[str, str]:
    return "</Relationships>", f'<Relationship Id="rId88" Type="{OFFICE}/{kind}" Target="{target}"/>@'


def pivot(place: str) -> str:
    return (f'<pivotTableDefinition xmlns="{MAIN}" name="P"><location ref="{place}" firstHeaderRow="1"/>'
            "</pivotTableDefinition>")


def test_scenarios_and_watched_cells(tmp_path: Path) -> None:
    xml = xml_of(filled(tmp_path, {SHEET: ("<pageMargins", (
        '<scenarios current="0" sqref="B9"><scenario name="Best" count="2"><inputCells r="B9" val="5"/>'
        '<inputCells r="B6" val="6"/></scenario></scenarios>@'))}), SHEET)
    assert re.findall(r'<inputCells r="(\w+)"', xml) == ["B13", "B6"]
    assert '<scenarios current="0" sqref="B13">' in xml
    xml = xml_of(filled(tmp_path, {SHEET: ("<legacyDrawing", (
        '<cellWatches><cellWatch r="B9"/><cellWatch r="B6"/></cellWatches>@'))}), SHEET)
    assert re.findall(r'<cellWatch r="(\w+)"', xml) == ["B13", "B6"]


def test_a_consolidation_names_cells_of_other_sheets(tmp_path: Path) -> None:
    consolidate = ('<dataConsolidate><dataRefs count="2"><dataRef ref="A6:B9" sheet="Budget"/><dataRef ref="A6:B9" '
                   'sheet="Other"/></dataRefs></dataConsolidate>@')
    data = filled(tmp_path, {SHEET: ("<pageMargins", consolidate),
                             "xl/worksheets/sheet2.xml": ("<pageMargins", consolidate)})
    for part in (SHEET, "xl/worksheets/sheet2.xml"):
        assert re.findall(r'<dataRef ref="([\w:]+)"', xml_of(data, part)) == ["A6:B13", "A6:B9"]


def test_cells_of_an_xml_map(tmp_path: Path) -> None:
    cells = (f'<singleXmlCells xmlns="{MAIN}"><singleXmlCell id="1" r="B9" connectionId="0"><xmlCellPr id="1"><xmlPr '
             'mapId="1" xpath="/a/b" xmlDataType="string"/></xmlCellPr></singleXmlCell></singleXmlCells>')
    maps = f'<MapInfo xmlns="{MAIN}" SelectionNamespaces=""><Map ID="1" Name="a_Map" RootElement="a"/></MapInfo>'
    data = filled(tmp_path, {LINKS: link("tableSingleCells", "../tables/tableSingleCells1.xml")},
                  {"xl/tables/tableSingleCells1.xml": cells, "xl/xmlMaps.xml": maps})
    assert 'r="B13"' in xml_of(data, "xl/tables/tableSingleCells1.xml")
    assert xml_of(data, "xl/xmlMaps.xml") == maps


def test_a_pivot_table_and_its_sources(tmp_path: Path) -> None:
    cache = (f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="worksheet"><worksheetSource ref="A5:C6" '
             'sheet="Budget"/></cacheSource></pivotCacheDefinition>')
    several = (f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="consolidation"><consolidation><rangeSets '
               'count="2"><rangeSet ref="A5:C9" sheet="Budget"/><rangeSet ref="A5:C9" sheet="Other"/></rangeSets>'
               '</consolidation></cacheSource></pivotCacheDefinition>')
    data = filled(tmp_path, {LINKS: link("pivotTable", "../pivotTables/pivotTable1.xml")}, {
        "xl/pivotTables/pivotTable1.xml": pivot("A9:C12"), "xl/pivotCache/pivotCacheDefinition1.xml": cache,
        "xl/pivotCache/pivotCacheDefinition2.xml": several})
    assert 'ref="A13:C16"' in xml_of(data, "xl/pivotTables/pivotTable1.xml")
    made = xml_of(data, "xl/pivotCache/pivotCacheDefinition1.xml")
    assert 'ref="A5:C10"' in made
    assert 'refreshOnLoad="1"' in made
    assert re.findall(r'<rangeSet ref="([\w:]+)"', xml_of(data, "xl/pivotCache/pivotCacheDefinition2.xml")) == [
        "A5:C13", "A5:C9"]


def test_a_pivot_table_does_not_lie_on_repeated_rows(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="Budget, E5:G8: a pivot table"):
        filled(tmp_path, {LINKS: link("pivotTable", "../pivotTables/pivotTable1.xml")}, {
            "xl/pivotTables/pivotTable1.xml": pivot("E5:G8")})


def test_the_parameters_of_a_query(tmp_path: Path) -> None:
    connections = (f'<connections xmlns="{MAIN}"><connection id="1" name="q"><parameters count="1"><parameter name="p" '
                   'parameterType="cell" cell="Budget!$B$9"/></parameters></connection></connections>')
    data = filled(tmp_path, {"xl/_rels/workbook.xml.rels": link("connections", "connections.xml")},
                  {"xl/connections.xml": connections})
    assert 'cell="Budget!$B$13"' in xml_of(data, "xl/connections.xml")


def test_an_activex_control(tmp_path: Path) -> None:
    control = (f'<controls><control xmlns:r="{OFFICE}" shapeId="1030" r:id="rId88" name="Box"><controlPr '
               'linkedCell="$B$9" listFillRange="$A$6:$A$6"><anchor><from><col>4</col><colOff>0</colOff><row>8</row>'
               '<rowOff>0</rowOff></from><to><col>5</col><colOff>0</colOff><row>10</row><rowOff>0</rowOff></to></anchor>'
               "</controlPr></control></controls></worksheet>")
    active = '<ax:ocx xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" ax:classid="{8BD21D40}"/>'
    data = filled(tmp_path, {SHEET: ("</worksheet>", control), LINKS: link("control", "../activeX/activeX1.xml"),
                             r"[Content_Types].xml": ("<Override", '<Default Extension="bin" ContentType="a/b"/>@')},
                  {"xl/activeX/activeX1.xml": active, "xl/activeX/activeX1.bin": "\x01"})
    xml = xml_of(data, SHEET)
    assert 'linkedCell="$B$13" listFillRange="$A$6:$A$10"' in xml
    assert re.findall(r"<row>(\d+)</row>", xml) == ["12", "14"]
    assert parts_of(data)["xl/activeX/activeX1.bin"] == b"\x01"
    assert xml_of(data, "xl/activeX/activeX1.xml") == active
