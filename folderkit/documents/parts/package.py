"""A Word or Excel file as a package of parts: opened within budgets, told apart from what it is not, written alike."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from html import escape
from pathlib import Path

from folderkit.core.errors import os_failure
from folderkit.core.language import Text
from folderkit.core.terminal import plain
from folderkit.documents.parts.members import Member, NotUsable, pack, read_members, write_zip
from folderkit.documents.parts.program import EXCEL, WORD, Program, broken, not_of
from folderkit.documents.parts.taken import Takings, take
from folderkit.documents.parts.whole import faults_of_package, with_right_types

MAX_MEMBERS = 5_000
MAX_TOTAL = 256 * 2**20  # bytes, unpacked
MAX_TOTAL_RATIO = 20  # unpacked to packed, for a whole file above TOTAL_RATIO_FROM
TOTAL_RATIO_FROM = 64 * 2**20
RATIO_FROM = 2**20  # bytes of an XML part from which on it must not unpack to too many times its size
MAX_TAGS = 20_000
MAX_DEPTH = 200  # of elements in each other
_ENTRY = b"PK\1\2"  # of the directory; may also be found inside of embedded files
_LOCKED = 0x1  # a flag of encrypted members, APPNOTE.TXT 4.4.4
_PREFIXED = re.compile(rb"<([\w.-]+):(?:Types|Relationships)\b")
_OVERRIDE = re.compile(r'<Override\b[^>]*?/?>')
_CONTENT_TYPES = "[Content_Types].xml"

# content type (its last part) → what a person calls the part; in the order in which parts are reported
_TEXT_PARTS = {
    "document.main+xml": Text("the text", "正文"),
    "header+xml": Text("a header", "页眉"),
    "footer+xml": Text("a footer", "页脚"),
    "footnotes+xml": Text("the footnotes", "脚注"),
    "endnotes+xml": Text("the endnotes", "尾注"),
    "comments+xml": Text("the comments", "批注"),
    "core-properties+xml": Text("the document properties", "文档属性"),
}
Package = dict[str, bytes]
Members = Mapping[str, Member]


def read_file(path: Path, taken: Takings | None = None) -> bytes:
    """The bytes of the template at `path`, noted in `taken`. Raises `Failed` when it cannot be read."""
    try:
        return take(path, taken)
    except OSError as error:
        raise os_failure(Text("read the template", "读取模板"), error, path) from None


def read_package(data: bytes, name: str, program: Program = WORD) -> tuple[Package, Members]:
    """The parts of a file of `program` given as bytes, and how they are packed; checked against the budgets. Raises
    `Failed` with what the file is instead; `name` stands for it in errors."""
    if not data.startswith(b"PK"):
        raise not_of(program, data, name)
    try:
        _check_directory(data)
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            _check_members(file.infolist(), len(data), program)
            members = read_members(data, file)
    except NotUsable as error:
        raise broken(name, program, error.message) from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        why = Text(f"it is damaged or incomplete ({error})", f"文件已损坏或不完整（{error}）")
        raise broken(name, program, why) from None
    return _checked(_parts_of(members), name, program), members


def own_package(data: bytes) -> tuple[Package, Members]:
    """The parts of a Word file that folderkit itself has made, however large it became, and how they are packed."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = read_members(data, file)
    return _parts_of(members), members


def _parts_of(members: Members) -> Package:
    return {name: member.data for name, member in members.items()}


def _checked(parts: Package, name: str, program: Program) -> Package:
    """The parts, when they are a document of `program`; a template of its own (.dotx, .xltx) becomes a document."""
    types = parts.get(_CONTENT_TYPES, b"").decode("utf-8", "replace")
    if "macroEnabled" in types and not program.macros:
        raise broken(name, program, Text("it holds macros", "它包含宏"),
                      Text(f"Save it in {program.name} as {program.suffix}.",
                           f"请在 {program.name} 中另存为 {program.suffix}。"))
    for part, data in parts.items():
        if part.endswith((".xml", ".rels")):
            _check_xml(part, data, name, program)
    for part in [name for name in parts if name == _CONTENT_TYPES or name.endswith(".rels")]:
        parts[part] = _without_prefix(parts[part])
    types = parts.get(_CONTENT_TYPES, b"").decode("utf-8", "replace")
    found = next((kind for kind in program.mains if f'"{kind}"' in types), None)
    if found is None:
        raise broken(name, program, Text(f"it is a zip file, but no {program.called.en}",
                                          f"它是压缩包，但不是 {program.called.zh}"))
    if program.mains[found] != found:
        parts[_CONTENT_TYPES] = types.replace(found, program.mains[found]).encode()
    if main_part(parts) not in parts:
        raise broken(name, program, Text("its text is missing", "缺少正文"))
    parts[_CONTENT_TYPES] = with_right_types(parts)
    for fault in faults_of_package(parts, main_part(parts), program.root):
        raise broken(name, program, fault)
    return parts


