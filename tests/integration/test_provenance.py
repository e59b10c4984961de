"""Where a document comes from, inside itself: written alike, kept by other programs, read from any file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import random
import re
import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import pytest

from folderkit.core.settings import Firm
from folderkit.core.workspace import open_workspace
from folderkit.documents import Provenance, provenance_of, render, template_of_file
from folderkit.documents.parts.identity import identity_of
from folderkit.documents.parts.provenance import NAMESPACE
from folderkit.store import Store
from tests.conftest import Run
from tests.integration.test_documents import p, parts_of, word_parts, write_word
from tests.integration.test_file import needs_libreoffice
from tests.integration.test_file_returned import resave

ORIGIN = Provenance("0123456789ab", "1.1", "offer <&>", 3, "zh", "ab" * 32,
                    dt.datetime(2026, 3, 1, 12, 30, 5, tzinfo=dt.UTC), "ba9876543210", "P2026-001 & 青木")
PART = f'<provenance xmlns="{NAMESPACE}">{{}}</provenance>'
FIELDS = ("<document>0123456789ab</document><version>1</version><template>t</template><template_version>1"
          "</template_version><language>en</language><data>" + "0" * 64 + "</data><at>2026-03-01T00:00:00Z</at>"
          "<project>0123456789ab</project><code/>")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return write_word(tmp_path / "bare.docx", p("{{ a }}"))


def made_from(template: Path, origin: Provenance = ORIGIN) -> Path:
    made = template.with_name("made.docx")
    made.write_bytes(render(template_of_file(template), "en", {"a": "x"}, Firm(), origin))
    return made


def holding(path: Path, part: bytes, name: str = "customXml/item1.xml") -> Path:
    """A Word file with a custom XML part as a stranger may send it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for other, data in word_parts(p("x")).items():
            packed.writestr(other, data)
        packed.writestr(name, part)
    return path


# -- written ---------------------------------------------------------------------------------------
def test_what_is_written_is_read(bare: Path) -> None:
    made = made_from(bare)
    assert provenance_of(made) == ORIGIN
    assert identity_of(made) == ORIGIN.document
    assert provenance_of(bare) is None


def test_the_same_input_gives_the_same_bytes(bare: Path) -> None:
    assert made_from(bare).read_bytes() == made_from(bare).read_bytes()
    elsewhere = dataclasses.replace(ORIGIN, at=ORIGIN.at.astimezone(dt.timezone(dt.timedelta(hours=8))))
    assert made_from(bare, elsewhere).read_bytes() == made_from(bare).read_bytes()


def test_the_package_stays_whole_beside_what_python_docx_brings_along(tmp_path: Path) -> None:
    template = tmp_path / "t.docx"
    document = docx.Document()
    document.add_paragraph("{{ a }}")
    document.save(str(template))
    before = parts_of(template.read_bytes())
    assert "customXml/item1.xml" in before

    parts = parts_of(made_from(template).read_bytes())

    assert parts["customXml/item1.xml"] == before["customXml/item1.xml"]
    assert parts.keys() - before.keys() == {"customXml/item2.xml", "customXml/itemProps2.xml",
                                            "customXml/_rels/item2.xml.rels", "docProps/custom.xml"}
    types = ET.fromstring(parts["[Content_Types].xml"])
    named = [one.get("PartName") for one in types if one.get("PartName")]
    assert len(named) == len(set(named))
    assert {"/customXml/item2.xml", "/customXml/itemProps2.xml"} <= set(named)
    for name in ("word/_rels/document.xml.rels", "customXml/_rels/item2.xml.rels"):
        ids = re.findall(r'Id="([^"]+)"', parts[name])
        assert len(ids) == len(set(ids))
    assert 'Target="../customXml/item2.xml"' in parts["word/_rels/document.xml.rels"]
    assert provenance_of(template.with_name("made.docx")) == ORIGIN


def test_one_that_a_template_brought_along_is_replaced(bare: Path, tmp_path: Path) -> None:
    template = tmp_path / "again.docx"
    shutil.copy(made_from(bare), template)
    other = dataclasses.replace(ORIGIN, document="ffffffffffff", version="2.0")

    made = made_from(template, other)

    assert provenance_of(made) == other
    assert identity_of(made) == "ffffffffffff"
    assert parts_of(made.read_bytes()).keys() == parts_of(template.read_bytes()).keys()


