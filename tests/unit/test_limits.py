"""What a tag may use up: every way to exhaust memory or time ends in a sentence that says what is too much."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from jinja2.exceptions import SecurityError

from folderkit.core import limits, tags
from folderkit.core.counted import TooDeep
from folderkit.core.limits import TooMuch

_NS = "{% set ns = namespace(t='x' * 10, l=[1]) %}"
_GROW = _NS + "{% for i in range(99) %}"


def evaluate(text: str, **facts: object) -> str:
    return tags.environment("en").from_string(text).render(facts)


@pytest.mark.parametrize("tag", [
    "{{ 'a' * 10**8 }}", "{{ 10**8 * 'a' }}", "{{ 10**10000 }}", "{{ 2**4000 * 2**4000 }}", "{{ '%999999999d' % 1 }}",
    "{{ '%*d' % (999999999, 1) }}", "{{ '%.99999f' % 1.5 }}", "{{ '%s'|format('x' * 2000000 ~ 'x') }}",
    "{{ ('%s' * 100000) % ('a' * 1000) }}", "{{ ('%(a)s' * 100000) % {'a': 'b' * 1000} }}",
    "{{ '{:>999999999}'.format(1) }}", "{{ '{:>{}}'.format(1, 999999999) }}",
    "{{ ('{0}' * 100000).format('b' * 999) }}",
    "{{ 'x'.center(10**9) }}", "{{ 'x'.ljust(10**9) }}", "{{ 'x'.zfill(10**9) }}", "{{ '\t'.expandtabs(10**9) }}",
    "{{ 'aaa'.replace('a', 'b' * 1900000) }}", "{{ ('a' * 999).join(['b'] * 9999) }}",
    "{{ ','.join(['a' * 1000] * 1000000) }}", "{{ today.strftime('%H' * 9999) }}", "{{ today|date('%H' * 9999) }}",
    "{{ 'x'|center(10**9) }}", "{{ 'x'|indent(10**9) }}", "{{ 'x'|indent('y' * 9999) }}",
    "{{ ('x' * 200000)|wordwrap(1) }}", "{{ ('x' * 90000)|wordwrap(1, wrapstring='y' * 999) }}",
    "{{ 'aaa'|replace('', 'b' * 1000000) }}", "{{ ('a ' * 900000).split()|join('bbbbb') }}",
    "{{ range(9999)|list|tojson(indent=10**9) }}", "{{ range(99999)|list|pprint }}", "{{ lipsum(10**9) }}",
    "{{ 1|round(10**9) }}", "{{ 1|round(-10**9) }}",
    "{{ [1]|batch(10**9, 0)|list }}", "{{ [1]|slice(10**9)|list }}", "{{ ([[1]] * 90000)|sum(start=[]) }}",
    "{{ 'x'|tojson" + "|tojson" * 40 + " }}", "{{ ('<!--' * 30000)|striptags }}",
    "{{ ('http://a.b ' * 30000)|urlize }}",
    "{{ ('a,' * 30000).split(',')|map('center', 999)|list|length }}",
    "{% for x in ('a,' * 200000).split(',')|map('center', 999) %}{% endfor %}",
    "{{ [1]|map('center', 10**9)|list }}", "{{ ['x']|map('replace', 'x', 'y' * 2000000 ~ 'y')|list }}",
    "{% set u = namespace(x='y' * 1000000) %}{{ ([u] * 90000)|map(attribute='x')|list }}",
    "{% for i in range(10**9) %}{% endfor %}", "{% for i in range(90000) %}" + "a" * 5000 + "{% endfor %}",
    _GROW + "{% set ns.t = ns.t ~ ns.t %}{% endfor %}", _GROW + "{% set ns.t = ns.t + ns.t %}{% endfor %}",
    _GROW + "{% set ns.l = ns.l + ns.l %}{% endfor %}", _GROW + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}",
    _GROW + "{% set ns.l = {1: ns.l, 2: ns.l} %}{% endfor %}",
    _GROW + "{% set ns.l = dict(a=ns.l, b=ns.l) %}{% endfor %}",
    _GROW + "{% set ns.l = cycler(ns.l, ns.l).items %}{% endfor %}",
    _GROW + "{% set ns.l = [1]|batch(3, ns.l)|list %}{% endfor %}",
    _NS + "{% macro m() %}{% set ns.l = varargs %}{% endmacro %}"
    "{% for i in range(99) %}{{ m(ns.l, ns.l) }}{% endfor %}",
    "{% set x %}" + "a" * 99 + "{% endset %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 60,
    "{% filter replace('a', 'b' * 100000) %}" + "a" * 9999 + "{% endfilter %}",
])  # fmt: skip
def test_what_would_take_too_much_memory_is_refused(tag: str) -> None:
    with pytest.raises(TooMuch) as caught:
        evaluate(tag, today=dt.date(2026, 3, 31))
    assert not tags.reason(caught.value).zh.isascii()


@pytest.mark.parametrize("tag", [
    "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}",
    "{% for i in range(90000) %}{{ range(90000)|select('odd')|map('upper')|list|length }}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% set a = range(90000)|list %}{% set b = range(90000)|list %}"
    "{% for i in range(90000) %}{% if a == b and a == b %}{% endif %}{% endfor %}",
])  # fmt: skip
def test_what_would_take_too_long_is_refused_in_any_thread(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.2)
    told: list[str] = []

    def work() -> None:
        try:
            evaluate(tag)
        except TooMuch as error:
            told.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert told == ["it takes longer than 0 seconds"]


def test_loops_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TURNS", 1000)
    with pytest.raises(TooMuch, match="its loops go round more than 1,000 times"):
        evaluate("{% for i in range(40) %}{% for j in range(40) %}{% endfor %}{% endfor %}")


@pytest.mark.parametrize("text", [
    "{{ " + "(" * 200 + "1" + ")" * 200 + " }}", "{{ " + "1+" * 3000 + "1 }}", "{{ " + "not " * 3000 + "1 }}",
    "{{ a" + ".b" * 3000 + " }}", "{{ a" + "|e" * 3000 + " }}", "{{ " + "[" * 3000 + "]" * 3000 + " }}",
    "{{ 1" + " if a else 1" * 3000 + " }}", "{% if a %}" * 300 + "{% endif %}" * 300,
    "{% for a in b %}" * 21 + "{% endfor %}" * 21, "{% if a %}" + "{% elif a %}" * 3000 + "{% endif %}",
    "{{ a }}" * 20_001, "{{ f(" + "1," * 200_000 + "1) }}",
])  # fmt: skip
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(TooDeep) as caught:
        tags.environment("en").from_string(text)
    assert not tags.reason(caught.value).zh.isascii()


@pytest.mark.parametrize("tag", [
    "{{ ''.__class__ }}", "{{ ''|attr('__class__') }}", "{{ ''['__class__'] }}",
    "{{ '{0.__class__}'.format(1) }}", "{{ ''.format.__globals__ }}",
    "{{ [1]|map(attribute='__class__')|first }}", "{{ cycler.__init__.__globals__ }}", "{{ self.__init__ }}",
    "{{ ''.encode('utf-16') }}", "{{ (1).to_bytes(10**9, 'big') }}", "{{ {}.fromkeys([1]) }}",
    "{{ 'a'.translate({97: 'b'}) }}", "{% set l = [] %}{{ l.append(1) }}", "{{ lipsum.__globals__ }}",
])  # fmt: skip
def test_no_tag_reaches_code(tag: str) -> None:
    with pytest.raises(SecurityError):
        evaluate(tag)


@pytest.mark.parametrize("tag", ["{% include '/etc/passwd' %}", "{% import '/etc/passwd' as x %}",
                                 "{% extends '/etc/passwd' %}", "{% from '/etc/passwd' import x %}"])
def test_no_tag_reads_a_file(tag: str) -> None:
    with pytest.raises(TypeError, match="no loader"):
        evaluate(tag)


@pytest.mark.parametrize(("tag", "shown"), [
    ("{{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 1.5 * 2 }}", "ababab ababab 1024 0.5 3.0"),
    ("{{ [1] + [2] }} {{ [0] * 3 }} {{ 'a' ~ 1 ~ none }} {{ -7 % 4 }}", "[1, 2] [0, 0, 0] a1None 1"),
    ("{{ '%5.1f|%-4s|%d%%' % (1.25, 'a', 3) }}", "  1.2|a   |3%"),
    ("{{ '{:>4}|{0:.2f}'.format(1, 2) if 0 else '{:>4}|{:.2f}'.format(1, 2) }}", "   1|2.00"),
    ("{{ '{a}'.format_map({'a': 1}) }} {{ '%s-%s'|format(1, 2) }}", "1 1-2"),
    ("{{ 'a'.center(5) }}|{{ 'a'|center(5) }}|{{ 'a\tb'.expandtabs(4) }}", "  a  |  a  |a   b"),
    ("{{ ', '.join(['a', 'b']) }} {{ people|join(', ', attribute='n') }} {{ [1, 2]|join }}", "a, b x, y 12"),
    ("{{ people|sum(attribute='v') }} {{ [[1], [2]]|sum(start=[]) }} {{ 2.345|round(2) }}", "3 [1, 2] 2.35"),
    ("{{ [1, 2, 3]|batch(2, 0)|list }} {{ [1, 2, 3]|slice(2)|list }}", "[[1, 2], [3, 0]] [[1, 2], [3]]"),
    ("{{ 'a b'|replace('a', 'x') }} {{ 'a\nb'|indent(2) }} {{ 'aa bb'|wordwrap(2) }}", "x b a\n  b aa\nbb"),
    ("{{ {'a': [1]}|tojson }} {{ '<b>x</b>'|striptags }} {{ range(3)|list }}", '{"a": [1]} x [0, 1, 2]'),
    ("{{ 'abc'[1:] }} {{ [1, 2, 3][:2] }} {% for a, b in [(1, 2)] %}{{ a + b }}{% endfor %}", "bc [1, 2] 3"),
    ("{% for x in [1, 2, 3] if x < 3 %}{{ loop.index }}{{ x }},{% else %}none{% endfor %}", "11,22,"),
    ("{% for x in [[1], [2]] recursive %}{{ loop(x) if x is iterable else x }}{% endfor %}", "12"),
    ("{% macro m(a, b=2) %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% call m(3) %}c{% endcall %}",
     "32c"),
    ("{% filter upper %}a{% endfilter %}{% set x %}b{{ 1 }}{% endset %}{{ x }}", "Ab1"),
])  # fmt: skip
def test_what_is_not_too_much_is_what_jinja_makes(tag: str, shown: str) -> None:
    assert evaluate(tag, people=[{"n": "x", "v": 1}, {"n": "y", "v": 2}]) == shown


def test_fifty_thousand_rows_are_not_too_much() -> None:
    rows = [dict.fromkeys("abcdef", f"row {number}") for number in range(50_000)]
    text = "{{ rows|list|length }}{% for row in rows %}" + "<w:tc>" * 300 + "{{ row.a }}{% endfor %}"
    assert evaluate(text, rows=rows).startswith("50000<w:tc>")


def test_a_list_may_be_gathered_in_a_loop() -> None:
    gather = "{% set ns = namespace(l=[]) %}{% for i in range(3000) %}{% set ns.l = ns.l + [i] %}{% endfor %}"
    assert evaluate(gather + "{{ ns.l|length }}") == "3000"
