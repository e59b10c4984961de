"""Facts: what people write becomes typed values, and what cannot be meant is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from folderkit.core import facts as facts_
from folderkit.core.facts import TYPES, Facts, NotAValue, Question, choice_label, convert, read_question
from folderkit.core.language import Text
from folderkit.core.located import Fault, parse

KINDS = {"software": Text("Software", "软件开发"), "consulting": Text("Consulting", "咨询"),
         "other": Text("Other", "其他")}
MET = {"yes": Text("Yes", "是"), "partly": Text("Partly", "部分"), "no": Text("No", "否")}
GOAL = (Question("text", required=True), Question("due", "date"), Question("met", "choice", choices=MET),
        Question("share", "percent", default="10%"), Question("who", "list"))


def question(kind: str) -> Question:
    return Question("x", kind, choices=KINDS if kind in ("choice", "multi") else {})


DAY = dt.date(2026, 3, 31)


@pytest.mark.parametrize(("kind", "raw", "value"), [
    ("text", "  星河科技  ", "星河科技"), ("text", 7, "7"), ("long", "a\nb", "a\nb"),
    ("integer", "1,200", 1200), ("integer", 12.0, 12), ("integer", "-3", -3), ("integer", "１２", 12),
    ("number", "0.5", 0.5), ("number", "2.50", 2.5), ("number", "3.0", 3), ("number", 0.1, 0.1),
    ("money", "￥1,234.50", 1234.5), ("money", "¥ 1，234元", 1234), ("money", "12800 元", 12800),
    ("money", "$99.999", 100),
    ("money", "€1,000,000.25", 1000000.25), ("money", -5, -5), ("money", "-1,200.00", -1200),
    ("percent", "25%", 0.25), ("percent", "25 ％", 0.25), ("percent", 0.25, 0.25), ("percent", "100%", 1.0),
    *(("date", raw, DAY) for raw in (
        "2026-03-31", "2026/3/31", "2026.3.31", "2026年3月31日", "2026 年 3 月 31 日", "20260331",
        "2026-03-31T09:30:00", "2026-03-31 09:30", DAY, dt.datetime(2026, 3, 31, 9, 30), 20260331, "２０２６-３-３１")),
    *(("boolean", raw, True) for raw in (True, "yes", "Y", "TRUE", "1", 1, "是", "有", "对", "on")),
    *(("boolean", raw, False) for raw in (False, "no", "N", "false", "0", 0, "否", "无", "没有", "不是", "off")),
    ("choice", "software", "software"), ("choice", "软件开发", "software"), ("choice", "CONSULTING", "consulting"),
    ("multi", "all", ["software", "consulting", "other"]), ("multi", "全部", ["software", "consulting", "other"]),
    ("multi", "咨询、software", ["software", "consulting"]), ("multi", "Other; other，其他", ["other"]),
    ("multi", ["consulting"], ["consulting"]), ("multi", [], []), ("multi", "", []),
    ("multi", "software\n咨询", ["software", "consulting"]),
    ("list", "a; b；c\nd", ["a", "b", "c", "d"]), ("list", ["a;b", 2, "", None], ["a;b", "2"]), ("list", None, []),
    ("list", 7, ["7"]), ("list", "", []),
])
def test_what_people_write_is_understood(kind: str, raw: Any, value: Any) -> None:
    converted = convert(question(kind), raw)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(("kind", "raw"), [
    ("text", ["a"]), ("text", {"a": 1}), ("long", []),
    ("integer", "1.5"), ("integer", "a"), ("integer", ""), ("integer", True), ("integer", None),
    ("number", "1.2.3"), ("number", "NaN"), ("number", "Infinity"), ("number", "sNaN"), ("number", float("inf")),
    ("number", "1e999999999"), ("number", "1e400"), ("number", "1,5"), ("number", "12,34,567"), ("number", [1]),
    ("money", "元"), ("money", "abc"), ("money", "9" * 16), ("percent", "%"), ("percent", "many"),
    ("date", "31.03.2026"), ("date", "2026-02-30"), ("date", "2026-13-01"), ("date", "soon"), ("date", "2026"),
    ("date", ""), ("date", 5), ("date", "99999999"), ("date", "0000-01-01"), ("date", "2026-03-31x"),
    ("boolean", "maybe"), ("boolean", 2), ("boolean", ""), ("boolean", None),
    ("choice", "sofware"), ("choice", ""), ("choice", 3), ("choice", True),
    ("multi", "software, sofware"), ("multi", 5), ("multi", {"a": 1}), ("multi", [["software"]]),
    ("list", [["a"]]), ("list", [{"a": 1}]), ("list", {"a": 1}),
])
def test_what_cannot_be_meant_is_told_in_both_languages(kind: str, raw: Any) -> None:
    with pytest.raises(NotAValue) as caught:
        convert(question(kind), raw)
    assert caught.value.message.en
    assert caught.value.message.zh


def test_a_wrong_choice_lists_the_right_ones() -> None:
    with pytest.raises(NotAValue) as caught:
        convert(question("choice"), "law")
    assert caught.value.message == Text(
        "'law' is not one of: Software (software), Consulting (consulting), Other (other)",
        "“law”不在可选值中：软件开发 (software)、咨询 (consulting)、其他 (other)")


def test_a_choice_named_yes_is_found_in_yaml_that_says_yes() -> None:
    asked = Question("met", "choice", choices=MET)
    said = [convert(asked, yaml.safe_load(word)) for word in ("yes", "no", "partly", "是")]
    assert said == ["yes", "no", "partly", "yes"]


def test_a_choice_is_shown_with_its_key_where_they_differ() -> None:
    assert choice_label(question("choice"), "software", "zh") == "软件开发 (software)"
    assert choice_label(Question("x", choices={"A4": Text("A4", "A4")}), "A4", "zh") == "A4"


def test_a_pattern_must_fit_the_whole_text() -> None:
    asked = Question("project.code", pattern=r"P\d{4}-\d{3}")
    assert convert(asked, " P2026-001 ") == "P2026-001"
    for wrong in ("P2026-0011", "xP2026-001", "P2026-001\nP2026-002"):
        with pytest.raises(NotAValue, match="form"):
            convert(asked, wrong)


# -- records ---------------------------------------------------------------------------------------
def goals(raw: Any) -> Any:
    return convert(Question("goals", "list", fields=GOAL), raw)


def test_a_record_is_typed_field_by_field_and_what_is_absent_is_empty() -> None:
    given_ = [{"text": " 上线 ", "due": "2026年3月31日", "met": "部分"}, {"text": "b", "share": 0.5, "who": "甲;乙"}]
    assert goals(given_) == [
        {"text": "上线", "due": DAY, "met": "partly", "share": 0.1, "who": []},
        {"text": "b", "due": "", "met": "", "share": 0.5, "who": ["甲", "乙"]}]


def test_a_bare_text_is_a_record_of_its_first_field() -> None:
    assert [goal["text"] for goal in goals("上线; 培训")] == ["上线", "培训"]
    assert [goal["text"] for goal in goals({"text": "one mapping"})] == ["one mapping"]


@pytest.mark.parametrize(("raw", "told"), [
    ([{"text": "a", "tdue": 1}], "tdue"), ([{"text": "a", "due": "soon"}], "due: 'soon'"),
    ([{"due": "2026-01-01"}], "text"),
    ([{"text": "  "}], "text"), ([{1: "a", "text": "b"}], "'1'"), ([{"text": {"a": 1}}], "text: one text"),
])
def test_a_wrong_record_names_its_field(raw: Any, told: str) -> None:
    with pytest.raises(NotAValue) as caught:
        goals(raw)
    assert told in caught.value.message.en


# -- nested look-up --------------------------------------------------------------------------------
def test_get_and_put_follow_dots() -> None:
    facts: Facts = {"client": "a text in the way"}
    facts_.put(facts, "client.name", "星河")
    facts_.put(facts, "goals", [])
    assert facts == {"client": {"name": "星河"}, "goals": []}
    assert facts_.get(facts, "client.name") == "星河"
    assert facts_.get(facts, "client.name.x", "-") == facts_.get(facts, "nobody.name", "-") == "-"


def test_merge_copies_and_lets_the_upper_win() -> None:
    under: Facts = {"a": {"b": 1, "c": 2}, "d": [1]}
    merged = facts_.merge(under, {"a": {"b": 3}, "d": [2], "e": {"f": 4}})
    assert merged == {"a": {"b": 3, "c": 2}, "d": [2], "e": {"f": 4}}
    merged["a"]["b"] = 9
    assert under == {"a": {"b": 1, "c": 2}, "d": [1]}


# -- hypothesis ------------------------------------------------------------------------------------
keys = st.lists(st.text("abz_9", max_size=2).map("k{}".format), min_size=1, max_size=3).map(".".join)


@given(st.dictionaries(keys, st.integers(), max_size=8))
def test_what_is_put_is_flattened_back(values: dict[str, int]) -> None:
    clear = {key: value for key, value in values.items() if not any(other.startswith(f"{key}.") for other in values)}
    facts: Facts = {}
    for key, value in clear.items():
        facts_.put(facts, key, value)
    assert dict(facts_.flatten(facts)) == clear
    assert all(facts_.get(facts, key) == value for key, value in clear.items())
    assert facts_.merge({}, facts) == facts_.merge(facts, {}) == facts


amounts = st.decimals(-10**12, 10**12, places=2)


@given(amounts)
def test_money_survives_being_written_with_sign_and_thousands(amount: Any) -> None:
    assert convert(question("money"), f"￥{amount:,}元") == convert(question("money"), str(amount)) == float(amount)


@given(st.dates(min_value=dt.date(1, 1, 1)), st.sampled_from([
    "{0.year:04d}-{0.month}-{0.day}", "{0.year:04d}/{0.month:02d}/{0.day:02d}", "{0.year:04d}年{0.month}月{0.day}日",
    "{0.year:04d}.{0.month}.{0.day}", "{0.year:04d}{0.month:02d}{0.day:02d}"]))
def test_a_date_survives_every_way_of_writing_it(day: dt.date, form: str) -> None:
    assert convert(question("date"), form.format(day)) == day


words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)  # what PyYAML writes back
values = st.recursive(
    st.one_of(words, st.integers(), st.floats(), st.booleans(), st.none(), st.dates()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6)


@given(st.sampled_from(TYPES), values)
def test_any_value_converts_or_is_told_and_converting_twice_changes_nothing(kind: str, raw: Any) -> None:
    asked = question(kind)
    try:
        value = convert(asked, raw)
    except NotAValue:
        return
    assert convert(asked, value) == value
    again = yaml.safe_load(yaml.safe_dump(value, allow_unicode=True))
    assert convert(asked, again) == value


@given(values)
def test_any_value_makes_records_or_is_told(raw: Any) -> None:
    try:
        made = goals(raw)
    except NotAValue:
        return
    assert all(list(record) == [inner.key for inner in GOAL] for record in made)
    assert goals(made) == made


# -- questions in YAML -----------------------------------------------------------------------------
def ask(text: str, key: str = "a.b") -> tuple[Question, list[Fault]]:
    faults: list[Fault] = []
    return read_question(key, parse(text, "q.yaml", faults)), faults


def test_a_question_is_read_whole() -> None:
    asked, faults = ask("""
