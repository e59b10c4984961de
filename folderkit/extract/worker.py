"""The worker process: reads the files it is told to, within limits, until its input ends."""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from folderkit.extract.frames import OUT_OF_MEMORY, read_frame, write_frame
from folderkit.extract.model import CRASHED, CloseReading, Extraction

_MEMORY = 1 << 30
_GRACE_SECONDS = 5.0


def main() -> None:
    """Answer requests until there are no more."""
    _limit_this_process()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us by closing our input
    answers = _take_over_output()
    # BrokenPipeError: the parent is gone, and so is the reason to go on.
    with contextlib.suppress(BrokenPipeError):
        write_frame(answers, {"ready": os.getpid()})
        while (request := read_frame(sys.stdin.buffer)) is not None:
            _serve(request, answers)


def _serve(request: dict[str, Any], answers: BinaryIO) -> None:
    """Answer one request, or end."""
    # The parent counts the seconds. Should it be killed while a file holds us, this ends us all the same,
    # from a thread of C that waits for no interpreter lock.
    faulthandler.dump_traceback_later(request["seconds"] + _GRACE_SECONDS, exit=True)
    try:
        write_frame(answers, _answer(request))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    from folderkit.extract.suggesting import suggest
    from folderkit.extract.table import read_carefully, read_closely, read_kind

    result: Extraction
    read: Callable[[Path, str, str], Extraction]
    read = read_closely if request.get("closely") else read_carefully if request.get("carefully") else read_kind
    try:
        if request.get("letters"):
            from folderkit.extract.letters import Recogniser

            read = functools.partial(read_kind, recognise=Recogniser(request["seconds"]))
        result = read(Path(request["path"]), request["name"], request["kind"])
        if not request.get("closely"):
            result = replace(result, suggested=tuple(suggest([(one.place, one.text) for one in result.passages])))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary: a defect of a reader costs one file
        result = Extraction(CRASHED, "", (), f"{type(error).__name__}: {error}"[:200])
    return {
        "state": result.state,
        "title": result.title,
        "passages": [(passage.place, passage.text) for passage in result.passages],
        "detail": result.detail,
        "properties": result.properties,
        "suggested": result.suggested,
        "lacks": result.lacks,
        **({"form": result.form} if isinstance(result, CloseReading) else {}),
    }


def _take_over_output() -> BinaryIO:
    """Our pipe to the parent, out of reach of libraries that print."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _limit_this_process() -> None:
    """No more than 1 GB of memory, and no file written, where the system can see to that (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS, and refuses it
            resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    main()
