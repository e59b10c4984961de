"""Where a document comes from, inside itself: a custom XML part (ECMA-376, part 1, 15.2.4 to 15.2.6), which Word,
LibreOffice and python-docx keep when they save. It holds no data but what identifies: whoever gets the file gets it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from html import escape
from pathlib import Path

from folderkit.core.language import Language, parse_language
from folderkit.documents.parts import package
from folderkit.documents.parts.peek import small_parts
from folderkit.documents.parts.taken import Takings

NAMESPACE = "urn:folderkit:provenance:1"
_ITEM = re.compile(r"customXml/item(\d+)\.xml")
_ITEM_ID = "{7C0A1F52-3D43-4E0B-9B57-6F6C64657231}"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PROPERTIES_TYPE = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
_MAX_PART, _MAX_TEXT = 1 << 16, 400  # bytes, characters
_ID, _HASH = re.compile("[0-9a-f]{12}"), re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Provenance:
    """What a document was made from: its id (12 hexadecimal digits) and version; the template's name and version, and
    the language of its edition; the BLAKE3 of the data (`data_hash`); when, UTC, to the second; the project's id and
    code."""

    document: str
    version: str
    template: str
    template_version: int
    language: Language
    data: str
    at: dt.datetime
    project: str
    code: str


def data_hash(fields: str, contents: Iterable[str]) -> str:
    """The hash of what a document was made from besides its template: of the hash of its fields, and of the contents of
    the files that it took in."""
    from blake3 import blake3

    others = sorted(contents)
    return str(blake3("\n".join([fields, *others]).encode()).hexdigest()) if others else fields


def with_files(provenance: Provenance, taken: Takings, template: Path) -> Provenance:
    """The provenance whose data are the fields, with the files that were `taken` in; the `template` is one of them."""
    contents = [one.content for path, one in taken.items() if path != template]
    return replace(provenance, data=data_hash(provenance.data, contents))


def put_provenance(parts: package.Package, provenance: Provenance) -> None:
    """Put it into a package, in the place of one that a template brought along."""
    values = {field.name: getattr(provenance, field.name) for field in fields(Provenance)}
    values["at"] = provenance.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    inner = "".join(f"<{key}>{escape(_legal(str(value)), quote=False)}</{key}>" for key, value in values.items())
    parts[make_place(parts)] = f'{_HEAD}<provenance xmlns="{NAMESPACE}">{inner}</provenance>'.encode()


def make_place(parts: package.Package) -> str:
    """Make an empty part for it, unless there is one; returns its name."""
    number = _number_of_ours(parts)
    name = f"customXml/item{number}.xml"
    if name not in parts:
        about = f"customXml/itemProps{number}.xml"
        main = package.main_part(parts)
        up = "../" * main.count("/")
        package.relate(parts, main, "rIdFolderkitProvenance", f"{_OFFICE}/relationships/customXml", f"{up}{name}")
        package.relate(parts, name, "rId1", f"{_OFFICE}/relationships/customXmlProps", f"itemProps{number}.xml")
        package.declare(parts, name, "application/xml")
        package.declare(parts, about, _PROPERTIES_TYPE)
        parts[about] = (f'{_HEAD}<ds:datastoreItem ds:itemID="{_ITEM_ID}" xmlns:ds="{_OFFICE}/customXml">'
                        f'<ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
                        ).encode()
        parts[name] = f'{_HEAD}<provenance xmlns="{NAMESPACE}"/>'.encode()
    return name


def _number_of_ours(parts: package.Package) -> int:
    """The number of the part that holds a provenance already, else the first that is free."""
    numbers = {int(found[1]): name for name in parts if (found := _ITEM.fullmatch(name))}
    ours = [number for number, name in sorted(numbers.items()) if NAMESPACE.encode() in parts[name]]
    used = {int(number) for name in parts for number in re.findall(r"^customXml/item(?:Props)?(\d+)\.xml$", name)}
    return ours[0] if ours else next(number for number in range(1, len(used) + 2) if number not in used)


def _legal(text: str) -> str:
    """The text without what XML has no character for, as long as one is read again."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)[:_MAX_TEXT]


# -- reading ---------------------------------------------------------------------------------------
def provenance_of(path: Path) -> Provenance | None:
    """Where a Word file comes from, as it says itself; None when it does not, or not as we write it. It may be a
    stranger's: what it says is no proof. Raises `OSError`."""
    for part in small_parts(path, lambda name: _ITEM.fullmatch(name) is not None, _MAX_PART):
        if found := _parsed(part):
            return found
    return None


def _parsed(part: bytes) -> Provenance | None:
    from xml.parsers import expat

    told: dict[str, str] = {}
    path: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if len(path) > 2 or path[0] != f"{NAMESPACE} provenance":
            raise ValueError(name)

    def text(data: str) -> None:
        if len(path) == 2:
            key = path[1].rpartition(" ")[2]
            told[key] = told.get(key, "") + data

    def refuse(*about: object) -> None:
        raise ValueError("document type")  # entities could unfold without end

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, lambda name: path.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, refuse
    try:
        parser.Parse(part, True)
        return _provenance(told)
    except (expat.ExpatError, ValueError, KeyError):
        return None


def _provenance(told: dict[str, str]) -> Provenance:
    """Raises `ValueError` or `KeyError` for what we would not have written."""
    language = parse_language(told["language"])
    at = dt.datetime.fromisoformat(told["at"])
    known = (_ID.fullmatch(told["document"]) and _ID.fullmatch(told["project"]) and _HASH.fullmatch(told["data"])
             and language and at.tzinfo and all(len(text) <= _MAX_TEXT for text in told.values()))
    if not (known and language):
        raise ValueError(told)
    return Provenance(told["document"], told["version"], told["template"], int(told["template_version"]), language,
                      told["data"], at, told["project"], told.get("code", ""))
