"""What the files of a new project hold: registers, filled documents, copies and texts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from folderkit.core import plain_tags
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.workspace import Workspace
from folderkit.operations.scaffold.planning import ScaffoldPlan
from folderkit.skeletons import PlannedNode


class Maker:
    """Makes the contents of a new project's files."""

    def __init__(self, workspace: Workspace, plan: ScaffoldPlan, at: dt.datetime) -> None:
        self.workspace, self.plan, self.at = workspace.root, plan, at
        self.firm, self.today = workspace.settings.firm, at.astimezone().date()
        self.documents = dict(plan.documents)

    def make(self, node: PlannedNode, identity: str) -> bytes:
        if node.source == "register":
            return self._register(node.reference)
        if node.source == "template":
            return self._document(node.reference, identity)
        assert node.origin is not None  # noqa: S101  copies and texts have one
        data = node.origin.read_bytes()
        return data if node.source == "copy" else self._text(_decoded(data, node.origin), node.origin)

    def _register(self, name: str) -> bytes:
        from folderkit.registers.blank import blank_workbook
        from folderkit.registers.known import known_rows

        plan, firm = self.plan, self.firm
        title = f"{plan.facts['project'].get('code', '')} {plan.facts['project']['name']}".strip()
        content = blank_workbook(name, plan.language, project=title, color=firm.color, currency=firm.currency,
                                 today=self.today)
        rows = known_rows(name, plan.facts, plan.language, firm.name)
        if not rows:
            return content
        from folderkit.registers import load_schema
        from folderkit.registers.patching import append_rows

        return append_rows(content, load_schema(name), rows, path=plan.folder, today=self.today).content

    def _document(self, name: str, identity: str) -> bytes:
        from folderkit.basis import provenance, with_files
        from folderkit.documents import Reach, Takings, render, with_contents

        document, taken = self.documents[name], Takings()
        origin = provenance(document.template, document.filling, document.basis, identity, self.plan.id, self.at)
        made = render(document.template, self.plan.language, document.filling.context, self.firm, origin,
                      reach=Reach((self.workspace,), document.template.folders, taken))
        basis = with_files(document.basis, taken, document.template, self.plan.folder, self.workspace)
        self.documents[name] = document._replace(basis=basis)
        return with_contents(made, None)

    def _text(self, text: str, origin: Path) -> bytes:
        facts = {**self.plan.facts, "today": self.today}
        filled = plain_tags.fill(text, facts)
        if filled is not None:
            return filled.encode()
        from jinja2 import TemplateError

        from folderkit.core import tags

        try:
            environment = tags.environment(self.plan.language, self.firm.currency)
            return environment.from_string(text).render(facts).encode()
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
                RecursionError) as error:
            number = getattr(error, "lineno", None)
            line = f":{number}" if number else ""
            why = tags.reason(error)
            raise Misuse(Text(f"{origin}{line}: {why.en}.", f"{origin}{line}：{why.zh}。"),
                         Text("Correct the skeleton's file.", "请改正骨架中的这个文件。")) from None


def _decoded(data: bytes, origin: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Misuse(Text(f"'{origin}' is not UTF-8 text.", f"“{origin}”不是 UTF-8 文本。"),
                     Text("Save the skeleton's file as UTF-8, or take it over with 'copy:'.",
                          "请将骨架中的文件另存为 UTF-8，或改用 copy:。")) from None
