"""Filing rules: every clause is read, and every fault is told at its line, in both languages."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core import located
from folderkit.core.language import Text
from folderkit.core.located import Fault
from folderkit.core.rules import (
    DATE_SOURCES,
    PATTERN,
    SOURCES,
    TYPES,
    Condition,
    Finding,
    Names,
    Rule,
    read_rules,
)

NAMES = Names({"finance", "documents.contracts"}, {"client.name", "goals"}, ("contract", "invoice"))


def read(text: str, names: Names = NAMES) -> tuple[tuple[Rule, ...], list[Fault]]:
    faults: list[Fault] = []
    return read_rules(located.parse(text, "rules.yaml", faults), names), faults


def read_match(match: str) -> tuple[Condition, list[Fault]]:
    rules, faults = read(f"rules:\n  - id: a\n    match: {match}\n")
    return rules[0].match, faults


def test_every_clause_of_a_rule_is_read() -> None:
    rules, faults = read(r"""
rules:
  - id: invoices.paid
    about: {zh: 发票, en: Invoices}
    match:
      all:
        - ext: [.PDF, ofd]
        - any:
            - name: '(?P<no>INV-\d+)'
            - content: {all: [发票], none: [作废], any: [税, tax], pattern: 'No (?P<number>\d+)'}
        - none:
            - place: '*/old'
    set:
      type: {zh: 发票, en: Invoice}
      date: [content, mtime]
      amount: 'Total (\d+)'
      counterparty: {from: [subject, name], pattern: 'to (\w+)'}
    file: {to: finance, name: '{date:%Y%m%d}_{client.name}_{no}_{amount}', on_conflict: version}
    tags: [paid, 已付]
    unpack: true
