"""Titles and versions from names that people give, and from those that programs give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.intake.papers import Paper, papers
from folderkit.intake.titles import says_nothing, title_of, without_type


@pytest.mark.parametrize(("stem", "title", "version"), [
    ("合同_最终版2(1)", "合同", ""),
    ("合同最终版", "合同", ""),
    ("报价单V3.0最终版", "报价单", "3.0"),
    ("方案（修订版）", "方案", ""),
    ("合同-定稿-20260301", "合同", ""),
    ("预算 - 副本 (2)", "预算", ""),
    ("合同（1）", "合同", ""),
    ("合同[2]", "合同", ""),
    ("第3版需求", "需求", "3.0"),
    ("需求V1.2.3", "需求", "1.2.3"),
    ("Contract v2", "Contract", "2.0"),
    ("Spec v2.1 final", "Spec", "2.1"),
    ("Contract_clean", "Contract", ""),
    ("Contract - signed (3)", "Contract - signed", ""),
    ("Copy of Budget", "Budget", ""),
    ("Budget - Copy (2)", "Budget", ""),
    ("minutes 2026-03-01", "minutes", ""),
    ("周报2026-03-01~2026-03-07", "周报", ""),
    ("启动会_20260301_会议纪要", "启动会-会议纪要", ""),
    ("Report_5 March 2026_v1", "Report", "1.0"),
    ("version 3", "", "3.0"),
    ("20260301", "", ""),
])
def test_what_stands_around_a_title_is_taken_off(stem: str, title: str, version: str) -> None:
    assert title_of(stem) == (title, version)


@pytest.mark.parametrize("stem", [
    "上线确认单", "需求确认", "密码修改", "更新日志", "修改意见", "最终验收报告", "修订合同", "最新政策汇总",
    "final report",
    "Clean room design", "Scan tool spec", "Review of design", "TV3 manual", "Report (2026)", "2026年3月周报",
    "新建厂房合同",
    "v1.0.0.1",
])
def test_words_of_a_title_are_left_in_it(stem: str) -> None:
    assert title_of(stem) == (stem, "")


def test_words_that_stand_in_the_name_anyway_are_taken_off() -> None:
    assert title_of("P2026-001_会议纪要_启动会_V1.0_20260301", ["p2026-001", "会议纪要"]) == ("启动会", "1.0")


@pytest.mark.parametrize("title", [
    "", "IMG-2031", "微信图片", "扫描件", "Document1", "document", "mmexport1767225600000", "Screenshot 12", "1.0",
    "未命名",
    "新建文本文档", "新建 Microsoft Word 文档", "新建 DOCX 文档 (2)", "新建 XLSX 工作表", "新建文件夹", "新建", "截图",
    "untitled", "dsc 0042",
])
def test_names_of_cameras_scanners_and_programs_say_nothing(title: str) -> None:
    assert says_nothing(title)


@pytest.mark.parametrize("title", ["新建厂房合同", "新建医院项目", "图片授权协议", "Document management", "合同", "a",
                                   "扫描件合同", "新建文档管理系统"])
def test_other_names_say_something(title: str) -> None:
    assert not says_nothing(title)


@given(st.text(max_size=120))
def test_any_name_has_a_title_that_is_kept_when_it_is_looked_at_again(stem: str) -> None:
    title, _ = title_of(stem)

    assert "_" not in title
    assert len(title) <= len(stem)
    assert says_nothing(title) in (True, False)


# -- titles beside a type --------------------------------------------------------------------------
@pytest.mark.parametrize("paper", papers().values(), ids=lambda paper: paper.id)
@pytest.mark.parametrize(("form", "left"), [
    ("{}-补充", "补充"), ("{} 0312", "0312"), ("{}第3周", "第3周"), ("{}（江南茶业）", "江南茶业"),
    ("江南茶业{}", "江南茶业"), ("关于江南茶业的{}", "关于江南茶业"), ("{} - 江南茶业{}", "江南茶业"),
])
def test_every_chinese_type_is_said_once(paper: Paper, form: str, left: str) -> None:
    assert without_type(form.format(paper.type.zh, paper.type.zh), paper.type.zh) == left


@pytest.mark.parametrize("paper", papers().values(), ids=lambda paper: paper.id)
@pytest.mark.parametrize(("form", "left"), [
    ("{} for the site", "for the site"), ("{} 12 March", "12 March"), ("Acme {}", "Acme"), ("{} - Acme", "Acme"),
    ("Acme - {}", "Acme"), ("{}-1", "1"), ("{} (phase 2)", "phase 2"),
])
def test_every_english_type_is_said_once(paper: Paper, form: str, left: str) -> None:
    for written in (paper.type.en, paper.type.en.lower(), paper.type.en.upper()):
        assert without_type(form.format(written), paper.type.en) == left


@pytest.mark.parametrize(("title", "kind", "left"), [
    ("合同书 江南茶业", "合同", "江南茶业"), ("江南茶业报价", "报价单", "江南茶业"), ("评审纪要", "会议纪要", "评审"),
    ("Meeting minutes 12 March", "Minutes", "12 March"), ("NDA Acme", "Non-disclosure agreement", "Acme"),
    ("Acme quote", "Quotation", "Acme"), ("中标通知书-二标段", "中标通知", "二标段"),
    ("合同ABC", "合同", "合同ABC"),
])
def test_a_word_that_says_no_more_than_the_type_repeats_it(title: str, kind: str, left: str) -> None:
    assert without_type(title, kind) == left


@pytest.mark.parametrize(("title", "kind"), [
    ("合同", "合同"), ("合同书", "合同"), ("Contract", "Contract"), ("", "合同"), ("合同", ""),
    ("合同台账", "合同"), ("设计说明书", "设计"), ("会议记录 0312", "会议纪要"), ("Contractor list", "Contract"),
    ("Subcontract", "Contract"), ("Quote of Acme", "报价单"), ("Tax invoice 3", "Invoice"),
    ("Site contract annex", "Contract"), ("新合同", "合同"), ("无合同", "合同"),
    ("报告和合同", "合同"), ("Offer and contract", "Contract"), ("Contract of", "Contract"), ("合同扫描件", "合同"),
    ("扫描件合同", "合同"), ("IMG-Contract", "Contract"), ("合同 - ", "合同"), ("a.b", "a.b+("),
    ("Contract's annex", "Contract"), ("Contract’s annex", "Contract"), ("Sub-contract", "Contract"),
    ("Comments on Contract", "Contract"), ("Notes from contract", "Contract"), ("Changes in contract", "Contract"),
    ("Re contract", "Contract"), ("Re: contract", "Contract"), ("Work under contract", "Contract"),
    ("Questions about the contract", "Contract"), ("关于合同", "合同"), ("关于的合同", "合同"), ("有关合同", "合同"),
])
def test_a_title_that_would_tell_less_is_left_as_it_is(title: str, kind: str) -> None:
    assert without_type(title, kind) == title


@pytest.mark.parametrize(("stem", "kind"), [("2026年3月周报", "周报"), ("Weekly report March 2026", "Weekly report"),
                                            ("周报 2026-03", "周报")])
def test_a_month_which_is_no_date_stays_in_a_title(stem: str, kind: str) -> None:
    left = without_type(title_of(stem).text, kind)

    assert left in ("2026年3月", "March 2026", "2026-03")


@given(st.text(alphabet="合同书的第（）() -_.0aContract", max_size=20), st.sampled_from(["合同", "Contract"]))
def test_something_is_left_of_any_title(title: str, kind: str) -> None:
    left = without_type(title, kind)

    assert left in title
    assert bool(left) is bool(title)
