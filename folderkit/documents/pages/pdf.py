"""PDF from Word and Excel, by LibreOffice: one document, or many with one start of it for dozens."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from folderkit.core import naming, safefiles
from folderkit.core.errors import Failed, FolderkitError, Refused, os_failure
from folderkit.core.folders import make_folders
from folderkit.core.language import Text
from folderkit.core.scratch import scratch
from folderkit.documents.pages.libreoffice import Office, soffice

TOGETHER = 40  # documents for one start: LibreOffice grows with each that it has had open
TIMEOUT = 120.0  # seconds for one document
_HOPELESS = 3  # documents in a row that brought LibreOffice down
_OFFICE = (".docx", ".doc", ".odt", ".rtf", ".xlsx", ".xls", ".ods", ".pptx", ".ppt", ".odp")
Progress = Callable[[int, int], None]  # (done, of how many)


def to_pdf(document: Path, folder: Path, timeout: float = TIMEOUT) -> Path:
    """Convert one document; its PDF of the same stem in `folder`, where none may be. `timeout` in seconds.

    Raises `Refused` when LibreOffice is not installed or a file stands there, `Failed` when it fails or takes too long.
    """
    target = folder / f"{document.stem}.pdf"
    for error in convert_many({document: target}, timeout).values():
        raise error
    return target


def pdf_of(data: bytes, timeout: float = TIMEOUT, name: str = "document.docx") -> bytes:
    """The PDF of a Word or Excel file given as bytes, which errors call by its `name`; errors as `to_pdf`."""
    with _folder_of_work() as work:
        source, target = work / name, work / "made.pdf"
        source.write_bytes(data)
        for error in convert_many({source: target}, timeout, work=work).values():
            raise error
        return target.read_bytes()


def convert_many(documents: Mapping[Path, Path], timeout: float = TIMEOUT, progress: Progress | None = None,
                 work: Path | None = None) -> dict[Path, FolderkitError]:
    """Convert documents of Word or any other Office program, each to its PDF (source: target, see `pdf_names`), with
    one start of LibreOffice for dozens of them. `timeout` in seconds for each; `progress` is told as they are made.
    What is made on the way, among it copies, lies in the folder `work`; without one, in the system's for such files.

    Returns what could not be converted, and why: a document that brings LibreOffice down, or keeps it for too long, or
    whose target is taken, fails alone. Raises `Refused` when LibreOffice is not installed.
    """
    program = require_soffice()
    with _folder_of_work(work) as folder:
        try:
            return _Batch(Office(program, folder), folder, documents, timeout, progress).run()
        except OSError as error:
            raise os_failure(Text("run", "运行"), error, program) from None


@contextlib.contextmanager
def _folder_of_work(place: Path | None = None) -> Iterator[Path]:
    with scratch(place or Path(tempfile.gettempdir()), "folderkit-pdf-") as folder:
        yield folder


def require_soffice() -> Path:
    """LibreOffice's program. Raises `Refused` when it is not installed."""
    program = soffice()
    if program is None:
        raise Refused(
            Text("A PDF needs LibreOffice, which is not installed.", "生成 PDF 需要 LibreOffice，但尚未安装。"),
            Text("Install it (apt install libreoffice-writer, or libreoffice.org), or save as PDF in Word.",
                 "请安装 LibreOffice（apt install libreoffice-writer，或 libreoffice.org），或在 Word 中另存为 PDF。"))
    return program


class _Job(NamedTuple):
    """A document, its PDF's place, and the copy that is converted: under a plain name, since a person's may begin with
    '-' or hold what a URL cannot, and since names in several folders may be the same."""

    source: Path
    target: Path
    copy: Path


