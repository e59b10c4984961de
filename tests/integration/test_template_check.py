"""Faults planted in real Word files: each is told at its place, with its tag, and all of a file at once."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml

from folderkit.documents.check import check_file
from folderkit.documents.findings import Finding
from folderkit.documents.known import Known
from folderkit.operations.templates import check_template
from tests.conftest import CORPUS, REPOSITORY, Run

_NS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_FIRM = Known({"firm.name": "text", "firm.logo": "picture", "doc.version": "text"}, frozenset({"firm", "doc"}))
Word = Any  # python-docx has no types


# -- making Word files -----------------------------------------------------------------------------
def write(paragraph: Word, text: str) -> None:
    """Put a text into a paragraph as Word does: in many runs, which know nothing of tags."""
    for start in range(0, len(text), 5):
        run = paragraph.add_run(text[start : start + 5])
        run.bold = start % 2 == 0


def in_text(document: Word, text: str) -> None:
    document.add_paragraph("Dear client,")
    write(document.add_paragraph(), text)


def in_cell(document: Word, text: str) -> None:
    document.add_table(1, 1)
    table = document.add_table(3, 2)
    write(table.cell(1, 1).paragraphs[0], text)


def in_first_header(document: Word, text: str) -> None:
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].text = "{{ fine }}"
    write(section.first_page_header.paragraphs[0], text)


def in_footer(document: Word, text: str) -> None:
    document.add_section()
    document.sections[1].footer.is_linked_to_previous = False
    write(document.sections[1].footer.paragraphs[0], text)


def in_footnote(document: Word, text: str) -> None:
    document.footnote = text


PLACES: dict[str, tuple[Callable[[Word, str], None], str, str]] = {
    "text": (in_text, "the text", "paragraph 2"),
    "cell": (in_cell, "the text", "table 2, row 2, cell 2"),
    "header": (in_first_header, "the first-page header", "paragraph 1"),
    "footer": (in_footer, "the footer of section 2", "paragraph 1"),
    "footnote": (in_footnote, "the footnotes", "footnote 1, paragraph 1"),
}


def save(document: Word, path: Path) -> Path:
    """Save the document, with a footnote where it has one, which python-docx cannot make."""
    document.save(str(path))
    text = getattr(document, "footnote", "")
    if text:
        with zipfile.ZipFile(path) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        runs = "".join(f'<w:r><w:t xml:space="preserve">{text[at : at + 4]}</w:t></w:r>'.replace("&", "&amp;")
                       for at in range(0, len(text), 4))
        parts["word/footnotes.xml"] = (
            f'<w:footnotes xmlns:w="{_NS}"><w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
            f'<w:footnote w:id="1"><w:p>{runs}</w:p></w:footnote></w:footnotes>').encode()
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            b"</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{_OFFICE}.footnotes+xml"/></Types>'
            .encode())
        with zipfile.ZipFile(path, "w") as packed:
            for name, data in parts.items():
                packed.writestr(name, data)
    return path


class _Noted:
    """A python-docx document that may have a footnote."""

    def __init__(self) -> None:
        self._document = Document()
        self.footnote = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._document, name)


def found_in(path: Path, known: Known = _FIRM) -> list[Finding]:
    findings = list(check_file(path, "en", "CNY", known).findings)
    for finding in findings:
        assert finding.message.zh
        assert finding.message.en != finding.message.zh
        assert finding.hint.en or "; " in finding.message.en or finding.part.en == "", finding
        assert finding.file == path
    return findings


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.part.en, finding.place.en, finding.tag) for finding in findings]


# -- faults of one tag, in every kind of place -----------------------------------------------------
FAULTS: dict[str, tuple[str, str, str]] = {  # what stands there, the tag that is told, words of the message
    "filter": ("{{ total|monny }}", "{{ total|monny }}", "There is no filter 'monny'. Did you mean 'money'?"),
    "filter behind a condition": ("{% if a %}{{ total|monny }}{% endif %}", "{{ total|monny }}", "no filter 'monny'"),
    "test": ("{% if a is empty %}x{% endif %}", "{% if a is empty %}", "There is no test 'empty'"),
    "function": ("{{ total_of(tasks) }}", "{{ total_of(tasks) }}", "There is no function 'total_of'"),
    "filter as function": ("{{ money(total) }}", "{{ money(total) }}", "It is a filter: write {{ value|money }}."),
    "row tag in no row": ("{%vm x %}", "{%vm x %}", "'vm' has a meaning in a row or cell"),
    "full-width braces": ("｛｛ client.name ｝｝", "｛｛ client.name ｝｝", "Full-width braces are no tag"),
    "full-width bar": ("{{ total｜money }}", "{{ total｜money }}", "Type | in half width"),
    "low quotes": ("{{ day|date(„%Y“) }}", "{{ day|date(„%Y“) }}", "cannot hold the character '„'"),
    "quote left open": ("{{ day|date('%Y) }}", "{{ day|date('%Y) }}", "opened and not closed"),
    "value never ended": ("Sum: {{ total and so on", "Sum: {{ total and so on", "begun and never ended. Put '}}'"),
    "statement never ended": ("{% if total", "{% if total", "begun and never ended. Put '%}'"),
    "remark never ended": ("{# remark", "{# remark", "begun and never ended. Put '#}'"),
    "statement ended as a value": ("{% if total }}", "{% if total }}", "begins with '{%' and ends with '}}'"),
    "never begun": ("total %} more", "total %} more", "ended here that was never begun"),
    "value never begun": ("total }} more", "total }} more", "printed as it is"),
    "misspelt for": ("{% fo x in xs %}{{ x }}{% endfor %}", "{% fo x in xs %}", "Did you mean 'for'?"),
    "misspelt endfor": ("{% for x in xs %}{{ x }}{% endfro %}", "{% endfro %}", "Did you mean 'endfor'?"),
    "elseif": ("{% if a %}x{% elseif b %}y{% endif %}", "{% elseif b %}", "Did you mean 'elif'?"),
    "for without in": ("{% for x of xs %}{{ x.name }}{% endfor %}", "{% for x of xs %}", "A 'for' needs 'in'"),
    "if never ended": ("{% if a %} more", "{% if a %}", "'endif' is missing"),
    "endif alone": ("more {% endif %}", "{% endif %}", "There is no 'if' that this could end"),
    "else alone": ("more {% else %}", "{% else %}", "No 'if' is open here"),
    "one = to compare": ("{% if a = 1 %}x{% endif %}", "{% if a = 1 %}", "Write '==' to compare"),
    "space in a name": ("{{ client name }}", "{{ client name }}", "Names of fields have no spaces"),
    "nothing in it": ("{{ }}", "{{ }}", "empty or not complete"),
    "dot at the end": ("{{ client. }}", "{{ client. }}", "After '.' the name of a field is missing"),
    "insides": ("{{ a.__class__ }}", "{{ a.__class__ }}", "insides of Python"),
    "insides by index": ("{{ a['__class__'] }}", "{{ a['__class__'] }}", "insides of Python"),
    "insides by filter": ("{{ a|attr('__class__') }}", "{{ a|attr('__class__') }}", "insides of Python"),
    "other file": ("{% include 'letter.docx' %}", "{% include 'letter.docx' %}", "cannot take in another file"),
    "macro": ("{% macro m(x) %}{{ x }}{% endmacro %}", "{% macro m(x) %}", "A macro"),
    "fit of a word": ("{{ today|date|fit(40, 20) }}", "{{ today|date|fit(40, 20) }}", "'fit' is for pictures"),
    "misspelt function": ("{{ chrat('bar', tasks) }}", "{{ chrat('bar', tasks) }}", "Did you mean 'chart'?"),
    "fact of the firm": ("{{ firm.nmae }}", "{{ firm.nmae }}", "'firm' has no field 'nmae'. Did you mean 'firm.name'?"),
    "outside of its loop": ("{% for t in tasks %}{{ t.name }}{% endfor %}{{ t.due }}", "{{ t.due }}", "outside of the"),
    "too deep": ("{{ " + "(" * 900 + "a" + ")" * 900 + " }}", "{{ " + "(" * 117 + "…", "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_told_at_its_place(tmp_path: Path, fault: str, place: str) -> None:
    text, tag, words = FAULTS[fault]
    plant, part, where = PLACES[place]
    document = _Noted()
    plant(document, text)
    if fault == "row tag in no row" and place == "cell":
        return  # there it is right

    findings = found_in(save(document, tmp_path / "a.docx"))

    assert told(findings) == [(part, where, tag)]
    assert words in f"{findings[0].message.en} {findings[0].hint.en}"


def test_what_is_right_is_no_fault(tmp_path: Path) -> None:
    document = _Noted()
    for text in ("{{ day|date(“%Y”) }}", "{% if a == ‘x’ %}y{% endif %}", "{{ '{{' }}", "{_{ shown }_}", "100 % {x}",
                 "{# {{ out of use }} #}", "{{ (tasks|first).name }} {{ a or 'b' }} {{ n|default('x') }}",
                 "{% set total = price * 2 %}{{ total|money }}", "{{ name.upper() }} {{ range(3)|join }}",
                 "one {% if a %}", "two", "{% else %} three {% endif %}", "{{r rich }} and text", "{{ 客户.名称 }}"):
        write(document.add_paragraph(), text)
    table = document.add_table(3, 2)
    for row, text in enumerate(("{%tr for t in tasks if t.done %}", "{{ t.name }}", "{%tr endfor %}")):
        write(table.cell(row, 0).paragraphs[0], text)
    write(document.add_table(1, 1).cell(0, 0).paragraphs[0], "{% cellbg color %}{% for t in tasks %}x{% endfor %}")
    in_footnote(document, "{{ note }}")

    assert found_in(save(document, tmp_path / "a.docx")) == []


# -- faults of structure ---------------------------------------------------------------------------
def table_of(document: Word, *rows: tuple[str, ...]) -> None:
    table = document.add_table(len(rows), len(rows[0]))
    for number, cells in enumerate(rows):
        for column, text in enumerate(cells):
            write(table.cell(number, column).paragraphs[0], text)


def _loop_over_cells(document: Word) -> None:
    table_of(document, ("a", "b"), ("{% for x in xs %}{{ x }}", "{% endfor %}"))


def _condition_over_rows(document: Word) -> None:
    table_of(document, ("{% if a %}b", "c"), ("d{% endif %}", "e"))


def _paragraph_to_row(document: Word) -> None:
    document.add_paragraph("{% if a %}")
    table_of(document, ("d{% endif %}", "e"))


def _row_loop_in_paragraphs(document: Word) -> None:
    for text in ("{%tr for x in xs %}", "{{ x }}", "{%tr endfor %}"):
        write(document.add_paragraph(), text)


def _row_loop_over_tables(document: Word) -> None:
    table_of(document, ("{%tr for x in xs %}",), ("{{ x }}",))
    document.add_paragraph("between")
    table_of(document, ("{%tr endfor %}",))


def _rows_ended_as_paragraph(document: Word) -> None:
    table_of(document, ("{%tr for x in xs %}",), ("{{ x }}",), ("{%p endfor %}",))


def _row_tags_in_one_row(document: Word) -> None:
    table_of(document, ("{%tr for x in xs %}", "{%tr endfor %}"))


def _paragraph_with_text(document: Word) -> None:
    document.add_paragraph("fine")
    write(document.add_paragraph(), "Goals: {%p if goals %}")
    document.add_paragraph("{%p endif %}")


def _tag_over_paragraphs(document: Word) -> None:
    document.add_paragraph("{{ client")
    document.add_paragraph(".name }} and more")


def _else_elsewhere(document: Word) -> None:
    table_of(document, ("{% if a %}b", "{% else %}c{% endif %}"))


def _half_a_link(document: Word) -> None:
    paragraph = document.add_paragraph("{% if a %}see ")._p
    paragraph.append(parse_xml(
        f'<w:hyperlink xmlns:w="{_NS}" w:anchor="x"><w:r><w:t>here{{% endif %}}</w:t></w:r></w:hyperlink>'))


def _row_without_cells(document: Word) -> None:
    table_of(document, ("{%tc if a %}", "x", "{%tc endif %}"))
    row = document.tables[0].rows[0]._tr
    row.append(parse_xml(f'<w:bookmarkEnd xmlns:w="{_NS}" w:id="7"/>'))


STRUCTURE: list[tuple[Callable[[Word], None], list[tuple[str, str]], str]] = [
    (_loop_over_cells, [("table 1, row 2, cell 1", "{% for x in xs %}")], "(table 1, row 2, cell 2)"),
    (_condition_over_rows, [("table 1, row 1, cell 1", "{% if a %}")], "(table 1, row 2, cell 1)"),
    (_paragraph_to_row, [("paragraph 1", "{% if a %}")], "(table 1, row 1, cell 1)"),
    (_row_loop_in_paragraphs, [("paragraph 1", "{%tr for x in xs %}"), ("paragraph 3", "{%tr endfor %}")],
     "'tr' has a meaning in a row or cell of a table only"),
    (_row_loop_over_tables, [("table 1, row 1, cell 1", "{%tr for x in xs %}")], "(table 2, row 1, cell 1)"),
    (_rows_ended_as_paragraph, [("table 1, row 1, cell 1", "{%tr for x in xs %}")], "{%p endfor %} in another place"),
    (_row_tags_in_one_row, [("table 1, row 1, cell 2", "{%tr endfor %}")], "Two tags that each stand for the whole"),
    (_paragraph_with_text, [("paragraph 2", "{%p if goals %}")], "stands for its whole paragraph"),
    (_tag_over_paragraphs, [("paragraph 1", "{{ client.name }}")], "begins in one paragraph and ends in another"),
    (_else_elsewhere, [("table 1, row 1, cell 1", "{% if a %}")], "{% else %} in another place"),
    (_half_a_link, [("paragraph 1", "{% if a %}")], "tear the document apart"),
    (_row_without_cells, [("table 1, row 1, cell 1", "{%tc if a %}")], "without content"),
]


@pytest.mark.parametrize(("plant", "places", "words"), STRUCTURE, ids=[plant.__name__ for plant, _, _ in STRUCTURE])
def test_tags_that_tear_a_document_are_told(
    tmp_path: Path, plant: Callable[[Word], None], places: list[tuple[str, str]], words: str
) -> None:
    document = _Noted()
    plant(document)

    findings = found_in(save(document, tmp_path / "a.docx"))

    assert [(finding.place.en, finding.tag) for finding in findings] == places
    assert words in findings[0].message.en


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """The faults of one tag one under the other, in every kind of place: none hides another."""
    alone = {name: row for name, row in FAULTS.items() if name not in (
        "if never ended", "endif alone", "else alone", "macro", "remark never ended", "row tag in no row")}
    document = _Noted()
    section = document.sections[0]
    cell = document.add_table(1, 1).cell(0, 0)
    for text, _, _ in alone.values():
        write(document.add_paragraph(), text)
        write(cell.add_paragraph(), text)
        write(section.header.add_paragraph(), text)
    in_footnote(document, "{{ note|nofilter }}")

    places = told(found_in(save(document, tmp_path / "a.docx")))

    expected = [("the text", f"paragraph {number}", tag) for number, (_, tag, _) in enumerate(alone.values(), 1)]
    assert [one for one in places if one[0] == "the text" and one[1].startswith("paragraph")] == expected
    assert [tag for part, place, tag in places if place == "table 1, row 1, cell 1"] == list(
        dict.fromkeys(tag for _, tag, _ in alone.values()))  # the same in the same cell is told once
    assert [tag for part, _, tag in places if part == "the header"] == [tag for _, tag, _ in alone.values()]
    assert ("the footnotes", "footnote 1, paragraph 1", "{{ note|nofilter }}") in places


def test_a_loop_that_cannot_be_read_brings_no_other_faults(tmp_path: Path) -> None:
    document = _Noted()
    for text in ("{% for task of tasks %}", "{{ task.name }} {% if task.done %}x{% endif %}", "{% endfor %}"):
        write(document.add_paragraph(), text)
    known = Known({"client.name": "text"}, whole=True)

    assert told(found_in(save(document, tmp_path / "a.docx"), known)) == [
        ("the text", "paragraph 1", "{% for task of tasks %}")]


def test_what_stands_in_a_text_box_is_told_once(tmp_path: Path) -> None:
    document = _Noted()
    box = f'<w:txbxContent xmlns:w="{_NS}"><w:p><w:r><w:t>{{{{ a|nofilter }}}}</w:t></w:r></w:p></w:txbxContent>'
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    document.add_paragraph()._p.append(parse_xml(
        f'<w:r xmlns:w="{_NS}"><mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="wps">{box}</mc:Choice>'
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"))

    assert told(found_in(save(document, tmp_path / "a.docx"))) == [
        ("the text", "paragraph 1, text box, paragraph 1", "{{ a|nofilter }}")]


# -- files that cannot be read ---------------------------------------------------------------------
@pytest.mark.parametrize(("data", "words"), [
    (b"", "it is empty"), (b"%PDF-1.7", "no Word document"), (b"{\\rtf1}", "RTF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .doc format"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    (b"PK\3\4" + bytes(40), "damaged or incomplete"),
])  # fmt: skip
def test_a_file_that_is_no_template_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.docx").write_bytes(data)

    found = found_in(tmp_path / "a.docx")

    assert len(found) == 1
    assert words in found[0].message.en
    assert found[0].hint.en


def test_a_damaged_part_is_told(tmp_path: Path) -> None:
    path = save(_Noted(), tmp_path / "a.docx")
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in parts.items():
            packed.writestr(name, data.replace(b"</w:body>", b"<w:p>{{ a }}</w:body>"))

    (finding,) = found_in(path)
    assert "its part word/document.xml is damaged (mismatched tag" in finding.message.en


# -- fields, against what is known of them ---------------------------------------------------------
YAML = """\
version: 1
title: {zh: 报价单, en: Quotation}
to: finance.quotes
filename: '{project.code}_{doc.title}_{quote.nubmer}_V{doc.version}.docx'
registers: [budget]
questions:
  quote.number: {required: true, ask: {zh: 报价编号, en: Number}}
  quote.date: {type: date, ask: {zh: 日期, en: Date}}
  quote.total: {type: money, ask: {zh: 总价, en: Total}}
  quote.kind: {type: choice, choices: [fixed, hourly], ask: {zh: 类型, en: Kind}}
  quote.unused: {ask: {zh: 没用到, en: Not used}}
  items: {type: list, ask: {zh: 项目, en: Items}, fields: {text: {}, price: {type: money}}}
  terms: {type: list, ask: {zh: 条款, en: Terms}}
