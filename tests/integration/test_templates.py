"""The shipped templates, filled for real: every one in both languages, rich, minimal, hostile and long."""

from __future__ import annotations

import copy
import datetime as dt
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.language import LANGUAGES, Language
from folderkit.core.resources import shipped
from folderkit.core.settings import Firm
from folderkit.documents import (
    fields_of,
    pdf_of,
    read_template,
    render,
    soffice,
    with_contents,
)

NAMES = ("closure-report", "meeting-notes", "project-brief", "requirement-spec")
FIRM = Firm(color="1F4E5F", accent="D08A2E")
Context = dict[str, Any]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# -- sample data -----------------------------------------------------------------------------------
def both(language: Language) -> Callable[[str, str], str]:
    return lambda zh, en: zh if language == "zh" else en


def minimal(language: Language) -> Context:
    """What fill gives for a project of which only the required facts are known."""
    say = both(language)
    empty = dict.fromkeys(("kind", "background", "purpose", "manager"), "")
    return {
        "language": language, "today": day("2026-11-20"),
        "project": {"code": "P2026-018", "name": say("门店订货小程序", "Store ordering app"), **empty,
                    "start_date": day("2026-06-01"), "due_date": ""},
        "client": {"name": say("江南茶业有限公司", "Jiangnan Tea Ltd"), "short_name": say("江南茶业", "Jiangnan Tea"),
                   "contact": "", "phone": "", "email": "", "address": ""},
        "firm": {"name": say("青木咨询（上海）有限公司", "Aoki & Partners Consulting"), "short_name": say("青木咨询", "Aoki"),
                 "address": "", "phone": "", "email": "", "website": "", "logo": "", "color": "", "accent": "",
                 "currency": "CNY"},
        "goals": [], "deliverables": [], "scope": {"included": [], "excluded": []}, "constraints": [], "team": [],
        "doc": {"title": "", "code": "", "version": "1.0", "author": "", "reviewer": "", "approver": "",
                "date": day("2026-11-20"), "secrecy": "", "revisions": []},
        "tasks": [], "risks": [], "budget": [],
    }


def task(number: int, kind: str, name: str, end: str, actual: str = "", status: str = "done", words: str = "") -> Context:
    return {
        "id": f"TSK-{number:03}", "wbs": "", "kind": kind, "kind_key": kind, "name": name, "owner": "王晓",
        "plan_start": day("2026-06-01"), "plan_end": day(end), "act_start": "", "act_end": day(actual) if actual else "",
        "base_start": "", "base_end": day(end), "pct": 1.0 if actual else 0.4, "status": words or status,
        "status_key": status, "light": "", "light_key": "green" if actual else "amber", "var": "", "days": 10,
    }


def money(number: int, category: str, item: str, amount: float, actual: float, changes: float = 0) -> Context:
    revised = amount + changes
    return {"id": f"BUD-{number:03}", "category": category, "item": item, "unit": "", "qty": 1, "price": amount,
            "amount": amount, "changes": changes, "revised": revised, "actual": actual, "left": revised - actual,
            "used": actual / revised, "light": "", "light_key": "green"}


def risk(number: int, event: str, response: str, level: tuple[str, str], status: tuple[str, str]) -> Context:
    return {"id": f"RSK-{number:03}", "event": event, "cause": "", "effect": "", "p": 3, "i": 4, "score": 12,
            "level": level[1], "level_key": level[0], "status": status[1], "status_key": status[0],
            "response": response, "owner": "王晓", "category": "", "category_key": "schedule"}