def test_no_sign_of_a_value_breaks_it(bare: Path) -> None:
    odd = dataclasses.replace(ORIGIN, version="\x01\ud800<]]>&amp;", code="x" * 5000)
    read = provenance_of(made_from(bare, odd))
    assert read is not None
    assert (read.version, read.code) == ("<]]>&amp;", "x" * 400)


# -- kept by others --------------------------------------------------------------------------------
def test_it_survives_python_docx(bare: Path, tmp_path: Path) -> None:
    document = docx.Document(str(made_from(bare)))
    document.add_paragraph("edited")
    document.save(str(tmp_path / "saved.docx"))
    assert provenance_of(tmp_path / "saved.docx") == ORIGIN
    assert identity_of(tmp_path / "saved.docx") == ORIGIN.document


@needs_libreoffice
def test_it_survives_libreoffice(bare: Path, tmp_path: Path) -> None:
    saved = resave(made_from(bare), tmp_path)
    assert provenance_of(saved) == ORIGIN
    assert identity_of(saved) == ORIGIN.document


def test_the_identity_is_found_where_custom_properties_were_dropped(bare: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "dropped.docx", "w") as packed:
        for name, data in parts_of(made_from(bare).read_bytes()).items():
            if name != "docProps/custom.xml":
                packed.writestr(name, data)
    assert identity_of(tmp_path / "dropped.docx") == ORIGIN.document


@pytest.mark.parametrize("own", [
    '<Properties xmlns="{n}"/>',
    '<Properties xmlns="{n}"><property fmtid="{{1}}" pid="2" name="a"><t:i4 xmlns:t="{v}">1</t:i4></property>'
    "</Properties>",
    '<c:Properties xmlns:c="{n}" xmlns:vt="{v}"><c:property fmtid="{{1}}" pid="2" name="folderkit"><vt:lpwstr>'
    "ffffffffffff</vt:lpwstr></c:property></c:Properties>",
])
def test_custom_properties_of_any_program_take_it_in(tmp_path: Path, own: str) -> None:
    office = "http://schemas.openxmlformats.org/officeDocument/2006"
    template = holding(tmp_path / "own.docx", own.format(n=f"{office}/custom-properties", v=f"{office}/docPropsVTypes"
                                                         ).encode(), "docProps/custom.xml")
    parts = parts_of(template.read_bytes())
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "</Types>", f'<Override PartName="/docProps/custom.xml" ContentType="{kind}"/></Types>')
    with zipfile.ZipFile(template, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data)

    root = ET.fromstring(parts_of(made_from(template).read_bytes())["docProps/custom.xml"])

    found = {each.get("name"): "".join(each.itertext()) for each in root}
    assert found["folderkit"] == ORIGIN.document
    assert {each.tag for each in root} == {f"{{{office}/custom-properties}}property"}
    assert identity_of(template.with_name("made.docx")) == ORIGIN.document


def test_relationships_and_types_with_a_prefix_are_added_to(bare: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "prefixed.docx", "w") as packed:
        for name, data in parts_of(bare.read_bytes()).items():
            for root in ("Types", "Relationships"):
                if f"<{root} " in data:
                    data = re.sub(r"<(/?)(\w)", r"<\1x:\2", data).replace("xmlns=", "xmlns:x=")
            packed.writestr(name, data)

    assert provenance_of(made_from(tmp_path / "prefixed.docx")) == ORIGIN
    assert [paragraph.text for paragraph in docx.Document(str(tmp_path / "made.docx")).paragraphs] == ["x"]
    relations = ET.fromstring(parts_of((tmp_path / "made.docx").read_bytes())["word/_rels/document.xml.rels"])
    assert any(str(each.get("Target")).endswith("customXml/item1.xml") for each in relations)


# -- read from any file ----------------------------------------------------------------------------
def test_the_stranger_s_part_that_is_right_is_read(tmp_path: Path) -> None:
    assert provenance_of(holding(tmp_path / "a.docx", PART.format(FIELDS).encode())) is not None
    prefixed = PART.format(FIELDS).replace("xmlns=", "xmlns:f=").replace("<", "<f:").replace("<f:/", "</f:")
    assert provenance_of(holding(tmp_path / "b.docx", prefixed.encode())) is not None
    assert provenance_of(holding(tmp_path / "c.docx", PART.format(FIELDS).encode("utf-16"))) is not None


