"""Facts that texts suggest: sentences as they stand in papers, with what may be read from them and nothing else."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core.amounts import NotAnAmount, capital_amount, read_words
from folderkit.core.suggestions import FACTS, KINDS, Suggested
from folderkit.core.tax_ids import CREDIT_LETTERS, check_letter, is_credit_code
from folderkit.extract.suggesting import LONGEST, MOST, suggest

SENTENCES: list[tuple[str, list[str]]] = [
    # amounts: kind value unit role
    ("合同总价为人民币 120,000.00 元。", ["amount 120000.00 CNY total"]),
    ("本合同总金额：¥1,234,567.89（大写：人民币壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分）",
     ["amount 1234567.89 CNY total", "amount 1234567.89 CNY words"]),
    ("人民币壹拾贰万元整", ["amount 120000.00 CNY words"]),
    ("金额：RMB 35万", ["amount 350000.00 CNY "]),
    ("预算约 1.5 亿元，其中一期 3000万元", ["amount 150000000.00 CNY ", "amount 30000000.00 CNY "]),
    ("不含税金额 ¥100.00，税额 ¥13.00，价税合计 ¥113.00",
     ["amount 100.00 CNY net", "amount 13.00 CNY tax", "amount 113.00 CNY total"]),
    ("三千五百元", ["amount 3500.00 CNY "]),
    ("违约金为 5,000 元", ["amount 5000.00 CNY "]),
    ("折合 12 万美元或 10.5 万欧元", ["amount 120000.00 USD ", "amount 105000.00 EUR "]),
    ("港币 8,000 元，HK$ 1,200", ["amount 8000.00 HKD ", "amount 1200.00 HKD "]),
    ("退款：-¥500.00", ["amount -500.00 CNY "]),
    ("合计：-1,200.00元", ["amount -1200.00 CNY total"]),
    ("合计：-1,200.00", ["amount -1200.00  total"]),
    ("¥-106000.00，（负数）壹拾万陆仟圆整", ["amount -106000.00 CNY ", "amount -106000.00 CNY words"]),
    ("金额：负壹仟元整", ["amount -1000.00 CNY words"]),
    ("100-200元，每户-均 300元", ["amount 200.00 CNY ", "amount 300.00 CNY "]),
    ("Total: €0.125", ["amount 0.12 EUR total"]),
    ("￥１２", ["amount 12.00 CNY "]),
    ("Total: USD 12,500.00", ["amount 12500.00 USD total"]),
    ("Grand total 9,876.50", ["amount 9876.50  total"]),
    ("Subtotal 100.00 VAT 20% 20.00 Amount due 120.00",
     ["amount 100.00  net", "amount 20.00  tax", "amount 120.00  total"]),
    ("The fee is €1.2 million, payable in four parts.", ["amount 1200000.00 EUR "]),
    ("Gesamt 1.234,56 € netto", ["amount 1234.56 EUR "]),
    ("£3k deposit, $45 per hour", ["amount 3000.00 GBP ", "amount 45.00 USD "]),
    ("12’500.00 CHF", ["amount 12500.00 CHF "]),
    ("about 300 dollars", ["amount 300.00 USD "]),
    # what is no amount, or may be read in two ways
    ("1亿2000万元，人民币12万5000元，1万5千元", []),
    ("EUR 1.234, 10.000 EUR, CHF 2.500", []),
    ("合同总价 : ¥125,000.007t", []),
    ("总金额：¥1 234 567.89", []),
    ("Amount: 12 500,00 EUR", []),
    ("¥37.00 100 ¥3,700.00", ["amount 37.00 CNY ", "amount 3700.00 CNY "]),
    ("约￥3-5万元", ["amount 50000.00 CNY "]),
    ("合同总价 12.50万，总计 3.50 亿，Total 12.50 million", []),
    ("合同金额（万元）：125.00", []),
    ("单位：万元\t合计\t1,234.56", []),
    ("合计：123.45 小时，合计 10.00 天，合计 1,200.00 件，总价的 0.50‰", []),
    ("Total: 12.50 km, total: 10.00 hours", []),
    ("人民币贰拾肆万 捌仟元整", []),
    ("echo $1 $2; SUM($A$1:$A$9)", []),
    ("多元化、三元催化、3元素、单元 5、2 单元", []),
    ("数十万元，单位：万元", []),
    ("完成率 85%，第 3 页，共 120 人，电话 13800138000", []),
    ("EURO 2024 and USDA 100", []),
    ("Fund\tEUR\t500\t41.14", []),  # cells beside each other
    ("Total 45 pages, total 3 tests", []),
    ("version 1.2.3 and 10.0.0.1", []),
    # dates
    ("签订日期：2025年3月1日", ["date 2025-03-01  signed"]),
    ("本合同于二〇二六年三月三十一日签订", ["date 2026-03-31  signed"]),
    ("开票日期：2025-03-01，付款期限：2025年4月30日前", ["date 2025-03-01  issued", "date 2025-04-30  due"]),
    ("自2025年1月1日起至2025年12月31日止", ["date 2025-01-01  start", "date 2025-12-31  end"]),
    ("Invoice date: 1 March 2025   Due date: March 31, 2025", ["date 2025-03-01  issued", "date 2025-03-31  due"]),
    ("This Agreement is dated as of 5 May 2026.", ["date 2026-05-05  signed"]),
    ("on 03/04/2025", []),  # of March or of April
    ("on 25/12/2025", ["date 2025-12-25  "]),
    # numbers
    ("合同编号：HT-2025-001签订日期：2025年3月1日", ["contract HT-2025-001  ", "date 2025-03-01  signed"]),
    ("合同号: 沪建合字〔2025〕第012号", ["contract 沪建合字〔2025〕第012号  "]),
    ("Contract No. C-2025/017, Purchase Order Number: 4500012345",
     ["contract C-2025/017  ", "contract 4500012345  "]),
    ("PO #PO-123.", ["contract PO-123  "]),
    ("Invoice No.: INV-2025-0042", ["invoice INV-2025-0042  "]),
    ("发票代码：044001900111  发票号码：12345678", ["invoice_code 044001900111  ", "invoice 12345678  "]),
    ("电子发票（普通发票） 25312000000012345678", ["invoice 25312000000012345678  "]),
    ("账号 25312000000012345678", []),
    ("合  同  编  号：HT-88", ["contract HT-88  "]),
    ("合　同　编　号：　HT-88", ["contract HT-88  "]),
    ("发票 号码：00123456", ["invoice 00123456  "]),
    ("配合 同编号", []),
    ("合同编号见附件；合同号码如下", []),
    ("the invoice number is missing, in order not to", []),
    # parties
    ("甲方（委托方）：上海建工集团股份有限公司    乙方：李静", ["party 上海建工集团股份有限公司  a", "party 李静  b"]),
    ("本合同由上海云杉咨询有限公司（以下简称“甲方”）与北京国立中心（以下简称“乙方”）签订",
     ["party 上海云杉咨询有限公司  a", "party 北京国立中心  b"]),
    ("甲  方：上海云杉咨询有限公司\n乙\u3000方（盖章）：北京国立中心",
     ["party 上海云杉咨询有限公司  a", "party 北京国立中心  b"]),
    ("购买方名称：华东贸易（上海）有限公司", ["party 华东贸易（上海）有限公司  a"]),
    ("销售方信息 名称：广州蓝天科技有限公司 统一社会信用代码", ["party 广州蓝天科技有限公司  b"]),
    ('This Agreement is made between Cedar & Stone Ltd (the "Supplier") and Northwind Traders GmbH (the "Client").',
     ["party Cedar & Stone Ltd  b", "party Northwind Traders GmbH  a"]),
    ("Party A: Acme Inc.", ["party Acme Inc.  a"]),
    ("Supplier: Blue Harbour LLC, 12 Quay Street", ["party Blue Harbour LLC  b"]),
    ("Bill to: Jane A. Miller", ["party Jane A. Miller  a"]),
    # what is no party
    ("甲方：负责提供场地和资料", []),
    ("乙方：（盖章）", []),
    ("甲方：__________", []),
    ("Client: please sign below", []),
    ("the difference between Apples and Oranges", []),
    ("Contractor: shall deliver the goods", []),
    # tax ids
    ("统一社会信用代码：91310000132206289R", ["tax_id 91310000132206289R  "]),
    ("统一社会信用代码：91310000132206289X", []),
    ("纳税人识别号：310104000012345", ["tax_id 310104000012345  "]),
    ("VAT ID: DE 123456789", ["tax_id DE123456789  "]),
    ("VAT No. GB123 4567 89", ["tax_id GB123456789  "]),
    ("EIN 12-3456789", ["tax_id 12-3456789  "]),
    ("tax is detailed in DE chapter", []),
]


def told(found: list[Suggested]) -> list[str]:
    return [f"{one.kind} {one.value} {one.unit} {one.role}" for one in found]


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES, ids=[sentence[:24] for sentence, _ in SENTENCES])
def test_a_sentence_suggests_just_this(sentence: str, expected: list[str]) -> None:
    found = suggest([("", sentence)])
    assert told(found) == expected
    for one in found:
        assert sentence[one.start : one.start + one.length].strip() == sentence[one.start : one.start + one.length]


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES, ids=[sentence[:24] for sentence, _ in SENTENCES])
def test_the_same_in_the_midst_of_others(sentence: str, expected: list[str]) -> None:
    before, after = "本项目的需求说明书包含以下内容。", "Nothing else is said here."
    found = suggest([("p. 1", before), ("p. 2", sentence), ("p. 3", after)])
    assert told(found) == expected
    assert {(one.place, one.passage) for one in found} <= {("p. 2", 1)}


@given(st.integers(1, 10**13))
def test_every_amount_in_capital_characters_is_read(cents: int) -> None:
    amount = Decimal(cents) / 100
    words = capital_amount(amount)
    if amount < 1:
        return  # 伍角 alone is no amount that stands for itself
    assert read_words(words.removesuffix("整")) == amount
    found = suggest([("", f"大写：人民币{words}。")])
    if len(words.partition("元")[0]) > 1:
        assert told(found) == [f"amount {amount:.2f} CNY words"]


@pytest.mark.parametrize("words", ["一二三元", "十百元", "壹万壹万元", "亿元", "元", "万元", "壹佰壹仟元", ""])
def test_what_is_no_number_in_words_is_refused(words: str) -> None:
    with pytest.raises(NotAnAmount):
        read_words(words)


@given(st.text(CREDIT_LETTERS, min_size=17, max_size=17), st.sampled_from(CREDIT_LETTERS))
def test_one_check_character_fits_a_credit_code(code: str, last: str) -> None:
    assert is_credit_code(code + last) == (last == check_letter(code))


@given(st.decimals("0.01", "999999999", places=2), st.sampled_from(["¥", "RMB ", "$", "€", "US$"]))
def test_every_amount_behind_its_sign_is_read(amount: Decimal, sign: str) -> None:
    (found,) = suggest([("", f"The price is {sign}{amount:,.2f}.")])
    assert Decimal(found.value) == amount


@given(st.dates(dt.date(1980, 1, 1), dt.date(2099, 12, 31)))
def test_every_date_is_read(day: dt.date) -> None:
    for written in (f"{day.year}年{day.month}月{day.day}日", day.isoformat(), f"{day:%d %B %Y}"):
        (found,) = suggest([("", f"on {written}")])
        assert (found.value, found.number) == (day.isoformat(), float(day.toordinal()))


PIECES = st.sampled_from([
    "甲方：", "（以下简称“乙方”）", "有限公司", "¥", "元", "万", "1,234.5", "2025", "年3月",
    "between ", " and ", "Ltd",
    "VAT ", "No. ", "Total ", "\n", " ", "合同编号", "发票", "壹佰", "9" * 20, "İ", "\t", "（", "Acme"])


@given(st.lists(st.tuples(st.sampled_from(["", "p. 1"]), st.one_of(
    st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join), st.text(string.printable, max_size=40)))))
def test_whatever_the_text_each_suggestion_stands_where_it_says(passages: list[tuple[str, str]]) -> None:
    found = suggest(passages)
    assert len(found) <= MOST * len(KINDS)
    for one in found:
        place, text = passages[one.passage]
        assert one.place == place
        assert 0 <= one.start < one.start + one.length <= len(text)
        assert one.value
        assert one.kind in KINDS
    for fact in FACTS.values():
        assert isinstance(fact(found, ["Acme"]), str)


def test_a_text_without_end_is_looked_at_from_its_beginning() -> None:
    lines = [("", f"总价 ¥{number}.00 2025-01-01 甲方：张三 ") for number in range(20_000)]
    found = suggest(lines)
    assert sum(one.kind == "amount" for one in found) == MOST
    assert told(suggest([("", "x" * LONGEST + " ¥5.00")])) == []


CONTRACT = """合同编号：HT-2026-007
甲方（委托方）：上海建工集团股份有限公司
乙方（受托方）：云杉咨询（上海）有限公司
统一社会信用代码：91310000132206289R
合同总价：人民币 120,000.00 元（大写：人民币壹拾贰万元整），违约金 6,000.00 元。
签订日期：2026年3月1日，至2026年12月31日止
"""


def test_the_facts_of_a_whole_file_are_those_without_doubt() -> None:
    found = suggest([("p. 1", CONTRACT)])
    facts = {name: take(found, ["云杉咨询"]) for name, take in FACTS.items()}
    assert facts == {
        "amount": "120000.00", "currency": "CNY", "date": "2026-03-01", "due": "2026-12-31", "contract": "HT-2026-007",
        "invoice": "", "counterparty": "上海建工集团股份有限公司", "party_a": "上海建工集团股份有限公司",
        "party_b": "云杉咨询（上海）有限公司", "tax_id": "91310000132206289R"}
    two = suggest([("p. 1", CONTRACT), ("p. 2", "合同编号：HT-2026-008，总价 ¥7.00")])
    assert FACTS["contract"](two, ()) == ""
    assert FACTS["amount"](two, ()) == "120000.00"  # it stands there in words
    assert FACTS["counterparty"](found, ()) == ""
