"""What a document was filled from, remembered so that it can be told later whether that has changed since.

The data of a document is computed again as of the day on which it was filled, with the answers that were given then, so
that nothing differs but what somebody changed. What is compared are the fields that its template uses, by their
digests; only where one of its sources is another by now is anything computed at all.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.catalog import Catalog, DocumentRow
from folderkit.core import facts as facts_
from folderkit.core import resources
from folderkit.core.errors import FolderkitError, Misuse, os_reason
from folderkit.core.events import DocumentFilled
from folderkit.core.language import NO_TEXT, Language, Text, parse_language
from folderkit.core.project import Project
from folderkit.core.settings import Firm
from folderkit.core.signature import signature_of
from folderkit.core.workspace import Workspace
from folderkit.filling import Filling, fill_in, material, read_registers, register_paths, series_of
from folderkit.resolving import find_skeleton

if TYPE_CHECKING:
    from folderkit.documents import Provenance, Template
    from folderkit.skeletons import Skeleton

_DIGEST = 16  # hexadecimal digits: enough to see a change, too few to guess a value by
_OWN = {"doc", "doc.version", "doc.revisions", "doc.change"}  # what every filling has of its own


class Basis(NamedTuple):
    """What a document was filled from: the day, the language, the answers that were given, by dotted key; a digest of
    each field that the template uses, and of each source: `facts`, `firm`, `template`, `skeleton`, and registers by
    their paths in the project. `file` is a template that is a bare Word file."""

    day: dt.date
    language: Language
    given: Mapping[str, Any]
    fields: Mapping[str, str]
    sources: Mapping[str, str]
    file: str = ""

    def data_hash(self) -> str:
        """The BLAKE3 of the fields' digests."""
        return _blake3(_json(self.fields))

    def to_dict(self) -> dict[str, Any]:
        """As the journal has it."""
        told = {**self._asdict(), "day": self.day.isoformat()}
        whole: dict[str, Any] = json.loads(_json(told))
        return whole


def shown_names(template: Template, language: Language, firm: Firm) -> tuple[str, ...]:
    """The facts, lists and registers that a template shows: what must not change for a document to be up to date."""
    from folderkit.documents import fields_of

    return tuple(sorted({found.name.partition("[")[0] for found in fields_of(template, language, firm)} - _OWN))


def basis_of(template: Template, filling: Filling, given: Mapping[str, Any], shown: Iterable[str],
             sources: Mapping[str, str]) -> Basis:
    """The basis of what is filled now; what is `shown` as `shown_names` tells, `sources` as `Sources.digests` told
    before they were read."""
    context = filling.context
    language: Language = context["language"]
    return Basis(context["today"], language, given, _digests(context, shown), sources, bare_file(template, language))


def bare_file(template: Template, language: Language) -> str:
    """The path of a template that is a bare Word file; "" of one that has a name."""
    file = template.edition(language)
    return str(file.resolve()) if file.stem == template.name else ""


def provenance(template: Template, filling: Filling, basis: Basis, document: str, project: str, at: dt.datetime
               ) -> Provenance:
    """What a filled document says of itself."""
    from folderkit.documents import Provenance

    return Provenance(document, str(filling.context["doc"]["version"]), template.name, template.version, basis.language,
                      basis.data_hash(), at.replace(microsecond=0), project,
                      str(facts_.get(filling.context, "project.code", "") or ""))


def filled_event(template: Template, filling: Filling, basis: Basis, project: str, file: str, path: str, content: str
                 ) -> DocumentFilled:
    """What the journal is told of a filled document; `content` is what was made."""
    doc = filling.context["doc"]
    return DocumentFilled(project, file, path, template.name, series_of(template, filling.context), doc["version"],
                          doc["author"], doc["change"], _blake3(template.edition(basis.language).read_bytes()),
                          basis.data_hash(), content, basis.to_dict())


