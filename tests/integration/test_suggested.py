"""What texts suggest, from the file to the person: shown with its line, and taken by a rule that says so alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

CONTRACT = """合同编号：HT-2026-007
甲方（委托方）：上海建工集团股份有限公司
乙方（受托方）：Cedar & Stone Ltd
合同总价：人民币 120,000.00 元（大写：人民币壹拾贰万元整），违约金 6,000.00 元。
签订日期：2026年3月1日
"""
RULES = """
rules:
  - id: papers
    match: {content: [合同编号]}
    set:
      type: {zh: 合同, en: Contract}
      price: {suggested: amount}
      counterparty: {suggested: counterparty}
      number: {suggested: contract}
      deadline: {suggested: due}
"""


@pytest.fixture
def contract(project: Path, run: Run) -> Path:
    path = project / "合同.txt"
    path.write_text(CONTRACT, encoding="utf-8")
    assert run("scan").code == 0
    return path


def test_a_file_is_shown_with_what_it_suggests(run: Run, project: Path, contract: Path) -> None:
    shown = json.loads(run("show", str(contract), "--json").out)
    assert (shown["text"], shown["version"]) == ("ok", 1)
    assert [(one["kind"], one["value"], one["unit"], one["role"]) for one in shown["suggested"]] == [
        ("contract", "HT-2026-007", "", ""), ("party", "上海建工集团股份有限公司", "", "a"),
        ("party", "Cedar & Stone Ltd", "", "b"), ("amount", "120000.00", "CNY", "total"),
        ("amount", "120000.00", "CNY", "words"), ("amount", "6000.00", "CNY", ""), ("date", "2026-03-01", "", "signed")]
    assert shown["suggested"][3]["line"] == CONTRACT.splitlines()[3]
    for lang, word in (("en", "party A"), ("zh", "甲方")):
        told = run("show", contract.name, cwd=project, lang=lang)
        assert (told.code, told.err) == (0, "")
        assert word in told.out
    assert "违约金 6,000.00 元" in run("show", "-p", "Site", contract.name).out


def test_nothing_is_suggested_of_a_text_that_changed(run: Run, contract: Path) -> None:
    contract.write_text("Nothing to see.", encoding="utf-8")
    assert run("scan").code == 0
    assert json.loads(run("show", str(contract), "--json").out)["suggested"] == []


def test_of_a_file_that_is_gone_its_last_version_is_shown(run: Run, project: Path, contract: Path) -> None:
    contract.unlink()
    assert run("scan").code == 0
    told = run("show", contract.name, cwd=project)
    assert told.code == 0
    assert "restore" in told.err
    assert run("show", "never.txt", cwd=project).code == 2
    (project / "new.txt").write_text("x")
    assert "folderkit scan" in run("show", "new.txt", cwd=project).err


def test_a_project_is_still_shown_by_every_name(run: Run, workspace: Path, project: Path) -> None:
    for word in ("Site", project.name, str(project), "P2026-001" if "P2026-001" in project.name else "Acme"):
        assert "files" in run("show", word).out


def test_a_rule_takes_what_is_without_doubt(run: Run, workspace: Path, contract: Path) -> None:
    with (workspace / "folderkit.yaml").open("a", encoding="utf-8") as settings:
        settings.write(RULES)
    contract.write_text(CONTRACT + "Nothing else.", encoding="utf-8")
    assert run("scan").code == 0
    assert run("file", str(contract)).code == 0
    facts = json.loads(run("show", str(contract), "--json").out)["facts"]
    assert facts == {"price": "120000.00", "counterparty": "上海建工集团股份有限公司", "number": "HT-2026-007",
                     "date": "2026-03-01"}
    assert run("find", "120000.00").code == 0


def test_a_rule_that_asks_for_what_is_never_suggested_is_told(run: Run, workspace: Path, project: Path) -> None:
    with (workspace / "folderkit.yaml").open("a", encoding="utf-8") as settings:
        settings.write(RULES.replace("suggested: due", "suggested: weather"))
    told = run("file", cwd=project)
    assert told.code != 0
    assert "weather" in told.err
    assert "counterparty" in told.err


INVOICE = """电子发票（增值税专用发票）
发票号码：25312000000012345678  开票日期：2026年3月5日
购买方名称：Cedar & Stone Ltd
销售方名称：广州蓝天科技有限公司
不含税金额 ¥100,000.00  税额 ¥13,000.00
价税合计（大写）壹拾壹万叁仟元整（小写）¥113,000.00
"""


@pytest.fixture
def invoice(project: Path, run: Run) -> Path:
    path = project / "发票.txt"
    path.write_text(INVOICE, encoding="utf-8")
    assert run("scan").code == 0
    return path


def rows(run: Run, register: str) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = json.loads(run("register", "show", register, "--json", "-p", "Site").out)
    return shown


def test_a_row_is_proposed_and_entered_only_when_somebody_says_so(run: Run, project: Path, invoice: Path) -> None:
    for more in (("--dry-run",), ()):
        told = run("register", "add", "invoices", "--from", str(invoice), "-p", "Site", *more)
        assert told.code == (0 if more else 2)
        assert "25312000000012345678" in told.err
        assert rows(run, "invoices") == []
    told = run("register", "add", "invoices", "--from", str(invoice), "-p", "Site", "--yes", "due=2026-04-30",
               lang="zh")
    assert told.code == 0
    assert "数电专票" in told.err
    (row,) = rows(run, "invoices")
    assert {key: row[key] for key in ("dir", "kind", "number", "date", "buyer", "seller", "net", "rate", "tax", "due",
                                      "file")} == {
        "dir": "received", "kind": "e_special", "number": "25312000000012345678", "date": "2026-03-05",
        "buyer": "Cedar & Stone Ltd", "seller": "广州蓝天科技有限公司", "net": 100000, "rate": 0.13, "tax": 13000,
        "due": "2026-04-30", "file": "发票.txt"}
    assert run("undo").code == 0
    assert rows(run, "invoices") == []


def test_what_is_typed_goes_before_what_is_proposed(run: Run, project: Path, invoice: Path) -> None:
    assert run("register", "add", "invoices", "净额=1", "--from", str(invoice), "-p", "Site", "--yes").code == 2
    assert run("register", "add", "invoices", "Net=5", "税额=0", "rate=0", "--from", str(invoice), "-p", "Site",
               "--yes").code == 0
    (row,) = rows(run, "invoices")
    assert (row["net"], row["tax"], row["rate"], row["number"]) == (5, 0, 0, "25312000000012345678")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_where_nothing_can_be_proposed_that_is_told(run: Run, project: Path, invoice: Path, lang: str) -> None:
    for args, word in ((("risks", "--from", str(invoice)), "invoices"), (("invoices",), "--from"),
                       (("expenses", "--from", str(project / "project.yaml")), "folderkit show"),
                       (("invoices", "--from", str(project / "never.pdf")), "find")):
        told = run("register", "add", *args, "-p", "Site", "--yes", lang=lang)
        assert told.code == 2, args
        assert word in told.err, args
    assert rows(run, "invoices") == []
