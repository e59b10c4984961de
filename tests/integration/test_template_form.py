"""The fields of a template, judged from how they are used, and the form that asks for them: filled in, it fills."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from docx import Document

from folderkit.core.language import Language
from folderkit.core.settings import Firm
from folderkit.documents import compiled, fields_of, template_of_file
from folderkit.documents.fields import first_uses
from folderkit.documents.tags.holders import give_holders
from tests.conftest import Run
from tests.integration.test_documents import p, parts_of, row, text_of, write_word

LETTER = (
    p("{{ name }} {{ day|date }} {{ price|money('USD') }} {{ share|percent }} {{ pieces * 2 }} {{ note.long }}")
    + "{% for line in story|lines %}" + p("{{ line }}") + "{% endfor %}"
    + p("{% if urgent %}Urgent!{% endif %}{% if kind == 'fixed' %} fixed{% endif %}{{ remark|default('–') }}")
    + p("{% for part in parts %}{{ part.name }}:{% for one in part.tasks %}{{ one.who.name }} {{ one.cost|money('') }},"
        "{% endfor %}{% endfor %}{{ tags }}{% for tag in tags %}{% endfor %}{{ firm.name }} {{ today|date }} "
        "{{ doc.version }}")
)  # fmt: skip
FILLED = """\
name: Paul & Sons
day: 2026-03-31
price: 1,200.5
share: 25%
pieces: 3
note: {long: nice}
story: "one\\ntwo"
urgent: yes
kind: fixed
parts:
  - name: Roof
    tasks:
      - who: {name: Li}
        cost: 10
      - who: {name: Wu}
        cost: 20