def _digests(context: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    return {name: digest(facts_.get(context, name)) for name in names}


def digest(value: Any) -> str:
    """A digest of a value of facts, or of bytes."""
    return _blake3(value if isinstance(value, bytes) else _json(value))[:_DIGEST]


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _blake3(data: bytes) -> str:
    from blake3 import blake3

    return str(blake3(data).hexdigest())


# -- what has changed since ------------------------------------------------------------------------
@dataclass(frozen=True)
class Outdated:
    """A document whose data has changed since it was filled: its path in the project, and the facts and registers that
    did; or of which that cannot be told, and the reason."""

    path: str
    template: str
    version: str
    at: dt.datetime
    changed: tuple[str, ...] = ()
    reason: Text = NO_TEXT


class Sources:
    """The sources of a workspace's documents, each looked at once."""

    def __init__(self, workspace: Workspace, catalog: Catalog | None = None) -> None:
        """Without the `catalog` every register is read."""
        self._root, self._firm, self._catalog = workspace.root, workspace.settings.firm, catalog
        self._facts: dict[str, str] = {}
        self._contents: dict[tuple[str, str], str] = {}
        self._file_digest = functools.cache(_file_digest)
        self._template = functools.cache(self._read_template)
        self._skeleton = functools.cache(self._read_skeleton)

    @functools.cached_property
    def _templates(self) -> dict[str, Path]:
        return resources.find("templates", self._root)

    @functools.cached_property
    def _skeletons(self) -> dict[str, Path]:
        return resources.find("skeletons", self._root)

    @functools.cached_property
    def _firm_digest(self) -> str:
        return digest(self._firm)

    def digests(self, project: Project, template: str, file: str, registers: Iterable[str]) -> dict[str, str]:
        """A digest of each source of a document of this project; of `registers` by their paths. Raises `OSError`."""
        if project.id not in self._facts:
            self._facts[project.id] = digest(project.facts)
        place, skeleton = self._templates.get(template), self._skeletons.get(project.skeleton)
        found = {"facts": self._facts[project.id], "firm": self._firm_digest, "template": "", "skeleton": ""}
        if file or place:
            found["template"] = self._file_digest(Path(file) if file or not place else place / "template.yaml")
        if skeleton:
            found["skeleton"] = self._file_digest(skeleton / "skeleton.yaml")
        return {**found, **{path: self._content(project, path) for path in registers}}

    def _content(self, project: Project, path: str) -> str:
        """A file's content: as the catalog knows it, when it is as the last scan saw it; else it is read."""
        key = (project.id, path)
        if key not in self._contents:
            place, row = project.folder / path, self._catalog.file_at(project.id, path) if self._catalog else None
            seen = signature_of(place.lstat()) if place.is_file() else None
            known = row.content if row and row.present and row.signature == seen else ""
            self._contents[key] = (known or (_blake3(place.read_bytes()) if seen else ""))[:_DIGEST]
        return self._contents[key]

    # -- computing again -------------------------------------------------------------------------
    def outdated(self, project: Project, rows: Iterable[DocumentRow]) -> list[Outdated]:
        """Those of a project's documents whose data has changed since they were filled, or may have."""
        found = []
        for row in rows:
            told = Outdated(row.path, row.template, row.version, row.at)
            try:
                changed = self._changed(project, row)
            except FolderkitError as error:
                found.append(Outdated(**{**told.__dict__, "reason": error.message}))
            except OSError as error:
                found.append(Outdated(**{**told.__dict__, "reason": os_reason(error)}))
            else:
                if changed:
                    found.append(Outdated(**{**told.__dict__, "changed": changed}))
        return found

    def _changed(self, project: Project, row: DocumentRow) -> tuple[str, ...]:
        """The fields of a document that would be filled otherwise now. Raises `FolderkitError` or `OSError`."""
        if not row.basis:  # filled by a folderkit that remembered none
            return ()
        basis = read_basis(row.basis)
        registers = [name for name in basis.sources if name not in ("facts", "firm", "template", "skeleton")]
        if self.digests(project, row.template, basis.file, registers) == basis.sources:
            return ()
        template = self._template(row.template, basis.file, basis.language)
        skeleton = self._skeleton(project.skeleton)
        nodes = self._catalog.nodes(project.id) if self._catalog else {}
        paths = register_paths(project, skeleton, nodes, template.registers)
        rows, _ = read_registers(template, basis.language, basis.day, paths)
        source = material(project.facts, skeleton.questions if skeleton else (), self._firm, basis.language, basis.day,
                          rows)
        now = _digests(fill_in(template, source, basis.given).context, basis.fields)
        return tuple(name for name, before in basis.fields.items() if now[name] != before)

    def _read_template(self, name: str, file: str, language: Language) -> Template:
        from folderkit.documents import read_template, template_of_file

        if not (Path(file).is_file() if file else name in self._templates):
            raise Misuse(Text(f"its template '{name}' is gone", f"它的模板“{name}”已不在"))
        return template_of_file(Path(file), language) if file else read_template(self._templates[name])

    def _read_skeleton(self, name: str) -> Skeleton | None:
        return find_skeleton(self._root, name) if name in self._skeletons else None


def _file_digest(path: Path) -> str:
    return digest(path.read_bytes()) if path.is_file() else ""


def read_basis(told: Mapping[str, Any]) -> Basis:
    """The basis that the journal has."""
    return Basis(dt.date.fromisoformat(told["day"]), parse_language(told["language"]) or "en", told["given"],
                 told["fields"], told["sources"], told.get("file", ""))
