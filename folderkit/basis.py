"""What a document was filled from, remembered so that it can be told later whether that has changed since.

The data of a document is computed again as of the day on which it was filled, with the answers that were given then, so
that nothing differs but what somebody changed. What is compared are the fields that its template uses, by their
digests; only where one of its sources is another by now is anything computed at all. The files that it took in, its
template, what this includes and its pictures, are compared by their contents, and read only where size or date differ.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.core import facts as facts_
from folderkit.core import resources
from folderkit.core.errors import FolderkitError, Misuse, Refused, os_reason
from folderkit.core.events import DocumentFilled
from folderkit.core.language import NO_TEXT, Language, Text, parse_language
from folderkit.core.project import Project
from folderkit.core.settings import Firm
from folderkit.core.signature import signature_of
from folderkit.core.terminal import plain
from folderkit.core.workspace import Workspace
from folderkit.filling import Filling, Material, fill_in, material, read_registers, register_paths, series_of

if TYPE_CHECKING:
    from folderkit.catalog import Catalog, DocumentRow
    from folderkit.documents import Provenance, Takings, Template
    from folderkit.skeletons import Skeleton

_DIGEST = 16  # hexadecimal digits: enough to see a change, too few to guess a value by
_as_json = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False).encode
_KEPT = 16  # readings of registers; documents of one template and day follow each other
_OWN = {"doc", "doc.version", "doc.revisions", "doc.change"}  # what every filling has of its own
Look = tuple[str, int, int]  # of a file, as `documents.Taken`: the BLAKE3 of its content, its size and date


class Basis(NamedTuple):
    """What a document was filled from: the day, the language, the answers that were given, by dotted key; a digest of
    each field that the template uses, and of each source: `facts`, `firm`, `template`, `skeleton`, and registers by
    their paths in the project. `file` is a template that is a bare Word file, by its path in the workspace, or a whole
    one outside of it. `files` are the files that the document took in, by where they are found: below its "template",
    "project" or "workspace", or else a "file" by its whole path (``project:photos/site.jpg``); `edition` is the
    template's own one among them."""

    day: dt.date
    language: Language
    given: Mapping[str, Any]
    fields: Mapping[str, str]
    sources: Mapping[str, str]
    file: str = ""
    files: Mapping[str, Look] = {}
    edition: str = ""

    def data_hash(self) -> str:
        """The BLAKE3 of the fields' digests, and of the contents of the files besides the template."""
        from folderkit.documents import data_hash

        return data_hash(_blake3(_json(self.fields)),
                         [content for key, (content, *_) in self.files.items() if key != self.edition])

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
             sources: Mapping[str, str], root: Path) -> Basis:
    """The basis of what is filled now; what is `shown` as `shown_names` tells, `sources` as `Sources.digests` told
    before they were read, `root` the workspace's folder."""
    context = filling.context
    language: Language = context["language"]
    return Basis(context["today"], language, given, _digests(context, shown, root), sources,
                 bare_file(template, language, root))


def with_files(basis: Basis, taken: Takings, template: Template, project: Path, root: Path) -> Basis:
    """The basis of a document that is made, with the files that it took in; `project` and `root` are the folders of the
    project and of the workspace."""
    edition = template.edition(basis.language)
    folders = [(kind, folder.resolve()) for kind, folder in
               (("project", project), ("template", edition.parent), ("workspace", root))]
    files: dict[str, Look] = {}
    for path, look in taken.items():
        place = path.resolve()
        key = next((f"{kind}:{place.relative_to(folder).as_posix()}" for kind, folder in folders
                    if place.is_relative_to(folder)), f"file:{place}")
        files[key] = look
        if path == edition:
            basis = basis._replace(edition=key)
    return basis._replace(files=files)


def template_hash(template: Template, language: Language) -> str:
    """The BLAKE3 of the file that is filled."""
    taken: Takings = {}
    template.read(path := template.edition(language), taken)
    return taken[path].content


