"""The shipped templates, filled for real: every one in both languages, rich, minimal, hostile and long."""

from __future__ import annotations

import copy
import datetime as dt
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from folderkit import filling
from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.language import LANGUAGES, Language
from folderkit.core.resources import shipped
from folderkit.core.settings import Firm
from folderkit.documents import (
    convert_many,
    fields_of,
    pdf_of,
    read_template,
    render,
    soffice,
    with_contents,
)
from folderkit.registers import schema_names
from folderkit.skeletons import Known, read_skeleton

NAMES = ("closure-report", "meeting-notes", "project-brief", "requirement-spec")
FIRM = Firm(color="1F4E5F", accent="D08A2E")
Context = dict[str, Any]


# -- sample data -----------------------------------------------------------------------------------
SAMPLE = yaml.safe_load(Path(__file__).with_name("test_templates_sample.yaml").read_text(encoding="utf-8"))


def in_language(node: Any, language: Language) -> Any:
    """Sample data in one language: a {zh, en} pair is one text in each."""
    if isinstance(node, dict):
        return (
            node[language]
            if set(node) == {"zh", "en"}
            else {key: in_language(value, language) for key, value in node.items()}
        )
    return [in_language(member, language) for member in node] if isinstance(node, list) else node


def material_of(name: str, language: Language, whole: bool) -> filling.Material:
    """What fill knows of a whole project, or of one of which only the required facts are known."""
    sample = in_language(SAMPLE, language)
    skeleton = read_skeleton(shipped("skeletons") / "client-project", Known(NAMES, schema_names()))
    least = {
        "project": {key: sample["facts"]["project"][key] for key in ("code", "name")},
        "client": {key: sample["facts"]["client"][key] for key in ("name", "short_name")},
    }
    names = read_template(shipped("templates") / name).registers
    return filling.material(
        sample["facts"] if whole else least,
        skeleton.questions,
        Firm(**sample["firm"]) if whole else Firm(name=sample["firm"]["name"], short_name=sample["firm"]["short_name"]),
        language,
        dt.date(2026, 11, 20),
        {key: sample["registers"][key] for key in names} if whole else {},
    )


def context_of(name: str, language: Language, kind: str) -> Context:
    """The context of a filled template: rich, minimal, hostile or long."""
    template = read_template(shipped("templates") / name)
    whole = kind in ("rich", "long")
    sample = in_language(SAMPLE, language)
    answers = facts_.merge(sample["least"].get(name, {}), sample["answers"].get(name, {}) if whole else {})
    given = {question.key: facts_.get(answers, question.key) for question in template.questions}
    given = {key: value for key, value in given.items() if value is not None}
    if whole:
        given |= {f"doc.{key}": value for key, value in sample["doc"].items()}
    filled = filling.fill_in(template, material_of(name, language, whole), given)
    assert not filled.missing
    draft = filling.Revision(
        "1.0",
        dt.date(2026, 11, 16),
        both(language)("王晓", "Wang Xiao"),
        both(language)("初稿，供内部评审", "Draft for review"),
    )
    context = filling.with_revisions(filled, "1.1" if whole else "1.0", [draft] if whole else []).context
    return {"hostile": hostile, "long": lengthened}.get(kind, copy.deepcopy)(context)


def both(language: Language) -> Callable[[str, str], str]:
    return lambda zh, en: zh if language == "zh" else en


def hostile(node: Any) -> Any:
    """Every text of a context with what breaks documents put into it."""
    if isinstance(node, str):
        return node if node in ("zh", "en", "") else node + " A & B <w:t> \"'{{ x }}{% y %}{# ｛｛ 🎉]]>\t乙\n丙"
    if isinstance(node, dict):
        return {
            key: value if key.endswith("_key") or key in ("logo", "currency") else hostile(value)
            for key, value in node.items()
        }
    return [hostile(member) for member in node] if isinstance(node, list) else node