def _without_prefix(data: bytes) -> bytes:
    """A part of types or relationships in the namespace that is its default, where it is added to."""
    found = _PREFIXED.search(data)
    if not found:
        return data
    prefix = re.escape(found[1])
    return re.sub(rb"(</?)" + prefix + rb":", rb"\1", re.sub(rb"\bxmlns:" + prefix + rb"=", b"xmlns=", data))


def _check_directory(data: bytes) -> None:
    """Raises `NotUsable` before a directory is read that has far too many entries."""
    if (count := data.count(_ENTRY)) > 4 * MAX_MEMBERS:
        raise NotUsable(Text(f"it has {count} parts, more than a document needs",
                             f"它有 {count} 个部件，超出了文档所需"))


def _check_members(members: list[zipfile.ZipInfo], size: int, program: Program) -> None:
    """Raises `NotUsable` for what the directory of a zip file of `size` bytes says, before anything is unpacked."""
    total = sum(info.file_size for info in members)
    much = total > TOTAL_RATIO_FROM and total > MAX_TOTAL_RATIO * size
    if len(members) > MAX_MEMBERS or total > MAX_TOTAL or much:
        raise NotUsable(Text(
            f"it unpacks to {len(members)} parts and {total // 2**20} MB, more than a document needs",
            f"解压后有 {len(members)} 个部件、{total // 2**20} MB，超出了文档所需"))
    names: set[str] = set()
    for info in members:
        _check_member(info, program)
        if info.filename.lower() in names:
            raise NotUsable(Text(f"it holds the part {info.filename} twice", f"部件 {info.filename} 出现了两次"))
        names.add(info.filename.lower())


def _check_member(info: zipfile.ZipInfo, program: Program) -> None:
    if info.flag_bits & _LOCKED:
        raise NotUsable(Text("its parts are protected by a password", "它的部件有密码保护"))
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotUsable(Text(f"it is packed in a way that {program.name} does not use",
                             f"它的压缩方式不是 {program.name} 所用的"))
    if info.orig_filename.startswith("/") or "\\" in info.orig_filename or ".." in info.orig_filename.split("/") \
            or "\0" in info.orig_filename:
        raise NotUsable(Text(f"its part '{plain(info.orig_filename)}' has a name that {program.name} does not use",
                             f"部件“{plain(info.orig_filename)}”的名称不是 {program.name} 所用的"))
    if not info.filename.endswith((".xml", ".rels")):
        return
    packed_too_well = info.file_size > RATIO_FROM and info.file_size > program.max_ratio * max(info.compress_size, 1)
    if info.file_size > program.max_xml or packed_too_well:
        raise NotUsable(Text(
            f"its part {info.filename} unpacks to {info.file_size // 2**20} MB, more than a template needs",
            f"部件 {info.filename} 解压后达 {info.file_size // 2**20} MB，超出了模板所需"))


