"""``python -m tests.truth``: what `find` finds among 20,000 documents, against a scan of their plain texts.

Recall and precision are both 1 or it tells the queries, and ends with code 1.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from folderkit.catalog import Catalog
from folderkit.catalog.search import search
from tests.benchmarks import documents

_HAN = r"\u3400-\u9fff"
_WORD = rf"[^\W_{_HAN}]"
_JOINED = r"(?:[ \t\-_/'&+#@]|\.(?!\s|$))*"  # what may stand between the parts of one word or phrase
_EACH = 12  # queries of each kind among the most documents


class Asked(NamedTuple):
    """A query as it is typed, its kind, and what has to stand in a text for it."""

    kind: str
    query: str
    wanted: str


class Wrong(NamedTuple):
    """A query with the documents that it misses, and those that it finds and should not."""

    asked: Asked
    missed: set[int]
    extra: set[int]


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def pattern(wanted: str) -> re.Pattern[str]:
    """What a reader would call found: a Latin word whole (a number may go on), Han anywhere in a run, with or without
    blanks; parts joined by blanks and -_/.'&+#@ only, never by punctuation or a line's end."""
    runs = re.findall(rf"[{_HAN}]+|{_WORD}+", plain(wanted))
    head = "" if re.match(f"[{_HAN}]", runs[0]) else rf"(?<!{_WORD})"
    tail = "" if re.match(f"[{_HAN}]", runs[-1]) or runs[-1][-1].isdigit() else rf"(?!{_WORD})"
    return re.compile(head + _JOINED.join(
        (" *" if re.match(f"[{_HAN}]", run) else "").join(map(re.escape, run)) for run in runs) + tail)


def queries(texts: list[str], each: int) -> Iterator[Asked]:
    """Queries of every kind, cut out of the texts; and of some kinds such as mostly stand nowhere."""
    chance = random.Random("truth")
    han = [run for text in texts[:3000] for run in re.findall(r"[\u4e00-\u9fff]+", text)]
    english = [line for text in texts[:3000] for line in text.split("\n") if re.match("[a-z]+ [a-z]+ [a-z]+ ", line)]
    for size in (1, 2, 4, 7):
        long = [run for run in han if len(run) >= size]
        for number in range(each):
            run = chance.choice(long)
            start = chance.randrange(len(run) - size + 1)
            word = run[start : start + size]
            if size > 1 and number % 4 == 3:
                word = "".join(chance.choice(chance.choice(han)) for _ in range(size))
            yield Asked(f"{size} Chinese", word, word)
    for number in range(each):
        words = chance.choice(english).split()
        yield Asked("English word", word := re.sub(r"\W", "", chance.choice(words)) or "zzz", word)
        start, size = chance.randrange(2), chance.choice((2, 3))
        phrase = " ".join(re.sub(r"\W", "", one) for one in words[start : start + size])
        yield Asked("phrase", f'"{phrase}"', phrase)
        code = f"PO-{chance.randrange(10_000)}"
        code = code[: chance.choice((5, 6, 7))]
        yield Asked("number", code, code)
        found = re.search(r"PO-\d+ 区\d+", chance.choice(texts))
        mixed = found[0] if found else "PO-1 区1"
        mixed = mixed if number % 2 else mixed[mixed.index("区") :]
        yield Asked("mixed", f'"{mixed}"', mixed)


def compare(place: Path, count: int, each: int) -> tuple[Counter[str], Counter[str], list[Wrong]]:
    """How many queries of each kind were asked, how many hits these had, and those that were answered wrongly."""
    catalog = Catalog(place / "truth.db")
    texts = {number: documents.text(number) for number in range(count)}
    documents.fill(catalog, texts)
    known = [plain(text) for text in texts.values()]
    asked: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    wrong = []
    for one in dict.fromkeys(queries(list(texts.values()), each)):
        wanted = pattern(one.wanted)
        expected = {number for number, text in enumerate(known) if wanted.search(text)}
        found = [int(hit.path.rpartition("/f")[2].removesuffix(".txt"))
                 for hit in search(catalog, one.query, limit=count)]
        asked[one.kind] += 1
        hits[one.kind] += len(expected)
        if set(found) != expected or len(found) != len(expected):
            wrong.append(Wrong(one, expected - set(found), set(found) - expected))
    catalog.close()
    return asked, hits, wrong


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000, metavar="N")
    parser.add_argument("--each", type=int, default=_EACH, metavar="N", help="queries of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asked, hits, wrong = compare(Path(place), options.documents, options.each)
    for kind, number in asked.items():
        print(f"{kind}: {number} queries, {hits[kind]} documents to find")  # noqa: T201
    for one in wrong:
        print(f"{one.asked.kind} {one.asked.query}: missed {sorted(one.missed)[:5]}, extra {sorted(one.extra)[:5]}")  # noqa: T201
    print("recall 1, precision 1" if not wrong else f"{len(wrong)} queries answered wrongly")  # noqa: T201
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
