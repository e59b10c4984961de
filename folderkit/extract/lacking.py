"""What a reading lacked, as a number that the catalog keeps with it, so that it is tried again when that is there.

A reading that lacks nothing has the number `EXTRACTOR_VERSION`; the others have numbers below zero, which differ with
that version and with what was lacking.
"""

from __future__ import annotations

import importlib.util

from folderkit.extract.model import EXTRACTOR_VERSION, LEGACY, OCR, Extraction

_LACKING = {LEGACY: 1, OCR: 2}


def number_of(found: Extraction) -> int:
    """The number under which a reading is kept."""
    return _number(found.lacks) if found.lacks else EXTRACTOR_VERSION


def waits_for_letters(number: int) -> bool:
    """Whether what was read under this number only lacks the recognition of letters, which is slow."""
    return number == _number(OCR)


def settled(*, letters: bool) -> list[int]:
    """The numbers of readings that would not tell more if they were tried again now; `letters` says whether those in
    pictures are to be recognised."""
    found = [] if letters and _can_recognise() else [_number(OCR)]
    return found if importlib.util.find_spec("office_oxide") else [*found, _number(LEGACY)]


def _can_recognise() -> bool:
    from folderkit.extract.letters import is_installed  # every command asks for what is settled, and few for this

    return is_installed()


def _number(what: str) -> int:
    return -(EXTRACTOR_VERSION * 10 + _LACKING[what])
