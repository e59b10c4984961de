"""A row of a register, proposed from what a file's text suggests: a person sees it before it is entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from folderkit.catalog import FileRow
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.suggestions import (
    AMOUNT,
    DATE,
    DUE,
    FACTS,
    FIRST,
    INVOICE_CODE,
    ISSUED,
    NET,
    PARTY,
    SECOND,
    TAX,
    TOTAL,
    Suggested,
    amount_of,
    is_own,
    of_role,
)
from folderkit.store import Store

_CENT, _PERCENT = Decimal("0.01"), Decimal("0.01")
_E_INVOICE, _OLD_INVOICE = 20, 8  # digits


class Source(NamedTuple):
    """What a row is proposed from: the path of a file in its project, its text, what that suggests, and the names of
    the firm."""

    path: str
    text: str
    suggested: Sequence[Suggested]
    own: Sequence[str]

    def fact(self, name: str) -> str:
        return FACTS[name](self.suggested, self.own)

    def amount(self, *roles: str) -> Decimal | None:
        found = of_role(self.suggested, AMOUNT, *roles)
        return Decimal(found) if found else None

    def date(self, *roles: str) -> str:
        return of_role(self.suggested, DATE, *roles)


def propose_row(store: Store, register: str, file: FileRow) -> dict[str, str]:
    """The values of a new row, by column; what leaves a doubt is left out. Raises `Misuse` for a register into which
    nothing is proposed, and for a file whose text suggests nothing for it."""
    if register not in PROPOSALS:
        known = ", ".join(PROPOSALS)
        raise Misuse(Text(f"Rows of '{register}' are not proposed from a file.",
                          f"不能根据文件为“{register}”建议新的一行。"),
                     Text(f"They are for: {known}. Give COLUMN=VALUE.", f"可用：{known}。请填写“列=值”。"))
    firm = store.workspace.settings.firm
    passages = store.catalog.text(file.content)[2]
    source = Source(file.path, "\n".join(text for _, text in passages), store.catalog.suggested(file.content),
                    [name for name in (firm.name, firm.short_name) if name])
    values = {key: value for key, value in PROPOSALS[register](source).items() if value}
    if not values:
        raise Misuse(Text(f"The text of '{file.path}' suggests nothing for '{register}'.",
                          f"“{file.path}”的文字中没有可用于“{register}”的信息。"),
                     Text("'folderkit show FILE' tells what it suggests.", "可用 folderkit show 文件 查看。"))
    return {**values, "file": file.path}


def _invoice(source: Source) -> Mapping[str, str]:
    number = source.fact("invoice")
    buyer, seller = (of_role(source.suggested, PARTY, role) for role in (FIRST, SECOND))
    total, net, tax = source.amount(TOTAL), source.amount(NET), source.amount(TAX)
    if net is None and total is not None and tax is not None:
        net = total - tax
    rate = (tax / net).quantize(_PERCENT, ROUND_HALF_UP) if net and tax is not None else None
    if rate is not None and net is not None and tax is not None and abs(net * rate - tax) > _CENT * 6:
        rate = None  # several rates in one invoice
    issued, received = is_own(seller, source.own) if seller else False, is_own(buyer, source.own) if buyer else False
    return {"dir": "" if issued == received else "issued" if issued else "received",
            "kind": _kind(number, source.text), "number": number, "date": source.date(ISSUED),
            "buyer": buyer, "seller": seller, "net": _shown(net), "rate": _shown(rate), "tax": _shown(tax),
            "due": source.date(DUE), "code": next((one.value for one in source.suggested
                                                   if one.kind == INVOICE_CODE), "")}


def _kind(number: str, text: str) -> str:
    """Which kind of invoice it is, by its number and what it calls itself."""
    if "发票" not in text or not number.isdigit():
        return "invoice" if number and "invoice" in text.casefold() else ""
    special = "专用发票" in text
    if len(number) == _E_INVOICE:
        return "e_special" if special else "e_normal"
    return ("special" if special else "normal") if len(number) == _OLD_INVOICE else ""


def _expense(source: Source) -> Mapping[str, str]:
    amount = amount_of(source.suggested)
    return {"date": source.date(ISSUED), "payee": of_role(source.suggested, PARTY, SECOND),
            "gross": amount.value if amount else "", "currency": amount.unit if amount else ""}


def _shown(value: Decimal | None) -> str:
    return "" if value is None else str(value)


PROPOSALS: dict[str, Callable[[Source], Mapping[str, str]]] = {"invoices": _invoice, "expenses": _expense}
"""How a row of each register is proposed."""
