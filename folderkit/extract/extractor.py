"""The face of the room: a file in, its text out, whatever the file contains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from folderkit.core.errors import Failed, os_reason, words_of
from folderkit.core.language import Text
from folderkit.core.suggestions import Suggested
from folderkit.extract.frames import OUT_OF_MEMORY
from folderkit.extract.kinds import HTML, MAIL, MAILBOX, MISNAMED, OLE, TEXT, UNKNOWN, ZIP, sniff
from folderkit.extract.model import (
    BROKEN,
    CRASHED,
    LEGACY,
    LINES,
    MAX_FILE,
    NONE,
    OCR,
    OK,
    PARTIAL,
    STATES,
    TIMED_OUT,
    TOO_BIG,
    CloseReading,
    Extraction,
    Passage,
    gather,
    gather_closely,
)
from folderkit.extract.readers import plain

if TYPE_CHECKING:
    from folderkit.extract.process import WorkerProcess

_SMALL = 1 << 20
_HAS_ANOTHER_READER = frozenset({ZIP, OLE, MAIL, MAILBOX})
"""Kinds of which some, as `table.CAREFULLY` says, are read otherwise after they took a process down."""


class Abandoned(Exception):
    """Reading a file was given up by who had asked for it."""


class Extractor:
    """Reads the text of files, in a worker process that is started when first needed.

    A context manager; `close` ends the worker. One extractor serves one thread at a time. `seconds` is the
    wall-clock time that one file may take.
    """

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._worker: WorkerProcess | None = None
        self._is_abandoned = False

    def __enter__(self) -> Extractor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def worker_pid(self) -> int | None:
        """The number of the worker's process; None while there is none."""
        return None if self._worker is None else self._worker.pid

    def close(self) -> None:
        """End the worker. The extractor can be used again: it then starts another."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def abandon(self) -> None:
        """Give up the file that another thread reads by this: there, `Abandoned` is raised, until `resume`."""
        self._is_abandoned = True
        if worker := self._worker:
            worker.end_at_once()

    def resume(self) -> None:
        """Read again after `abandon`."""
        self._is_abandoned = False

    def read(self, path: Path, name: str, *, letters: bool = False) -> Extraction:
        """The text of the bytes at `path`, of a file whose name is or was `name`; with `letters` also of those in
        pictures and scanned pages, which may take minutes.

        Never raises for what a file contains. Raises `OSError` when `path` cannot be opened, and
        `core.errors.Failed` when no worker can be started.
        """
        size = path.stat().st_size
        kind = sniff(path, name)
        refused = _refused(size, kind)
        if refused:
            return refused
        if kind == UNKNOWN:
            return _without_text(NONE, "This type of file is not read.")
        if kind == TEXT and size <= _SMALL:
            # In this process: decoding a megabyte takes milliseconds and runs no parser, so there is nothing
            # to guard against, and a workspace of notes and CSV never pays for a worker.
            return _with_suggestions(gather(path, plain.read))
        request = {"path": str(path.absolute()), "name": name, "kind": kind, "seconds": self._seconds}
        if letters:
            from folderkit.extract.letters import SECONDS

            return self._ask({**request, "letters": True, "seconds": SECONDS})
        found = self._ask(request)
        if self._worker is None and kind in _HAS_ANOTHER_READER:  # it died of this file
            again = self._ask({**request, "carefully": True})
            return again if again.state in (OK, PARTIAL) else found
        return found

    def read_closely(self, path: Path, name: str) -> CloseReading:
        """The same in all the detail in which two contents can be compared; the file may be any text at all."""
        size = path.stat().st_size
        kind = sniff(path, name)
        found = _refused(size, kind)
        if found is None and kind in (TEXT, HTML) and size <= _SMALL:
            from folderkit.extract.closely import lines

            return gather_closely(path, LINES, lines.read)
        if found is None:
            found = self._ask({"path": str(path.absolute()), "name": name, "kind": kind, "seconds": self._seconds,
                               "closely": True})
        if isinstance(found, CloseReading):
            return found
        return CloseReading(found.state, found.title, (), found.detail)

    def _ask(self, request: dict[str, Any]) -> Extraction:
        from folderkit.extract.process import WorkerDiedError

        fresh = self._worker is None
        worker = self._worker = self._worker or _start()
        try:
            if self._is_abandoned:  # before there was a worker to end
                raise Abandoned
            return _extraction(worker.ask(request, request["seconds"]))
        except TimeoutError:
            self._drop(worker)
            return _without_text(TIMED_OUT, f"Reading took more than {request['seconds']:g} seconds.")
        except WorkerDiedError as died:
            self._drop(worker)
            if self._is_abandoned:
                raise Abandoned from None
            if not fresh:
                # What earlier files left behind may be to blame, and a verdict is kept for as long as the
                # content is: only a worker that has read nothing else may give this one.
                return self._ask(request)
            if died.exit_code == OUT_OF_MEMORY:
                return _without_text(TOO_BIG, "Reading needs more memory than a file may have.")
            return _without_text(CRASHED, f"The reader crashed ({died}).")
        except BaseException:
            self._drop(worker)  # interrupted: its answer, still to come, must not be taken for the next file's
            raise

    def _drop(self, worker: WorkerProcess) -> None:
        worker.kill()
        self._worker = None


def _start() -> WorkerProcess:
    from folderkit.extract.process import WorkerDiedError, WorkerProcess

    try:
        return WorkerProcess()
    except (OSError, WorkerDiedError) as error:
        why = os_reason(error) if isinstance(error, OSError) else words_of(error)
        raise Failed(
            Text(
                f"Could not start the program that reads files: {why.en}.",
                f"无法启动读取文件内容的程序：{why.zh}。",
            ),
            Text("Check that Python and folderkit are fully installed.", "请检查 Python 和 folderkit 是否安装完整。"),
        ) from error


def _refused(size: int, kind: str) -> Extraction | None:
    """Why a file is not even opened, if it is not."""
    if size == 0:
        return _without_text(NONE, "The file is empty.")
    if size > MAX_FILE:
        return _without_text(TOO_BIG, f"The file has more than {MAX_FILE >> 20} MB.")
    if kind == MISNAMED:
        return _without_text(BROKEN, "The file is not what its name says, or its beginning is lost.")
    return None


def _without_text(state: str, detail: str) -> Extraction:
    return Extraction(state, "", (), detail)


def _extraction(answer: dict[str, Any]) -> Extraction:
    """The worker's answer, checked: a hostile file may have taken it over."""
    state, title, detail = (answer.get(key) for key in ("state", "title", "detail"))
    form, lacks = str(answer.get("form", "")), str(answer.get("lacks", ""))
    try:
        passages = tuple(Passage(str(place), str(text)) for place, text in answer["passages"])
        properties = tuple((str(name), str(value)) for name, value in answer.get("properties", ()))
        suggested = tuple(_suggested(one, len(passages)) for one in answer.get("suggested", ()))
    except (KeyError, TypeError, ValueError):
        state, passages, properties, suggested = None, (), (), ()
    if state not in STATES or not isinstance(title, str) or not isinstance(detail, str):
        return _without_text(CRASHED, "The reader gave no sensible answer.")
    if "form" in answer:
        return CloseReading(state, title, passages, detail, properties, form=form)
    return Extraction(state, title, passages, detail, properties, suggested, lacks if lacks in (LEGACY, OCR) else "")


def _with_suggestions(found: Extraction) -> Extraction:
    from folderkit.extract.suggesting import suggest

    return replace(found, suggested=tuple(suggest([(one.place, one.text) for one in found.passages])))


def _suggested(one: list[Any], passages: int) -> Suggested:
    """One suggestion of the worker's. Raises `ValueError` or `TypeError` for what is none."""
    kind, value, number, unit, role, place, passage, start, length = one
    if not 0 <= int(passage) < passages:
        raise ValueError("a suggestion stands nowhere")
    return Suggested(str(kind), str(value), None if number is None else float(number), str(unit), str(role), str(place),
                     int(passage), int(start), int(length))
