"""``python -m tests.benchmarks.texts DIR``: what is read of the real files in DIR (a folder per type), against others.

Peers, each where it is installed: recoll and antiword, catdoc, unrtf, pdftotext (Debian's packages), LibreOffice, and
kreuzberg (``pip install --target LIBS kreuzberg``, and ``--libs LIBS``). A word belongs to the consensus when two of
them have it, or all where there are fewer. With ``--keep FILE`` a sample of the consensus is written down, as hashes,
for the test that holds us to it where the peers are not installed.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from folderkit.extract import Extraction, Extractor

SAMPLE = 60
"""Words of a file of which hashes are kept."""
_WORD = re.compile(r"[㐀-鿿豈-﫿]+|[^\W_㐀-鿿豈-﫿]+")
_RECOLL_HEAD = re.compile(r"^[\w.+-]+/[\w.+-]+\t\[file://(.*?)\]\t\[.*\]\t\d+\tbytes\t")
_RECOLL_FAILED = "Cant turn to text:"
_SECONDS = 60.0
_TOOLS = {
    "doc": ("antiword", "-m", "UTF-8.txt"), "rtf": ("unrtf", "--text", "--quiet"), "pdf": ("pdftotext", "-q"),
    "ppt": ("catppt", "-d", "utf-8"), "xls": ("xls2csv", "-d", "utf-8"),
}  # fmt: skip
_TXT = "txt:Text (encoded):UTF8"
_CSV = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,false,false,false,-1"
_OFFICE = {"doc": _TXT, "docx": _TXT, "docxtpl-templates": _TXT, "odt": _TXT, "rtf": _TXT, "xls": _CSV, "xlsx": _CSV,
           "xlsx-rich": _CSV, "ods": _CSV}  # fmt: skip
_LABELS = {"eml": {"from", "to", "cc", "date", "subject"}}
"""Words that peers put before what they read."""
_NO_VOICE = frozenset({"doc", "ppt", "xls"})
"""Types of which recoll's words do not count: it has .doc from antiword too, and gives the masters' "Click to edit" of
presentations, and the days of workbooks as numbers."""
_KREUZBERG = """
import sys, kreuzberg
try:
    text = kreuzberg.extract_file_sync(sys.argv[1]).content
except Exception:
    text = ""
sys.stdout.buffer.write(text.encode("utf-8", "replace"))
"""

Texts = dict[Path, str]


def words_of(text: str) -> set[str]:
    """The words of a text: Latin ones and numbers, and of Chinese every two characters."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if word[0] < "㐀" or len(word) < 2:
            found.add(word)
        else:
            found.update(word[at : at + 2] for at in range(len(word) - 1))
    return found


def all_text(result: Extraction) -> str:
    """Everything that an extraction lets a file be found by; the names of sheets and pages are not."""
    return "\n".join([result.title, *(value for _, value in result.properties),
                      *(passage.text for passage in result.passages)])


def read_by_us(files: list[Path]) -> Texts:
    with Extractor() as extractor:
        return {path: all_text(extractor.read(path, path.name)) for path in files}


def read_by_recoll(files: list[Path], folder: Path) -> Texts:
    """What recoll indexes; the documents within a file count for the file."""
    if not files or not shutil.which("recollindex"):
        return {}
    home = folder / "recoll"
    home.mkdir()
    top = Path(os.path.commonpath([path.parent for path in files]))
    (home / "recoll.conf").write_text(f"topdirs = {top}\nloglevel = 1\n")
    subprocess.run(["recollindex", "-c", home, "-z"], capture_output=True, timeout=1800)
    out = subprocess.run(["recollq", "-c", home, "-n", "0", "-d", f"dir:{top}"], capture_output=True, timeout=600)
    texts: dict[Path, list[str]] = defaultdict(list)
    current: list[str] = []
    for line in out.stdout.decode("utf-8", "replace").splitlines():
        if head := _RECOLL_HEAD.match(line):
            current = texts[Path(head[1])]
        elif not line.startswith(_RECOLL_FAILED):
            current.append(line)
    return {path: "\n".join(texts.get(path, [])) for path in files}


def read_by_kreuzberg(files: list[Path], libs: str) -> Texts:
    if not libs:
        return {}
    environment = {**os.environ, "PYTHONPATH": libs}
    return {path: _output([sys.executable, "-c", _KREUZBERG, str(path)], environment) for path in files}