def rich(language: Language) -> Context:
    """A whole project, as a firm would hand it in."""
    say = both(language)
    context = minimal(language)
    done, going = say("已完成", "Done"), say("进行中", "In progress")
    context["project"] |= {
        "manager": say("王晓", "Wang Xiao"), "due_date": day("2026-11-13"), "kind": "software",
        "background": say(
            "江南茶业在华东有 86 家直营门店，订货长期依靠电话和微信群。总部每天用三个小时汇总，错单率约 4%，缺货与积压并存。"
            "公司希望在年底销售旺季之前，让门店自己下单，总部当天看到准确的需求。",
            "Jiangnan Tea runs 86 shops in eastern China. They order by telephone and chat; head office spends three "
            "hours a day adding the orders up, and four in a hundred are wrong. Before the year-end season the shops "
            "are to order themselves, and head office is to see the true demand on the same day."),
        "purpose": say("用一个小程序取代电话订货，缩短订货周期，降低错单率，为后续的需求预测积累数据。",
                       "Replace ordering by telephone with an app: a shorter cycle, fewer wrong orders, and the data "
                       "for a later demand forecast."),
    }
    context["client"] |= {"contact": say("陈立", "Chen Li"), "phone": "0571-8765 4321", "email": "chen.li@example.com",
                          "address": say("杭州市西湖区文三路 199 号", "199 Wensan Road, Xihu, Hangzhou")}
    context["firm"] |= {"address": say("上海市徐汇区漕溪北路 88 号", "88 North Caoxi Road, Xuhui, Shanghai"),
                        "phone": "021-6400 1234", "website": "www.example.com"}
    context["doc"] |= {
        "title": say("项目结项报告", "Project closure report"), "code": "P2026-018-CR-01",
        "author": say("王晓", "Wang Xiao"), "reviewer": say("李敏", "Li Min"), "approver": say("赵一鸣", "Zhao Yiming"),
        "secrecy": say("内部", "Internal"),
        "revisions": [
            {"version": "0.9", "date": day("2026-11-16"), "text": say("初稿，供内部评审", "Draft for internal review"),
             "author": say("王晓", "Wang Xiao")},
            {"version": "1.0", "date": day("2026-11-20"),
             "text": say("根据评审意见修改，提交客户", "Changed after review; sent to the client"),
             "author": say("王晓", "Wang Xiao")}],
    }
    context["goals"] = [
        {"text": say("缩短订货周期", "Shorten the ordering cycle"), "measure": say("从下单到发货", "From order to dispatch"),
         "target": say("≤ 24 小时", "≤ 24 hours"), "actual": say("19 小时", "19 hours"), "met": True, "reason": ""},
        {"text": say("降低错单率", "Fewer wrong orders"), "measure": say("错单 ÷ 总订单", "Wrong orders per order"),
         "target": "≤ 0.5%", "actual": "0.3%", "met": True, "reason": ""},
        {"text": say("门店自行下单", "Shops order themselves"), "measure": say("使用小程序的门店", "Shops using the app"),
         "target": say("86 家", "86 shops"), "actual": say("81 家", "81 shops"), "met": False,
         "reason": say("5 家门店正在装修，预计 12 月开业后启用。",
                       "Five shops are being rebuilt and will start when they reopen in December.")},
    ]
    context["deliverables"] = [
        {"name": say(zh, en), "due": day(due), "status": say("已验收", "Accepted")}
        for zh, en, due in (("需求规格说明书", "Requirement specification", "2026-06-26"),
                            ("订货小程序（门店端、总部端）", "Ordering app for shops and head office", "2026-10-16"),
                            ("操作手册与培训资料", "User guide and training material", "2026-10-30"),
                            ("源代码与部署文档", "Source code and deployment guide", "2026-11-13"))]
    context["scope"] = {
        "included": [say("门店下单、改单与收货确认", "Ordering, changing orders and confirming receipt"),
                     say("总部汇总、审核与发货通知", "Totals, approval and dispatch notes at head office"),
                     say("与 ERP 的商品和库存接口", "Product and stock interface to the ERP")],
        "excluded": [say("需求预测与自动补货", "Demand forecast and automatic replenishment"),
                     say("门店收银系统的改造", "Changes to the shops’ tills")]}
    context["constraints"] = [say("2026 年 11 月 15 日前上线，避开销售旺季。", "Live before 15 November 2026, ahead of the season."),
                              say("个人信息的处理符合《个人信息保护法》。",
                                  "Personal data is handled under the Personal Information Protection Law.")]
    context["team"] = [
        {"name": say("王晓", "Wang Xiao"), "role": say("项目经理", "Project manager"), "side": say("乙方", "Contractor"),
         "contact": "wang.xiao@example.com"},
        {"name": say("周婷", "Zhou Ting"), "role": say("产品设计", "Product design"), "side": say("乙方", "Contractor"),
         "contact": "zhou.ting@example.com"},
        {"name": say("陈立", "Chen Li"), "role": say("客户负责人", "Client lead"), "side": say("甲方", "Client"),
         "contact": "chen.li@example.com"}]
    context["tasks"] = [
        task(1, "milestone", say("需求确认", "Requirements agreed"), "2026-06-26", "2026-06-25", words=done),
        task(2, "milestone", say("设计评审通过", "Design approved"), "2026-07-24", "2026-07-24", words=done),
        task(3, "milestone", say("首批十家门店试用", "Pilot in ten shops"), "2026-09-18", "2026-09-25", words=done),
        task(4, "milestone", say("全部门店上线", "Live in all shops"), "2026-10-30", "2026-11-12", words=done),
        *(task(10 + n, "task", say(zh, en), "2026-08-14", "2026-08-12", words=done) for n, (zh, en) in enumerate((
            ("门店访谈", "Interviews in shops"), ("原型设计", "Prototype"), ("门店端开发", "Shop app"),
            ("总部端开发", "Head office app"), ("ERP 接口", "ERP interface"), ("系统测试", "System test"),
            ("门店培训", "Training")))),
        task(20, "task", say("五家装修门店的启用", "Start in the five rebuilt shops"), "2026-12-18", "", "in_progress", going),
    ]
    context["budget"] = [
        money(1, say("人工", "Labour"), "dev", 268_000, 274_500, 12_000),
        money(2, say("外包", "Outsourcing"), "ui", 45_000, 45_000),
        money(3, say("软硬件", "Hardware & software"), "cloud", 36_000, 29_480),
        money(4, say("差旅", "Travel"), "trips", 18_000, 19_260.5),
        money(5, say("会议", "Meetings"), "training", 8_000, 6_120),
    ]
    opened, occurred, closed = (("open", say("监控中", "Open")), ("occurred", say("已发生", "Occurred")),
                                ("closed", say("已关闭", "Closed")))
    context["risks"] = [
        risk(1, say("ERP 厂商不能按时开放接口", "The ERP vendor opens the interface late"),
             say("先用文件交换，接口到位后切换", "Exchange files until the interface is there"),
             ("high", say("高", "High")), occurred),
        risk(2, say("门店人员流动大，培训效果不能保持", "Staff turnover undoes the training"),
             say("录制三分钟短视频，店长考核", "Three-minute videos; shop managers check"),
             ("medium", say("中", "Medium")), opened),
        risk(3, say("旺季前来不及全部上线", "Not all shops are live before the season"),
             say("按区域分批，先上销量前 60 家", "By region, the 60 busiest shops first"),
             ("extreme", say("极高", "Extreme")), closed),
        risk(4, say("订单高峰时响应变慢", "Slow answers when many order at once"),
             say("压力测试并预留一倍容量", "Load test; keep twice the capacity"), ("low", say("低", "Low")), closed)]
    return context


