"""What a new project's facts already say of its registers' rows: the people of either side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from folderkit.core import facts as facts_
from folderkit.core.facts import Facts
from folderkit.core.language import Language, Text
from folderkit.registers.register import Row
from folderkit.registers.schema import plain

_DUTIES = {
    "client.contact": Text("The client's contact", "客户联系人"),
    "project.manager": Text("Leads the project", "负责项目"),
    "project.sponsor": Text("Decides for the project", "为项目拍板"),
}


def known_rows(register: str, facts: Facts, language: Language, firm: str) -> list[Row]:
    """The rows that a new register begins with, by column key; none for a register of which the facts say nothing.
    `firm` is the name of one's own ("": not known)."""
    if register != "contacts":
        return []

    def fact(path: str) -> str:
        return str(facts_.get(facts, path, "") or "").strip()

    given: Mapping[str, dict[str, Any]] = {
        "client.contact": {"side": "client", "role": "client_lead", "org": fact("client.name"),
                           "phone": fact("client.phone"), "email": fact("client.email")},
        "project.manager": {"side": "us", "role": "pm", "org": firm},
        "project.sponsor": {"role": "sponsor"},  # of which side is not known
    }
    rows: dict[str, Row] = {}
    for path, values in given.items():
        if name := fact(path):
            filled = {key: value for key, value in values.items() if value}
            rows.setdefault(plain(name), {"name": name, **filled, "duty": _DUTIES[path].in_(language)})
    return list(rows.values())
