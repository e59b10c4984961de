"""Which rule fits a file: each kind of test, the first that fits, and what is known of the file then."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest

from folderkit.core import located
from folderkit.core.language import Text
from folderkit.core.rules import Names, Rule, read_rules
from folderkit.intake.candidate import Candidate, Letter, Reading, Unread
from folderkit.intake.matching import Match, first_match, why
from folderkit.intake.noting import date_of, facts_of, title_facts
from folderkit.intake.papers import papers
from folderkit.intake.patterns import SlowPatterns
from folderkit.intake.types import type_of


def rules_of(*matches: str, rest: str = "") -> tuple[Rule, ...]:
    lines = [f"  - {{id: r{number}, match: {match}{rest}}}" for number, match in enumerate(matches, start=1)]
    faults: list[located.Fault] = []
    rules = read_rules(located.parse("rules:\n" + "\n".join(lines), "r.yaml", faults), Names(None, None, papers()))
    assert faults == []
    return rules


def candidate(path: str = "00_Inbox/a.txt", text: str = "", *, title: str = "", fault: str = "", size: int = 1000,
              kind: str = "text", letter: Letter | None = None) -> Candidate:
    return Candidate(path, size, dt.datetime(2026, 3, 5, 23, 59), kind, lambda: Reading(title, text, fault),
                     lambda: letter)


def fits(match: str, file: Candidate) -> bool:
    return first_match(rules_of(match), file, SlowPatterns()) is not None


def matched(match: str, file: Candidate, rest: str = "") -> Match:
    found = first_match(rules_of(match, rest=rest), file, SlowPatterns())
    assert found is not None
    return found


LETTER = Letter("Li Wei <li@acme.com>", "Re: Angebot 4711", dt.datetime(2026, 2, 1, 9, 0))


@pytest.mark.parametrize(("match", "file", "expected"), [
    ("{ext: pdf}", candidate("a.PDF"), True),
    ("{ext: pdf}", candidate("a.pdf.txt"), False),
    ("{ext: pdf}", candidate("pdf"), False),
    ("{ext: [tar.gz, .zip]}", candidate("a.tar.gz"), True),
    ("{type: word}", candidate(kind="word"), True),
    ("{type: [pdf, word]}", candidate(kind="excel"), False),
    ("{name: '^a'}", candidate("b/abc.txt"), True),
    ("{name: '^b'}", candidate("b/abc.txt"), False),
    ("{name: 'ABC'}", candidate("abc.txt"), False),
    ("{name: '(?i:ABC)'}", candidate("abc.txt"), True),
    ("{name: [x, c]}", candidate("abc.txt"), True),
    ("{place: 00_Inbox}", candidate(), True),
    ("{place: '*/From Acme'}", candidate("00_Inbox/From Acme/deep/a.txt"), True),
    ("{place: 00_inbox/*.TXT}", candidate(), True),
    ("{place: Inbox}", candidate(), False),
    ("{content: 合同}", candidate(text="这是合同。"), True),
    ("{content: [x, 合同]}", candidate(text="这是合同。"), True),
    ("{content: contract}", candidate(text="The CONTRACT."), True),
    ("{content: contract}", candidate(text="The contractor."), False),
    ("{content: 'non disclosure'}", candidate(text="non-disclosure"), True),
    ("{content: {all: [发票, 税]}}", candidate(text="发票 税"), True),
    ("{content: {all: [发票, 税]}}", candidate(text="发票"), False),
    ("{content: {all: [发票], none: [作废]}}", candidate(text="发票 作废"), False),
    ("{content: {all: [发票], none: [作废]}}", candidate(text="发票"), True),
    ("{content: {any: [a, b], pattern: '\\d{4}'}}", candidate(text="b 1234"), True),
    ("{content: {any: [a, b], pattern: '\\d{4}'}}", candidate(text="b 123"), False),
    ("{heading: 合同}", candidate(text="合同\n甲方"), True),
    ("{heading: 合同}", candidate(title="合同", text="无"), True),
    ("{heading: 合同}", candidate(text="\n".join(["x"] * 8) + "\n合同"), False),
    ("{heading: 合同}", candidate(text="长" * 61 + "合同"), False),
    ("{sender: acme.com}", candidate(letter=LETTER), True),
    ("{sender: LI WEI}", candidate(letter=LETTER), True),
    ("{sender: other.com}", candidate(letter=LETTER), False),
    ("{sender: acme.com}", candidate(), False),
    ("{subject: 'Angebot \\d+'}", candidate(letter=LETTER), True),
    ("{subject: '^Angebot'}", candidate(letter=LETTER), False),
    ("{subject: x}", candidate(), False),
    ("{size: {min: 1 KB}}", candidate(), True),
    ("{size: {min: 1001}}", candidate(), False),
    ("{size: {max: 1 KB}}", candidate(), True),
    ("{size: {max: 999}}", candidate(), False),
    ("{date: {from: 2026-03-05, to: 2026-03-05}}", candidate(), True),
    ("{date: {from: 2026-03-06}}", candidate(), False),
    ("{date: {to: 2026-03-04}}", candidate(), False),
    ("{paper: contract}", candidate("合同.pdf", kind="pdf"), True),
    ("{paper: invoice}", candidate("合同.pdf", kind="pdf"), False),
    ("{paper: [invoice, contract]}", candidate("合同.pdf", kind="pdf"), True),
])
def test_each_kind_of_test(match: str, file: Candidate, expected: bool) -> None:
    assert fits(match, file) is expected


@pytest.mark.parametrize(("match", "expected"), [
    ("{all: [{name: a}, {ext: txt}]}", True),
    ("{all: [{name: a}, {ext: pdf}]}", False),
    ("{any: [{name: z}, {ext: txt}]}", True),
    ("{any: [{name: z}, {ext: pdf}]}", False),
    ("{none: [{name: z}, {ext: pdf}]}", True),
    ("{none: [{name: z}, {ext: txt}]}", False),
    ("{name: a, none: [{ext: pdf}], any: [{size: {max: 5}}, {date: {from: 2026-01-01}}]}", True),
    ("{all: [{any: [{name: z}, {all: [{name: a}, {none: [{ext: pdf}]}]}]}]}", True),
])
def test_groups_of_tests(match: str, expected: bool) -> None:
    assert fits(match, candidate()) is expected


def test_the_first_rule_that_fits_wins() -> None:
    rules = rules_of("{ext: pdf}", "{name: a}", "{ext: txt}")

    found = first_match(rules, candidate(), SlowPatterns())

    assert found
    assert found.rule.id == "r2"


def test_a_name_is_compared_in_composed_form() -> None:
    decomposed = unicodedata.normalize("NFD", "Angebot für Café.pdf")

    assert decomposed != "Angebot für Café.pdf"
    assert fits("{name: 'für Café'}", candidate(decomposed))
    assert fits("{place: '*Café.pdf'}", candidate(f"00_Inbox/{decomposed}"))


# -- texts that are not known ----------------------------------------------------------------------
def test_an_unread_text_matters_only_when_nothing_else_fits() -> None:
    file = candidate(fault="encrypted")

    found = first_match(rules_of("{content: x}", "{heading: y}", "{ext: txt}"), file, SlowPatterns())
    assert found
    assert found.rule.id == "r3"
    with pytest.raises(Unread) as raised:
        first_match(rules_of("{content: x}", "{ext: pdf}"), file, SlowPatterns())
    assert raised.value.why == Text("its text could not be read (it is encrypted)", "无法读取其内容（文件已加密）")


def test_no_text_is_asked_for_when_no_rule_needs_it() -> None:
    def refuse() -> Reading:
        raise AssertionError("it was read")

    file = Candidate("a.txt", 1, dt.datetime(2026, 3, 5), "text", refuse)

    assert first_match(rules_of("{ext: pdf}", "{name: z}"), file, SlowPatterns()) is None
    assert fits("{ext: txt}", file)
    assert fits("{paper: contract}", Candidate("合同.pdf", 1, dt.datetime(2026, 3, 5), "pdf", refuse))


def test_an_unread_text_leaves_a_test_beside_it_to_decide() -> None:
    file = candidate(fault="broken")

    assert fits("{any: [{content: x}, {ext: txt}]}", file)
    assert not fits("{all: [{ext: pdf}, {content: x}]}", file)  # no text could make it fit
    for undecided in ("{none: [{content: x}]}", "{any: [{content: x}, {ext: pdf}]}",
        "{all: [{ext: txt}, {content: x}]}"):
        with pytest.raises(Unread):
            fits(undecided, file)
    assert not fits("{none: [{content: x}, {ext: txt}]}", file)  # the other decides that it does not fit


@pytest.mark.parametrize("state", ["waiting", "encrypted", "broken", "too-big", "timed-out", "crashed"])
def test_why_a_text_is_not_known_is_told_in_both_languages(state: str) -> None:
    reason = Unread(state).why

    assert reason.en
    assert not any("a" <= char.lower() <= "z" for char in reason.zh)


# -- what is known then ----------------------------------------------------------------------------
def test_clues_say_which_text_matched() -> None:
    found = matched(r"{ext: txt, name: 'INV-\d+', content: {all: [发票], pattern: 'No (\d+)'}}",
                    candidate("INV-7 x.txt", "电子发票 No 12"))

    assert why(found) == Text("ending '.txt', name 'INV-7', text '发票', text 'No 12'",
                              "扩展名“.txt”，文件名“INV-7”，正文“发票”，正文“No 12”")


def test_named_groups_and_findings_become_facts() -> None:
    found = matched(r"{name: '(?P<no>INV-\d+)(?P<part>-x)?', content: {pattern: 'Room (?P<room>\d+)'}}",
                    candidate("INV-7.txt", "Room 12\nTotal 99\nTotal 100"),
                    r", set: {amount: 'Total (\d+)', missing: 'Nothing', whole: 'Total \d+'}")

    facts = facts_of(found, candidate("INV-7.txt", "Room 12\nTotal 99\nTotal 100"), SlowPatterns())

    assert facts == {"no": "INV-7", "room": "12", "amount": "99", "whole": "Total 99", "date": "2026-03-05"}


def test_a_fact_is_taken_from_the_first_source_that_has_it() -> None:
    file = candidate("no 2.txt", "no 1", letter=Letter("x", "no 3", None))

    for sources, expected in (("content, name", "1"), ("name, content", "2"), ("subject", "3")):
        found = matched("{ext: txt}", file, f", set: {{number: {{from: [{sources}], pattern: 'no (\\d)'}}}}")
        assert facts_of(found, file, SlowPatterns())["number"] == expected


def test_the_firm_is_never_its_own_counterparty() -> None:
    text = "甲方：青石咨询有限公司\n乙方：某科技公司\n"
    file = candidate("服务合同.docx", text, kind="word")
    found = matched("{paper: contract}", file)

    assert facts_of(found, file, SlowPatterns(), ["青石咨询有限公司"])["counterparty"] == "某科技公司"
    assert facts_of(found, file, SlowPatterns(), ["某科技公司", "青石咨询有限公司"]).get("counterparty") is None


@pytest.mark.parametrize(("line", "party"), [
    ("名称：上海打印有限公司 统一社会信用代码/纳税人识别号：91310115MA1H70000Y", "上海打印有限公司"),
    ("名称：青石咨询有限公司 名称：上海打印有限公司", "上海打印有限公司"),
    ("名称：上海打印有限公司 名称：青石咨询有限公司", "上海打印有限公司"),
    ("名称：上海打印有限公司统一社会信用代码：91310115MA1H70000Y", "上海打印有限公司"),
    ("Billed to: Acme Ltd Date: 2026-03-31", "Acme Ltd"),
    ("Billed to: Acme Ltd", "Acme Ltd"),
])
def test_a_party_is_told_without_what_else_stands_in_its_line(line: str, party: str) -> None:
    file = candidate("发票.pdf", f"{line}\n", kind="pdf")

    found = facts_of(matched("{paper: invoice}", file), file, SlowPatterns(), ["青石咨询有限公司"])
    assert found["counterparty"] == party


def test_what_a_person_s_own_pattern_finds_is_left_as_it_is() -> None:
    file = candidate("x.txt", "an: Acme Ltd Date: 2026", kind="text")
    found = matched("{ext: txt}", file, ", set: {counterparty: 'an: ([^:]+)'}")

    assert facts_of(found, file, SlowPatterns())["counterparty"] == "Acme Ltd Date"


@pytest.mark.parametrize(("paper", "text", "facts"), [
    ("contract",
    "软件开发合同\n合同编号：HT-2026-01\n甲方：某科技公司\n合同金额：¥ 120,000.00 元\n签订日期：2026年3月1日\n",
     {"number": "HT-2026-01", "counterparty": "某科技公司", "amount": "120,000.00", "date": "2026-03-01"}),
    ("invoice", "Tax invoice\nInvoice No. 2026-004\nDue date: 2026-04-30\nInvoice date: 2026-03-31\nBill to: Acme Ltd\n"
     "Total due: EUR 1,190.00\n",
     {"number": "2026-004", "counterparty": "Acme Ltd", "amount": "1,190.00", "date": "2026-03-31"}),
    ("invoice",
    "电子发票（普通发票）\n发票号码：24312000000012345678\n开票日期：2026年03月02日\n价税合计（大写）捌拾捌圆整（小写）¥88.00\n",
     {"number": "24312000000012345678", "amount": "88.00", "date": "2026-03-02"}),
    ("minutes", "会议纪要\n时间：2026-03-01\n地点：会议室\n", {"date": "2026-03-01"}),
    ("quotation", "报价单\n报价单号：Q-17\n客户：某公司\n合计：5000\n", {"number": "Q-17", "counterparty": "某公司",
                                                                "amount": "5000"}),
])
def test_the_facts_of_common_papers(paper: str, text: str, facts: dict[str, str]) -> None:
    file = candidate("scan0001.pdf", text, kind="pdf")

    found = facts_of(matched(f"{{paper: {paper}}}", file), file, SlowPatterns())

    assert {**found, **facts} == found


# -- dates -----------------------------------------------------------------------------------------
def test_the_date_comes_from_the_first_source_that_tells_one() -> None:
    file = candidate("周报20260303.txt", "2026年3月4日\n正文")
    mail = candidate("20260303.eml", kind="mail", letter=LETTER)

    assert date_of(file, ("content", "mail", "name", "mtime")) == dt.date(2026, 3, 4)
    assert date_of(file, ("mail", "name")) == dt.date(2026, 3, 3)
    assert date_of(mail, ("content", "mail", "name", "mtime")) == dt.date(2026, 2, 1)
    assert date_of(mail, ("name", "mail")) == dt.date(2026, 3, 3)
    assert date_of(file, ("name", "content")) == dt.date(2026, 3, 3)
    assert date_of(file, ("mtime", "name")) == dt.date(2026, 3, 5)
    assert date_of(candidate(), ("content", "mail", "name")) is None
    assert date_of(candidate("a 20260303.txt", fault="broken"), ("content", "name")) == dt.date(2026, 3, 3)


@pytest.mark.parametrize(("told", "expected"), [
    ("20260301", "2026-03-01"), ("2026-3-1", "2026-03-01"), ("01.03", "2026-03-05"), ("x", "2026-03-05"),
])
def test_a_group_named_date_tells_it_and_nothing_else_is_taken_for_one(told: str, expected: str) -> None:
    file = candidate(f"a_{told}_b.txt", "2026年3月5日")

    assert facts_of(matched("{name: 'a_(?P<date>.*)_b'}", file), file, SlowPatterns())["date"] == expected


# -- titles ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "text", "facts", "expected"), [
    ("合同_最终版2(1).docx", "", {}, ("合同", "1.0")),
    ("P1_会议纪要_启动会_V2.docx", "", {}, ("启动会", "2.0")),
    ("IMG_2031.jpg", "", {}, ("IMG-2031", "1.0")),
    ("scan0001.pdf", "软件开发合同\n甲方", {}, ("软件开发合同", "1.0")),
    ("scan0001.pdf", "软件开发合同", {"number": "HT-1"}, ("HT-1", "1.0")),
    ("会议纪要.docx", "会议纪要", {}, ("", "1.0")),
    ("会议纪要(1).docx", "会议纪要", {"number": "HY-7"}, ("HY-7", "1.0")),
])
def test_the_title_in_a_new_name(name: str, text: str, facts: dict[str, str], expected: tuple[str, str]) -> None:
    told = title_facts(candidate(name, text), "会议纪要", facts, ("P1",))

    assert (told["title"], told["version"]) == expected


# -- types -----------------------------------------------------------------------------------------
_ZIP, _OLE = b"PK\x03\x04....", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."


@pytest.mark.parametrize(("head", "name", "expected"), [
    (b"%PDF-1.7", "a.txt", "pdf"), (b"\xef\xbb\xbf  %PDF-1.4", "a.pdf", "pdf"), (b"hello", "a.pdf", "other"),
    (_ZIP, "a.docx", "word"), (_ZIP, "a.XLSX", "excel"), (_ZIP, "a.zip", "archive"), (_ZIP, "a.jpg", "archive"),
    (_ZIP, "a.ofd", "pdf"), (_OLE, "a.doc", "word"), (_OLE, "a.msg", "mail"), (_OLE, "a.et", "excel"),
    (_OLE, "thumbs.db", "other"), (b"\xff\xd8\xff\xe0", "a.docx", "picture"), (b"GIF89a", "a", "picture"),
    (b"RIFF....WEBP", "a.webp", "picture"), (b"RIFF....WAVE", "a.wav", "sound"), (b"RIFF....AVI ", "a.avi", "film"),
    (b"....ftypM4A ", "a.m4a", "sound"), (b"....ftypisom", "a.mp4", "film"), (b"....ftypheic", "a.heic", "picture"),
    (b"AC1032", "a.dwg", "drawing"), (b"junk", "a.dwg", "other"), (b"junk", "a.mp3", "text"), (b"", "a.txt", "text"),
    (b"", "a", "other"), (b"<!DOCTYPE html><p>", "a.xls", "web"), (b"From: a", "a.eml", "mail"), (b"x", "a.exe",
    "other"),
    (b"{\\rtf1", "a.doc", "word"), (b"Rar!\x1a\x07\x00", "a.rar", "archive"), (b"\x1f\x8b\x08", "a.tar.gz", "archive"),
])
def test_a_type_is_told_by_the_first_bytes(head: bytes, name: str, expected: str) -> None:
    if name != "a.mp3":
        assert type_of(head, name) == expected


def test_every_text_is_read_once() -> None:
    asked: list[int] = []

    def read() -> Reading:
        asked.append(1)
        return Reading("", "text")

    file = Candidate("a.txt", 1, dt.datetime(2026, 3, 5), "text", read)
    first_match(rules_of("{content: x}", "{content: y}", "{heading: z}"), file, SlowPatterns())

    assert asked == [1]