def answers(name: str, language: Language, full: bool) -> Context:
    """The answers to a template's questions; with `full`, to the optional ones as well."""
    say = both(language)
    given: Context = {}
    if name == "closure-report":
        given["closure"] = {"summary": say(
            "项目自 2026 年 6 月启动，历时五个半月，完成了门店订货小程序的设计、开发和推广。81 家门店已自行下单，订货周期由三天缩短到"
            "19 小时，错单率降到 0.3%。项目在销售旺季之前上线，费用控制在预算之内。",
            "Between June and November 2026 the ordering app was designed, built and brought to the shops. 81 shops now "
            "order themselves; an order is dispatched within 19 hours instead of three days, and three in a thousand "
            "are wrong. The app went live before the season and within its budget.")}
    if name == "meeting-notes":
        given["meeting"] = {"title": say("第三次例会", "Third review"), "date": day("2026-09-22"), "time": "14:00–15:30",
                            "attendees": [say("王晓", "Wang Xiao"), say("周婷", "Zhou Ting")],
                            "chair": say("王晓", "Wang Xiao"), "recorder": say("周婷", "Zhou Ting")}
    template = read_template(shipped("templates") / name)
    extra = _full_answers(name, language) if full else {}
    for question in template.questions:
        value = facts_.get(extra, question.key, facts_.get(given, question.key))
        if value is None:
            value = facts_.convert(question, question.default) if question.type == "choice" and question.default else (
                [] if question.type in ("list", "multi") else "")
        elif question.type == "list":
            value = facts_.convert(question, value)
        facts_.put(given, question.key, value)
    return given