def same_of(basis: Basis, template_hash: str = "") -> Hashable:
    """What two documents have in common that only differ in when they were made, and perhaps in the files that they
    took in: the template (of one that is not made yet, its hash is told), the answers to what is asked of each version,
    and the data."""
    own = tuple(str(basis.given.get(name)) for name in sorted(_OWN))
    edition = template_hash or basis.files.get(basis.edition, ("",))[0]
    return edition, basis.language, basis.file, basis.sources.get("firm"), own, _json(basis.fields)


def bare_file(template: Template, language: Language, root: Path) -> str:
    """The path of a template that is a bare Word file, from the workspace's `root` where it lies there; "" of one that
    has a name. Raises `Refused` for a path that no journal can hold."""
    file = template.edition(language)
    if file.stem != template.name:
        return ""
    place = file.resolve()
    told = place.relative_to(root.resolve()).as_posix() if place.is_relative_to(root.resolve()) else str(place)
    try:
        told.encode()
    except UnicodeEncodeError:
        raise Refused(Text(f"The path of the template is not valid text: '{plain(told)}'.",
                           f"模板的路径不是有效的文字：“{plain(told)}”。"),
                      Text("Rename the file or its folder first.", "请先给该文件或其文件夹改名。")) from None
    return told


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
                          doc["author"], doc["change"], basis.files[basis.edition][0], basis.data_hash(), content,
                          basis.to_dict())


def _digests(context: Mapping[str, Any], names: Iterable[str], root: Path) -> dict[str, str]:
    values = {name: facts_.get(context, name) for name in names}
    logo = Path(values.get("firm.logo") or "")
    if logo.is_relative_to(root):  # a workspace that is moved or copied keeps its logo
        values["firm.logo"] = logo.relative_to(root).as_posix()
    return {name: digest(value) for name, value in values.items()}


def digest(value: Any) -> str:
    """A digest of a value of facts, or of bytes."""
    return _blake3(value if isinstance(value, bytes) else _json(value))[:_DIGEST]


def _json(value: Any) -> bytes:
    return _as_json(value).encode("utf-8", "surrogatepass")


def _blake3(data: bytes) -> str:
    from blake3 import blake3

    return str(blake3(data).hexdigest())


# -- what has changed since ------------------------------------------------------------------------
@dataclass(frozen=True)
class Outdated:
    """A document of which something has changed since it was filled: its path in the project; the facts and registers
    that did; the names of the files that it took in and that did or are gone; whether its template did. Or of which the
    data cannot be told, and the reason."""

    path: str
    template: str
    version: str
    at: dt.datetime
    changed: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    template_changed: bool = False
    reason: Text = NO_TEXT