""")

    assert faults == []
    (rule,) = rules
    assert (rule.id, rule.about) == ("invoices.paid", Text("Invoices", "发票"))
    assert rule.match == Condition("all", (
        Condition("ext", words=("pdf", "ofd")),
        Condition("any", (
            Condition("name", words=(r"(?P<no>INV-\d+)",)),
            Condition("all", (
                Condition("content", words=("发票",)),
                Condition("content", words=("税", "tax")),
                Condition("none", (Condition("content", words=("作废",)),)),
                Condition("content", words=(PATTERN + r"No (?P<number>\d+)",)))))),
        Condition("none", (Condition("place", words=("*/old",)),))))
    assert rule.type == Text("Invoice", "发票")
    assert rule.date == ("content", "mtime")
    assert dict(rule.findings) == {"amount": Finding(r"Total (\d+)", SOURCES),
                                   "counterparty": Finding(r"to (\w+)", ("subject", "name"))}
    assert (rule.to, rule.name, rule.on_conflict) == ("finance", "{date:%Y%m%d}_{client.name}_{no}_{amount}", "version")
    assert (rule.tags, rule.unpack) == (("paid", "已付"), True)


def test_what_is_left_out_has_its_default() -> None:
    rules, faults = read("rules:\n  - {id: a, match: {ext: pdf}}\n")

    assert faults == []
    assert rules == (Rule("a", Text("", ""), Condition("ext", words=("pdf",))),)
    assert (rules[0].to, rules[0].on_conflict, rules[0].date) == ("", "number", DATE_SOURCES)


@pytest.mark.parametrize(("match", "expected"), [
    ("{ext: [pdf, .Docx]}", Condition("ext", words=("pdf", "docx"))),
    ("{type: [pdf, word]}", Condition("type", words=("pdf", "word"))),
    ("{paper: [contract, invoice]}", Condition("paper", words=("contract", "invoice"))),
    ("{place: 00_收件箱/*}", Condition("place", words=("00_收件箱/*",))),
    ("{name: ['^a', b$]}", Condition("name", words=("^a", "b$"))),
    ("{subject: 'Re: .*'}", Condition("subject", words=("Re: .*",))),
    ("{sender: [acme.com, 李]}", Condition("sender", words=("acme.com", "李"))),
    ("{content: [合同, contract]}", Condition("content", words=("合同", "contract"))),
    ("{heading: 合同}", Condition("heading", words=("合同",))),
    ("{heading: {any: [合同, 协议]}}", Condition("all", (Condition("heading", words=("合同", "协议")),))),
    ("{size: {min: 10 KB}}", Condition("size", low=10_000.0)),
    ("{size: {min: 7, max: 1.5 mb}}", Condition("size", low=7.0, high=1_500_000.0)),
    ("{date: {from: 2026-03-01, to: 2026-03-31}}",
     Condition("date", low=dt.date(2026, 3, 1).toordinal(), high=dt.date(2026, 3, 31).toordinal())),
    ("{ext: pdf, name: a}", Condition("all", (Condition("ext", words=("pdf",)), Condition("name", words=("a",))))),
    ("{any: [{ext: pdf}, {all: [{ext: png}, {name: a}]}]}", Condition("any", (
        Condition("ext", words=("pdf",)),
        Condition("all", (Condition("ext", words=("png",)), Condition("name", words=("a",))))))),
])
def test_each_test_of_a_file_is_read(match: str, expected: Condition) -> None:
    assert read_match(match) == (expected, [])


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_may_be_asked_for(kind: str) -> None:
    assert read_match(f"{{type: {kind}}}") == (Condition("type", words=(kind,)), [])


@pytest.mark.parametrize(("match", "en", "zh"), [
    ("{extt: pdf}", "Did you mean 'ext'?", "是不是“ext”？"),
    ("{type: pdff}", "There is no type 'pdff'. Did you mean 'pdf'?", "是不是“pdf”？"),
    ("{type: zzzzzz}", "There are: pdf, word", "可用：pdf、word"),
    ("{paper: contrct}", "There is no paper 'contrct'. Did you mean 'contract'?", "是不是“contract”？"),
    ("{name: '('}", "'(' is no regular expression", "“(”不是有效的正则表达式"),
    ("{subject: '*x'}", "'*x' is no regular expression", "“*x”不是有效的正则表达式"),
    ("{content: {pattern: '['}}", "'[' is no regular expression", "“[”不是有效的正则表达式"),
    ("{content: {patern: 'x'}}", "Did you mean 'pattern'?", "是不是“pattern”？"),
    ("{size: {min: big}}", "'big' is no size such as 10 MB", "“big”不是 10 MB 这样的大小"),
    ("{size: {least: 1}}", "'least' is not known here", "不认识“least”"),
    ("{size: 10 MB}", "Here must stand 'key: value' lines", "这里应为“键: 值”的形式"),
    ("{size: {min: 3 MB, max: 1 MB}}", "'min' is more than 'max'", "“min”大于“max”"),
    ("{date: {from: 2026-02-30}}", "'2026-02-30' is no day such as 2026-03-01", "“2026-02-30”不是"),
    ("{date: {from: 2026-05-01, to: 2026-04-01}}", "'from' is more than 'to'", "“from”大于“to”"),
    ("{none: {ext: a}}", "'none' must be a list", "“none”应为列表"),
    ("{ext: [[a]]}", "Here must stand one text", "这里应为一段文字"),
    ("pdf", "Here must stand 'key: value' lines", "这里应为“键: 值”的形式"),
    ("[ext, pdf]", "Here must stand 'key: value' lines", "这里应为“键: 值”的形式"),
    ("{}", "what a file must be like", "这里应写明文件的条件"),
    (r"{name: '(?P<project>x)'}", "'project' means something else already", "“project”已有别的含义"),
    (r"{name: '(?P<goals>x)(?P<No>y)'}", "'No' is no name of a fact", "“No”不能作为名称"),
])
def test_a_fault_in_a_test_is_told_where_it_stands(match: str, en: str, zh: str) -> None:
    _, faults = read_match(match)

    assert en in faults[0].message.en
    assert zh in faults[0].message.zh
    assert (faults[0].file, faults[0].line) == ("rules.yaml", 3)


@pytest.mark.parametrize("match", [
    "{all: []}", "{any: []}", "{none: []}", "{any: }", "{ext: []}", "{ext: }", "{ext: ''}", "{name: []}",
    "{content: []}", "{content: {}}", "{content: {all: []}}", "{heading: {any: []}}", "{content: {none: []}}",
    "{size: {}}", "{date: {}}", "{size: }", "{paper: []}", "{ext: pdf, any: [{all: []}]}",
])
def test_a_test_of_nothing_is_a_fault_and_fits_no_file_by_chance(match: str) -> None:
    _, faults = read_match(match)

    assert any("is empty" in fault.message.en and "是空的" in fault.message.zh for fault in faults), faults


@pytest.mark.parametrize(("rest", "en", "zh"), [
    ("fil: {to: finance}", "'fil' is not known here. Did you mean 'file'?", "是不是“file”？"),
    ("file: {to: financ}", "The skeleton has no node 'financ'. Did you mean 'finance'?", "骨架中没有节点“financ”"),
    ("file: {too: finance}", "Did you mean 'to'?", "是不是“to”？"),
    ("file: finance", "Here must stand 'key: value' lines", "这里应为“键: 值”的形式"),
    ("file: {name: '{numbr}'}", "There is no fact 'numbr'. Did you mean 'number'?", "没有名为“numbr”的字段"),
    ("file: {name: '{client.nam}'}", "Did you mean 'client.name'?", "是不是“client.name”？"),
    ("file: {name: '{title'}", "a brace is not closed", "花括号没有成对"),
    ("file: {name: '{date:%Q}'}", "'%Q' is no form", "“%Q”不是有效的格式"),
    ("file: {name: '{title}/{date}'}", "the character / is not possible", "名称中不能有字符 /"),
    ("file: {on_conflict: overwrite}", "'overwrite' is not one of: number, version, ask", "“overwrite”不在可选值中"),
    ("set: {date: [contents]}", "'contents' is not one of: content, mail, name, mtime", "“contents”不在可选值中"),
    ("set: {number: {from: [nam], pattern: x}}", "'nam' is not one of: content, name, subject", "“nam”不在可选值中"),
    ("set: {number: {from: [name]}}", "'pattern' is missing", "缺少“pattern”"),
    ("set: {number: '('}", "'(' is no regular expression", "“(”不是有效的正则表达式"),
    ("set: {Amount: 'x'}", "'Amount' is no name of a fact", "“Amount”不能作为名称"),
    ("set: {client: 'x'}", "'client' means something else already", "“client”已有别的含义"),
    ("set: {tags: 'x'}", "'tags' means something else already", "“tags”已有别的含义"),
    ("set: {type: {zh: x}}", "'en' is missing", "缺少“en”"),
    ("set: 5", "Here must stand 'key: value' lines", "这里应为“键: 值”的形式"),
    ("tags: {a: b}", "'tags' must be a list", "“tags”应为列表"),
    ("unpack: maybe", "'unpack' must be true or false", "“unpack”应为 true 或 false"),
])
def test_a_fault_in_the_rest_of_a_rule_is_told_where_it_stands(rest: str, en: str, zh: str) -> None:
    _, faults = read(f"rules:\n  - id: a\n    match: {{ext: pdf}}\n    {rest}\n")

    assert en in faults[0].message.en
    assert zh in faults[0].message.zh
    assert faults[0].line == 4


@pytest.mark.parametrize(("text", "line", "en"), [
    ("rules:\n  - match: {ext: a}\n", 2, "'id' is missing"),
    ("rules:\n  - {id: 'Größe', match: {ext: a}}\n", 2, "'Größe' is no id"),
    ("rules:\n  - id: a\n", 2, "'match' is missing"),
    ("rules:\n  - {id: a, match: {ext: x}}\n  - {id: b, match: {ext: x}}\n  - {id: a, match: {ext: y}}\n", 4,
     "The rule 'a' is there twice"),
    ("rules: {id: a}\n", 1, "'rules' must be a list"),
    ("rules:\n  - 5\n", 2, "Here must stand 'key: value' lines"),
])
def test_a_fault_of_the_list_is_told_at_its_line(text: str, line: int, en: str) -> None:
    _, faults = read(text)

    assert [fault.line for fault in faults if en in fault.message.en] == [line]


def test_all_faults_are_told_at_once() -> None:
    _, faults = read("rules:\n  - id: a\n    match: {name: '('}\n    file: {to: nowhere, name: '{x}'}\n"
                     "  - match: {siz: 1}\n")

    assert {fault.line for fault in faults} == {3, 4, 5}


def test_named_groups_and_findings_may_stand_in_a_name() -> None:
    _, faults = read("rules:\n  - id: a\n    match: {name: '(?P<no>x)', content: {pattern: '(?P<part>y)'}}\n"
                     "    set: {room: 'Room (.*)'}\n    file: {name: '{no}-{part}-{room}-{client.name}'}\n")

    assert faults == []


def test_rules_of_a_workspace_may_name_any_node_and_fact() -> None:
    _, faults = read("rules:\n  - {id: a, match: {ext: a}, file: {to: some.node, name: '{some.fact}'}}\n",
                     Names(None, None, ()))

    assert faults == []


@given(st.text(max_size=40))
def test_any_text_as_a_pattern_is_read_or_told(pattern: str) -> None:
    text = "'" + pattern.replace("'", "''").replace("\n", " ").replace("\r", " ") + "'"
    try:
        rules, faults = read(f"rules:\n  - id: a\n    match: {{name: {text}}}\n")
    except located.Faults:
        return  # a character that YAML does not allow
    assert faults or rules[0].match.words