def _full_answers(name: str, language: Language) -> Context:
    say = both(language)
    if name == "closure-report":
        return {"closure": {
            "end_date": day("2026-11-13"), "conclusion": "conditional",
            "acceptance": say("客户于 2026 年 11 月 13 日组织验收，27 条功能需求全部通过，遗留一项见第 9 章。",
                              "The client accepted the app on 13 November 2026. All 27 functional requirements passed; "
                              "one item is left open, see chapter 9."),
            "schedule_note": say("试用推迟一周，原因是 ERP 接口晚开放六天；推广因此顺延，最终比基准晚 13 天。",
                                 "The pilot began a week late because the ERP interface was opened six days after the "
                                 "agreed date; the roll-out followed and ended 13 days after the baseline."),
            "budget_note": say("人工超出来自接口返工，云资源按量计费节省 6,520 元。",
                               "Labour rose through rework on the interface; cloud resources, paid by use, cost less."),
            "changes": [{"title": say("增加收货拍照", "Photos at receipt"), "decision": say("批准", "Approved"), "days": 4,
                         "cost": 12000}],
            "quality": say("系统测试发现缺陷 63 个，其中严重 2 个，上线前全部修复；上线两周内新增缺陷 5 个。",
                           "System test found 63 defects, two of them severe; all were corrected before launch. Five more "
                           "were found in the first two weeks."),
            "satisfaction": say("客户评分 4.6（满分 5 分），最满意响应速度，希望加强旺季值守。",
                                "The client gave 4.6 of 5, was most pleased with how fast we answered, and asked for "
                                "people on call during the season."),
            "handover": say("源代码、部署文档和账号已于 11 月 13 日移交客户信息部。",
                            "Source code, deployment guide and accounts were handed to the client’s IT on 13 November."),
            "open_items": [{"item": say("旺季值守安排", "On-call plan for the season"), "owner": say("李敏", "Li Min"),
                            "due": day("2026-12-01"), "status": say("待确认", "To be agreed")}],
            "lessons": [
                {"topic": say("外部接口", "Outside interfaces"),
                 "lesson": say("接口由第三方提供时，口头承诺不可靠。", "A third party’s spoken promise of an interface does not hold."),
                 "advice": say("合同中写明开放日期，并准备替代方案。", "Put the date into the contract and keep a fallback ready.")},
                {"topic": say("试用", "Pilot"),
                 "lesson": say("十家试用门店发现了全部严重缺陷。", "The ten pilot shops found every severe defect."),
                 "advice": say("推广类项目一律先试用。", "Run a pilot in every roll-out project.")}],
            "archive": say("项目资料共 214 份，已归档到“重要文档”。", "214 documents have been filed under Documents."),
        }}
    if name == "meeting-notes":
        return {
            "meeting": {"place": say("腾讯会议", "Video call"), "client_attendees": [say("陈立", "Chen Li"), say("孙倩", "Sun Qian")],
                        "absent": [say("何峰（出差）", "He Feng (travelling)")], "copies": [say("赵一鸣", "Zhao Yiming")]},
            "topics": [
                {"topic": say("试用进展", "Progress of the pilot"),
                 "points": say("七家门店已开始下单，三家等待网络改造。店长反映收货确认步骤偏多，希望一次确认整单。\n总部端汇总速度满足要求。",
                               "Seven shops have begun to order; three wait for their network. Shop managers find that "
                               "confirming receipt takes too many steps and want to confirm a whole order at once.\n"
                               "Totals at head office are fast enough."),
                 "conclusion": say("收货确认改为整单确认，9 月 25 日前发布。", "Confirm whole orders; released by 25 September.")},
                {"topic": say("ERP 接口", "ERP interface"),
                 "points": say("厂商承诺 9 月 24 日开放测试环境。", "The vendor promises a test system on 24 September."),
                 "conclusion": ""}],
            "decisions": [say("收货确认改为整单确认。", "Receipt is confirmed for a whole order."),
                          say("接口就绪前继续使用文件交换。", "Files are exchanged until the interface is ready.")],
            "actions": [
                {"action": say("发布整单确认版本", "Release the version with whole-order receipt"), "owner": say("周婷", "Zhou Ting"),
                 "due": day("2026-09-25"), "accept": say("十家门店可用", "Usable in ten shops")},
                {"action": say("跟进 ERP 测试环境", "Follow up the ERP test system"), "owner": say("陈立", "Chen Li"),
                 "due": day("2026-09-24"), "accept": say("拿到测试账号", "Test account received")}],
            "attachments": [say("试用门店反馈汇总.xlsx", "Feedback of the pilot shops.xlsx")],
            "next_meeting": say("2026 年 9 月 29 日 14:00，腾讯会议。", "29 September 2026, 14:00, video call."),
        }
    if name == "requirement-spec":
        return {"requirements": _requirements(language), "users": [
            {"name": say("店长", "Shop manager"), "needs": say("每天 21 点前下单，查看到货时间", "Order before 9 p.m.; see when goods come")},
            {"name": say("总部计划员", "Planner"), "needs": say("当天看到全部门店的需求", "See the demand of all shops on the day")}],
            "glossary": [{"term": say("整单确认", "Whole-order receipt"), "meaning": say(
                "一次操作确认订单内全部商品已收到。", "All goods of an order are confirmed in one step.")}],
            "references": [say("《门店订货管理制度》2025 版", "Rules for ordering, 2025 edition"), "GB/T 9385-2008"],
            "reviews": [{"date": day("2026-06-24"), "people": say("陈立", "Chen Li"), "comment": say(
                "补充断网时的处理。", "Say what happens without a network."), "handling": say("增加 REQ-004。", "REQ-004 was added.")}]}
    return {}