tags: [a, b]
firm: {name: Cedar}
"""


def test_what_a_field_is_follows_from_its_use(tmp_path: Path, run: Run) -> None:
    write_word(tmp_path / "letter.docx", LETTER)

    rows = {row["field"]: row for row in json.loads(run("template", "fields", "letter.docx", "--json").out)}

    assert {name: row["kind"] for name, row in rows.items()} == {
        "name": "text", "day": "date", "price": "money", "share": "percent", "pieces": "number", "note.long": "text",
        "story": "long", "urgent": "boolean", "kind": "text", "remark": "text", "parts": "list",
        "parts[].name": "text", "parts[].tasks": "list", "parts[].tasks[].who.name": "text",
        "parts[].tasks[].cost": "money", "tags": "list", "firm.name": "text", "today": "date", "doc.version": "text"}
    optional = {name for name, row in rows.items() if row["source"] == "optional"}
    assert optional == {"urgent", "kind", "remark"}
    assert {name for name, row in rows.items() if row["source"] == "folderkit"} == {"today", "doc.version"}


def test_the_fields_of_files_among_the_workspaces_templates_are_listed_and_asked_for(tmp_path: Path, run: Run) -> None:
    assert run("init").code == 0
    (tmp_path / "templates").mkdir(exist_ok=True)
    write_word(tmp_path / "templates" / "terms.docx", p("{{ term }}"))
    write_word(tmp_path / "letter.docx", p("{{ name }}") + p("{{p include('terms.docx') }}"))

    rows = json.loads(run("template", "fields", "letter.docx", "--json").out)
    assert {row["field"]: row["source"] for row in rows} == {"name": "asked", "term": "asked"}
    told = run("fill", "letter.docx", "--set", "name=A", "--out", "out.docx")
    assert told.code != 0
    assert "term" in told.err
    assert run("fill", "letter.docx", "--set", "name=A", "--set", "term=30 days", "--out", "out.docx").code == 0
    assert text_of(parts_of((tmp_path / "out.docx").read_bytes())["word/document.xml"]) == ["A", "30 days"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_form_of_a_bare_file_filled_in_fills_it(tmp_path: Path, run: Run, lang: Language) -> None:
    write_word(tmp_path / "letter.docx", LETTER)
    made = run("template", "fields", "letter.docx", "--form", "--out", "form.yaml", lang=lang)
    form = yaml.safe_load((tmp_path / "form.yaml").read_text(encoding="utf-8"))

    assert made.code == 0
    assert form == {
        "name": None, "day": None, "price": None, "share": None, "pieces": None, "note": {"long": None}, "story": None,
        "urgent": None, "kind": None, "remark": None, "firm": {"name": None}, "tags": [None],
        "parts": [{"name": None, "tasks": [{"who": {"name": None}, "cost": None}]}]}
    assert run("template", "fields", "letter.docx", "--form", "--out", "form.yaml").code == 3
    empty = run("fill", "letter.docx", "--data", "form.yaml")
    assert empty.code == 2
    for key in ("name", "day", "price", "share", "pieces", "note.long", "story", "parts", "tags", "firm.name"):
        assert f"\n  {key}  (" in empty.err, key

    (tmp_path / "form.yaml").write_text(FILLED, encoding="utf-8")
    ran = run("fill", "letter.docx", "--data", "form.yaml", "--quick", "--lang", "en")

    assert ran.code == 0, ran.err
    lines = text_of(parts_of((tmp_path / "letter_V1.0.docx").read_bytes())["word/document.xml"])
    assert lines[0] == "Paul & Sons 31 March 2026 $1,200.50 25% 6 nice"
    assert lines[1:4] == ["one", "two", "Urgent! fixed–"]
    assert lines[4].startswith("Roof:Li 10.00,Wu 20.00,a, bCedar ")
    assert lines[4].endswith(" 1.0")


def test_what_cannot_be_meant_in_a_form_is_told_by_line(tmp_path: Path, run: Run) -> None:
    write_word(tmp_path / "letter.docx", LETTER)
    (tmp_path / "form.yaml").write_text(FILLED.replace("2026-03-31", "soon").replace("yes", "perhaps"))

    ran = run("fill", "letter.docx", "--data", "form.yaml")

    assert ran.code == 1
    assert "form.yaml:2:6: day: 'soon' is not a date" in ran.err
    assert "form.yaml:8:9: urgent: 'perhaps' is neither yes nor no" in ran.err


def test_the_form_of_a_template_filled_in_fills_it(run: Run, workspace: Path, project: Path) -> None:
    form = run("template", "fields", "meeting-notes", "--form").out
    assert "  # Time, such as 14:00–15:30 (text; required)\n  time:\n" in form
    assert "# doc:\n#   # Version (text)\n#   version:\n" in form
    filled = form.replace("  title:", "  title: Kick-off").replace("  time:", "  time: 9:00–10:00").replace(
        "  attendees:\n    -", "  attendees:\n    - Laura Reed").replace("    topic:", "    topic: Scope")
    (workspace / "notes.yaml").write_text(filled, encoding="utf-8")

    ran = run("fill", "meeting-notes", "-p", "Site", "--data", "notes.yaml", "--quick")

    assert ran.code == 0, ran.err
    made = next(project.rglob("*Kick-off*.docx"))
    text = " ".join(text_of(parts_of(made.read_bytes())["word/document.xml"]))
    assert "Laura Reed" in text
    assert "Scope" in text
    assert "None" not in text


def test_in_a_workspace_facts_and_firm_are_not_asked_for(run: Run, workspace: Path, project: Path) -> None:
    write_word(workspace / "letter.docx", p("{{ client.name }} {{ firm.name }} {{ greeting }}"))

    form = yaml.safe_load(run("template", "fields", "letter.docx", "--form").out)

    assert form == {"greeting": None}
    ran = run("fill", "letter.docx", "-p", "Site", "--set", "greeting=Hello", "--quick")
    assert ran.code == 0, ran.err
    assert text_of(parts_of(next(project.rglob("letter*.docx")).read_bytes())["word/document.xml"]) == [
        "Acme Cedar & Stone Hello"]


DEFAULTS = """\
version: 1
title: {zh: 信函, en: Letter}
about: {zh: 信, en: A letter}
kind: word
to: communications
filename: '{doc.title}.docx'
questions:
  to: {ask: {zh: 收件人, en: Addressee}}
  from: {ask: {zh: 寄件人, en: From}, default: '{project.manager}'}
  subject: {ask: {zh: 主题, en: Subject}, default: '{client.name} / {to}'}
  sponsor: {ask: {zh: 发起人, en: Who pays}, default: '{project.sponsor}'}
  copy: {type: boolean, ask: {zh: 抄送, en: Copy}, default: true}
  style: {type: choice, ask: {zh: 语气, en: Tone}, default: warm, choices: {warm: {zh: 亲切, en: Warm}}}
  lines:
    type: list
    ask: {zh: 明细, en: Lines}
    fields: {who: {ask: {zh: 谁, en: Who}, default: '{project.manager}'}}