def read_by_tools(files: list[Path]) -> Texts:
    """What the program of a type's own says."""
    found = {}
    for path in files:
        command = _TOOLS.get(path.parent.name)
        if command and shutil.which(command[0]):
            found[path] = _output([*command, str(path), *(["-"] if command[0] == "pdftotext" else [])])
    return found


def read_by_libreoffice(files: list[Path], folder: Path) -> Texts:
    """What LibreOffice shows, a process for all files of a type."""
    found: Texts = {}
    for kind, form in _OFFICE.items() if shutil.which("soffice") else ():
        of_kind = [path for path in files if path.parent.name == kind]
        out = folder / f"office-{kind}"
        out.mkdir()
        for path in of_kind:  # one that crashes must not cost the others
            command = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
                       "--convert-to", form, "--outdir", str(out / path.name), str(path)]
            _output(command)
            made = sorted((out / path.name).glob("*")) if (out / path.name).is_dir() else []
            found[path] = "\n".join(one.read_text("utf-8", "replace") for one in made)
    return found


def _output(command: list[str], environment: dict[str, str] | None = None) -> str:
    try:
        # In a folder of its own: unrtf leaves pictures where it is run.
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, env=environment, cwd=folder,
                                  stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace")


def consensus(path: Path, peers: dict[str, Texts]) -> set[str]:
    """The words of a file that two peers have; with one peer alone there is none."""
    kind = path.parent.name
    texts = [words_of(read[path]) for name, read in peers.items()
             if path in read and not (name == "recoll" and kind in _NO_VOICE)]
    counts = Counter(word for words in texts for word in words - _LABELS.get(kind, set()))
    return {word for word, count in counts.items() if count >= 2} if len(texts) > 1 else set()


def hashed(word: str) -> bytes:
    return hashlib.blake2b(word.encode(), digest_size=4).digest()


def kept(words: set[str]) -> str:
    """A sample of words, as hashes in base64: always the same of the same words."""
    return base64.b64encode(b"".join(sorted(map(hashed, words))[:SAMPLE])).decode()


def table(files: list[Path], ours: Texts, peers: dict[str, Texts], agreed: dict[Path, set[str]]) -> Iterator[str]:
    names = "".join(f"{name:>13}" for name in peers)
    yield f"{'type':20}{'files':>6}{'ours':>6}{names}{'recall':>9}{'words':>8}"
    for kind in sorted({path.parent.name for path in files}):
        some = [path for path in files if path.parent.name == kind]
        has = [sum(bool(words_of(read.get(path, ""))) for path in some) for read in (ours, *peers.values())]
        wanted = sum(len(agreed[path]) for path in some)
        got = sum(len(agreed[path] & words_of(ours[path])) for path in some)
        yield (f"{kind:20}{len(some):6}{has[0]:6}" + "".join(f"{count:13}" for count in has[1:])
               + f"{got / wanted if wanted else 1:9.3f}{wanted:8}")


def losses(ours: Texts, agreed: dict[Path, set[str]]) -> Iterator[str]:
    """The files of which most is lost, and some of the lost words."""
    lost = {path: words - words_of(ours[path]) for path, words in agreed.items()}
    for path, words in sorted(lost.items(), key=lambda item: -len(item[1])):
        if len(words) > len(agreed[path]) * 0.01:
            yield f"{len(words):6} of {len(agreed[path]):6} {path.parent.name}/{path.name}: {sorted(words)[:12]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.texts", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--libs", default="", help="where kreuzberg is installed")
    parser.add_argument("--types", nargs="*", help="only these folders")
    parser.add_argument("--keep", type=Path, help="write a sample of the consensus here, as hashes")
    given = parser.parse_args()
    files = sorted(path for path in given.folder.resolve().glob("*/*")
                   if path.is_file() and (not given.types or path.parent.name in given.types))
    with tempfile.TemporaryDirectory(prefix="folderkit-texts-") as place:
        peers = {
            "recoll": read_by_recoll(files, Path(place)), "kreuzberg": read_by_kreuzberg(files, given.libs),
            "its tool": read_by_tools(files), "LibreOffice": read_by_libreoffice(files, Path(place)),
        }  # fmt: skip
    agreed = {path: consensus(path, peers) for path in files}
    ours = read_by_us(files)
    print("\n".join([*table(files, ours, peers, agreed), *losses(ours, agreed)]))
    if given.keep:
        words = {f"{path.parent.name}/{path.name}": kept(agreed[path]) for path in files if agreed[path]}
        given.keep.write_text(json.dumps(words, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