@pytest.mark.parametrize("part", [
    b"", b"no xml", b"<provenance/>", PART.format("").encode(), PART.format(FIELDS)[:-3].encode(),
    PART.format(FIELDS).replace("0123456789ab", "../../etc/pw").encode(),
    PART.format(FIELDS).replace("2026-03-01T00:00:00Z", "yesterday").encode(),
    PART.format(FIELDS).replace("2026-03-01T00:00:00Z", "2026-03-01").encode(),
    PART.format(FIELDS).replace(">en<", ">xx<").encode(),
    PART.format(FIELDS).replace(">1</template_version", f">{'9' * 5000}</template_version").encode(),
    PART.format(FIELDS).replace("<template>t", "<template>" + "t" * 500).encode(),
    PART.format(FIELDS.replace("<version>", "<version><deep>").replace("</version>", "</deep></version>")).encode(),
    PART.format("<a>" * 10_000).encode(),
    (b'<!DOCTYPE p [<!ENTITY a "' + b"x" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'
     + PART.format(FIELDS).replace(">t<", ">&b;<").encode()),
    ('<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + PART.format(FIELDS).replace(">t<", ">&a;<")
     ).encode("utf-16"),
    PART.format(FIELDS + " " * (1 << 17)).encode(),
], ids=range(16))
def test_what_is_not_as_we_write_it_tells_nothing(tmp_path: Path, part: bytes) -> None:
    assert provenance_of(holding(tmp_path / "a.docx", part)) is None


def test_the_size_that_a_part_claims_is_not_believed(bare: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.docx"
    holding(bomb, b" " * (64 << 20) + PART.format(FIELDS).encode())
    data = bytearray(bomb.read_bytes())
    at = data.rindex(b"customXml/item1.xml") - 46 + 24  # the unpacked size in the directory, APPNOTE.TXT 4.3.12
    data[at : at + 4] = (1000).to_bytes(4, "little")
    bomb.write_bytes(data)
    assert provenance_of(bomb) is None


def test_no_damage_is_more_than_nothing(bare: Path, tmp_path: Path) -> None:
    whole = made_from(bare).read_bytes()
    chance = random.Random(5)
    path = tmp_path / "damaged.docx"
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        assert provenance_of(path) in (None, ORIGIN)
        assert identity_of(path) in ("", ORIGIN.document)


def test_many_parts_are_not_all_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "many.docx"
    with zipfile.ZipFile(path, "w") as packed:
        for number in range(1000):
            packed.writestr(f"customXml/item{number}.xml", b"<x/>")
        packed.writestr("customXml/item1000.xml", PART.format(FIELDS))
    assert provenance_of(path) is None


# -- of a project ----------------------------------------------------------------------------------
@pytest.mark.parametrize("made_by", ["new", "fill"])
def test_a_document_of_a_project_tells_where_it_comes_from(run: Run, project: Path, workspace: Path, made_by: str
                                                           ) -> None:
    if made_by == "fill":
        ran = run("fill", "meeting-notes", "-p", "Site", "--set", "meeting.title=Start", "--set", "meeting.time=9",
                  "--set", "meeting.attendees=Li", "--quick", "--json")
        path = workspace / json.loads(ran.out)["path"]
    else:
        path = next((project / "01_Project Info").glob("*.docx"))

    told = provenance_of(path)

    assert told is not None
    with Store(open_workspace(workspace, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        (row,) = store.catalog.projects()
        file = store.catalog.file_at(row.id, path.relative_to(project).as_posix())
        assert file is not None
        event = next(entry.event for entry in store.journal.read()
                     if entry.op == "document.filled" and getattr(entry.event, "file", "") == file.id)
    assert (told.document, told.project, told.code) == (file.id, row.id, "P2026-001")
    assert (told.version, told.template_version, told.language) == ("1.0", 1, "en")
    assert told.template == ("meeting-notes" if made_by == "fill" else "project-brief")
    assert told.data == getattr(event, "data_hash", "")
    assert getattr(event, "content", "") == file.content
    assert abs(dt.datetime.now(dt.UTC) - told.at) < dt.timedelta(minutes=5)


def test_answers_are_not_in_the_file(run: Run, project: Path, workspace: Path) -> None:
    ran = run("fill", "closure-report", "-p", "Site", "--quick", "--json", "--set", "closure.summary=Done", "--set",
              "closure.conclusion=done", "--set", "closure.budget_note=We lost money, between us.")
    with zipfile.ZipFile(io.BytesIO((workspace / json.loads(ran.out)["path"]).read_bytes())) as packed:
        assert not [name for name in packed.namelist() if b"We lost money" in packed.read(name)]