class _Batch:
    """Documents on their way to their PDFs."""

    def __init__(self, office: Office, work: Path, documents: Mapping[Path, Path], timeout: float,
                 progress: Progress | None) -> None:
        self._office, self._work, self._timeout, self._progress = office, work, timeout, progress
        self._waiting = deque(_Job(source, target, work / f"{number:06}{source.suffix.lower()}")
                              for number, (source, target) in enumerate(documents.items()))
        self._total, self._done, self._told = len(self._waiting), 0, 0
        self._failed: dict[Path, FolderkitError] = {}
        self._hopeless = 0

    def run(self) -> dict[Path, FolderkitError]:
        alone = False
        while self._waiting:
            jobs = self._take(1 if alone else TOGETHER)
            alone = bool(jobs) and self._convert(jobs)
        return self._failed

    def _take(self, count: int) -> list[_Job]:
        """The next documents, copied."""
        taken: list[_Job] = []
        while self._waiting and len(taken) < count:
            job = self._waiting.popleft()
            try:
                shutil.copyfile(job.source, job.copy)
                taken.append(job)
            except OSError as error:
                self._fail(job, os_failure(Text("make a PDF of", "生成 PDF："), error, job.source))
        return taken

    def _convert(self, jobs: list[_Job]) -> bool:
        """One start for these documents; whether the first that waits then is to be tried alone."""
        start = self._office.convert([job.copy for job in jobs], self._timeout, self._tell_begun)
        left = [job for job in jobs if not self._deliver(job)]
        if left != jobs:
            self._hopeless = 0
        if not left or start.in_order:
            for job in left:
                self._fail(job, _not_converted(job, start.said if len(jobs) == 1 else ""))
            return False
        culprit, *others = left  # it was being converted when the end came
        self._waiting.extendleft(reversed(others))
        if len(jobs) > 1 and not start.late:
            self._waiting.appendleft(culprit)
            return True
        self._fail(culprit, self._too_late(culprit) if start.late else _not_converted(culprit, start.said))
        self._hopeless += 1
        if self._hopeless >= _HOPELESS and self._waiting:
            self._hopeless = 0
            self._fail_all_if_broken()
        return False

    def _fail_all_if_broken(self) -> None:
        """Several documents in a row brought LibreOffice down: if it cannot do the plainest one, it is not they."""
        probe = self._work / "probe.txt"
        probe.write_text("folderkit\n", encoding="utf-8")
        start = self._office.convert([probe], self._timeout, lambda count: None)
        if not self._office.has_whole(probe):
            while self._waiting:
                job = self._waiting.popleft()
                self._fail(job, _not_converted(job, start.said))
        self._office.made_of(probe).unlink(missing_ok=True)

    def _deliver(self, job: _Job) -> bool:
        """Put the PDF at its place, if it was made; it goes from the folder of work either way."""
        made = self._office.made_of(job.copy)
        job.copy.unlink()
        if not self._office.has_whole(job.copy):
            made.unlink(missing_ok=True)
            return False
        try:
            make_folders(job.target.parent)
            with made.open("rb") as stream:
                safefiles.place_new(job.target, iter(lambda: stream.read(1 << 20), b""))
        except FileExistsError:
            self._failed[job.source] = Refused(Text(f"'{job.target}' is already there.", f"“{job.target}”已经存在。"))
        except OSError as error:
            self._failed[job.source] = os_failure(Text("write", "写入"), error, job.target)
        made.unlink()
        self._one_more()
        return True

    def _fail(self, job: _Job, error: FolderkitError) -> None:
        self._failed[job.source] = error
        self._one_more()

    def _one_more(self) -> None:
        self._done += 1
        self._tell(self._done)

    def _tell_begun(self, count: int) -> None:
        self._tell(self._done + count - 1)  # all but the last of them are made

    def _tell(self, done: int) -> None:
        if self._progress and done > self._told:
            self._told = done
            self._progress(done, self._total)

    def _too_late(self, job: _Job) -> Failed:
        name, seconds = job.source.name, f"{self._timeout:g}"
        return Failed(
            Text(f"LibreOffice took longer than {seconds} seconds for '{name}'.",
                 f"LibreOffice 处理“{name}”超过 {seconds} 秒。"),
            Text("Close other programs and try again, or save as PDF in Word.",
                 "请关闭其他程序后再试，或在 Word 中另存为 PDF。"))


def _not_converted(job: _Job, said: str) -> Failed:
    name, why = job.source.name, Text(f": {said}" if said else "", f"：{said}" if said else "")
    return Failed(
        Text(f"LibreOffice could not convert '{name}'{why.en}.", f"LibreOffice 无法转换“{name}”{why.zh}。"),
        Text("Open the file in LibreOffice to see why.", "请用 LibreOffice 打开该文件查看原因。"))


# -- names -----------------------------------------------------------------------------------------
def pdf_names(documents: Iterable[Path], folder: Path | None = None) -> dict[Path, Path]:
    """Where the PDF of each document goes: into `folder`, or beside it; a.pdf for a.docx, but a.docx.pdf and a.xlsx.pdf
    where both are there; a number where two folders hold the same name."""
    sources = list(dict.fromkeys(documents))
    short = dict.fromkeys(sources, True)
    while True:
        names = {source: (folder or source.parent) / f"{source.stem if short[source] else source.name}.pdf"
                 for source in sources}
        counts = Counter(_key(target) for target in names.values())
        doubled = [source for source in sources if counts[_key(names[source])] > 1 and short[source]]
        if not doubled:
            return _numbered(names)
        short.update(dict.fromkeys(doubled, False))


def pdfs_beside(documents: Iterable[Path]) -> dict[Path, Path]:
    """Where the PDF of each document goes, beside it and those of other programs that stand there."""
    wanted = list(documents)
    there = [path for folder in dict.fromkeys(document.parent for document in wanted) if folder.is_dir()
             for path in folder.iterdir() if path.suffix.lower() in _OFFICE]
    known = {_key(document) for document in wanted}
    names = pdf_names([*wanted, *(path for path in there if _key(path) not in known)])
    return {document: names[document] for document in wanted}


def _numbered(names: dict[Path, Path]) -> dict[Path, Path]:
    taken: set[str] = set()
    for source, target in names.items():
        number, free = 1, target
        while _key(free) in taken:
            number += 1
            free = target.with_name(naming.numbered(target.name, number))
        taken.add(_key(free))
        names[source] = free
    return names


def _key(path: Path) -> str:
    return naming.key_of(str(path))
