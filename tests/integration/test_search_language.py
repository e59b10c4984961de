"""Queries of several words against brute force: every one of either, not and both, in names, folders and texts; pages,
totals and order."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from folderkit.catalog import Catalog, Reading
from folderkit.catalog.query import parse
from folderkit.catalog.scope import Condition, scope_of
from folderkit.catalog.search import find_page
from folderkit.core import events
from folderkit.core.events import Entry, Event, FileDeleted, FileMoved, VersionKept
from tests.integration.test_search import HAN, WORDS, generated, stands_in

_FOLDERS = ("", "合同/", "风险 risk/", "Budget/", "client/變更/")


@dataclass(frozen=True)
class Lying:
    """A file as the oracle knows it; two may have one text."""

    path: str
    text: str


def lying(count: int) -> list[Lying]:
    rng = random.Random(23)
    files: list[Lying] = []
    for number, one in enumerate(generated(count)):
        text = one.text.replace("\n", " ")
        name = f"{rng.choice(WORDS).replace('/', '-')} {''.join(rng.choices(HAN, k=3))} {number:04d}.txt"
        files.append(Lying(rng.choice(_FOLDERS) + name, text))
        if number % 9 == 0:  # a copy elsewhere, with a name of its own
            files.append(Lying(f"copies/copy of {number:04d} {rng.choice(WORDS).replace('/', '-')}.txt", text))
    return files


FILES = lying(220)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The files, after each was somewhere else, and others were there and are gone."""
    made = Catalog(tmp_path_factory.mktemp("language") / "catalog.db")
    texts = {text: f"c{number}" for number, text in enumerate({one.text for one in FILES})}
    entry = iter(range(1, 10_000))

    def apply(event: Event) -> None:
        made.apply([Entry(next(entry), dt.datetime.now(dt.UTC), "x", events.op_of(event), event, "h")])

    with made.transaction():
        for number, one in enumerate(FILES):
            apply(VersionKept(f"p{number % 3}", f"id{number}", f"old/contract {number}.txt", texts[one.text], 1,
                              number * 10**9, "scan"))
            apply(FileMoved(f"p{number % 3}", f"id{number}", f"old/contract {number}.txt", one.path))
            if number % 7 == 0:
                apply(VersionKept("p0", f"gone{number}", one.path, texts[one.text], 1, 0, "scan"))
        for text, content in texts.items():
            made.set_text(content, 1, Reading("ok", "", [("", text)]))
        for number in range(0, len(FILES), 7):
            apply(FileDeleted("p0", f"gone{number}", FILES[number].path))
    yield made
    made.close()


def queries(count: int) -> list[str]:
    rng = random.Random(5)

    def word() -> str:
        return rng.choice((rng.choice(WORDS).replace("/", "-"), rng.choice(HAN), "".join(rng.choices(HAN, k=2)),
                           str(rng.randrange(10, 99)), "copy", "合同", "risk", "变更", "違約", "budget"))

    made = []
    for _ in range(count):
        parts = [" OR ".join(word() for _ in range(rng.choice((1, 1, 1, 2, 3))))
                 for _ in range(rng.choice((1, 2, 2, 3)))]
        parts += [f"-{word()}" for _ in range(rng.choice((0, 0, 1, 2)))]
        rng.shuffle(parts)
        made.append(" ".join(parts))
    return made


def fits(one: Lying, text: str) -> bool:
    folder, _, name = one.path.rpartition("/")

    def stands(word: str) -> bool:
        return any(stands_in(word, part) for part in (name, folder, one.text) if part)

    query = parse(text)
    return (all(any(stands(word.text) for word in group) for group in query.groups)
            and not any(stands(word.text) for word in query.excluded))


@pytest.mark.parametrize("query", queries(120))
def test_what_is_found_is_what_a_reader_finds(catalog: Catalog, query: str) -> None:
    page = find_page(catalog, parse(query), limit=10_000)
    expected = sorted(one.path for one in FILES if fits(one, query))
    assert sorted(hit.path for hit in page.hits) == expected
    assert page.total == len(expected)


@pytest.mark.parametrize("query", queries(12))
def test_among_the_files_of_a_scope(catalog: Catalog, query: str) -> None:
    scope = scope_of(catalog, Condition("file.project = ? AND path NOT LIKE 'Budget/%'", ("p1",)))
    expected = sorted(one.path for number, one in enumerate(FILES)
                      if number % 3 == 1 and not one.path.startswith("Budget/") and fits(one, query))
    for limit in (3, 10_000):
        page = find_page(catalog, parse(query), scope, limit=limit)
        assert page.total == len(expected)
        assert {hit.path for hit in page.hits} <= set(expected)
        assert len(page.hits) == min(limit, len(expected))


def test_the_queries_do_find_and_do_not() -> None:
    counts = [sum(fits(one, query) for one in FILES) for query in queries(40)]
    assert sum(0 < count < len(FILES) for count in counts) > 25
    assert max(counts) > 100


@pytest.mark.parametrize("query", ["contract", "risk OR 合同", "违约 OR penalty -budget", "合", "copy", "1",
                                   "变更 OR client"])
def test_pages_are_parts_of_one_order(catalog: Catalog, query: str) -> None:
    whole = [(hit.project, hit.path) for hit in find_page(catalog, parse(query), limit=10_000).hits]
    assert len(whole) > 20
    for size in (1, 7, 20):
        pages = [find_page(catalog, parse(query), offset=offset, limit=size)
                 for offset in range(0, min(60, len(whole)), size)]
        told = [(hit.project, hit.path) for page in pages for hit in page.hits]
        assert told == whole[: len(told)]
        assert {page.total for page in pages} == {len(whole)}
    assert find_page(catalog, parse(query), offset=len(whole), limit=5) == ([], len(whole), True)


def test_without_words_the_newest_of_the_scope_come_first(catalog: Catalog) -> None:
    scope = scope_of(catalog, Condition("path LIKE 'copies/%'"))
    page = find_page(catalog, parse("-penalty"), scope, limit=10_000)
    expected = [one.path for one in reversed(FILES) if one.path.startswith("copies/") and fits(one, "-penalty")]
    assert [hit.path for hit in page.hits] == expected
    assert find_page(catalog, parse("-penalty")).total == 0


def test_of_equals_the_newest_comes_first(tmp_path: Path) -> None:
    made = Catalog(tmp_path / "catalog.db")
    order = [3, 0, 4, 1, 2]
    with made.transaction():
        for number in order:
            event = VersionKept("p", f"id{number}", f"f{number}.txt", f"c{number}", 1, number * 86_400 * 10**9, "scan")
            made.apply([Entry(number + 1, dt.datetime.now(dt.UTC), "x", events.op_of(event), event, "h")])
        for number in reversed(order):
            made.set_text(f"c{number}", 1, Reading("ok", "", [("", f"penalty of some kind {number}")]))
    for query in ("penalty", "penalty kind", "penalty OR kind"):
        found = [hit.path for hit in find_page(made, parse(query)).hits]
        assert found == [f"f{number}.txt" for number in (4, 3, 2, 1, 0)]
    made.close()


def test_how_many_files_hold_a_text_is_always_known(catalog: Catalog) -> None:
    told = catalog.database.execute("SELECT row, files FROM held ORDER BY row").fetchall()
    counted = catalog.database.execute(
        "SELECT content.row, (SELECT count(*) FROM file WHERE file.content = content.hash AND present) FROM content"
        " ORDER BY row").fetchall()
    assert told == counted
    assert sum(files for _, files in told) == len(FILES)
