"""The table of rules, and the check by all of them. A new rule is a function and a row here, and a line in the guide.

Ids are for ever: firms switch rules off by them. `needs` names the columns, by register, without which a
rule is silent; one without needs is for every register.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from folderkit.core.language import Text
from folderkit.registers.check import anywhere, finance, work
from folderkit.registers.check.finding import Finding, Ground, Rule, found

_NAMES_BACK = Text("Give the column its name back, or add it: folderkit register upgrade --every",
                   "请改回列名，或补上这一列：folderkit register upgrade --every")
_TYPE_AGAIN = Text("Type it as the message says.", "请按提示改写。")
_LOOK = Text("Correct whichever of the two is wrong.", "请改正其中有误的一处。")

RULES: tuple[Rule, ...] = (
    # -- every register --
    Rule("workbook.missing", "error", Text("a register's workbook is not where it was", "登记册的工作簿不在原处"),
         Text("Put it back: 'folderkit history FILE' lists its versions, 'folderkit restore' brings one back.",
              "请放回原处：folderkit history 文件 可查看版本，folderkit restore 可恢复。"), anywhere.unread(gone=True)),
    Rule("workbook.unreadable", "error", Text("a register's workbook cannot be read", "登记册的工作簿无法读取"),
         Text("Open it and save it as .xlsx, or restore an earlier version.",
              "请打开后另存为 .xlsx，或恢复较早的版本。"),
         anywhere.unread(gone=False)),
    Rule("header.none", "error", Text("no sheet has the register's table", "没有工作表带有该登记册的表格"),
         Text("Give the columns their names back, or restore an earlier version.", "请改回列名，或恢复较早的版本。"),
         anywhere.of_problem("header.none")),
    Rule("header.missing", "error", Text("a required column is not there", "缺少必需的列"), _NAMES_BACK,
         anywhere.of_problem("header.missing")),
    Rule("header.twice", "warning", Text("two columns have the same meaning; the second is not read",
                                         "两列含义相同，只读取前一列"),
         Text("Rename or delete one of them.", "请给其中一列改名，或删除它。"), anywhere.of_problem("header.twice")),
    Rule("row.outside", "note", Text("what stands below a table, after a gap, is not read",
                                     "表格下方隔行的内容没有读取"),
         Text("If these are rows of the register, move them up to the table's last row.",
              "如果是登记册的行，请上移到紧接表格最后一行处。"), anywhere.of_problem("row.outside")),
    Rule("row.totals", "note", Text("a line that is called like totals, and may be a row, is not read as one",
                                    "名称像合计、可能是数据的一行没有读取"),
         Text("If it is a row, call it something else.", "如果是数据行，请换一个名称。"),
         anywhere.of_problem("row.totals")),
    Rule("value.missing", "error", Text("a cell that must be filled is empty", "必填的单元格没有填"),
         Text("Fill it in.", "请填写。"), anywhere.of_problem("value.missing")),
    Rule("value.uncomputed", "warning", Text("a formula has not been computed since it was written",
                                             "公式写入后尚未计算"),
         Text("Open the workbook in Excel and save it.", "请用 Excel 打开工作簿并保存。"),
         anywhere.of_problem("value.uncomputed")),
    Rule("value.unknown", "error", Text("what stands in a cell is not a date, number or choice as its column asks",
                                        "单元格的内容不是该列要求的日期、数字或选项"),
         _TYPE_AGAIN, anywhere.of_problem("value.unknown")),
    Rule("id.duplicate", "error", Text("two rows have one number", "两行编号相同"),
         Text("Give the later row the next free number.", "请把后一行改为下一个空闲的编号。"), anywhere.duplicate_ids),
    Rule("id.form", "note", Text("a number is not of the register's form, such as TSK-001",
                                 "编号不是该登记册的形式，如 TSK-001"),
         Text("Other registers cannot refer to it by its form; renumber it if you can.",
              "其他登记册无法按形式引用，如可能请改用规范的编号。"), anywhere.odd_ids),
    Rule("row.twice", "warning", Text("two rows say the same", "两行内容完全相同"),
         Text("Delete one of them, if it is there by mistake.", "如果是误填，请删除其中一行。"), anywhere.rows_twice),
    Rule("ref.unknown", "error", Text("a number refers to a row that is not there", "引用的编号不存在"),
         Text("Correct the number, or add the row that it means.", "请改正编号，或补上它所指的行。"),
         anywhere.unknown_refs),
    Rule("person.unknown", "warning", Text("a person is not among the contacts", "人员不在干系人登记册中"),
         Text("Write the name as in the contacts, or add the person there.",
              "请按干系人登记册中的姓名填写，或在其中补上此人。"), anywhere.unknown_people),
    Rule("path.missing", "warning", Text("a file that a row names is not there", "登记的文件不存在"),
         Text("Correct the path (from the project's folder), or put the file there.",
              "请改正路径（从项目文件夹算起），或放入该文件。"), anywhere.missing_files),
    Rule("date.order", "error", Text("a date lies before the one it must follow", "日期早于它应当晚于的日期"), _LOOK,
         anywhere.dates_out_of_order),
    Rule("date.future", "warning", Text("something has happened on a day to come", "已发生事项的日期在将来"),
         Text("Correct the date, or leave it empty until it has happened.", "请改正日期，或等发生后再填。"),
         anywhere.dates_to_come),
    Rule("computed.differs", "warning", Text("a computed cell shows another value than its columns give",
                                             "自动计算的单元格与按其他列算出的结果不同"),
         Text("Put the column's formula back, or have the workbook computed: open it, save it.",
              "请恢复该列的公式；或打开工作簿重新计算后保存。"), anywhere.computed_differ),
    Rule("computed.typed", "warning", Text("a value was typed over a formula that changes from day to day",
                                           "随日期变化的公式被手工填的值覆盖"),
         Text("Put the formula back: copy it from the cell above.", "请恢复公式：从上一个单元格复制。"),
         anywhere.computed_typed),
    Rule("sum.differs", "warning", Text("a sum is not what the rows of another register come to",
                                        "合计与另一登记册中各行之和不符"), _LOOK, anywhere.sums_differ),
    # -- people and work --
    Rule("contacts.name_twice", "error", Text("two contacts have one name", "两个干系人重名"),
         Text("Add to one of the names what tells them apart.", "请在其中一个姓名后加上区别。"), work.names_twice,
         {"contacts": ("name",)}),
    Rule("raci.accountable", "error", Text("a row of the RACI matrix has no A or several",
                                           "RACI 矩阵的一行没有 A 或有多个 A"),
         Text("Let exactly one person answer for it.", "请只保留一个批准人。"), work.accountable, {"raci": ("item",)}),
    Rule("raci.responsible", "error", Text("a row of the RACI matrix has no R", "RACI 矩阵的一行没有 R"),
         Text("Say who does it.", "请指定负责人。"), work.responsible, {"raci": ("item",)}),
    Rule("raci.person", "warning", Text("a column of the RACI matrix is nobody among the contacts",
                                        "RACI 矩阵的列不是干系人登记册中的人"),
         Text("Write the name as in the contacts, or add the person there.",
              "请按干系人登记册中的姓名填写，或在其中补上此人。"), work.strangers_in_raci,
         {"raci": ("item",), "contacts": ("name",)}),
    Rule("status.behind", "warning", Text("the day on which something was done is filled, and its status is another",
                                          "已填完成日期，但状态不是已完成"),
         _LOOK, work.date_without_done),
    Rule("tasks.share", "warning", Text("share and status of a task do not go together",
                                        "任务的完成百分比与状态不一致"),
         _LOOK, work.share_and_state, {"tasks": ("pct", "status")}),
    Rule("tasks.circle", "error", Text("tasks wait for each other in a circle", "前置任务互相循环"),
         Text("Take one of the predecessors out.", "请去掉其中一个前置任务。"), work.tasks_in_a_circle,
         {"tasks": ("id", "pred")}),
    Rule("tasks.early", "warning", Text("a task begins before one ends that it waits for",
                                        "任务早于其前置任务完成而开始"),
         Text("Move one of them, or write how they are linked (SS, FF).", "请调整日期，或写明关系（SS、FF）。"),
         work.tasks_too_early, {"tasks": ("id", "pred", "plan_start", "plan_end")}),
    Rule("requirements.signer", "error", Text("a requirement is signed by somebody who may not",
                                              "需求由无权签字的人确认"),
         Text("Have it signed by who may, or correct the contacts.", "请由有权的人签字，或更正干系人登记册。"),
         work.signers_without_right("requirements", "requirements", "signed_by"),
         {"requirements": ("signed_by",), "contacts": ("name", "sign_scope")}),
    Rule("changes.decider", "error", Text("a change is decided by somebody who may not", "变更由无权批准的人决定"),
         Text("Have it decided by who may, or correct the contacts.", "请由有权的人批准，或更正干系人登记册。"),
         work.signers_without_right("changes", "changes", "decided_by"),
         {"changes": ("decided_by",), "contacts": ("name", "sign_scope")}),
    # -- money --
    Rule("finance.invoice_number", "error", Text("an invoice's number and code do not go together",
                                                 "发票号码与发票代码的形式不对"),
         Text("Copy both from the invoice.", "请按票面填写。"), finance.invoice_numbers,
         {"invoices": ("number", "kind")}),
    Rule("finance.invoice_duplicate", "error", Text("an invoice is entered twice", "发票重复登记"),
         Text("Delete one of the rows, or correct its number.", "请删除其中一行，或改正号码。"), finance.invoices_twice,
         {"invoices": ("number", "kind")}),
    Rule("finance.invoice_tax", "error", Text("an invoice's tax is not its net amount × rate (± 0.06)",
                                              "发票税额不等于金额 × 税率（±0.06）"),
         Text("Copy net, rate and tax from the invoice.", "请按票面填写金额、税率和税额。"), finance.invoice_taxes,
         {"invoices": ("net", "rate", "tax")}),
    Rule("finance.currency", "warning", Text("an amount is typed with the sign of another currency than its row's",
                                             "金额前后写的币种与该行币种不同"),
         Text("Fill in the row's currency, or type the amount in the project's currency.",
              "请填写该行的币种，或改为项目币种的金额。"), finance.other_currencies),
    Rule("finance.tax_id", "error", Text("a tax number cannot be right: its length, letters or check character",
                                         "纳税人识别号有误：位数、字符或校验位不对"),
         Text("Copy it from the invoice.", "请按票面填写。"), finance.tax_ids, {"invoices": ("kind",)}),
    Rule("finance.overpaid", "warning", Text("more is paid than the invoice says", "已收付金额超过发票金额"),
         Text("Correct the amount, or enter the other invoice.", "请改正金额，或登记另一张发票。"),
         finance.paid_too_much, {"invoices": ("net", "tax", "paid")}),
    Rule("finance.settled", "warning", Text("an invoice's status does not go with what is paid",
                                            "发票状态与已收付金额不一致"), _LOOK, finance.settled_or_not,
         {"invoices": ("net", "tax", "paid", "status")}),
    Rule("finance.contract_exceeded", "error", Text("more is invoiced than the contract and its approved changes allow",
                                                    "开票总额超过合同及已批准的变更"),
         Text("Correct the invoice, or enter the change that allows it.", "请改正发票，或登记相应的变更。"),
         finance.contract_exceeded, {"invoices": ("dir", "net", "tax", "status")}),
    Rule("finance.expense_duplicate", "warning", Text("two expenses have the same day, payee and amount",
                                                      "两笔支出的日期、收款方和金额相同"),
         Text("Delete one of them, if it is there by mistake.", "如果是误填，请删除其中一行。"),
         finance.expenses_twice, {"expenses": ("date", "payee", "gross")}),
    Rule("finance.expense_invoice", "note", Text("an expense is paid, and no invoice is named",
                                                 "支出已付但没有登记发票"),
         Text("Enter the invoice, and its number here.", "请登记发票，并在此填写其编号。"),
         finance.expenses_without_invoice, {"expenses": ("status", "invoice")}),
    Rule("finance.budget_exceeded", "warning", Text("more is spent on a budget line than it holds", "预算行已超支"),
         Text("Have a change approved, or book the expense on another line.", "请报批变更，或把支出记入其他预算行。"),
         finance.budget_exceeded, {"budget": ("id", "qty", "price"), "expenses": ("budget", "gross", "status")}),
)
BY_ID = {rule.id: rule for rule in RULES}


def check(ground: Ground, off: Collection[str] = ()) -> list[Finding]:
    """All that the rules find but those switched `off`, in the order of registers, cells and rules."""
    findings = [one for rule in RULES if rule.id not in off and _is_ready(rule, ground) for one in _find(rule, ground)]
    order = {key: place for place, key in enumerate(ground.registers, 1)}
    return sorted(findings, key=lambda one: (order.get(one.register, 0), _row(one.cell)))


def _is_ready(rule: Rule, ground: Ground) -> bool:
    return all(ground.of(register, *columns) is not None for register, columns in rule.needs.items())


def _find(rule: Rule, ground: Ground) -> Iterator[Finding]:
    return (found(rule, hit) for hit in rule.find(ground))


def _row(cell: str) -> tuple[int, str]:
    digits = "".join(letter for letter in cell.partition(":")[0] if letter.isdigit())
    return int(digits or 0), cell


