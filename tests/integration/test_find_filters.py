"""The command find as people use it, in Chinese and English: filters, pages, old versions, guesses, what is alike."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook
from PIL import Image

from tests.conftest import Run
from tests.integration.test_find import find, names
from tests.trees import make_tree

CLAUSES = ("甲方委托乙方建设仓储管理系统，工期自签订之日起六个月。", "逾期每日按合同总额的千分之五支付违约金。",
           "本合同一式两份，甲乙双方各执一份，自双方签字盖章之日起生效。", "争议由甲方所在地人民法院管辖。")


def _document(path: Path, *paragraphs: str, author: str = "Li Wei") -> None:
    document = Document()
    document.core_properties.author = author
    document.add_heading(paragraphs[0])
    for paragraph in paragraphs[1:]:
        document.add_paragraph(paragraph)
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(path))


def _set_day(path: Path, day: int) -> None:
    """Make a file one of a day in March 2026."""
    at = 1_772_366_400 + (day - 1) * 86_400  # noon of 1 March, UTC
    os.utime(path, (at, at))


@pytest.fixture
def filled(run: Run, project: Path) -> Path:
    contracts = project / "04_Documents/Contracts"
    _document(contracts / "服务合同_最终版.docx", "服务合同", *CLAUSES, "合同总额：人民币 120,000.00 元")
    _document(contracts / "服务合同_草案.docx", "服务合同（草案）", *CLAUSES[:3],
              "合同总额：人民币 98,000.00 元", author="Jane Roe")
    make_tree(project, {"02_Communications/會議記錄.txt": "會議記錄：討論違約責任。",
                        "notes.txt": "The penalty clause is still to be checked.\nOffer: USD 2,500.00",
                        "draft notes.txt": "A draft of the penalty clause."})
    book = Workbook()
    assert book.active is not None
    book.active.append(["违约金准备", 12000])
    book.save(str(project / "预算.xlsx"))
    _set_day(project / "notes.txt", 3)
    _set_day(project / "draft notes.txt", 20)
    assert run("scan").code == 0
    return project


FOUND: tuple[tuple[tuple[str, ...], set[str]], ...] = (
    (("违约", "type:excel"), {"预算.xlsx"}),
    (("违约", "类型：表格"), {"预算.xlsx"}),
    (("违约", "--type", "word,txt"), {"服务合同_最终版.docx", "服务合同_草案.docx", "會議記錄.txt"}),
    (("违约", "-type:word"), {"预算.xlsx", "會議記錄.txt"}),
    (("违约", "area:contracts"), {"服务合同_最终版.docx", "服务合同_草案.docx"}),
    (("违约", "--area", "communications"), {"會議記錄.txt"}),
    (("违约", "区域:Communications"), {"會議記錄.txt"}),
    (("合同", "by:jane"), {"服务合同_草案.docx"}),
    (("合同", "作者:Li Wei"), {"服务合同_最终版.docx"}),
    (("penalty", "before:2026-03-10"), {"notes.txt"}),
    (("penalty", "after:2026-03-10", "before:2026-04"), {"draft notes.txt"}),
    (("penalty", "--since", "2026年3月", "之前：2026-03-20"), {"notes.txt"}),
    (("amount:>=100000",), {"服务合同_最终版.docx"}),
    (("金额：5万..10万",), {"服务合同_草案.docx"}),
    (("--amount", "2500"), {"notes.txt"}),
    (("--amount", "USD 2,500"), {"notes.txt"}),
    (("amount:$2k..$3k",), {"notes.txt"}),
    (("金额：>1000美元",), {"notes.txt"}),
    (("金额：120000元",), {"服务合同_最终版.docx"}),
    (("amount:¥1..¥200000",), {"服务合同_最终版.docx", "服务合同_草案.docx"}),
    (("penalty", "-draft"), {"notes.txt"}),
    (("penalty", '-"a draft"'), {"notes.txt"}),
    (("合同", "-草案", "type:docx"), {"服务合同_最终版.docx"}),
    (("penalty", "OR", "違約責任"), {"notes.txt", "draft notes.txt", "會議記錄.txt"}),
    (("penal*", "check*"), {"notes.txt"}),
    (("hetong", "type:word"), {"服务合同_最终版.docx", "服务合同_草案.docx"}),
    (("fwht", "-caoan"), {"服务合同_最终版.docx"}),
    (("会议记录",), {"會議記錄.txt"}),
    (("project:site", "type:txt", "-penalty"), {"會議記錄.txt"}),
    (("notes", "-project:site"), set()),
)


def test_filters_nots_and_eithers(run: Run, filled: Path) -> None:
    for words, found in FOUND:
        assert names(find(run, *words)) == found, words


WRONG = (
    (("-penalty",), "type:pdf|类型：pdf"), (("-type:pdf",), "type:pdf|类型：pdf"), (("type:sheets", "a"), "sheets"),
    (("a", "area:nowhere"), "nowhere"), (("a", "project:nowhere"), "nowhere"), (("a", "before:soon"), "soon"),
    (("a", "--after", "2026-13"), "2026-13"), (("a", "--amount", "much"), "much"),
    (("a", "--amount", "$1..¥5"), "$1..¥5"), (("a", "类型：无此类"), "无此类"),
    (("，",), "word|词"), (("x", "--similar", "notes.txt"), "--similar"), (("--similar", "none.txt"), "none.txt"),
    (("--similar", "folderkit.yaml"), "folderkit.yaml"), (("--page", "2"), "WORDS"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_is_told(run: Run, filled: Path, lang: str) -> None:
    for words, told in WRONG:
        ran = run("find", *words, lang=lang, cwd=filled)
        assert ran.code == 2, words
        assert any(one in ran.err for one in told.split("|")), (words, ran.err)
        assert "Traceback" not in ran.err


def test_an_amount_is_shown_in_its_line(run: Run, filled: Path) -> None:
    (hit,) = find(run, "amount:2500")
    assert (hit["snippet"], hit["place"]) == ("Offer: USD 2,500.00", "")
    assert "2,500.00" in hit["snippet"][slice(*hit["marks"][0])]
    (hit,) = find(run, "金额:120000", "类型:文档")
    assert "120,000.00" in hit["snippet"]


def test_an_option_that_is_not_there_is_still_told(run: Run, filled: Path) -> None:
    ran = run("find", "penalty", "--limt", "3")
    assert ran.code == 2
    assert "--limit" in ran.err


def test_a_tag_that_a_rule_gave(run: Run, workspace: Path, filled: Path) -> None:
    with (workspace / "folderkit.yaml").open("a", encoding="utf-8") as settings:
        settings.write("rules:\n  - id: offers\n    match: {content: [Quotation]}\n"
                       "    set: {amount: '([\\d.,]+) EUR'}\n    tags: [Offer, 报价]\n")
    make_tree(filled, {"00_Inbox/q.txt": "Quotation\nTotal: 12,500.00 EUR"})
    assert run("file").code == 0
    for words in (("tag:offer",), ("标签：报价",), ("--tag", "x,offer")):
        assert names(find(run, *words)) == {"q.txt"}
    assert names(find(run, "amount:12500", "tag:offer")) == {"q.txt"}
    assert find(run, "tag:nobody") == []


def test_pages_tell_how_many_there_are(run: Run, project: Path) -> None:
    make_tree(project, {f"page/{number}.txt": f"xylophone {number}" for number in range(45)})
    assert run("scan").code == 0
    assert run("find", "xylophone", "--page", "2").err.strip() == "21–40 of 45. The next: --page 3"
    assert run("find", "xylophone", "--page", "2", lang="zh").err.strip() == "第 21–40 个，共 45 个。下一页：--page 3"
    assert run("find", "xylophone", "--page", "3").err.strip() == "41–45 of 45."
    whole = [one["path"] for one in find(run, "xylophone", "--limit", "100")]
    pages = [[one["path"] for one in find(run, "xylophone", "--page", str(page))] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [path for page in pages for path in page] == whole
    beyond = run("find", "xylophone", "--page", "4")
    assert beyond.code == 1
    assert "45" in beyond.err


def test_old_versions_and_what_is_gone_on_demand(run: Run, filled: Path) -> None:
    (filled / "notes.txt").write_text("Nothing of it any more.")
    (filled / "02_Communications/會議記錄.txt").unlink()
    assert run("scan").code == 0
    assert names(find(run, "penalty")) == {"draft notes.txt"}
    found = find(run, "penalty", "--versions")
    assert [(Path(one["path"]).name, one["version"], one["old"]) for one in found] == [
        ("draft notes.txt", 1, False), ("notes.txt", 1, True)]
    assert found[1]["snippet"] == "The penalty clause is still to be checked."
    assert names(find(run, "违约责任", "--versions")) == {"會議記錄.txt"}
    assert find(run, "penalty", "--versions", "-draft", "-checked") == []
    assert [one["old"] for one in find(run, "penalty", "--versions", "--limit", "1", "--page", "2")] == [True]
    assert "(old version)" in run("find", "penalty", "--versions").out
    assert "gone" in run("find", "违约责任", "--versions").out
    assert run("find", "Nothing", "--json").code == 0
    assert run("restore", str(filled / "notes.txt"), "--version", "1").code == 0
    again = find(run, "penalty", "--versions")
    assert {(Path(one["path"]).name, one["old"]) for one in again} == {
        ("notes.txt", False), ("draft notes.txt", False)}, "what is there again is no old version"
    assert [one["version"] for one in find(run, "Nothing", "any", "more", "--versions")] == [2]


def test_what_is_gone_is_found_by_its_name(run: Run, project: Path) -> None:
    make_tree(project, {"quay wall.bin": bytes(range(256)) * 4, "pier.txt": "first of the harbour"})
    assert run("scan").code == 0
    (project / "pier.txt").write_text("second of the harbour")
    assert run("scan").code == 0
    assert find(run, "pier", "--versions") == find(run, "pier"), "an old version is not found by the name that is there"
    for name in ("quay wall.bin", "pier.txt"):
        (project / name).unlink()
    assert run("scan").code == 0
    assert find(run, "quay") == []
    (gone,) = find(run, "quay", "--versions")
    assert (Path(gone["path"]).name, gone["snippet"], gone["marks"], gone["old"]) == (
        "quay wall.bin", "quay wall.bin", [[0, 4]], True)
    assert [one["version"] for one in find(run, "pier", "--versions")] == [2]
    assert [one["version"] for one in find(run, "pier", "first", "--versions")] == [1]
    assert [one["version"] for one in find(run, "harbour", "--versions")] == [2, 1]
    assert find(run, "pier", "-harbour", "--versions") == []
    assert names(find(run, "type:bin", "--versions")) == {"quay wall.bin"}
    assert [one["version"] for one in find(run, "type:txt", "--versions")] == [2, 1]


def test_by_looks_at_who_kept_the_version_that_is_found(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
                                                        ) -> None:
    for who in ("anna", "bert"):
        monkeypatch.setattr("folderkit.store.user_name", lambda who=who: who)
        (project / "pier.txt").write_text(f"harbour of {who}")
        assert run("scan").code == 0
    assert [one["version"] for one in find(run, "harbour", "--versions", "by:anna")] == [1]
    assert [one["version"] for one in find(run, "harbour", "--versions", "by:bert")] == [2]


def test_what_was_let_go_is_not_found(run: Run, filled: Path) -> None:
    from folderkit.catalog import Catalog
    from folderkit.catalog.earlier import forget_pruned

    (filled / "notes.txt").write_text("other")
    assert run("scan").code == 0
    assert names(find(run, "checked", "--versions")) == {"notes.txt"}
    (database,) = filled.parent.rglob("catalog.db")
    catalog = Catalog(database)
    with catalog.transaction():
        catalog.database.execute("UPDATE version SET pruned = 1 WHERE path = 'notes.txt' AND number = 1")
    assert find(run, "checked", "--versions") == []
    with catalog.transaction():
        forget_pruned(catalog)
    assert catalog.database.execute("SELECT count(*) FROM past_fts WHERE past_fts MATCH 'checked'").fetchone() == (0,)
    catalog.close()


def test_what_is_alike(run: Run, filled: Path, tmp_path: Path) -> None:
    contract = filled / "04_Documents/Contracts/服务合同_最终版.docx"
    found = find(run, "--similar", str(contract))
    assert [Path(one["path"]).name for one in found] == ["服务合同_草案.docx"]
    assert 0.4 <= found[0]["score"] < 1
    assert f"{found[0]['score']:.0%}" in run("find", "--similar", str(contract)).out
    assert "shorter words" not in run("find", "--similar", str(contract), "--type", "slides").err  # there are none
    copy = filled / "copy.docx"
    copy.write_bytes(contract.read_bytes())
    assert run("scan").code == 0
    found = find(run, "--similar", str(contract))
    assert [(Path(one["path"]).name, one["score"] == 1) for one in found] == [
        ("copy.docx", True), ("服务合同_草案.docx", False)]
    copy.unlink()
    assert run("scan").code == 0
    outside = tmp_path / "from a mail.txt"
    outside.write_text("\n".join(CLAUSES), encoding="utf-8")
    found = find(run, "--similar", str(outside))
    assert names(found) == {"服务合同_最终版.docx", "服务合同_草案.docx"}
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert names(find(run, "--similar", str(outside), "--by", "jane")) == {"服务合同_草案.docx"}
    assert find(run, "--similar", str(filled / "预算.xlsx")) == []


SLIPS = (("penalyt", "penalty"), ("enalty", "penalty"), ("pennalty clause", "penalty clause"),
         ("comunicatoins", "communications"), ("合通", "合同"), ("违越金", "违约金"), ("服务合铜", "服务合同"))


def test_a_slip_is_guessed(run: Run, filled: Path) -> None:
    make_tree(filled, {"talk.txt": "communications"})
    assert run("scan").code == 0
    for words, guess in SLIPS:
        ran = run("find", *words.split())
        assert ran.code == 1, words
        assert f"Did you mean: {guess}\n" in ran.err, words
        assert f"是不是要找：{guess}\n" in run("find", *words.split(), lang="zh").err
    for words in ("zzzzqq", "20991231", "魑魅魍魉", "x", "penalty 魑魅"):
        assert "Did you mean" not in run("find", *words.split()).err, words


@pytest.mark.parametrize("words", ["x" * 5000, "违约" * 2500])
def test_what_is_too_long_for_a_word_is_not_guessed(run: Run, filled: Path, words: str) -> None:
    tracemalloc.start()  # all that one slip makes of so long a word takes 1.7 GB
    try:
        assert run("find", words).code == 1
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_a_guess_finds_something_by_the_same_filters(run: Run, filled: Path) -> None:
    assert "Did you mean: penalty" in run("find", "penalyt", "type:txt", "--json").err
    assert "Did you mean" not in run("find", "penalyt", "type:pdf").err


def test_types_are_named_where_a_type_is_none_and_nothing_is_found(run: Run, filled: Path) -> None:
    ran = run("find", "合同", "type:foo", "--json")
    assert (ran.code, ran.err) == (1, "Not a type, so looked for as the ending of a name: .foo. The types are: word, "
                                      "excel, slides, picture, sound, film, drawing, mail, archive, web, text, pdf.\n")
    assert "类型" in run("find", "--type", "foo", lang="zh").err
    assert "types" not in run("find", "合同", "type:dwg").err


def test_how_other_programs_combine_words_is_told_as_it_is_written_here(run: Run, filled: Path) -> None:
    for words in (("penalty", "AND", "nowhere"), ("penalty", "NOT", "clause"), ("nowhere|elsewhere",),
                  ("penalty AND nowhere",), ("此处无｜彼处无",)):
        assert "without AND" in run("find", *words).err, words
        assert "排除" in run("find", *words, lang="zh").err, words
    for words in (("nowhere",), ("Anderson",), ("nowhere", "|", "elsewhere")):
        assert "without AND" not in run("find", *words).err, words


def test_a_project_without_a_name_is_refused(run: Run, filled: Path) -> None:
    for words in (("-p", ""), ("--project", " ")):
        ran = run("find", "penalty", *words)
        assert ran.code == 2
        assert "names no project" in ran.err


def test_registers_are_found_by_what_people_enter(run: Run, filled: Path) -> None:
    for word in ("clause", "mitigation", "column", "Amber"):  # headers, counts, hints
        assert [one for one in find(run, word, "type:xlsx") if one["place"]] == [], word
    added = run("register", "add", "actions", "action=Order the crane", "-p", "Site")
    assert added.code == 0, added.err
    assert run("scan").code == 0
    found = find(run, "crane")
    assert [Path(one["path"]).name for one in found] == ["Action items.xlsx"]
    assert "crane" in found[0]["snippet"]
    assert found[0]["place"].startswith("Action items!")


def test_a_file_that_cannot_be_read_says_so(run: Run, filled: Path) -> None:
    (filled / "broken budget.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind\n%%EOF\n")
    assert run("scan").code == 0
    (told,) = find(run, "broken", "budget")
    assert told["state"] == "broken"
    assert "text not read" in run("find", "broken", "budget").out
    assert "文字未读取" in run("find", "broken", "budget", lang="zh").out


def test_a_file_without_text_says_so_and_what_to_do(run: Run, workspace: Path, project: Path) -> None:
    Image.new("L", (600, 600), 255).save(project / "scanned offer.pdf", resolution=150)
    make_tree(project, {"drone.bin": bytes(range(256)) * 4})
    assert run("scan").code == 0
    (told,) = find(run, "scanned")
    assert told["state"] == "scan"
    assert [one["state"] for one in find(run, "drone")] == ["none"]
    for lang, nothing, why, count in (("en", "no text in it", "'ocr: true' in folderkit.yaml", "a picture of it"),
                                      ("zh", "没有文字", "写 ocr: true 后读取", "只有图像")):
        assert nothing in run("find", "drone", lang=lang).out
        assert nothing in run("show", "drone.bin", lang=lang, cwd=project).out
        for command in (("find", "scanned"), ("show", "scanned offer.pdf"), ("show",), ("status",)):
            assert why in run(*command, lang=lang, cwd=project).out, command
        assert count in run("find", "scanned", lang=lang).out
    assert "no text: 1, found by their names only" in run("status").out
    assert json.loads(run("show", "--json", cwd=project).out)["texts"]["scan"] == 1
    with (workspace / "folderkit.yaml").open("a", encoding="utf-8") as settings:
        settings.write("ocr: true\n")
    assert "by 'folderkit scan', with Tesseract installed" in run("find", "scanned").out
    assert "由 folderkit scan 读取" in run("status", lang="zh").out


def test_a_phrase_that_stands_nowhere_tells_where_its_words_are(run: Run, filled: Path) -> None:
    assert len(names(find(run, "违约金", "工期"))) == 2
    for lang, told in (("en", "2 have all of them. Leave the quotes out."),
                       ("zh", "有 2 个文件包含全部词语，请去掉引号。")):
        assert told in run("find", "违约金 工期", lang=lang).err
    assert "quotes" not in run("find", "违约金 无此词").err
    assert "quotes" not in run("find", "违约金", "无此词").err


def test_a_dot_joins_words(run: Run, project: Path) -> None:
    make_tree(project, {"stack.txt": "We build on Node.js here.", "node. js.txt": "Node. Js follows."})
    assert run("scan").code == 0
    assert names(find(run, "node js")) == {"stack.txt"}
    assert find(run, '"node js"')[0]["snippet"] == "We build on Node.js here."
    assert names(find(run, "node.js")) == {"stack.txt"}
    assert names(find(run, '"stack txt"')) == {"stack.txt"}, "a name's ending too"


def test_a_whole_query_in_quotes_may_begin_with_a_hyphen_or_a_filter(run: Run, filled: Path) -> None:
    expected = names(find(run, "违约金", "-草案"))
    assert expected
    assert names(find(run, "-草案 违约金")) == expected
    assert names(find(run, "－草案 违约金")) == expected
    by_jane = names(find(run, "违约", "by:jane"))
    assert by_jane == {"服务合同_草案.docx"}
    assert names(find(run, "by:jane 违约")) == by_jane
    assert names(find(run, "作者：jane 违约")) == by_jane
    assert names(find(run, "-by:jane 违约")) == names(find(run, "违约", "-by:jane"))
    assert names(find(run, "area:documents 违约")) == names(find(run, "违约", "area:documents"))
    assert names(find(run, "by:Li Wei")) == names(find(run, 'by:"Li Wei"')) != set(), "a name with a blank stays one"
    assert names(find(run, "--type", "word", "-不含 此句")) == names(find(run, "type:word"))
    assert "there is no area 'nowhere'" in run("find", "area:nowhere 违约").err


def test_doctor_tells_what_is_the_same(run: Run, filled: Path) -> None:
    assert "notes (1).txt" not in run("doctor").out
    make_tree(filled, {"notes (1).txt": (filled / "notes.txt").read_text(), "empty.txt": "", "empty 2.txt": ""})
    assert run("scan").code == 0
    ran = run("doctor", "--json")
    told = [one for one in json.loads(ran.out) if "notes" in json.dumps(one)]
    assert len(told) == 1
    assert "notes.txt" in json.dumps(told)
    assert "notes (1).txt" in json.dumps(told)
    assert "empty" not in ran.out


def test_doctor_tells_what_is_the_same_in_other_projects(run: Run, workspace: Path, filled: Path) -> None:
    assert run("new", "Second", "--client", "Beta").code == 0
    second = next(workspace.glob("*Second"))
    assert "other projects" not in run("doctor").out, "what a skeleton makes is no copy"
    make_tree(second, {"offer.txt": (filled / "notes.txt").read_text(), "empty.txt": ""})
    make_tree(filled, {"empty.txt": ""})
    assert run("scan").code == 0
    (told,) = [one for one in json.loads(run("doctor", "--json").out) if "other projects" in one["what"]]
    assert told["place"] == f"{filled.name}/notes.txt"
    assert f"{second.name}/offer.txt" in told["what"]
    assert not told["fault"], "a copy may be meant"
    ran = run("doctor", lang="zh")
    assert "其他项目中有内容相同的文件" in ran.out.partition("供参考")[2]
    faults = [one for one in json.loads(run("doctor", "--json").out) if one["fault"]]
    assert ran.code == (4 if faults else 0)