def _requirements(language: Language) -> list[Context]:
    say = both(language)
    rows = (
        ("functional", ("门店端", "Shop app"), ("提交订单", "Place an order"), ("店长按常用清单选择商品和数量后提交。", "The manager picks goods and quantities from a usual list."),
         "must", ("二十种商品在三分钟内完成。", "Twenty products in three minutes.")),
        ("functional", ("门店端", "Shop app"), ("修改订单", "Change an order"), ("截单前可以修改或撤销。", "Until the cut-off it can be changed or withdrawn."), "must",
         ("截单后按钮不可用。", "After the cut-off the button is off.")),
        ("functional", ("总部端", "Head office"), ("汇总需求", "Total the demand"), ("按商品和区域汇总当日订单。", "Orders of the day by product and region."), "must",
         ("与逐单相加一致。", "Equal to the sum of the orders.")),
        ("functional", ("总部端", "Head office"), ("导出", "Export"), ("导出为 Excel。", "Export to Excel."), "could", ("能直接打开。", "Opens without a warning.")),
        ("performance", ("", ""), ("响应时间", "Response time"), ("高峰期 200 家门店同时下单。", "200 shops order at once."), "must",
         ("95% 的请求在 2 秒内完成。", "95% of requests within 2 s.")),
        ("security", ("", ""), ("访问权限", "Access"), ("门店只能看到自己的订单。", "A shop sees only its own orders."), "must", ("越权访问被拒绝。", "Other access is refused.")),
        ("interface", ("", ""), ("ERP 商品接口", "ERP product interface"), ("每小时同步商品与库存。", "Products and stock every hour."), "must",
         ("延迟不超过一小时。", "At most one hour late.")),
        ("constraint", ("", ""), ("小程序平台", "Platform"), ("只支持微信小程序。", "WeChat mini-program only."), "must", ("", "")),
    )
    return [{"id": f"REQ-{n:03}", "kind": kind, "module": say(*module), "title": say(*title), "text": say(*text),
             "priority": prio, "accept": say(*accept), "source": say("门店访谈", "Interviews"), "test": f"TC-{n:03}"}
            for n, (kind, module, title, text, prio, accept) in enumerate(rows, 1)]


def context_of(name: str, language: Language, kind: str) -> Context:
    base = rich(language) if kind in ("rich", "long") else minimal(language)
    context = facts_.merge(base, answers(name, language, full=kind in ("rich", "long")))
    template = read_template(shipped("templates") / name)
    if not context["doc"]["title"] or name != "closure-report":
        context["doc"]["title"] = template.title.in_(language)
    if kind == "hostile":
        return hostile(context)
    if kind == "long":
        return lengthened(context)
    return context


