"""Excel templates filled: what is drawn on a repeated row, and its comments, are there with each copy."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from folderkit.core.errors import Failed
from folderkit.documents.pages.libreoffice import Office, soffice
from tests.integration.test_workbook_rules import block
from tests.workbooks import drawn, features, fill, parts_of, picture, xml_of

DRAWING = "xl/drawings/drawing1.xml"
TASKS = [{"name": f"T{number}", "cost": number, "keep": number != 2} for number in range(1, 4)]


def row(tmp_path: Path, draw: Any, tasks: Any = TASKS) -> bytes:
    """Row 6 for each task, 40 points high."""
    def whole(book: Any, sheet: Any) -> None:
        sheet.set_row(5, 40)
        sheet.write("A6", "{% for t in tasks %}{{ t.name }}")
        sheet.write("B6", "{{ t.cost }}")
        sheet.write("C6", "{% endfor %}")
        sheet.write("A8", "end")
        draw(book, sheet)

    return fill(drawn(tmp_path / "t.xlsx", whole), {"tasks": tasks})


def anchors(data: bytes) -> list[tuple[int, int]]:
    """From which to which row, from 0, things are drawn."""
    return [(int(begin), int(end)) for begin, end in re.findall(
        r"<xdr:from>.*?<xdr:row>(\d+).*?<xdr:to>.*?<xdr:row>(\d+)", xml_of(data, DRAWING), re.DOTALL)]


def ids(data: bytes) -> list[str]:
    return re.findall(r'<xdr:cNvPr id="(\d+)"', xml_of(data, DRAWING))


def test_a_picture_on_a_repeated_row_is_there_for_each(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.insert_image("D6", "p.png", {"image_data": picture(), "x_scale": 20, "y_scale": 20})
        sheet.insert_image("F3", "above.png", {"image_data": picture(), "y_scale": 200})  # over row 6, and others
        sheet.insert_image("F8", "below.png", {"image_data": picture()})

    data = row(tmp_path, draw)
    assert sorted(anchors(data)) == sorted([(5, 5), (6, 6), (7, 7), (2, anchors(data)[-2][1]), (9, 9)])
    assert len(set(ids(data))) == 5
    assert len([name for name in parts_of(data) if "/media/" in name]) == 1  # the picture itself is there once
    assert {kind: count for kind, count in features(data).items() if kind == "pic"} == {"pic": 5}


def test_a_picture_that_hangs_over_stays_one(tmp_path: Path) -> None:
    data = row(tmp_path, lambda book, sheet: sheet.insert_image("D6", "p.png", {
        "image_data": picture(), "x_scale": 20, "y_scale": 90}))
    assert [begin for begin, _ in anchors(data)] == [5]


def test_a_picture_of_a_size_is_measured_by_the_rows_below_it(tmp_path: Path) -> None:
    def draw(height: int) -> bytes:
        path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
            sheet.set_row(5, 40), sheet.write("A6", "{% for t in tasks %}{{ t.name }}{% endfor %}"),
            sheet.write("A6", "{% for t in tasks %}{{ t.name }}"), sheet.write("B6", "{% endfor %}"),
            sheet.insert_image("D6", "p.png", {"image_data": picture()})))
        parts = parts_of(path.read_bytes())
        xml = re.sub(r"<xdr:to>.*?</xdr:to>", f'<xdr:ext cx="9525" cy="{height * 12_700}"/>', parts[DRAWING].decode())
        xml = re.sub(r"<xdr:twoCellAnchor[^>]*>", "<xdr:oneCellAnchor>", xml).replace("</xdr:two", "</xdr:one")
        parts[DRAWING] = xml.encode()
        with zipfile.ZipFile(path, "w") as packed:
            for name, part in parts.items():
                packed.writestr(name, part)
        return fill(path, {"tasks": TASKS})

    assert xml_of(draw(38), DRAWING).count("<xdr:oneCellAnchor>") == 3
    assert xml_of(draw(60), DRAWING).count("<xdr:oneCellAnchor>") == 1


def test_what_is_drawn_on_a_row_that_is_left_out_is_left_out(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        for place, text in {"A6": "{% if vip %}yes", "B6": "x{% endif %}", "A8": "end"}.items():
            sheet.write(place, text)
        sheet.set_row(5, 40)
        sheet.insert_image("D6", "p.png", {"image_data": picture()})
        sheet.write_comment("A6", "a note")
        sheet.write_comment("A8", "stays")

    path = drawn(tmp_path / "t.xlsx", draw)
    without, with_it = fill(path, {"vip": False}), fill(path, {"vip": True})
    assert (anchors(without), len(anchors(with_it))) == ([], 1)
    assert re.findall(r'<comment ref="(\w+)"', xml_of(without, "xl/comments1.xml")) == ["A7"]
    assert re.findall(r"<x:Row>(\d+)", xml_of(without, "xl/drawings/vmlDrawing1.vml")) == ["6"]


def test_shapes_show_the_cell_of_their_own_row(tmp_path: Path) -> None:
    data = row(tmp_path, lambda book, sheet: sheet.insert_textbox("D6", "", {"textlink": "=$B$6", "height": 30}))
    assert re.findall(r'textlink="([^"]+)"', xml_of(data, DRAWING)) == ["$B$6", "$B$7", "$B$8"]


def test_a_chart_in_a_block_shows_its_own_rows(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        for line in (4, 5, 6):
            sheet.set_row(line, 80)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Budget!$A$6:$A$6", "name": "=Budget!$A$5", "categories": "=Budget!$B$6:$B$6"})
        chart.set_title({"name": "=Budget!$A$3"})
        sheet.insert_chart("E5", chart, {"object_position": 2})
        sheet.insert_image("H5", "p.png", {"image_data": picture(), "y_scale": 100})

    data = block(tmp_path, draw)
    parts = parts_of(data)
    charts = sorted(name for name in parts if re.fullmatch(r"xl/charts/chart\d+\.xml", name))
    assert len(charts) == 3
    shown = [re.findall(r"<c:f>Budget!([^<]+)", parts[name].decode()) for name in charts]
    assert shown == [["$A$3", "$A$4", "$B$5:$B$6", "$A$5:$A$6"], ["$A$3", "$A$8", "$B$9:$B$9", "$A$9:$A$9"],
                     ["$A$3", "$A$11", "$B$12:$B$12", "$A$12:$A$12"]]
    drawing, links = xml_of(data, DRAWING), xml_of(data, "xl/drawings/_rels/drawing1.xml.rels")
    used = re.findall(r'<c:chart [^>]*r:id="(\w+)"', drawing)
    targets = dict(re.findall(r'<Relationship Id="(\w+)"[^>]*Target="([^"]+)"', links))
    assert len({targets[one].rpartition("/")[2] for one in used}) == 3
    assert all(f'PartName="/{name}"' in xml_of(data, "[Content_Types].xml") for name in charts)
    assert sorted(begin for begin, _ in anchors(data)) == [3, 3, 7, 7, 10, 10]
    assert len(set(ids(data))) == 6


def test_comments_are_repeated_with_their_rows(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.write_comment("A6", "of a task", {"author": "me"})
        sheet.write_comment("A8", "below")
        sheet.write_comment("A2", "above")

    data = row(tmp_path, draw)
    (tmp_path / "made.xlsx").write_bytes(data)
    sheet = openpyxl.load_workbook(tmp_path / "made.xlsx")["Budget"]
    assert {cell.coordinate: cell.comment.text for line in sheet.iter_rows() for cell in line if cell.comment} == {
        "A2": "above", "A6": "of a task", "A7": "of a task", "A8": "of a task", "A10": "below"}
    vml = xml_of(data, "xl/drawings/vmlDrawing1.vml")
    assert sorted(map(int, re.findall(r"<x:Row>(\d+)", vml))) == [1, 5, 6, 7, 9]
    shapes = re.findall(r'<v:shape id="(\w+)"', vml)
    assert len(set(shapes)) == 5
    assert [int(one.split(",")[2]) for one in re.findall(r"<x:Anchor>([^<]+)", vml)] == sorted(
        int(one.split(",")[2]) for one in re.findall(r"<x:Anchor>([^<]+)", vml))


def test_many_comments_on_several_sheets_have_numbers_of_their_own(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        for one in (sheet, book.add_worksheet("Other")):
            one.write("A2", "{% for t in tasks %}{{ t }}")
            one.write("B2", "x{% endfor %}")
            one.write_comment("A2", "a note")

    data = fill(drawn(tmp_path / "t.xlsx", draw), {"tasks": list(range(1_100))})
    maps, numbers = [], []
    for number in (1, 2):
        vml = xml_of(data, f"xl/drawings/vmlDrawing{number}.vml")
        maps += re.findall(r'<o:idmap [^>]*data="([\d,]+)"', vml)[0].split(",")
        numbers += re.findall(r'id="_x0000_s(\d+)"', vml)
        assert {int(one) // 1_024 for one in re.findall(r'id="_x0000_s(\d+)"', vml)} <= set(
            map(int, re.findall(r'<o:idmap [^>]*data="([\d,]+)"', vml)[0].split(",")))
    assert len(numbers) == len(set(numbers)) == 2_200
    assert len(maps) == len(set(maps))


def test_threads_are_repeated_with_identities_of_their_own(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
        sheet.write("A6", "{% for t in tasks %}{{ t.name }}"), sheet.write("B6", "x{% endfor %}"),
        sheet.write_comment("A6", "[Threaded comment]", {"author": "tc={AAAAAAAA-0000-4000-8000-000000000001}"})))
    parts = parts_of(path.read_bytes())
    parts["xl/threadedComments/threadedComment1.xml"] = (
        b'<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        b'<threadedComment ref="A6" id="{AAAAAAAA-0000-4000-8000-000000000001}" personId="{B}"><text>Why?</text>'
        b'</threadedComment><threadedComment ref="A6" id="{AAAAAAAA-0000-4000-8000-000000000002}" personId="{B}" '
        b'parentId="{AAAAAAAA-0000-4000-8000-000000000001}"><text>So.</text></threadedComment></ThreadedComments>')
    links = "xl/worksheets/_rels/sheet1.xml.rels"
    parts[links] = parts[links].replace(
        b"</Relationships>", b'<Relationship Id="rId77" Type="http://schemas.microsoft.com/office/2017/10/'
        b'relationships/threadedComment" Target="../threadedComments/threadedComment1.xml"/></Relationships>')
    with zipfile.ZipFile(path, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    data = fill(path, {"tasks": TASKS})
    threads = xml_of(data, "xl/threadedComments/threadedComment1.xml")
    found = re.findall(r'ref="(\w+)" id="([^"]+)" personId="{B}"(?: parentId="([^"]+)")?', threads)
    assert sorted(ref for ref, _, _ in found) == ["A6", "A6", "A7", "A7", "A8", "A8"]
    heads = {ref: identity for ref, identity, parent in found if not parent}
    assert all(heads[ref] == parent for ref, _, parent in found if parent)
    assert len({identity for _, identity, _ in found}) == 6
    comments = xml_of(data, "xl/comments1.xml")
    authors = re.findall(r"<author>tc=([^<]+)", comments)
    assert {ref: authors[int(author)] for ref, author in re.findall(
        r'<comment ref="(\w+)" authorId="(\d+)"', comments)} == heads


@pytest.mark.parametrize(("draw", "said"), [
    (lambda sheet: sheet.insert_button("D6", {"caption": "Go", "height": 20}), "a button or another control stands"),
    (lambda sheet: sheet.insert_image("D6", "p.png", {"image_data": picture()}), "20,001 times")],
    ids=["a button", "too often"])
def test_what_cannot_be_there_several_times_is_refused(tmp_path: Path, draw: Any, said: str) -> None:
    with pytest.raises(Failed, match=said):
        row(tmp_path, lambda book, sheet: draw(sheet), TASKS * (6_667 if "times" in said else 1))


def test_pictures_of_repeated_columns_are_there_with_each(tmp_path: Path) -> None:
    path = drawn(tmp_path / "t.xlsx", lambda book, sheet: (
        sheet.write("C1", "{%tc for t in tasks %}{{ t.name }}{%tc endfor %}"), sheet.set_column("C:C", 30),
        sheet.insert_image("C3", "p.png", {"image_data": picture()}), sheet.write_comment("C4", "a note")))
    data = fill(path, {"tasks": TASKS})
    assert re.findall(r"<xdr:from><xdr:col>(\d+)", xml_of(data, DRAWING)) == ["2", "3", "4"]
    assert re.findall(r'<comment ref="(\w+)"', xml_of(data, "xl/comments1.xml")) == ["C4", "D4", "E4"]
    assert re.findall(r"<x:Column>(\d+)", xml_of(data, "xl/drawings/vmlDrawing1.vml")) == ["2", "3", "4"]


@pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_all_of_it_back(tmp_path: Path) -> None:
    def draw(book: Any, sheet: Any) -> None:
        sheet.insert_image("D6", "p.png", {"image_data": picture()})
        sheet.write_comment("A6", "a note")
        sheet.insert_textbox("F6", "a box", {"height": 30})

    program = soffice()
    assert program is not None
    (tmp_path / "made.xlsx").write_bytes(row(tmp_path, draw))
    office = Office(program, tmp_path, "xlsx")
    office.convert([tmp_path / "made.xlsx"], 120, lambda count: None)
    found = features(office.made_of(tmp_path / "made.xlsx").read_bytes())
    assert (found["pic"], found["comment"], found["sp"]) == (3, 3, 3)
