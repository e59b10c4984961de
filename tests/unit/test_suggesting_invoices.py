"""What is suggested of Chinese invoices, in the orders in which PDFs give their words."""

from __future__ import annotations

import pytest

from folderkit.core.suggestions import AMOUNT, FACTS, PARTY, Suggested
from folderkit.extract.readers.pdf import join_lines
from folderkit.extract.suggesting import suggest

HEAD = "电子发票（增值税专用发票）\n发票号码：25312000000012345678\n开票日期：2026年03月05日\n"
BUYER, SELLER = "上海江南茶业有限公司", "广州蓝天科技有限公司"
NAMED = "名称：{}\n统一社会信用代码/纳税人识别号：{}\n"
BUYER_IS, SELLER_IS = NAMED.format(BUYER, "91310000MA1K35XX11"), NAMED.format(SELLER, "91440101MA59XXXX11")
ITEMS = """项目名称 规格型号 单 位 数 量 单 价 金 额 税率/征收率 税 额
*信息技术服务*软件开发 项 1 100000.00 100000.00 13% 13000.00
"""
SUMS = "{} ¥100000.00 ¥13000.00\n价税合计（大写） 壹拾壹万叁仟圆整 （小写） ¥113000.00\n备\n注\n"
BESIDE = (f"购 名称：{BUYER} 销 名称：{SELLER}\n买 售\n方 统一社会信用代码/纳税人识别号：91310000MA1K35XX11 方 "
          "统一社会信用代码/纳税人识别号：91440101MA59XXXX11\n信 信\n息 息\n")
FRAMES = ("购\n买\n方\n信\n息\n", "销\n售\n方\n信\n息\n")
LAYOUTS = {
    "side by side": BESIDE,
    "one below the other": FRAMES[0] + BUYER_IS + FRAMES[1] + SELLER_IS,
    "the frames first": FRAMES[0] + FRAMES[1] + BUYER_IS + SELLER_IS,
    "who sells first": FRAMES[1] + SELLER_IS + FRAMES[0] + BUYER_IS,
}


def facts(text: str) -> list[Suggested]:
    return suggest([("p. 1", join_lines(text))])


@pytest.mark.parametrize("sums", ["合计", "合 计", "合\u3000计"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_sides_and_the_sums_of_an_invoice(layout: str, sums: str) -> None:
    found = facts(HEAD + layout + ITEMS + SUMS.format(sums))

    assert {(one.role, one.value) for one in found if one.kind == PARTY} == {("a", BUYER), ("b", SELLER)}
    assert [(one.role, one.value) for one in found if one.kind == AMOUNT] == [
        ("net", "100000.00"), ("tax", "13000.00"), ("words", "113000.00"), ("total", "113000.00")]
    told = {name: FACTS[name](found, ["江南茶业"]) for name in ("amount", "counterparty", "invoice", "date")}
    assert told == {"amount": "113000.00", "counterparty": SELLER, "invoice": "25312000000012345678",
                    "date": "2026-03-05"}


@pytest.mark.parametrize("sides", [
    "统一社会信用代码：\n名称： 名称：\n{buyer}\n{seller}\n",  # values behind all labels: which is whose is not said
    "销 名称：{seller} 名称：{buyer}\n",
    "购 名称：{buyer} 销 名称：{buyer}\n",
    "名称：{buyer} 名称：{seller} 名称：{seller}\n",
    "购 名称：软件开发服务 销 名称：{seller}\n",
])
def test_sides_that_may_be_meant_in_two_ways_are_left_out(sides: str) -> None:
    found = facts(HEAD + sides.format(buyer=BUYER, seller=SELLER) + ITEMS + SUMS.format("合计"))

    assert [one for one in found if one.kind == PARTY] == []


def test_sums_that_do_not_add_up_keep_the_roles_that_are_written() -> None:
    found = facts(HEAD + BESIDE + ITEMS + SUMS.format("合计").replace("¥13000.00", "¥12000.00"))

    assert ("net", "100000.00") not in [(one.role, one.value) for one in found]


def test_a_note_of_credit_has_its_sums_below_zero() -> None:
    sums = "合 计 ¥-100.00 ¥-13.00\n价税合计（大写） （负数）壹佰壹拾叁圆整 （小写） ¥-113.00\n"
    found = facts(HEAD + BESIDE + sums)

    assert [(one.role, one.value) for one in found if one.kind == AMOUNT] == [
        ("net", "-100.00"), ("tax", "-13.00"), ("words", "-113.00"), ("total", "-113.00")]


def test_other_papers_are_left_as_they_are() -> None:
    found = facts(f"购货协议\n名称：{BUYER}\n名称：{SELLER}\n合计 ¥100.00 ¥13.00\n总价 ¥113.00\n")

    assert [one for one in found if one.kind == PARTY] == []
    assert "net" not in [one.role for one in found]