def _check_xml(part: str, data: bytes, name: str, program: Program) -> None:
    """Raises `Failed` for a part that is no XML, whose elements are too many or too deep in each other, or that
    declares entities."""
    from xml.parsers import expat

    if data.count(b"<") > 2 * program.max_elements:
        raise broken(name, program, Text(f"its part {part} holds more than {program.max_elements:,} elements",
                                 f"部件 {part} 的元素超过 {program.max_elements:,} 个"))
    if data.count(b"{") > 2 * MAX_TAGS:
        raise broken(name, program, Text(f"its part {part} holds more than {MAX_TAGS:,} tags",
                                 f"部件 {part} 的标签超过 {MAX_TAGS:,} 个"))
    depth = 0

    def start(element: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise broken(name, program, Text(
                f"in its part {part}, more than {MAX_DEPTH} elements are inside of each other",
                f"部件 {part} 中的元素嵌套超过 {MAX_DEPTH} 层"))

    def end(element: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*about: object) -> None:
        raise broken(name, program, Text(f"it holds a document type declaration, which no {program.name} file has",
                                 f"它含有文档类型声明，而 {program.name} 文件没有这种内容"))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = declared
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        why = Text(f"its part {part} is damaged ({error})", f"部件 {part} 已损坏（{error}）")
        raise broken(name, program, why) from None


# -- parts -----------------------------------------------------------------------------------------
def main_part(parts: Mapping[str, bytes]) -> str:
    """The name of the part that holds the text, or names the sheets; Word online calls it document2.xml."""
    mains = {kind for program in (WORD, EXCEL) for kind in program.mains}
    named = next((name for name, kind in _typed(parts) if kind in mains), "")
    return named or next((program.main for program in (WORD, EXCEL) if program.main in parts), WORD.main)


def part_of_kind(parts: Mapping[str, bytes], kind: str) -> str:
    """The name of the part whose content type ends so (``footnotes+xml``); "" where there is none."""
    return next((name for name, full in _typed(parts) if full.endswith(f".{kind}") and name in parts), "")


def text_parts(parts: Mapping[str, bytes]) -> dict[str, Text]:
    """The parts that may hold tags, with what a person calls each: the text, headers, footers, notes, properties."""
    kinds = list(_TEXT_PARTS)
    found = [(kinds.index(kind), name) for name, full in _typed(parts)
             if (kind := full.rsplit(".", 1)[-1] if not full.endswith("main+xml") else "document.main+xml") in kinds
             and name in parts]
    if not any(name.startswith("docProps/core") for _, name in found) and "docProps/core.xml" in parts:
        found.append((len(kinds) - 1, "docProps/core.xml"))
    return {name: _TEXT_PARTS[kinds[order]] for order, name in sorted(found)}


def _typed(parts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(part name, content type) of every part that has a content type of its own."""
    types = parts.get(_CONTENT_TYPES, b"").decode("utf-8", "replace")
    pairs = []
    for found in _OVERRIDE.findall(types):
        name, kind = re.search(r'PartName="/?([^"]*)"', found), re.search(r'ContentType="([^"]*)"', found)
        if name and kind:
            pairs.append((name[1], kind[1]))
    return pairs


def relationships_of(part: str) -> str:
    """The name of the part that holds the relationships of `part`."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"


def add_media(parts: Package, name: str, data: bytes, content_type: str) -> None:
    """Put a picture into the package, and its kind into the content types."""
    parts[name] = data
    suffix = name.rsplit(".", 1)[-1]
    types = parts[_CONTENT_TYPES].decode()
    if f'Extension="{suffix}"' not in types:
        default = f'<Default Extension="{suffix}" ContentType="{content_type}"/>'
        parts[_CONTENT_TYPES] = re.sub(r"(<Types\b[^>]*>)", rf"\1{default}", types, count=1).encode()


def declare(parts: Package, name: str, content_type: str) -> None:
    """Tell the content type of a part."""
    types = parts[_CONTENT_TYPES].decode()
    override = f'<Override PartName="/{name}" ContentType="{content_type}"/>'
    parts[_CONTENT_TYPES] = re.sub(r"</((?:\w+:)?Types)>\s*$", rf"{override}</\1>", types).encode()


def relate(parts: Package, part: str, ident: str, kind: str, target: str, *, outside: bool = False) -> None:
    """Add a relationship `ident` from `part` to `target`: relative to the part's folder, or an address `outside`."""
    name = relationships_of(part)
    empty = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships '
             'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>')
    xml = parts.get(name, empty.encode()).decode()
    if xml.rstrip().endswith("/>"):  # an empty element
        xml = re.sub(r"/>\s*$", "></Relationships>", xml)
    mode = ' TargetMode="External"' if outside else ""
    added = f'<Relationship Id="{ident}" Type="{kind}" Target="{escape(target)}"{mode}/>'
    parts[name] = xml.replace("</Relationships>", added + "</Relationships>").encode()


def pack_package(parts: Mapping[str, bytes], members: Members) -> dict[str, Member]:
    """Every part packed; those which are still what they were in `members` are taken as they are."""
    return {name: member if (member := members.get(name)) and member.data is data else pack(data)
            for name, data in parts.items()}


def write_package(parts: Mapping[str, bytes], members: Members) -> bytes:
    """The package as a file: fixed dates and order, so that the same parts give the same bytes."""
    packed = pack_package(parts, members)
    names = sorted(parts, key=lambda name: (name != _CONTENT_TYPES, not name.startswith("_rels/"), name))
    return write_zip((name, packed[name]) for name in names)