type: list
ask: {zh: 目标, en: Goals}
help: Say why
required: true
when: project.kind == 'software'
fields:
  text: {required: true}
  met: {type: choice, choices: {yes: {zh: 是, en: 'Yes'}, no: {zh: 否, en: 'No'}}, default: no}
""")
    assert not faults
    assert asked == Question("a.b", "list", Text("Goals", "目标"), Text("Say why", "Say why"), True,
                             when="project.kind == 'software'", fields=(
        Question("text", ask=Text("text", "text"), required=True),
        Question("met", "choice", ask=Text("met", "met"), default=False,
                 choices={"yes": Text("Yes", "是"), "no": Text("No", "否")})))
    assert convert(asked, ["上线"]) == [{"text": "上线", "met": "no"}]


@pytest.mark.parametrize("text", ["{}", "{type: date, default: today}", "{type: multi, choices: [a, b], default: all}",
                                  "{default: '{client.name}'}", "{type: date, default: 2026-03-31}",
                                  "{type: boolean, default: no}", "{type: percent, default: 10%}",
                                  "{pattern: '[A-Z]+'}"])
def test_a_good_question_has_no_faults(text: str) -> None:
    assert ask(text)[1] == []


@pytest.mark.parametrize(("text", "line", "told"), [
    ("type: txt", 1, "not one of"), ("tpye: text", 1, "Did you mean 'type'"), ("a text", 1, "key: value"),
    ("type: choice", 1, "choices"), ("pattern: '['", 1, "regular expression"),
    ("\nrequired: maybe", 2, "true or false"),
    ("type: date\ndefault: soon", 2, "default"), ("type: choice\nchoices: [a]\ndefault: b", 3, "default"),
    ("type: integer\ndefault: 1.5", 2, "whole number"), ("pattern: '[A-Z]+'\ndefault: abc", 2, "form"),
    ("choices: [a, b]", 1, "no meaning"), ("type: date\nfields: {a: {}}", 2, "no meaning"),
    ("type: date\nnext: 'P{n}'", 2, "no meaning"), ("type: integer\npattern: '1'", 2, "no meaning"),
    ("type: choice\nchoices: {a: {zh: 甲, en: One}, b: {zh: 乙, en: one}}", 2, "could mean"),
    ("ask: {zh: 名称}", 1, "'en' is missing"), ("type: list\nfields:\n  a: {type: nope}", 3, "not one of"),
    ("default: today\ntype: number", 1, "default"), ("default: !!timestamp x", 1, "cannot be read"),
])
def test_a_fault_in_a_question_is_told_at_its_line(text: str, line: int, told: str) -> None:
    _, faults = ask(text)
    assert [(fault.line, told in fault.message.en) for fault in faults] == [(line, True)]


@pytest.mark.parametrize("key", ["Client", "1a", "a..b", "a.", "客户", "a b", "a.B", ""])
def test_a_key_is_small_latin(key: str) -> None:
    assert "no name for a fact" in ask("{}", key)[1][0].message.en