def lengthened(node: Any) -> Any:
    """Every text of a context as long as people make them when nobody stops them."""
    if isinstance(node, str):
        wordy = len(node) > 3 and not re.fullmatch(r"zh|en|[A-Z]{3}(-\d+)?|[a-z_.]+", node)
        return (node + ("，" if re.search("[一-龥]", node) else ", ")) * 4 + node if wordy else node
    if isinstance(node, dict):
        return {
            key: value
            if key.endswith("_key") or key in ("logo", "currency", "code", "version", "id")
            else lengthened(value)
            for key, value in node.items()
        }
    return [lengthened(member) for member in node] if isinstance(node, list) else node


def fill(name: str, language: Language, kind: str, firm: Firm = FIRM) -> bytes:
    return render(read_template(shipped("templates") / name), language, context_of(name, language, kind), firm)


# -- the promises ----------------------------------------------------------------------------------
KINDS = ("rich", "minimal", "hostile", "long")
EVERY = [(name, language, kind) for name in NAMES for language in LANGUAGES for kind in KINDS]
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts_of(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def words_of(document: bytes) -> str:
    root = ET.fromstring(parts_of(document)["word/document.xml"])
    return "\n".join("".join(node.text or "" for node in paragraph.iter(_W + "t")) for paragraph in root.iter(_W + "p"))


@pytest.mark.parametrize(("name", "language", "kind"), EVERY)
def test_every_template_fills_into_a_sound_document(name: str, language: Language, kind: str) -> None:
    import docx

    document = fill(name, language, kind)

    for part, data in parts_of(document).items():
        if part.endswith((".xml", ".rels")):
            ET.fromstring(data)
        if kind != "hostile":
            assert b"{{" not in data, part
            assert b"{%" not in data, part
    opened = docx.Document(io.BytesIO(document))
    assert opened.core_properties.created == dt.datetime(2026, 11, 20, tzinfo=opened.core_properties.created.tzinfo)
    for element in opened.element.body.iter(_W + "tc"):
        assert element.find(_W + "p") is not None
    for element in opened.element.body.iter(_W + "tbl"):
        assert element.find(_W + "tr") is not None


@pytest.mark.parametrize(("name", "language"), [(name, language) for name in NAMES for language in LANGUAGES])
def test_tables_repeat_their_heads_and_never_split_rows(name: str, language: Language) -> None:
    root = ET.fromstring(parts_of(fill(name, language, "rich"))["word/document.xml"])

    heads = [
        row
        for row in root.iter(_W + "tr")
        if any(style.get(_W + "val") == "CellHead" for style in row.iter(_W + "pStyle"))
        and len(row.findall(_W + "tc")) > 1
        and all(cell.find(f"{_W}tcPr/{_W}tcBorders") is not None for cell in row.findall(_W + "tc"))
    ]
    assert heads
    assert all(row.find(f"{_W}trPr/{_W}tblHeader") is not None for row in heads)
    assert all(row.find(f"{_W}trPr/{_W}cantSplit") is not None for row in root.iter(_W + "tr"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_stand_in_the_document_as_they_were_given(language: Language) -> None:
    words = words_of(fill("closure-report", language, "hostile"))

    assert "A & B <w:t> \"'{{ x }}{% y %}{# ｛｛ 🎉]]>" in words


def test_a_value_of_ten_thousand_characters_is_kept_whole() -> None:
    context = context_of("meeting-notes", "zh", "minimal")
    context["actions"] = [{"action": "甲乙丙丁戊己庚辛壬癸" * 1000, "owner": "", "due": "", "accept": ""}]

    document = render(read_template(shipped("templates") / "meeting-notes"), "zh", context, FIRM)

    assert "甲乙丙丁戊己庚辛壬癸" * 1000 in words_of(document)


def test_an_empty_register_leaves_no_empty_table() -> None:
    words = words_of(fill("closure-report", "en", "minimal"))

    for heading in ("Goals", "Schedule", "Budget", "Risks", "Open items", "Lessons"):
        assert heading not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_specification_without_requirements_is_a_draft_that_nobody_signs(language: Language) -> None:
    draft, whole = (words_of(fill("requirement-spec", language, kind)) for kind in ("minimal", "rich"))

    for words, wanted in ((draft, True), (whole, False)):
        say = both(language)
        assert (say("草稿：尚未录入需求。", "Draft – no requirements have been entered yet.") in words) == wanted
        assert (say("双方已审阅", "Both parties have reviewed") in words) != wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_specification_tells_of_limits_only_where_there_are_any(language: Language) -> None:
    told = both(language)("限制条件", "Constraints")
    assert told in words_of(fill("requirement-spec", language, "rich"))
    assert told not in words_of(fill("requirement-spec", language, "minimal"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_deliverables_without_dates_have_no_empty_column(language: Language) -> None:
    context = context_of("project-brief", language, "rich")
    template = read_template(shipped("templates") / "project-brief")
    dated = words_of(render(template, language, context, FIRM))
    for deliverable in context["deliverables"]:
        deliverable["due"] = ""

    undated = words_of(render(template, language, context, FIRM))

    head = both(language)("计划交付日期", "Due")
    assert dated.splitlines().count(head) == undated.splitlines().count(head) + 1
    assert context["deliverables"][0]["name"] in undated


@pytest.mark.parametrize(("language", "told"), [
    ("en", "4 risks were registered: 1 occurred, 1 still to be watched, 1 closed, 1 without a status."),
    ("zh", "登记风险共 4 项：已发生 1 项，仍需关注 1 项，已关闭 1 项，状态未填 1 项。")])
def test_a_risk_without_a_status_is_not_told_as_closed(language: Language, told: str) -> None:
    context = context_of("closure-report", language, "rich")
    risk = next(risk for risk in context["risks"] if risk["status_key"] == "closed")
    risk["status"] = risk["status_key"] = ""
    assert told in words_of(render(read_template(shipped("templates") / "closure-report"), language, context, FIRM))


def test_the_closure_report_computes_what_was_planned_and_what_came_of_it() -> None:
    words = words_of(fill("closure-report", "en", "rich"))

    assert "4 of 4 milestones have been reached, 2 of them on time and 2 late." in words
    assert "The approved budget was ¥375,000.00, ¥387,000.00 after changes. ¥374,360.50 was spent" in words
    assert "4 risks were registered: 1 occurred, 1 still to be watched, 2 closed." in words
    assert "+13" in words
    assert [number for number in range(1, 9) if f"Table {number}  " in words] == list(range(1, 9))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_clients_edition_of_the_closure_report_tells_no_costs(language: Language) -> None:
    context = context_of("closure-report", language, "rich")
    template = read_template(shipped("templates") / "closure-report")
    assert "374,360.50" in words_of(render(template, language, context, FIRM))

    context["closure"] |= {"audience_key": "client", "audience": "Client edition"}
    words = words_of(render(template, language, context, FIRM))

    for internal in ("374,360.50", "387,000.00", both(language)("预算使用", "of budget spent"), "edition", "版　　别",
                     context["closure"]["budget_note"]):
        assert internal not in words, internal
    assert both(language)("成果已验收", "deliverables accepted") in words


def test_the_firm_is_seen_in_its_documents() -> None:
    parts = parts_of(fill("closure-report", "en", "rich"))

    everything = b"".join(parts.values())
    assert b"1F4E5F" in everything
    assert b"1F3A5F" not in everything
    assert b"FFFFFE" not in everything
    assert b"Aoki" in b"".join(data for name, data in parts.items() if name.startswith("word/header"))


def test_the_same_facts_give_the_same_bytes() -> None:
    assert fill("closure-report", "zh", "rich") == fill("closure-report", "zh", "rich")


def test_the_facts_are_left_as_they_were() -> None:
    context = context_of("closure-report", "zh", "rich")
    before = copy.deepcopy(context)

    render(read_template(shipped("templates") / "closure-report"), "zh", context, FIRM)

    assert context == before


@pytest.mark.parametrize("name", NAMES)
def test_a_template_uses_only_what_fill_gives(name: str) -> None:
    template = read_template(shipped("templates") / name)

    for language in LANGUAGES:
        for field in fields_of(template, language):
            known = facts_.get(context_of(name, language, "rich"), field.name.split("[]")[0], None)
            assert known is not None, field
    assert {field.name for field in fields_of(template, "zh")} == {field.name for field in fields_of(template, "en")}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_s_file_name_can_be_made(name: str) -> None:
    template = read_template(shipped("templates") / name)

    made = naming.expand(template.filename, context_of(name, "zh", "rich"))

    assert naming.fault_of(made) is None
    assert made.startswith("P2026-018_")


def test_building_the_templates_again_gives_what_is_shipped(tmp_path: Path) -> None:
    builder = shipped("templates") / "build" / "build.py"

    subprocess.run([sys.executable, str(builder), str(tmp_path)], check=True)

    for name in NAMES:
        for language in LANGUAGES:
            file = f"{name}/{name}.{language}.docx"
            again, kept = (tmp_path / file).read_bytes(), (shipped("templates") / file).read_bytes()
            # compared unpacked: another zlib may pack the same parts otherwise
            assert parts_of(again) == parts_of(kept), f"{file}: run templates/build/build.py and commit the result"


# -- LibreOffice -----------------------------------------------------------------------------------
NO_SOFFICE = "LibreOffice is not installed (apt install libreoffice-writer)"
needs_soffice = pytest.mark.skipif(soffice() is None, reason=NO_SOFFICE)


def pages_of(pdf: bytes) -> list[str]:
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(pdf)
    try:
        return ["".join(document[index].get_textpage().get_text_bounded().split()) for index in range(len(document))]
    finally:
        document.close()


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], list[str]]:
    """The pages of every filled template, as LibreOffice shows them; one run for all."""
    folder = tmp_path_factory.mktemp("converted")
    for name, language, kind in EVERY:
        (folder / f"{name}.{language}.{kind}.docx").write_bytes(fill(name, language, kind))
    subprocess.run(
        [
            str(soffice()),
            "--headless",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            *map(str, sorted(folder.glob("*.docx"))),
        ],
        check=True,
        timeout=300,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return {
        (name, language, kind): pages_of((folder / f"{name}.{language}.{kind}.pdf").read_bytes())
        for name, language, kind in EVERY
    }


@needs_soffice
def test_libreoffice_opens_every_filled_template(converted: dict[tuple[str, str, str], list[str]]) -> None:
    for (name, language, kind), pages in converted.items():
        assert pages, (name, language, kind)
        text = "".join(pages)
        assert ("门店订货小程序" if language == "zh" else "Storeorderingapp") in text
    assert len(converted["project-brief", "zh", "rich"]) <= 2
    assert len(converted["meeting-notes", "en", "rich"]) <= 2


def headings_of(document: bytes) -> set[str]:
    """The words of every heading, without spaces."""
    root = ET.fromstring(parts_of(document)["word/document.xml"])
    styled = ((paragraph, paragraph.find(f"{_W}pPr/{_W}pStyle")) for paragraph in root.iter(f"{_W}p"))
    words = ("".join(text.text or "" for text in paragraph.iter(f"{_W}t")) for paragraph, style in styled
             if style is not None and style.get(f"{_W}val", "").startswith("Heading"))
    return {plain for text in words if (plain := "".join(text.split()))}


@needs_soffice
def test_no_heading_stands_alone_at_the_foot_of_a_page(converted: dict[tuple[str, str, str], list[str]]) -> None:
    foot = re.compile(r"(内部|Internal)?(第\d+页共\d+页|Page\d+of\d+)$")
    for name, language, kind in EVERY:
        pages = converted[name, language, kind]
        assert foot.search(pages[-1]), (name, language, kind)
        ends = [foot.sub("", page) for page in pages]
        headings = headings_of(fill(name, language, kind))
        assert not [words for words in headings for end in ends if end.endswith(words)], (name, language, kind)


@needs_soffice
def test_a_sign_off_never_stands_alone(converted: dict[tuple[str, str, str], list[str]]) -> None:
    for (name, language, kind), pages in converted.items():
        if name in ("closure-report", "requirement-spec") and kind != "hostile":
            if (name, kind) == ("requirement-spec", "minimal"):
                continue  # a draft, which nobody signs
            last = pages[-1]
            assert ("双方" if language == "zh" else "Bothparties") in last, (name, language, kind)
            assert ("授权代表" if language == "zh" else "Signature") in last, (name, language, kind)


@needs_soffice
def test_the_end_of_meeting_notes_stands_with_what_comes_before(
    converted: dict[tuple[str, str, str], list[str]],
) -> None:
    for language in LANGUAGES:
        last = converted["meeting-notes", language, "rich"][-1]
        assert both(language)("主持人确认", "Confirmedbythechair") in last
        assert both(language)("下次会议", "Nextmeeting") in last


@needs_soffice
def test_meeting_notes_leave_no_page_half_empty_to_hold_the_end_together(
    converted: dict[tuple[str, str, str], list[str]],
) -> None:
    for language in LANGUAGES:
        assert both(language)("行动项", "Actionitems") in converted["meeting-notes", language, "rich"][0]


@needs_soffice
def test_no_page_is_empty(converted: dict[tuple[str, str, str], list[str]]) -> None:
    beside = re.compile(r"^.*?·V1\.[01]|(内部|Internal)?(第\d+页共\d+页|Page\d+of\d+)$")
    for (name, language, kind), pages in converted.items():
        if kind in ("rich", "minimal"):
            assert all(beside.sub("", page) for page in pages), (name, language, kind)


@needs_soffice
def test_a_cover_is_one_page_however_long_its_title_is(converted: dict[tuple[str, str, str], list[str]]) -> None:
    """Five times as long as usual; with what stands below the title."""
    for name, language in ((name, language) for name in NAMES for language in LANGUAGES):
        pages = converted[name, language, "long"]
        if both(language)("批准", "Approvedby") in pages[0].replace("\u3000", ""):
            assert both(language)("赵一鸣", "ZhaoYiming") in pages[0], (name, language)
            assert both(language)("修订记录", "Revisionhistory") in pages[1], (name, language)
        else:
            assert name not in ("closure-report", "requirement-spec")


def held_rows(document: bytes) -> list[list[bool]]:
    """Of each table with a head: which of its rows stay with the next."""
    tables = ET.fromstring(parts_of(document)["word/document.xml"]).iter(f"{_W}tbl")
    headed = [rows for table in tables if (rows := table.findall(f"{_W}tr"))
              and rows[0].find(f"{_W}trPr/{_W}tblHeader") is not None]
    return [[all(words.find(f"{_W}pPr/{_W}keepNext") is not None for words in row.iter(f"{_W}p")) for row in rows[1:]]
            for rows in headed]


@pytest.mark.parametrize(("name", "language"), [(name, language) for name in NAMES for language in LANGUAGES])
def test_a_short_table_stands_on_one_page(name: str, language: Language) -> None:
    """Its rows stay with the next; those of a long one do not, else it would begin on a page of its own."""
    tables = held_rows(fill(name, language, "rich"))

    assert tables
    for held in tables:
        assert all(held[:-1]) if len(held) <= 6 else not any(held), (name, held)


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_rows_that_fill_pages_are_not_held_together(language: Language) -> None:
    """LibreOffice seeks a place for them until nobody waits any more."""
    context = context_of("closure-report", language, "rich")
    for goal in context["goals"]:
        goal["text"] = "很长的说明，" * 500
    context["doc"]["revisions"][0]["text"] = "很长的说明，" * 500

    document = render(read_template(shipped("templates") / "closure-report"), language, context, FIRM)

    revisions, goals, deliverables = held_rows(document)[:3]
    assert not any(revisions)
    assert not any(goals)
    assert all(deliverables)


# -- long names ------------------------------------------------------------------------------------
LONG = {
    "zh": ("数字化门店订货与供应链协同管理平台二期建设及运营支持服务项目（含移动端与数据中台）",
           "江南茶业集团股份有限公司华东区域零售事业部供应链管理中心", "青木信息技术咨询（上海）有限公司"),
    "en": ("Digital store ordering and supply chain collaboration platform, second phase",
           "Jiangnan Tea Holdings Limited, Eastern China Retail Division",
           "Aoki Information Technology Consulting (Shanghai) Ltd"),
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, Language], bytes]:
    """The PDFs of some templates, filled for a project, a client and a firm with names as long as they can be expected,
    and with the longest word of every choice."""
    folder = tmp_path_factory.mktemp("named")
    made: dict[tuple[str, Language], Path] = {}
    chosen: tuple[tuple[str, Language], ...] = (
        ("requirement-spec", "zh"), ("requirement-spec", "en"), ("closure-report", "en"))
    for name, language in chosen:
        context = context_of(name, language, "rich")
        context["project"]["name"], context["client"]["name"], context["firm"]["name"] = LONG[language]
        context["firm"]["short_name"] = ""
        for requirement in context.get("requirements", []):
            if requirement["kind_key"] == "performance":
                requirement["kind"] = both(language)("兼容性", "Compatibility")
        path = folder / f"{name}.{language}.docx"
        path.write_bytes(render(read_template(shipped("templates") / name), language, context, FIRM))
        made[name, language] = path
    pdfs = {path: path.with_suffix(".pdf") for path in made.values()}
    assert not convert_many(pdfs, progress=lambda done, count: None, work=folder)
    return {key: pdfs[path].read_bytes() for key, path in made.items()}


@needs_soffice
def test_long_names_fit_into_header_and_cover(named: dict[tuple[str, Language], bytes]) -> None:
    import pypdfium2

    for (name, language), pdf in named.items():
        document = pypdfium2.PdfDocument(pdf)
        try:
            height = document[1].get_height()
            top = "".join(document[1].get_textpage().get_text_bounded(bottom=height - 80).split())  # points
            assert "".join(LONG[language][2].split()) in top, (name, language, top)
            cover = "".join(document[0].get_textpage().get_text_bounded().split())
            assert all("".join(words.split()) in cover for words in LONG[language]), (name, language)
        finally:
            document.close()


@needs_soffice
def test_the_longest_word_of_a_choice_is_not_broken(named: dict[tuple[str, Language], bytes]) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(named["requirement-spec", "en"])
    try:
        text = "".join(document[index].get_textpage().get_text_bounded() for index in range(len(document)))
        assert "Compatibility" in text
    finally:
        document.close()


@needs_soffice
@pytest.mark.parametrize(
    ("name", "language", "kind"),
    [("closure-report", "zh", "rich"), ("requirement-spec", "en", "rich"), ("requirement-spec", "zh", "long")],
)
def test_the_contents_page_names_the_pages_on_which_headings_stand(name: str, language: Language, kind: str) -> None:
    document = with_contents(fill(name, language, kind), pdf_of)

    entries = contents_of(document)
    pages = pages_of(pdf_of(document))
    assert len(entries) >= 10
    for number, title, page in entries:
        heading = "".join((number + title).split())
        found = [index for index, text in enumerate(pages, 1) if heading in text]
        assert page.isdigit(), title
        assert int(page) in found, (title, page, found)
        assert int(page) > 2


def contents_of(document: bytes) -> list[tuple[str, str, str]]:
    """(number, title, page) of every entry of the contents."""
    root = ET.fromstring(parts_of(document)["word/document.xml"])
    entries = []
    for paragraph in root.iter(_W + "p"):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and str(style.get(_W + "val")).startswith("TOC"):
            texts = [node.text or "" for node in paragraph.iter(_W + "t")]
            entries.append((texts[0], texts[1], texts[2] if len(texts) > 2 else ""))
    return entries


def test_without_libreoffice_the_contents_have_titles_and_word_is_asked_for_the_pages() -> None:
    document = with_contents(fill("closure-report", "en", "rich"), None)

    entries = contents_of(document)
    assert [title for _, title, _ in entries][:3] == ["Summary", "Goals", "Deliverables and acceptance"]
    assert {page for _, _, page in entries} == {""}
    settings = parts_of(document)["word/settings.xml"].decode()
    assert settings.index("updateFields") < settings.index("<w:compat>")


def test_a_document_without_contents_is_left_alone() -> None:
    document = fill("meeting-notes", "en", "rich")

    assert with_contents(document, None) == document


def test_contents_link_to_bookmarks_that_are_there() -> None:
    xml = parts_of(with_contents(fill("requirement-spec", "zh", "rich"), None))["word/document.xml"].decode()

    anchors = re.findall(r'w:anchor="([^"]+)"', xml)
    assert anchors
    assert set(anchors) <= set(re.findall(r'w:bookmarkStart [^>]*w:name="([^"]+)"', xml))
    assert len(set(anchors)) == len(anchors)
