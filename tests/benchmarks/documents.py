"""Many documents in a catalog, Chinese and English, always the same ones; what they are asked, and how long that
takes."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import random
import re
import sqlite3
import statistics
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from folderkit.catalog import SCHEMA, Catalog, Reading
from folderkit.core import events
from folderkit.core.events import Entry, VersionKept
from tests.benchmarks.measure import Spent, process
from tests.benchmarks.office_parts import RICH, paragraphs

VERSION = 1  # of what is made: a cached catalog of another one is made again
QUERIES = 400
_TOGETHER = 500
_POOL, _CHARACTERS = 20_000, 1500
_INDEX = ("content", "title_fts", "suggested", "held", "sqlite_autoindex_content")  # beginnings of tables' names


@functools.cache
def _pool(language: str) -> list[str]:
    """Paragraphs from which documents are put together, each of a few sentences."""
    chance = random.Random(f"documents {language}")
    return [next(paragraphs(chance, RICH + language, 1)) for _ in range(_POOL)]


def text(number: int) -> str:
    """One document: paragraphs by lines, with a number of an order that few others have."""
    chance = random.Random(number)
    pool = _pool("zh" if chance.random() < 0.6 else "en")
    lines: list[str] = []
    size = 0
    while size < _CHARACTERS:
        lines.append(chance.choice(pool))
        size += len(lines[-1])
    lines.insert(chance.randrange(len(lines)), f"PO-{chance.randrange(10_000)} 区{chance.randrange(100)}")
    return "\n".join(lines)


def fill(catalog: Catalog, texts: Mapping[int, str]) -> None:
    """Put documents in an empty catalog, each as a file of that number."""
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    numbers = list(texts)
    for start in range(0, len(numbers), _TOGETHER):
        with catalog.transaction():
            for number in numbers[start : start + _TOGETHER]:
                path = f"d/{number % 97}/f{number}.txt"
                event = VersionKept("p", f"id{number}", path, f"c{number}", 1, number, "scan")
                catalog.apply([Entry(number + 1, at, "x", events.op_of(event), event, "h")])
                catalog.set_text(f"c{number}", 1, Reading("ok", "", [("", line) for line in texts[number].split("\n")]))


class _Texts(Mapping[int, str]):
    """The first documents, each made when it is asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __getitem__(self, number: int) -> str:
        return text(number)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._count))

    def __len__(self) -> int:
        return self._count


def cached(place: Path, count: int) -> Path:
    """The catalog with so many documents, made when first asked for, and kept."""
    path = place / f"documents-{VERSION}-{SCHEMA}-{count}.db"
    if not path.exists():
        print(f"Making a catalog of {count:,} documents, once …", file=sys.stderr)
        making = place / f"documents-making-{count}.db"
        making.unlink(missing_ok=True)
        catalog = Catalog(making)
        fill(catalog, _Texts(count))
        catalog.close()
        making.rename(path)
    return path


def index_size(path: Path) -> float:
    """Bytes of the tables that hold texts, words and suggestions; without what is not used of the file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        try:
            rows = database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()
        except sqlite3.OperationalError:  # SQLite was built without it
            return float(path.stat().st_size)
    return float(sum(size for name, size in rows if name.startswith(_INDEX)))


def queries(count: int, asked: int) -> list[str]:
    """Words of two characters and more, English ones and numbers, as they stand in the documents: frequent and rare."""
    chance = random.Random("queries")
    found: list[str] = []
    while len(found) < asked:
        words = re.findall(r"[\u4e00-\u9fff]{2,}|[A-Za-z]{3,}|PO-\d+", text(chance.randrange(count)))
        word = chance.choice(words)
        size = chance.choice((2, 2, 2, 3, 4))
        start = chance.randrange(max(len(word) - size, 0) + 1)
        found.append(word if word[0].isascii() else word[start : start + size])
    return found


def measure(place: Path, count: int) -> dict[str, Spent]:
    """How long queries take among so many documents, and how large their index is."""
    catalog = cached(place, count)
    asked = queries(count, QUERIES)
    chars = sorted({word[0] for word in asked if not word[0].isascii()})[:20] or ["区"]
    seconds, memory = _ask(catalog, place, [*asked, *chars])
    times, single = sorted(seconds[: len(asked)]), seconds[len(asked) :]
    return {"p50": Spent(statistics.median(times)), "p99": Spent(times[int(len(times) * 0.99)]),
            "one character": Spent(statistics.median(single)), "memory": Spent(amount=memory / 1e6),
            "size": Spent(amount=index_size(catalog) / count)}


def _ask(catalog: Path, place: Path, asked: list[str]) -> tuple[list[float], float]:
    """The CPU seconds of each query, and the bytes of memory that the process took."""
    wanted, told = place / "queries.json", place / "answers.json"
    wanted.write_text(json.dumps(asked), encoding="utf-8")
    process([sys.executable, "-P", "-m", "tests.benchmarks.find_steps", "ask", catalog, wanted, told], place,
            {"PYTHONPATH": str(Path(__file__).parents[2])})
    found = json.loads(told.read_text(encoding="utf-8"))
    return found["seconds"], found["memory"]