"""


def test_a_default_that_refers_to_a_fact_is_told_in_words(
        run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a project as its value, and where that is not known as what is asked for; nobody reads braces."""
    run("new", "Site", "--client", "Acme Inc.", "--set", "project.manager=Li Jing", cwd=workspace)
    project = next(workspace.glob("**/project.yaml")).parent
    tags = "{{ to }}{{ from }}{{ subject }}{{ sponsor }}{{ copy }}{{ style }}{{ lines[0].who }}"
    folder = workspace / "templates" / "letter"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(DEFAULTS, encoding="utf-8")
    write_word(folder / "letter.en.docx", p(tags))
    write_word(folder / "letter.zh.docx", p(tags))

    monkeypatch.chdir(next(place for place in project.iterdir() if place.is_dir()))
    told = run("template", "fields", "letter", "--form")
    assert told.code == 0, told.err
    inside = told.out
    monkeypatch.chdir(workspace)
    outside = run("template", "fields", "letter", "--form", lang="zh").out

    assert "# From (text; if empty: Li Jing)" in inside
    assert "# Subject (text; if empty: Acme Inc. / 'Addressee')" in inside
    assert "# Who pays (text; if empty: 'Sponsor')" in inside
    assert "# Copy (yes or no; write yes or no; if empty: yes)" in inside
    assert "# Tone (choice; one of: Warm (warm); if empty: Warm (warm))" in inside
    assert "# Who (text; if empty: Li Jing)" in inside
    assert "# 寄件人（文字；留空则为“项目经理”）" in outside
    assert "# 主题（文字；留空则为“客户名称（全称）” / “收件人”）" in outside
    assert "# 抄送（是或否；写 yes 或 no；留空则为 是）" in outside
    assert "{" not in inside + outside


ODD = """\
version: 1
title: T
about: T
kind: word
to: communications
filename: a.docx
questions:
  a: {ask: A, default: ''}
  b: {type: list, ask: B, default: [], fields: {who: {ask: W}}}
  c: {type: list, ask: C, default: [{who: Ann, what: x}, {who: Bo}], fields: {who: {ask: W}, what: {ask: X}}}
  d: {ask: D, default: '{client.name}'}
  e: {type: list, ask: E, fields: {who: {ask: W, default: '{client.name}'}}}
"""