"""
FIELDS: dict[str, tuple[str, str, str, bool]] = {  # what stands there, the field, words, whether it is an error
    "misspelt question": ("{{ quote.nubmer }}", "quote.nubmer", "Did you mean 'quote.number'?", True),
    "misspelt fact": ("{{ client.nmae }}", "client.nmae", "Did you mean 'client.name'?", True),
    "fact that nobody asks for": ("{{ zodiac.sign }}", "zodiac.sign", "Nothing asks for 'zodiac.sign'", False),
    "misspelt column": ("{% for b in budget %}{{ b.categry }}{% endfor %}", "budget[].categry",
                        "'budget' has no field 'categry'. Did you mean", True),
    "no such column": ("{% for b in budget %}{{ b.zzz }}{% endfor %}", "budget[].zzz", "There are: ", True),
    "column of a set list": ("{% set bs = budget|sort(attribute='category') %}{% for b in bs %}{{ b.zzz }}{% endfor %}",
                             "budget[].zzz", "has no field 'zzz'", True),
    "register not named": ("{% for t in tasks %}{{ t.name }}{% endfor %}", "tasks", "Add 'tasks' to 'registers'", True),
    "misspelt member": ("{% for i in items %}{{ i.prise }}{% endfor %}", "items[].prise", "'items[].price'", True),
    "group": ("{{ client }}{{ client.name }}", "client", "a group of fields", True),
    "list of groups": ("{{ items }}{% for i in items %}{{ i.text }}{% endfor %}", "items", "a list of groups", True),
    "member without loop": ("{{ items.price }}", "items.price", "is a list; 'price' is a field of its members", True),
    "loop over one value": ("{% for n in quote.number %}{{ n }}{% endfor %}", "quote.number", "and no list", True),
    "date of an amount": ("{{ quote.total|date }}", "quote.total", "cannot be shown by 'date'", True),
    "amount of a date": ("{{ quote.date|money }}", "quote.date", "cannot be shown by 'money'", True),
    "picture of a date": ("{{ quote.date|fit(20, 20) }}", "quote.date", "cannot be shown by 'fit'", True),
    "field of one value": ("{{ quote.total.net }}", "quote.total.net", "is one value and has no field 'net'", True),
}  # fmt: skip
USED = ("{{ quote.number }} {{ quote.date|date }} {{ quote.date.year }} {{ quote.total|money }} {{ quote.kind }}"
        "{{ quote.kind_key }} {% for i in items %}{{ i.text }}{{ i.price|money }}{% endfor %}{{ terms }}"
        "{% for t in terms %}{{ t }}{% endfor %}{{ client.name }} {{ firm.logo|fit(20, 10) }} {{ today|date }}"
        "{% for r in doc.revisions %}{{ r.version }}{% endfor %}{% for b in budget %}{{ b.category }}{% endfor %}")


def quote(workspace: Path, text: str, zh: str = "", yaml: str = YAML.replace("nubmer", "number")) -> Path:
    folder = workspace / "templates" / "quote"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "template.yaml").write_text(yaml, encoding="utf-8")
    for language, own in (("en", text), ("zh", zh or text)):
        document = _Noted()
        write(document.add_paragraph(), USED)
        table_of(document, ("x", own))
        save(document, folder / f"quote.{language}.docx")
    return folder


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_that_there_is_not_is_told(workspace: Path, name: str) -> None:
    text, field, words, grave = FIELDS[name]
    folder = quote(workspace, text)

    findings = [one for one in check_template(workspace, "quote", "en").findings if one.file.suffix == ".docx"]

    assert [finding.file.name for finding in findings] == ["quote.zh.docx", "quote.en.docx"]
    for finding in findings:
        assert (finding.place.en, finding.field, finding.grave) == ("table 1, row 1, cell 2", field, grave)
        assert words in f"{finding.message.en} {finding.hint.en}"
        assert finding.tag in text
    assert findings[0].file.parent == folder


def test_what_template_yaml_asks_for_is_used(workspace: Path) -> None:
    quote(workspace, "{{ quote.unused }}")
    assert check_template(workspace, "quote", "en").findings == ()

    quote(workspace, "x", yaml=YAML)
    found = check_template(workspace, "quote", "en").findings

    assert [(finding.field, finding.grave) for finding in found] == [("quote.unused", False), ("quote.nubmer", True)]
    assert "no edition uses the answer" in found[0].message.en
    assert "Did you mean 'quote.number'?" in found[1].hint.en


def test_editions_that_differ_are_told(workspace: Path) -> None:
    quote(workspace, "{{ quote.unused }} {{ project.code }}", "{{ quote.unused }} {{ project.name }}")

    found = check_template(workspace, "quote", "en").findings

    assert [(one.file.name, one.grave, one.message.en.rpartition(": ")[2]) for one in found] == [
        ("quote.zh.docx", False, "project.code."), ("quote.en.docx", False, "project.name.")]


def test_faults_of_template_yaml_are_told_with_their_line(workspace: Path) -> None:
    quote(workspace, "x", yaml=YAML.replace("type: money", "type: monny"))

    found = check_template(workspace, "quote", "en").findings

    assert {finding.place.en for finding in found} == {"line 9", "line 12"}


# -- what is sound ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["closure-report", "meeting-notes", "project-brief", "requirement-spec"])
def test_the_shipped_templates_are_sound(name: str) -> None:
    assert check_template(None, name, "en").findings == ()
    for path in (REPOSITORY / "templates" / name).glob("*.docx"):
        assert check_template(None, str(path), "zh").findings == ()


@pytest.mark.skipif(not (CORPUS / "docxtpl-templates").is_dir(), reason="the corpus is not here")
def test_docxtpl_s_own_templates_are_sound() -> None:
    wrong = {"template_error_tpl.docx", "custom_jinja_filters_tpl.docx"}
    found = {path.name for path in (CORPUS / "docxtpl-templates").glob("*.docx") if found_in(path)}

    assert found == wrong


# -- as a person types it --------------------------------------------------------------------------
def test_check_tells_all_templates_and_ends_with_4(run: Run, workspace: Path) -> None:
    quote(workspace, "{{ client.nmae }} {{ a|nofilter }}")

    ran = run("template", "check", "quote", "meeting-notes")

    assert ran.code == 4
    assert "templates/quote/quote.en.docx, the text, table 1, row 1, cell 2: {{ client.nmae }}" in ran.out
    assert "  There is no field 'client.nmae'.\n  → Did you mean 'client.name'?\n" in ran.out
    assert "meeting-notes is sound: 32 fields, of which 3 must be given." in ran.out
    assert "quote: 4 faults" in ran.out
    Document().save(str(workspace / "plain.docx"))
    assert "plain.docx is sound, but has no field" in run("template", "check", "plain.docx").out
    chinese = run("template", "check", "quote", lang="zh").out
    assert "quote.en.docx，正文，第 1 个表格第 1 行第 2 格：{{ client.nmae }}" in chinese
    assert "没有字段“client.nmae”。\n  → 是不是“client.name”？" in chinese


def test_check_of_files_and_json(run: Run, tmp_path: Path) -> None:
    document = _Noted()
    in_first_header(document, "{{ a|nofilter }}")
    save(document, tmp_path / "a.docx")
    (tmp_path / "b.docx").write_bytes(b"")
    save(_Noted(), tmp_path / "c.docx")

    ran = run("template", "check", "a.docx", "b.docx", "c.docx", "--json")

    rows = json.loads(ran.out)
    assert ran.code == 4
    assert [(Path(row["file"]).name, row["part"], row["place"], row["tag"], row["level"]) for row in rows] == [
        ("a.docx", "the first-page header", "paragraph 1", "{{ a|nofilter }}", "error"),
        ("b.docx", "", "", "", "error")]
    assert set(rows[0]) == {"template", "file", "part", "place", "tag", "field", "message", "hint", "level"}
    assert run("template", "check", "c.docx").code == 0
    assert run("template", "check", "nothing.docx").code == 2
    assert run("template", "check", "meeting-note").code == 2


def test_what_is_only_worth_a_look_is_told_and_is_no_failure(run: Run, workspace: Path) -> None:
    quote(workspace, "{{ zodiac.sign }} {{ quote.unused }}")

    ran = run("template", "check", "quote")

    assert ran.code == 0
    assert "Worth a look: Nothing asks for 'zodiac.sign'" in ran.out
