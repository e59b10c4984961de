"""Look whether the vault is whole: the journals' chains, the packs' records, and that every version is there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from folderkit.core.lock import writers_lock
from folderkit.core.workspace import Workspace
from folderkit.damage import Finding, check_journals, findings
from folderkit.store import refuse_vanished
from folderkit.vault import Blobs
from folderkit.vault.checking import Checking, check_heads, check_whole

Progress = Callable[[int, int], None]


@dataclass
class Verified:
    """What was looked at, and what was found."""

    entries: int = 0
    packs: int = 0
    contents: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(workspace: Workspace, *, every_byte: bool, progress: Progress | None = None) -> Verified:
    """Check the whole vault; nothing is changed. Raises `Refused` when the vault is not there."""
    refuse_vanished(workspace)
    result = Verified()
    with contextlib.ExitStack() as opened:
        blobs = Blobs(workspace.vault, workspace.state / "vault-index.db")
        opened.callback(blobs.close)
        with contextlib.ExitStack() as alone:
            if os.access(workspace.vault, os.W_OK):  # else nobody writes to it
                alone.enter_context(writers_lock(workspace.vault))
                blobs.begin()  # what a killed process left is tidied; then others may go on
            packs = blobs.packs.files()
            checking = opened.enter_context(Checking(packs, check_whole if every_byte else check_heads))
            journals = check_journals(workspace)  # beside it
        checks = checking.found(progress)
        result.packs = len(checks)
        result.entries, result.contents = journals.entries, len(journals.named)
        result.findings = [*journals.findings,
                           *findings(checks, blobs.packs.folder, journals.named, blobs.packs.hashes_between)]
    return result
