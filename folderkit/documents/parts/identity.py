"""The identity that a document carries inside, so that a copy of it is recognised under any name: a custom property of
the package (ECMA-376, part 1, 15.2.12.2), which Word, Excel, WPS and LibreOffice keep when they save; and once more in
its provenance, for programs that drop custom properties."""

from __future__ import annotations

import re
from pathlib import Path

from folderkit.documents.parts import package
from folderkit.documents.parts.peek import small_parts
from folderkit.documents.parts.provenance import provenance_of

PROPERTY = "folderkit"
_PART = "docProps/custom.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"  # the one of a person's own properties
_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_EMPTY = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
          f'<Properties xmlns="{_NAMESPACE}" xmlns:vt="{_TYPES}"></Properties>')
_USUAL = re.compile(r"<Properties\b[^>]*\bxmlns:vt=")  # as Word writes it
_OURS = re.compile(rb'<(?:\w+:)?property\b[^>]*\bname="folderkit"[^>]*>\s*<(?:\w+:)?lpwstr\b[^>]*>([0-9a-f]{12})<')


def identify(parts: package.Package, identity: str) -> None:
    """Put an identity (12 hexadecimal digits) into a package; one that a template brought along is replaced."""
    xml = parts.get(_PART, _EMPTY.encode()).decode("utf-8", "replace")
    xml = re.sub(r'<((?:\w+:)?)property\b[^>]*\bname="folderkit".*?</\1property>', "", xml, flags=re.DOTALL)
    xml = re.sub(r"<((?:\w+:)?Properties)\b([^>]*)/>\s*$", r"<\1\2></\1>", xml)
    numbers = [int(number) for number in re.findall(r'\bpid="(\d+)"', xml)]
    spaces = "" if _USUAL.search(xml) else f' xmlns="{_NAMESPACE}" xmlns:vt="{_TYPES}"'
    ours = (f'<property{spaces} fmtid="{_SET}" pid="{max(numbers, default=1) + 1}" name="{PROPERTY}">'
            f'<vt:lpwstr>{identity}</vt:lpwstr></property>')
    if _PART not in parts:
        package.relate(parts, "", "rIdFolderkit", _RELATION, _PART)
        package.declare(parts, _PART, _TYPE)
    parts[_PART] = re.sub(r"</((?:\w+:)?Properties)>\s*$", rf"{ours}</\1>", xml).encode()


def identity_of(path: Path) -> str:
    """The identity inside a Word or Excel file; "" when there is none, or it is no such file. Raises `OSError`."""
    for part in small_parts(path, lambda name: name == _PART):
        if found := _OURS.search(part):
            return found[1].decode()
    told = provenance_of(path)
    return told.document if told else ""
