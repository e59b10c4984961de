"""The papers that are recognised: which rule of the shipped skeletons decides, and where a file goes by it."""

from __future__ import annotations

import datetime as dt
from pathlib import PurePath

import pytest

from folderkit.core import resources
from folderkit.intake.candidate import Candidate, Reading
from folderkit.intake.matching import Match, first_match
from folderkit.intake.papers import is_blank, papers, word_of
from folderkit.intake.patterns import SlowPatterns
from folderkit.intake.types import type_of
from folderkit.resolving import known_names
from folderkit.skeletons import Skeleton, read_skeleton

_HEADS = {
    **dict.fromkeys((".pdf",), b"%PDF-1.7"), **dict.fromkeys((".docx", ".xlsx", ".pptx", ".zip", ".ofd"),
        b"PK\x03\x04"),
    **dict.fromkeys((".doc", ".xls", ".msg"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    **dict.fromkeys((".jpg", ".jpeg"), b"\xff\xd8\xff"), ".png": b"\x89PNG\r\n",
    ".m4a": b"\0\0\0\x20ftypM4A ", ".mp4": b"\0\0\0\x20ftypisom", ".dwg": b"AC1032",
}
CONTRACTS, AMENDMENTS = ("contracts", "documents.contracts"), ("amendments", "documents.contracts.amendments")
MINUTES, RECORDINGS = ("minutes", "communications.meetings"), ("recordings", "communications.meetings")
MAIL, FEEDBACK = ("mail", "communications.emails"), ("feedback", "communications.feedback")
REPORTS, CHANGES, PLANS = ("reports", "progress.reports"), ("changes", "progress.changes"), ("plans", "progress.plans")
ACCEPTANCE, HANDOVER = ("acceptance", "documents.acceptance"), ("handover", "documents.acceptance")
QUOTES, PAYMENTS = ("quotes", "finance.quotes"), ("payments", "finance.payments")
EXPENSES, INVOICES = ("expenses", "finance.expenses"), ("invoices", "finance.invoices")
RISKS, ISSUES = ("risks", "risk.assessments"), ("issues", "risk.issues")
TESTS, TRAINING, MANUALS = ("tests", "documents.quality"), ("training", "documents.training"), (
    "manuals", "documents.technical")
REQUIREMENTS, DESIGNS, DRAWINGS = ("requirements", "documents.requirements"), ("designs", "documents.design"), (
    "drawings", "documents.drawings")
CHARTER = ("charter", "info")

NAMES: dict[tuple[str, str] | None, tuple[str, ...]] = {
    CONTRACTS: (
        "软件开发合同.docx", "技术服务合同_20260301.pdf", "采购合同（盖章版）.pdf", "框架协议.doc", "保密协议.pdf",
        "保密承诺书.docx", "中标通知书.pdf", "成交通知书.pdf", "采购订单4711.pdf", "委托书.pdf", "合同扫描件.jpg",
        "培训合同.docx",
        "设计合同.pdf", "合同.zip", "Contract Acme 2026.docx", "Service_Agreement_v2.docx", "NDA - Acme.pdf",
        "SOW 2026.docx",
        "Statement of Work.docx", "Purchase Order 4711.pdf", "Letter of Award.pdf", "subcontract electrical.pdf",
        "Master Services Agreement.pdf", "CONTRACT.PDF", "Contract for the software training.docx"),
    AMENDMENTS: (
        "补充协议.docx", "补充协议（一）.pdf", "采购合同变更.docx", "续签协议.pdf", "软件开发合同补充条款.docx",
        "Amendment No. 2 to the contract.pdf", "Addendum.docx", "contract-amendment-1.pdf"),
    MINUTES: (
        "项目启动会会议纪要.docx", "合同评审会议纪要.docx", "验收会议纪要.docx",
        "P2026-001_会议纪要_需求评审_20260301.docx",
        "会议记录20260305.txt", "发票问题会谈纪要.docx", "周例会纪要.docx", "会议纪要-合同管理系统需求讨论.docx",
        "会议纪要系统上线讨论.docx",
        "会议纪要.m4a", "Kick-off meeting minutes.docx", "Meeting_Notes_2026-03-05.docx",
        "Minutes of the contract review.docx",
        "minutes.md", "Invoice dispute - meeting notes.docx"),
    RECORDINGS: ("会议录音.m4a", "GMT20260305-recording.mp4"),
    MAIL: ("回复：合同盖章.eml", "Invoice.msg", "RE minutes.eml"),
    REPORTS: (
        "项目周报第12周.docx", "周报_20260306.xlsx", "项目月报.docx", "月度报告202603.pptx", "阶段总结报告.pptx",
        "进度报告.docx",
        "weekly_report_W12.docx", "Weekly Status Report.pptx", "Monthly report March.pdf", "Progress Report 3.docx"),
    CHANGES: ("需求变更单.xlsx", "变更申请单.docx", "设计变更单.docx", "项目计划变更申请.docx",
        "Change request 12.docx",
              "change-order-3.pdf"),
    ACCEPTANCE: ("验收单.pdf", "项目验收报告.docx", "货物签收单.jpg", "上线确认单.docx", "竣工验收证书.pdf",
                 "Acceptance Certificate.pdf", "Delivery receipt.pdf", "UAT sign-off.pdf"),
    QUOTES: ("报价单.xlsx", "XX公司报价V2.pdf", "询价函.docx", "成本估算.xlsx", "Quotation.xlsx", "Quote 2026-17.pdf",
             "Cost estimate.xlsx", "price list.pdf", "Quotation for user manual.docx"),
    PAYMENTS: ("银行电子回单.pdf", "首付款回单.jpg", "合同付款申请.docx", "合同付款凭证.pdf", "对账单202603.xlsx",
        "Bank slip 4711.pdf",
               "Proof of payment.pdf", "remittance-advice.pdf"),
    EXPENSES: ("差旅报销单.xlsx", "费用报销.xlsx", "打车收据.jpg", "滴滴出行行程单.pdf", "Expense claim March.xlsx",
        "Receipt taxi.jpg"),
    INVOICES: ("增值税电子普通发票.pdf", "发票_24312000000012345678.pdf", "电费账单.pdf", "Invoice-2026-004.pdf",
        "invoice_4711.xml",
               "Tax Invoice.docx", "Credit note 7.pdf", "Invoice for contract 12.pdf", "发票.ofd"),
    RISKS: ("风险评估报告.docx", "应急预案.docx", "Risk assessment.docx"),
    ISSUES: ("问题清单.xlsx", "系统故障报告.docx", "incident report.docx", "Root cause analysis.docx"),
    FEEDBACK: ("客户满意度调查表.docx", "感谢信.jpg", "客户投诉处理.docx", "Satisfaction survey results.xlsx"),
    TESTS: ("测试报告.docx", "验收测试用例.xlsx", "订单管理系统测试报告.docx", "缺陷清单.xlsx", "Test report.pdf",
            "Acceptance test cases.xlsx", "Invoice module test report.pdf"),
    TRAINING: ("培训签到表.xlsx", "培训教材.pptx", "培训计划.docx", "Training plan.docx"),
    MANUALS: ("操作手册.docx", "系统部署手册.docx", "接口协议.docx", "接口协议V1.2.docx", "通信协议说明.docx",
        "接口文档.html",
              "发票系统用户手册.pdf", "User manual.pdf", "API reference.html"),
    PLANS: ("项目计划书.docx", "甘特图.xlsx", "工期估算.xlsx", "project plan.xlsx", "Gantt.xlsx",
        "effort estimate.xlsx"),
    REQUIREMENTS: (
        "需求规格说明书.docx", "需求调研问卷.docx", "用户故事.xlsx", "合同管理系统需求规格说明书.docx",
        "合同模板管理系统需求规格说明书.docx",
        "SRS v1.0.docx", "Requirements.docx", "Contract management system requirements specification.docx"),
    DESIGNS: ("概要设计说明书.docx", "首页效果图.png", "报销平台详细设计.docx", "原型图.png", "Architecture.pdf",
        "wireframes - wireframe 1.png"),
    DRAWINGS: ("总平面图.dwg", "施工图.dxf"),
    HANDOVER: ("移交清单.xlsx", "工作交接单.docx", "handover list.xlsx"),
    CHARTER: ("立项申请书.docx", "项目通讯录.xlsx", "Project charter.docx", "contact list.xlsx"),
    None: (
        "minutes-ago.txt", "5 minutes read.txt", "发票开具申请.docx", "开票信息.docx",
        "Invoice template for contract.docx",
        "合同模板.docx", "周报模板.xlsx", "会议纪要模板（2026版）.docx", "Contract_Template_v2.docx", "合同台账.xlsx",
        "发票台账.xlsx",
        "合同管理系统.docx", "验收标准.docx", "acceptance criteria.docx", "资源需求计划.xlsx", "招聘需求.docx",
        "风险登记册.xlsx",
        "disagreement.txt", "Contractor list.xlsx", "misquoted.txt", "reinvoiced.txt", "IMG_2031.jpg",
        "微信图片_20260301123456.jpg",
        "会议室照片.jpg", "holiday.png", "main.py", "contract.py", "InvoiceService.java", "invoice.json",
        "contract.yaml",
        "minutes.log", "合同.exe", "发票.dll", "新建文本文档.txt", "2026.txt", ".docx", "采购申请.docx",
        "付款计划.xlsx"),
}

HEADINGS: dict[tuple[str, str] | None, tuple[tuple[str, str], ...]] = {
    CONTRACTS: (("scan0001.pdf", "软件开发合同\n合同编号：HT-2026-01\n甲方：某公司"), ("document.docx",
        "Service Agreement\nbetween"),
                ("final.docx", "Software development agreement\nbetween Acme and Cedar")),
    AMENDMENTS: (("扫描件.pdf", "补充协议\n原合同编号：HT-2026-01"),),
    MINUTES: (("新建文本文档.txt", "会议纪要\n时间：2026-03-05"), ("a.docx", "Minutes of the meeting\nPresent: Li")),
    REPORTS: (("a.pdf", "Project weekly report 12\nDone"), ("b.pdf", "XX项目周报\n2026年第12周")),
    ACCEPTANCE: (("扫描件.pdf", "项目验收单\n甲方：某公司"),),
    INVOICES: (("scan0002.pdf", "TAX INVOICE\nBill to: Acme"), ("dzfp_4711.pdf",
        "电子发票（普通发票）\n发票号码：4711")),
    QUOTES: (("Acme.xlsx", "报 价 单 明细\n报价单\n编号"),),
    REQUIREMENTS: (("封面.docx", "合同管理系统\n需求规格说明书\nV1.0"), ("x.docx", "合同管理系统需求规格说明书")),
    None: (("notes.txt", "buy milk\nsend invoice to Bob"), ("letter.docx", "Dear Mr Li,\nthank you for the contract."),
           ("a.txt", "x" * 61 + "合同"), ("b.txt", "\n".join(["line"] * 8 + ["合同"])), ("合同模板.docx",
           "软件开发合同"),
           ("photo.jpg", "合同"), ("log.json", "Contract"), ("c.txt", "")),
}


@pytest.fixture(scope="module")
def client_project() -> Skeleton:
    return _skeleton("client-project")


def _skeleton(name: str) -> Skeleton:
    return read_skeleton(resources.find("skeletons", None)[name], known_names(None, rules=True))


def _candidate(name: str, text: str = "") -> Candidate:
    head = _HEADS.get(PurePath(name).suffix.lower(), text.encode() or b"text")
    return Candidate(f"00_Inbox/{name}", 1, dt.datetime(2026, 3, 5), type_of(head, name), lambda: Reading("", text))


def _decided(match: Match | None) -> tuple[str, str] | None:
    return (match.rule.id, match.rule.to) if match else None


@pytest.mark.parametrize(("name", "expected"), [(name, place) for place, names in NAMES.items() for name in names])
def test_a_name_is_filed_by_the_rule_that_a_person_expects(
        client_project: Skeleton, name: str, expected: tuple[str, str] | None) -> None:
    assert _decided(first_match(client_project.rules, _candidate(name), SlowPatterns())) == expected


@pytest.mark.parametrize(("name", "text", "expected"),
                         [(name, text, place) for place, files in HEADINGS.items() for name, text in files])
def test_a_heading_decides_where_the_name_says_nothing(
        client_project: Skeleton, name: str, text: str, expected: tuple[str, str] | None) -> None:
    assert _decided(first_match(client_project.rules, _candidate(name, text), SlowPatterns())) == expected


def test_the_table_is_long_enough_and_has_every_rule(client_project: Skeleton) -> None:
    assert sum(map(len, NAMES.values())) >= 120
    by_talk = {"chats", "transcripts"}  # told by what is said in them, not by a name
    assert {rule.id for rule in client_project.rules} - by_talk == {place[0] for place in NAMES if place}


@pytest.mark.parametrize("skeleton", ["client-project", "consulting-engagement"])
def test_every_rule_of_a_shipped_skeleton_leads_to_a_folder_of_it(skeleton: str) -> None:
    read = _skeleton(skeleton)
    nodes = {node.id for node, _ in read.folder_nodes()}

    assert read.rules
    assert all(rule.to in nodes for rule in read.rules)


@pytest.mark.parametrize(("name", "expected"), [
    ("软件开发合同.docx", ("mandate", "info")), ("立项书.docx", ("mandate", "info")), ("报价单.xlsx", ("money",
    "finance")),
    ("会议纪要.docx", ("minutes", "communications")), ("周报.docx", ("reports", "progress")),
    ("需求变更单.docx", ("reports", "progress")), ("客户访谈.docx", ("interviews", "interviews")),
    ("Interview with the CFO.docx", ("interviews", "interviews")), ("验收单.pdf", ("results", "documents")),
    ("Invoice 1.pdf", ("money", "finance")), ("a.eml", ("mail", "communications")), ("数据.xlsx", None),
])
def test_the_rules_of_a_consulting_engagement(name: str, expected: tuple[str, str] | None) -> None:
    assert _decided(first_match(_skeleton("consulting-engagement").rules, _candidate(name), SlowPatterns())) == expected


def test_every_paper_is_told_by_each_of_its_words() -> None:
    for paper in papers().values():
        for word in paper.words:
            assert word_of(paper, word) or any(one in word for one in paper.without), (paper.id, word)
            assert word_of(paper, f"P1_{word}_20260301"), (paper.id, word)
        assert paper.dates
        assert all((paper.type.zh, paper.type.en))


@pytest.mark.parametrize(("stem", "blank"), [
    ("合同模板", True), ("周报模板_v2", True), ("模版（一）", True), ("Template contract", True), ("contract_templates",
    True),
    ("合同模板管理系统", False), ("contemplate", False), ("合同", False),
])
def test_a_form_to_be_filled_in_is_no_paper(stem: str, blank: bool) -> None:
    assert is_blank(stem) is blank
