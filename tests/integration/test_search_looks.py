"""What the index of tokens leaves open, the texts say: in the order of the hits, as far as somebody looks."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from folderkit.catalog import Catalog, Reading
from folderkit.catalog.query import parse
from folderkit.catalog.scope import Condition, scope_of
from folderkit.catalog.search import Page, find_page
from folderkit.core import events
from folderkit.core.events import Entry, FileDeleted, VersionKept
from tests.conftest import Run
from tests.integration.test_search import stands_in
from tests.trees import make_tree

COUNT = 2500
_PARTS = ("penalty clause, ", "clause penalty. ", "clause; ", "penalty, ", "penalty\nclause ",
          "违约金条款。", "违约条款，约金。", "条款违约，")


def _text(number: int) -> str:
    chance = random.Random(number)
    return "".join(chance.choices(_PARTS, k=3)) + f"number {number}"


TEXTS = {f"f{number:04d}.txt": _text(number) for number in range(COUNT)}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    made = Catalog(tmp_path_factory.mktemp("looks") / "catalog.db")
    at = dt.datetime.now(dt.UTC)
    with made.transaction():
        for number, (path, text) in enumerate(TEXTS.items()):
            event = VersionKept("p", f"id{number}", path, f"c{number}", 1, number // 3 * 10**9, "scan")
            made.apply([Entry(number + 1, at, "x", events.op_of(event), event, "h")])
            made.set_text(f"c{number}", 1, Reading("ok", "", [("", line) for line in text.split("\n")]))
    yield made
    made.close()


def page(catalog: Catalog, query: str, offset: int = 0, limit: int = 20) -> Page:
    return find_page(catalog, parse(query), offset=offset, limit=limit)


def paths(found: Page) -> list[str]:
    return [hit.path for hit in found.hits]


@pytest.mark.parametrize(("query", "has", "lacks"), [
    ('"penalty clause"', ("penalty clause",), ()),
    ("违约金条款", ("违约金条款",), ()),
    ('clause -"penalty clause"', ("clause",), ("penalty clause",)),
    ("违约 -违约金条款 -条款违约", ("违约",), ("违约金条款", "条款违约")),
])
def test_all_is_found_and_pages_agree(
        catalog: Catalog, query: str, has: tuple[str, ...], lacks: tuple[str, ...]) -> None:
    expected = {path for path, text in TEXTS.items() if all(stands_in(word, text) for word in has)
                and not any(stands_in(word, text) for word in lacks)}
    assert 200 < len(expected) < COUNT - 200
    whole = page(catalog, query, limit=COUNT)
    assert set(paths(whole)) == expected
    assert whole[1:] == (len(expected), True)
    order = [TEXTS[path] for path in paths(whole)]
    assert [int(text.rpartition(" ")[2]) // 3 for text in order] == sorted(
        (int(text.rpartition(" ")[2]) // 3 for text in order), reverse=True), "the newest first"
    for offset in (0, 20, 400, len(expected) - 7):
        some = page(catalog, query, offset=offset, limit=20)
        assert paths(some) == paths(whole)[offset : offset + 20]
        assert some.exact or abs(some.total - len(expected)) < len(expected) * 0.2
    assert not page(catalog, query, limit=5).exact
    exact = find_page(catalog, parse(query), limit=5, exact=True)
    assert exact[1:] == (len(expected), True)


def test_either_is_found_with_what_needs_no_look(catalog: Catalog) -> None:
    query = '"penalty clause" OR 约金'
    expected = {path for path, text in TEXTS.items() if stands_in("penalty clause", text) or stands_in("约金", text)}
    assert set(paths(page(catalog, query, limit=COUNT))) == expected


def test_what_no_text_has_is_not_found_although_all_have_its_words(catalog: Catalog) -> None:
    assert page(catalog, '"clause penalty number"') == ([], 0, True)
    assert page(catalog, "款违约金") == ([], 0, True)


def test_copies_and_what_is_gone_are_counted_among_many(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "catalog.db")
    entry = iter(range(1, 10_000))
    present: dict[str, int] = {}  # the files with when they were changed

    def apply(event: events.Event) -> None:
        catalog.apply([Entry(next(entry), dt.datetime.now(dt.UTC), "x", events.op_of(event), event, "h")])

    with catalog.transaction():
        for number in range(700):
            for copy in ("a", "b") if number % 7 == 0 else ("a",):
                path = f"{copy}/{number}.txt"
                apply(VersionKept("p", path, path, f"c{number}", 1, number * 10**9, "scan"))
                present[path] = number
            catalog.set_text(f"c{number}", 1, Reading("ok", "", [("", f"penalty {'clause' * (number % 2)}")]))
        for number in range(0, 700, 5):
            apply(FileDeleted("p", f"a/{number}.txt", f"a/{number}.txt"))
            del present[f"a/{number}.txt"]
    expected = sorted(present, key=lambda path: (-present[path], path))
    whole = page(catalog, "penalty", limit=1000)
    assert (paths(whole), whole.total) == (expected, len(expected))
    for offset in (0, 300, len(expected) - 5):
        some = page(catalog, "penalty", offset=offset, limit=10)
        assert (paths(some), some.total) == (expected[offset : offset + 10], len(expected))
    odd = [path for path in expected if present[path] % 2]
    some = page(catalog, "penalty clause", limit=10)
    assert (paths(some), some.total) == (odd[:10], len(odd))
    catalog.close()


def test_within_some_files(catalog: Catalog) -> None:
    scope = scope_of(catalog, Condition("path LIKE 'f1%'"))
    expected = {path for path, text in TEXTS.items() if path.startswith("f1") and stands_in("penalty clause", text)}
    found = find_page(catalog, parse('"penalty clause"'), scope, limit=COUNT)
    assert (set(paths(found)), found.total, found.exact) == (expected, len(expected), True)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_person_is_told_about_how_many_there_are(
        run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setattr("folderkit.catalog.search._EFFORT", 20_000)
    make_tree(project, {f"t{number:02d}.txt": f"late penalty {number}" if number % 4 else f"penalty, late {number}"
                        for number in range(40)})
    run("scan")
    told = run("find", "late penalty", "--limit", "6", lang=lang)
    assert told.code == 0
    assert ("1–6 of about " if lang == "en" else "第 1–6 个，共约 ") in told.err
    assert "--page 2" in told.err
    last = run("find", "late penalty", "--limit", "6", "--page", "5", lang=lang)
    assert ("25–30 of 30." if lang == "en" else "第 25–30 个，共 30 个。") in last.err
    assert "--page" not in last.err
    assert run("find", "late penalty", "--limit", "6", "--page", "6", lang=lang).code == 1


def test_blanks_within_a_heading_do_not_hide_it(run: Run, project: Path) -> None:
    make_tree(project, {"a.txt": "甲  方：上海公司\n乙　方：江南茶业", "b.txt": "甲\t方", "c 合 同.txt": "-"})
    run("scan")
    told = run("find", "甲方")
    assert "a.txt" in told.out
    assert "b.txt" not in told.out, "cells of a table are no word"
    assert "a.txt" in run("find", "乙方").out
    assert "a.txt" in run("find", '"甲 方"').out
    assert "c 合 同.txt" in run("find", "合同").out


def test_accents_are_as_if_they_were_not_there(run: Run, project: Path) -> None:
    make_tree(project, {"a.txt": "at the café", "b.txt": "at the cafe", "Résumé.txt": "-"})
    run("scan")
    for word in ("café", "cafe", "CAFÉ", "cafe\u0301"):
        told = run("find", word)
        assert "a.txt" in told.out
        assert "b.txt" in told.out
    assert "Résumé.txt" in run("find", "resume").out


def test_what_is_only_read_as_a_word_comes_last(run: Run, project: Path) -> None:
    make_tree(project, {"合同.txt": "-", "a.txt": "the letters ht", "ht b.txt": "-", "横条.txt": "ht", "c.txt": "no"})
    run("scan")
    hits = json.loads(run("find", "ht", "--json").out)
    names = [hit["path"].rpartition("/")[2] for hit in hits]
    assert names[0] == "ht b.txt"
    assert set(names[1:3]) == {"a.txt", "横条.txt"}
    assert names[3:] == ["合同.txt"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