class Sources:
    """The sources of a workspace's documents, each looked at once."""

    def __init__(self, workspace: Workspace, catalog: Catalog | None = None) -> None:
        """Without the `catalog` every register is read."""
        self._root, self._firm, self._catalog = workspace.root, workspace.settings.firm, catalog
        self._facts: dict[str, str] = {}
        self._contents: dict[tuple[str, str], str] = {}
        self._materials: dict[tuple[str, tuple[str, ...], Language, dt.date], Material] = {}
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
            found["template"] = self._file_digest(self._root / file if file or not place else place / "template.yaml")
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

    # -- comparing -------------------------------------------------------------------------------
    def outdated(self, project: Project, rows: Iterable[DocumentRow]) -> list[Outdated]:
        """Those of a project's documents of which something has changed since they were filled, or may have."""
        told = (self._compared(project, row, read_basis(row.basis)) for row in rows if row.basis)
        return [one for one in told if one.changed or one.files or one.template_changed or one.reason.en]

    def takes_the_same(self, project: Project, template: str, basis: Basis) -> bool:
        """Whether the files that a document took in, besides its template, hold what they did then."""
        try:
            return all((place := self._place_of(project, template, basis, key)) is not None
                       and self._is_as_it_was(project, key, place, look)
                       for key, look in basis.files.items() if key != basis.edition)
        except OSError:  # whoever reads it to fill the document tells why
            return False

    def _compared(self, project: Project, row: DocumentRow, basis: Basis) -> Outdated:
        """What has changed of a document."""
        files: dict[str, Path] = {}
        changed: tuple[str, ...] = ()
        reason = NO_TEXT
        try:
            files = {key: place for key, look in basis.files.items()
                     if (place := self._place_of(project, row.template, basis, key))
                     and not self._is_as_it_was(project, key, place, look)}
            changed = self._changed(project, row.template, basis)
        except FolderkitError as error:
            reason = error.message
        except OSError as error:
            reason = os_reason(error)
        edition = files.pop(basis.edition, None)
        template_changed = edition is not None and (edition.is_file() or not reason.en)  # else it says that it is gone
        return Outdated(row.path, row.template, row.version, row.at, changed,
                        tuple(key.partition(":")[2] for key in files), template_changed, reason)

    def _place_of(self, project: Project, template: str, basis: Basis, key: str) -> Path | None:
        """Where a file that a document took in lies now; None where its template is gone."""
        kind, _, path = key.partition(":")
        if kind == "template":
            folder = (self._root / basis.file).parent if basis.file else self._templates.get(template)
            return folder / path if folder else None
        return {"project": project.folder, "workspace": self._root}.get(kind, Path()) / path

    def _is_as_it_was(self, project: Project, key: str, place: Path, look: Look) -> bool:
        """Whether a file holds what it did when a document took it in. Raises `OSError`."""
        if not place.is_file():
            return False
        content, *seen = look
        status = place.stat()
        if [status.st_size, status.st_mtime_ns] == seen:
            return True
        kind, _, path = key.partition(":")
        now = self._content(project, path) if kind == "project" else self._file_digest(place)
        return now == content[:_DIGEST]

    def _changed(self, project: Project, template_name: str, basis: Basis) -> tuple[str, ...]:
        """The fields of a document that would be filled otherwise now. Raises `FolderkitError` or `OSError`."""
        registers = [name for name in basis.sources if name not in ("facts", "firm", "template", "skeleton")]
        if self.digests(project, template_name, basis.file, registers) == basis.sources:
            return ()
        template = self._template(template_name, basis.file, basis.language)
        source = self._material(project, template, basis.language, basis.day)
        now = _digests(fill_in(template, source, basis.given).context, basis.fields, self._root)
        return tuple(name for name, before in basis.fields.items() if now[name] != before)

    def _material(self, project: Project, template: Template, language: Language, day: dt.date) -> Material:
        """What the documents of a template that were filled on one day are filled from: read once for all of them."""
        key = (project.id, template.registers, language, day)
        if key not in self._materials:
            skeleton = self._skeleton(project.skeleton)
            nodes = self._catalog.nodes(project.id) if self._catalog else {}
            paths = register_paths(project, skeleton, nodes, template.registers)
            rows, _ = read_registers(template, language, day, paths)
            if len(self._materials) >= _KEPT:
                self._materials.clear()
            self._materials[key] = material(project.facts, skeleton.questions if skeleton else (), self._firm, language,
                                            day, rows)
        return self._materials[key]

    def _read_template(self, name: str, file: str, language: Language) -> Template:
        from folderkit.documents import read_template, template_of_file

        if not ((self._root / file).is_file() if file else name in self._templates):
            raise Misuse(Text(f"its template '{name}' is gone", f"它的模板“{name}”已不在"))
        folders = resources.shared(self._root)
        return (template_of_file(self._root / file, language, folders) if file
                else read_template(self._templates[name], folders))

    def _read_skeleton(self, name: str) -> Skeleton | None:
        from folderkit.resolving import find_skeleton

        return find_skeleton(self._root, name) if name in self._skeletons else None


def _file_digest(path: Path) -> str:
    return digest(path.read_bytes()) if path.is_file() else ""


def read_basis(told: Mapping[str, Any]) -> Basis:
    """The basis that the journal has."""
    return Basis(dt.date.fromisoformat(told["day"]), parse_language(told["language"]) or "en", told["given"],
                 told["fields"], told["sources"], told.get("file", ""),
                 {key: tuple(look) for key, look in told.get("files", {}).items()}, told.get("edition", ""))