def test_a_default_may_be_nothing_or_records_and_is_a_pattern_or_told(
        run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = workspace / "templates" / "odd"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(ODD, encoding="utf-8")
    write_word(folder / "odd.zh.docx", p("{{ a }}{% for x in b + c + e %}{{ x.who }}{% endfor %}{{ d }}"))
    monkeypatch.chdir(workspace)

    form = run("template", "fields", "odd", "--form", lang="zh")
    assert form.code == 0, form.err
    again = "每一项从“-”起重复这几行"
    assert [line for line in form.out.splitlines() if line.startswith(("# A", "# B", "# C", "# D"))] == [
        "# A（文字）", f"# B（列表；{again}）", f"# C（列表；{again}；留空则为 Ann、x、Bo）",
        "# D（文字；留空则为“客户名称（全称）”）"]

    for wrong in ("{client.name", "{client.name:upper}"):
        (folder / "template.yaml").write_text(ODD.replace("{client.name}", wrong), encoding="utf-8")
        told = run("template", "fields", "odd", "--form")
        assert told.code == 1
        assert told.err.count("This pattern cannot be read") == 2


def test_a_default_is_the_fact_as_it_is(run: Run, workspace: Path) -> None:
    """Not as it could stand in the name of a file."""
    run("new", "Site", "--client", "Acme", "--set", "project.manager=A/B Smith Jr.", cwd=workspace)
    given = [f"--set={pair}" for pair in ("meeting.title=Start", "meeting.time=9:00", "meeting.attendees=A")]

    ran = run("fill", "meeting-notes", "-p", "Site", "--quick", *given)

    assert ran.code == 0, ran.err
    made = next(workspace.rglob("*Start*.docx"))
    assert "A/B Smith Jr." in " ".join(text_of(parts_of(made.read_bytes())["word/document.xml"]))


def test_out_is_for_the_form(run: Run, tmp_path: Path) -> None:
    Document().save(str(tmp_path / "a.docx"))

    assert run("template", "fields", "a.docx", "--out", "x.yaml").code == 2
    assert "Nothing needs to be given" in run("template", "fields", "a.docx", "--form").out


def test_a_missing_field_is_found_where_it_is_used(tmp_path: Path) -> None:
    """Not where another field has the same last name."""
    write_word(tmp_path / "a.docx", p("{{ boss.name }}") + f"<w:tbl>{row('x', '{{ client.name }}')}</w:tbl>")
    template = template_of_file(tmp_path / "a.docx", "en")
    found = compiled.compile_template(template, "en", Firm())

    ((part, use),) = first_uses(found.sources, ["client.name", "another"]).values()
    assert part.tag_at(use.line)[0] == "{{ client.name }}"
    assert part.tag_at(use.line)[1].en == " (table 1, row 1, cell 2)"


def test_a_bare_file_is_compiled_once(tmp_path: Path, run: Run) -> None:
    write_word(tmp_path / "once.docx", p("{{ name }}"))
    before = compiled._compile.cache_info().misses

    assert run("fill", "once.docx", "--set", "name=x", "--quick", "--lang", "en").code == 0

    assert compiled._compile.cache_info().misses == before + 1


def test_a_group_that_is_tested_makes_its_fields_optional(tmp_path: Path) -> None:
    path = write_word(tmp_path / "a.docx", p("{% if sponsor %}{{ sponsor.name }}{% endif %}{{ client.name }}"))
    template = template_of_file(path)

    assert {field.name: field.optional for field in fields_of(template, "en")} == {
        "sponsor.name": True, "client.name": False}


def test_the_run_of_a_tag_is_found_in_linear_time() -> None:
    """A text without a run, and thousands of tags after it; a quadratic search takes minutes."""
    from jinja2 import Environment

    source = "x" * 1_000_000 + "</w:r>" + "{{ a }}" * 20_000
    tree = Environment(autoescape=True).parse(source)
    give_holders(tree)

    assert sum(1 for output in tree.body for _ in output.iter_child_nodes()) == 20_001


def test_the_run_of_a_tag_is_the_last_one() -> None:
    from jinja2 import Environment, nodes

    tree = Environment(autoescape=True).parse(
        "<w:r><w:rPr><w:i/></w:rPr><w:t>a</w:t></w:r><w:r w:rsidR='1'><w:rPr><w:b/></w:rPr><w:t></w:t></w:r>{{ a }}")
    give_holders(tree)

    assert next(tree.find_all(nodes.Filter)).args[0].as_const() == "<w:rPr><w:b/></w:rPr>"


CHARTS = """\
tasks:
  - {n: Design, s: 2026-03-02, e: 2026-03-13, p: 60%, cost: "1,200", share: 25%}
shares: {A: 1, B: 2}
"""


def test_what_a_chart_draws_is_dates_numbers_and_percentages(tmp_path: Path, run: Run) -> None:
    write_word(tmp_path / "a.docx", p("{{ chart('gantt', tasks, 'n', 's', 'e', 'p') }}")
               + p("{{ chart('column', tasks, 'n', 'cost') }}{{ chart('bar', tasks, 'n', 'share', format='percent') }}")
               + p("{{ chart('pie', shares) }}"))

    rows = {row["field"]: row["kind"] for row in json.loads(run("template", "fields", "a.docx", "--json").out)}
    form = run("template", "fields", "a.docx", "--form").out

    assert rows == {"tasks": "list", "tasks[].n": "text", "tasks[].s": "date", "tasks[].e": "date",
                    "tasks[].p": "percent", "tasks[].cost": "number", "tasks[].share": "percent", "shares": "values"}
    assert "# s (date; such as 2026-03-31)" in form
    assert "# p (percentage; such as 25%)" in form
    assert "# cost (number)" in form
    (tmp_path / "good.yaml").write_text(CHARTS, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(CHARTS.replace("2026-03-13", "soon").replace("60%", "most"), encoding="utf-8")
    good = run("fill", "a.docx", "--data", "good.yaml", "--quick")
    assert good.code == 0, good.err
    bad = run("fill", "a.docx", "--data", "bad.yaml", "--quick")
    assert bad.code == 1
    assert "'soon' is not a date" in bad.err
    assert "bad.yaml:2" in bad.err


@pytest.mark.parametrize(("tag", "told"), [
    ("{{ chart('gantt', actions, 'action', 'title', 'due') }}", ""),
    ("{{ chart('gantt', tasks, 'name', 'plan_start', 'pct') }}", "is no date, which a chart needs here"),
    ("{{ chart('column', tasks, 'name', 'plan_start') }}", "is no number, which a chart needs here"),
])
def test_a_check_tells_of_fields_that_a_chart_cannot_draw(run: Run, workspace: Path, tag: str, told: str) -> None:
    folder = workspace / "templates" / "letter"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(
        "version: 1\nkind: word\ntitle: T\nabout: T\nto: documents\nfilename: a.docx\nregisters: [tasks]\n"
        "questions: {actions: {type: list, ask: A, fields: {action: {ask: B}, title: {ask: C}, "
        "due: {type: date, ask: D}}}}\n", encoding="utf-8")
    for edition in ("en", "zh"):
        write_word(folder / f"letter.{edition}.docx", p(tag + "{{ actions[0].due }}"))

    out = run("template", "check", "letter").out

    assert ("which a chart needs here" in out) is bool(told)
    assert told in out
