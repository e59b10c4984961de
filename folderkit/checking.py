"""The registers of projects checked: all at once by every core, and not again until something that was looked at is
another."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from folderkit.core import safefiles
from folderkit.core.errors import Failed, FolderkitError
from folderkit.core.folders import make_folders
from folderkit.core.kept import Shelf
from folderkit.core.language import NO_TEXT, Text
from folderkit.core.processes import Ended, cores, shared_out

if TYPE_CHECKING:
    from folderkit.registers.check import Finding, Ground, Kept, Unread

_FOLDER = "checks"  # in the private state: what was found, by project; it may be thrown away at any time
_MANY = 4  # projects from which on a second process is worth its start
_MOST = 8  # processes
_DIGEST = 64  # letters of a checksum
_FORM = "1"  # of what is noted


class Opened(NamedTuple):
    """The registers of a project that could be read, by name, and those that could not."""

    kept: dict[str, Kept]
    unread: list[Unread]


class Wanted(NamedTuple):
    """A check that is wanted: of the registers at these paths, by name, of the project in `folder`, on this day, by all
    rules but those that are `off`. Amounts that name no currency are in `currency`, where that is known."""

    project: str
    folder: Path
    paths: Mapping[str, Path]
    facts: Mapping[str, Any]
    today: dt.date
    off: frozenset[str]
    currency: str = ""


class _Done(NamedTuple):
    """What a check found, and what it looked at: the checksum of all that it read, "" when there is none because a file
    could not be read, and whether other files were there."""

    findings: list[Finding]
    digest: str
    looked: dict[str, bool]


def open_all(paths: Mapping[str, Path], folder: Path, today: dt.date) -> Opened:
    """All registers of the project in `folder`; each workbook is read once."""
    return _opened(_contents(paths), paths, folder, today)


def _contents(paths: Mapping[str, Path]) -> dict[Path, bytes | FolderkitError]:
    """What the workbooks hold, or why they cannot be read."""
    from folderkit.registers import file_bytes

    found: dict[Path, bytes | FolderkitError] = {}
    for path in dict.fromkeys(paths.values()):
        try:
            found[path] = file_bytes(path)
        except FolderkitError as error:
            found[path] = error
    return found


def _opened(contents: Mapping[Path, bytes | FolderkitError], paths: Mapping[str, Path], folder: Path, today: dt.date
            ) -> Opened:
    from folderkit.registers import load_schema
    from folderkit.registers.check import Kept, Unread
    from folderkit.registers.read import Workbook

    books: dict[Path, Workbook] = {}
    opened = Opened({}, [])
    for name in sorted(paths, key=lambda name: (load_schema(name).sheet_of or name, name)):
        path = paths[name]
        relative = path.relative_to(folder).as_posix()
        try:
            content = contents[path]
            if isinstance(content, FolderkitError):
                raise content
            if path not in books:
                books[path] = Workbook(content, path)
            opened.kept[name] = Kept(books[path].register(load_schema(name), today), books[path], relative)
        except FolderkitError as error:
            gone = not path.is_file()
            opened.unread.append(Unread(name, relative, gone, error.message,
                                        _saved_otherwise(path) if gone else error.hint or NO_TEXT))
    return opened


def _saved_otherwise(path: Path) -> Text:
    """What to do where a person has saved a workbook under the same name in a form that folderkit does not write."""
    other = next((found for ending in (".xlsm", ".xlsb", ".et", ".ods")
                  if (found := path.with_suffix(ending)).is_file()), None)
    return NO_TEXT if other is None else Text(f"Open '{other.name}' and save it as '{path.name}'.",
                                              f"请打开“{other.name}”并另存为“{path.name}”。")


# -- checking --------------------------------------------------------------------------------------
def found_in(opened: Opened, wanted: Wanted) -> list[Finding]:
    """What the rules find in registers that are opened already."""
    from folderkit.registers.check import check, is_there

    return check(_ground(opened, wanted, is_there), wanted.off)


def _ground(opened: Opened, wanted: Wanted, is_there: Callable[[Path], bool]) -> Ground:
    from folderkit.registers.check import Ground

    return Ground(opened.kept, wanted.folder, wanted.today, wanted.facts, opened.unread, is_there, wanted.currency)


def checked(state: Path, wanted: Sequence[Wanted]) -> Iterator[list[Finding]]:
    """What each of these checks finds, in their order. What is known from before is taken from the folder `state`, and
    what was not is noted there. Raises `Failed` when the system has ended a process that was at work."""
    known = [_known(state, one) for one in wanted]
    with contextlib.closing(_made([one for one, found in zip(wanted, known, strict=True) if found is None])) as made:
        for one, findings in zip(wanted, known, strict=True):
            if findings is not None:
                yield findings
                continue
            done = next(made)
            _note(state, one, done)
            yield done.findings


def _made(wanted: Sequence[Wanted]) -> Generator[_Done, None, None]:
    processes = min(cores(), _MOST, len(wanted))
    if processes < 2 or len(wanted) < _MANY:
        yield from map(_make, wanted)
        return
    try:
        yield from shared_out(_make, wanted, processes)
    except Ended:
        raise Failed(Text("A process that checked registers was ended by the system.", "检查登记册的进程被系统终止。"),
                     Text("Close other programs, or check one project at a time: folderkit register check -p PROJECT",
                          "请关闭其他程序，或逐个项目检查：folderkit register check -p 项目")) from None


def _make(wanted: Wanted) -> _Done:
    from folderkit.registers.check import check, is_there

    looked: dict[str, bool] = {}

    def look(path: Path) -> bool:
        return looked.setdefault(str(path), is_there(path))

    contents = _contents(wanted.paths)
    opened = _opened(contents, wanted.paths, wanted.folder, wanted.today)
    return _Done(check(_ground(opened, wanted, look), wanted.off), _digest(wanted, contents), looked)


# -- what is known from before ---------------------------------------------------------------------
def _place(state: Path, wanted: Wanted) -> Path:
    return state / _FOLDER / f"{_hash([wanted.project])[:32]}.json"


def _known(state: Path, wanted: Wanted) -> list[Finding] | None:
    """What a check found that looked at the very same, None when there was none."""
    from folderkit.registers.check import Finding, is_there

    try:
        text = _place(state, wanted).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if text[:_DIGEST] != _hash([text[_DIGEST:]]):
        return None
    noted = json.loads(text[_DIGEST:])
    if noted["digest"] != _digest(wanted, _contents(wanted.paths)) or any(
            is_there(Path(path)) != was for path, was in noted["looked"].items()):
        return None
    return [Finding._make([*words, Text(*message), Text(*hint)]) for *words, message, hint in noted["findings"]]


def _note(state: Path, wanted: Wanted, done: _Done) -> None:
    """Note what was found; where that cannot be done, it is looked for again the next time."""
    if not done.digest:
        return
    text = json.dumps({"digest": done.digest, "looked": done.looked,
                       "findings": [[*one[:-2], [one.message.en, one.message.zh], [one.hint.en, one.hint.zh]]
                                    for one in done.findings]})
    try:
        make_folders(state / _FOLDER)
        safefiles.replace_whole(_place(state, wanted), [f"{_hash([text])}{text}".encode()])
    except OSError:
        return


def _digest(wanted: Wanted, contents: Mapping[Path, bytes | FolderkitError]) -> str:
    """A checksum of all on which the findings depend but whether other files are there."""
    import folderkit.registers

    maker = Shelf(_FOLDER, (Path(folderkit.registers.__file__).parent,), ("python_calamine",)).maker()
    parts: list[str | bytes] = [_FORM, *maker, str(wanted.folder), wanted.today.isoformat(), repr(sorted(wanted.off)),
                                repr(wanted.facts), wanted.currency]
    for name, path in sorted(wanted.paths.items()):
        content = contents[path]
        if isinstance(content, FolderkitError):
            return ""
        parts += [name, str(path), content]
    return _hash(parts)


def _hash(parts: Sequence[str | bytes]) -> str:
    from blake3 import blake3

    whole = blake3()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "little") + data)
    return whole.hexdigest()
