"""Archives (.zip): the names of what is in them. Nothing is unpacked."""

from __future__ import annotations

import struct
import zipfile

from folderkit.core.zip_names import names_of
from folderkit.extract.model import BROKEN, Findings, UnreadableError
from folderkit.extract.source import Source


def read(path: Source, findings: Findings) -> None:
    """Add a passage per name, folders too."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = names_of(members)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError, OverflowError) as error:
        raise UnreadableError(BROKEN, f"The archive is damaged ({error}).") from error
    findings.tell("members", len(names))
    for name in names:
        findings.add("member", name)