def hostile(node: Any) -> Any:
    """Every text of a context with what breaks documents put into it."""
    if isinstance(node, str):
        return node if node in ("zh", "en", "") else node + " A & B <w:t> \"'{{ x }}{% y %}{# ｛｛ 🎉]]>\t乙\n丙"
    if isinstance(node, dict):
        return {key: value if key.endswith("_key") or key in ("logo", "currency") else hostile(value)
                for key, value in node.items()}
    return [hostile(member) for member in node] if isinstance(node, list) else node


def lengthened(node: Any) -> Any:
    """Every text of a context as long as people make them when nobody stops them."""
    if isinstance(node, str):
        wordy = len(node) > 3 and not re.fullmatch(r"zh|en|[A-Z]{3}(-\d+)?|[a-z_.]+", node)
        return (node + ("，" if re.search("[一-龥]", node) else ", ")) * 4 + node if wordy else node
    if isinstance(node, dict):
        return {key: value if key.endswith("_key") or key in ("logo", "currency", "code", "version", "id") else
                lengthened(value) for key, value in node.items()}
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

    heads = [row for row in root.iter(_W + "tr") if any(
        style.get(_W + "val") == "CellHead" for style in row.iter(_W + "pStyle")) and len(row.findall(_W + "tc")) > 1
        and all(cell.find(f"{_W}tcPr/{_W}tcBorders") is not None for cell in row.findall(_W + "tc"))]
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


def test_the_closure_report_computes_what_was_planned_and_what_came_of_it() -> None:
    words = words_of(fill("closure-report", "en", "rich"))

    assert "4 of 4 milestones have been reached, 2 of them on time and 2 late." in words
    assert "The approved budget was ¥375,000.00, ¥387,000.00 after changes. ¥374,360.50 was spent" in words
    assert "4 risks were registered: 1 occurred, 1 still to be watched, 2 closed." in words
    assert "+13" in words
    assert [number for number in range(1, 9) if f"Table {number}  " in words] == list(range(1, 9))


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
needs_soffice = pytest.mark.skipif(soffice() is None, reason="LibreOffice is not installed (apt install libreoffice-writer)")


def pages_of(pdf: bytes) -> list[str]:
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(pdf)
    try:
        return ["".join(document[index].get_textpage().get_text_bounded().split()) for index in range(len(document))]
    finally:
        document.close()


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str, str], list[str]]]:
    """The pages of every filled template, as LibreOffice shows them; one run for all."""
    folder = tmp_path_factory.mktemp("converted")
    for name, language, kind in EVERY:
        (folder / f"{name}.{language}.{kind}.docx").write_bytes(fill(name, language, kind))
    subprocess.run([str(soffice()), "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                    "--convert-to", "pdf", "--outdir", str(folder), *map(str, sorted(folder.glob("*.docx")))],
                   check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield {(name, language, kind): pages_of((folder / f"{name}.{language}.{kind}.pdf").read_bytes())
           for name, language, kind in EVERY}


@needs_soffice
def test_libreoffice_opens_every_filled_template(converted: dict[tuple[str, str, str], list[str]]) -> None:
    for (name, language, kind), pages in converted.items():
        assert pages, (name, language, kind)
        text = "".join(pages)
        assert ("门店订货小程序" if language == "zh" else "Storeorderingapp") in text
    assert len(converted["project-brief", "zh", "rich"]) <= 2
    assert len(converted["meeting-notes", "en", "rich"]) <= 2


@needs_soffice
def test_a_sign_off_never_stands_alone(converted: dict[tuple[str, str, str], list[str]]) -> None:
    for (name, language, kind), pages in converted.items():
        if name in ("closure-report", "requirement-spec") and kind != "hostile":
            last = pages[-1]
            assert ("双方" if language == "zh" else "Bothparties") in last, (name, language, kind)
            assert ("授权代表" if language == "zh" else "Signature") in last, (name, language, kind)


@needs_soffice
@pytest.mark.parametrize(("name", "language", "kind"), [
    ("closure-report", "zh", "rich"), ("requirement-spec", "en", "rich"), ("requirement-spec", "zh", "long")])
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
