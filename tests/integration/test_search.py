"""Search against brute force: over generated documents nothing is missed, nothing is found that is not there."""

from __future__ import annotations

import datetime as dt
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from folderkit.catalog import Catalog, Reading
from folderkit.catalog.search import search
from folderkit.core import events
from folderkit.core.events import Entry, VersionKept

WORDS = ["contract", "penalty", "delivery", "invoice", "milestone", "risk", "budget", "client", "payment", "warranty",
         "scope", "change", "naïve", "café", "Straße", "PO-123", "PO-1234", "INV/2024/07", "v2.1", "Q3"]
HAN = "合同违约金付款里程碑风险预算客户交付验收变更范围保修発注項目國際體育"
BREAKS = "，。；！？、：“”（）《》\n,;!?()|"


@dataclass(frozen=True)
class Document:
    path: str
    text: str


def generated(count: int) -> list[Document]:
    rng = random.Random(7)
    documents = []
    for number in range(count):
        parts: list[str] = []
        for _ in range(rng.randrange(5, 60)):
            parts.append(rng.choice((
                "".join(rng.choices(HAN, k=rng.randrange(1, 8))), rng.choice(WORDS), rng.choice(WORDS).upper(),
                f"{rng.choice('ABC')}区", rng.choice("ＡＢＣ") + "区", f"{rng.choice('ABC')} 区",
                str(rng.randrange(100, 9999)))))
            parts.append(rng.choice([" ", " ", "", rng.choice(BREAKS)]))
        documents.append(Document(f"f{number:03d}.txt", "".join(parts)))
    return documents


DOCUMENTS = generated(300)


def catalog_of(folder: Path, documents: list[Document]) -> Catalog:
    catalog = Catalog(folder / "catalog.db")
    with catalog.transaction():
        for number, one in enumerate(documents, 1):
            event = VersionKept("p", f"id{number}", one.path, f"c{number}", 1, 0, "scan")
            catalog.apply([Entry(number, dt.datetime.now(dt.UTC), "x", events.op_of(event), event, "h")])
            passages = [("", line) for line in one.text.split("\n") if line]
            catalog.set_text(f"c{number}", 1, Reading("ok", "", passages))
    return catalog


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    made = catalog_of(tmp_path_factory.mktemp("search"), DOCUMENTS)
    yield made
    made.close()


_HAN = r"\u3400-\u9fff"
_SIMPLE = str.maketrans("項國際體範圍變違約發éï", "项国际体范围变违约发ei")


def stands_in(word: str, text: str) -> bool:
    """What a reader would call found, by a scan of the plain text: without regard to case and width, traditional or
    simplified, accents, and blanks between Han; a Latin word whole (a number may go on), Han anywhere in a run; joined
    by blanks and -_/.'&+#@ only, never by punctuation."""
    plain, asked = (unicodedata.normalize("NFKC", one).casefold().translate(_SIMPLE) for one in (text, word))
    plain = re.sub(rf"(?<=[{_HAN}]) +(?=[{_HAN}])", "", plain)
    runs = re.findall(rf"[{_HAN}]+|[^\W_{_HAN}]+", asked)
    gap = r"(?:[ \t\-_/'&+#@]|\.(?!\s|$))*"
    head = "" if re.match(f"[{_HAN}]", runs[0]) else rf"(?<![^\W_{_HAN}])"
    tail = "" if re.match(f"[{_HAN}]", runs[-1]) or runs[-1][-1].isdigit() else rf"(?![^\W_{_HAN}])"
    return re.search(head + gap.join(map(re.escape, runs)) + tail, plain) is not None


def found(catalog: Catalog, query: str) -> set[str]:
    return {hit.path for hit in search(catalog, query, limit=10_000)}


def queries() -> list[str]:
    rng = random.Random(11)
    texts = [one.text for one in DOCUMENTS]
    han = [run for text in texts for run in re.findall(f"[{HAN}]+", text)]
    picked = [rng.choice(HAN) for _ in range(12)]
    for length in (2, 4, 7):
        long = [run for run in han if len(run) >= length]
        for run in rng.choices(long, k=40):
            start = rng.randrange(len(run) - length + 1)
            picked.append(run[start : start + length])
        picked += ["".join(rng.choices(HAN, k=length)) for _ in range(20)]  # mostly not there
    return [*picked, *WORDS, "PO-12", "PO 123", "po123", "A区", "Ａ区", "a 区", "B区合", "2024/07", "INV/2024",
            "国际", "國際", "体育", "naive", "café", "CAFÉ", "STRASSE", "1234", "12", "delivery"]


@pytest.mark.parametrize("query", sorted(set(queries())))
def test_nothing_is_missed_and_nothing_else_is_found(catalog: Catalog, query: str) -> None:
    assert found(catalog, query.replace(" ", "-")) == {
        one.path for one in DOCUMENTS if stands_in(query, one.text)}


def test_the_queries_do_find() -> None:
    hits = [sum(stands_in(query, one.text) for one in DOCUMENTS) for query in queries()]
    assert sum(number > 0 for number in hits) > 150
    assert sum(number == 0 for number in hits) > 20


@pytest.mark.parametrize("words", [("contract", "违约"), ("penalty", "PO-123", "付款"), ("合同", "A区"),
                                   ("风险", "client")])
def test_every_word_must_stand_there(catalog: Catalog, words: tuple[str, ...]) -> None:
    expected = {one.path for one in DOCUMENTS if all(stands_in(word, one.text) for word in words)}
    assert found(catalog, " ".join(words)) == expected


@pytest.mark.parametrize("phrase", ["contract penalty", "risk 付款", "budget client", "合同 A区"])
def test_a_phrase_in_quotes_stands_together(catalog: Catalog, phrase: str) -> None:
    assert found(catalog, f'"{phrase}"') == {one.path for one in DOCUMENTS if stands_in(phrase, one.text)}


@pytest.mark.parametrize("query", ["违约", "PO-123", "A区", "contract", "付 client"])
def test_marks_lie_on_the_words(catalog: Catalog, query: str) -> None:
    hits = search(catalog, query, limit=10_000)
    assert hits
    for hit in hits:
        assert hit.marks
        for start, end in hit.marks:
            marked = hit.snippet[start:end]
            assert any(stands_in(word, marked) for word in query.split()), (hit.snippet, marked)
        assert "\n" not in hit.snippet
        assert len(hit.snippet) <= 82


def test_han_is_never_found_across_punctuation(tmp_path: Path) -> None:
    texts = [f"合同{mark}违约" for mark in BREAKS] + ["合同违约"]
    catalog = catalog_of(tmp_path, [Document(f"{number}.txt", text) for number, text in enumerate(texts)])
    assert found(catalog, "合同违约") == found(catalog, "同违") == {f"{len(texts) - 1}.txt"}
    catalog.close()


def test_letters_of_every_plane_are_found(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, [Document("1", "姓𠮷野"), Document("2", "𰻞𰻞面"), Document("3", "𠮷x")])
    assert found(catalog, "𠮷野") == {"1"}
    assert found(catalog, "𰻞") == found(catalog, "𰻞面") == {"2"}
    catalog.close()


def test_a_hit_in_the_name_comes_first(tmp_path: Path) -> None:
    documents = [Document(f"other{number}.txt", "合同 contract " * number) for number in range(1, 30)]
    documents.insert(7, Document("合同 contract.txt", "nothing here"))
    documents.insert(9, Document("contract/x.txt", "nothing here"))
    catalog = catalog_of(tmp_path, documents)
    for query in ("合同", "contract"):
        best = search(catalog, query, limit=100)
        assert best[0].path == "合同 contract.txt"
        assert [hit.score for hit in best] == sorted((hit.score for hit in best), reverse=True)
    assert search(catalog, "合同", limit=3)[0].snippet == "合同 contract.txt"
    catalog.close()


def test_gone_and_renamed_files_are_not_found_by_what_they_were(tmp_path: Path) -> None:
    from folderkit.core.events import FileDeleted, FileMoved

    catalog = catalog_of(tmp_path, [Document("alpha.txt", "one"), Document("beta.txt", "one two")])
    with catalog.transaction():
        for event in (FileMoved("p", "id1", "alpha.txt", "gamma.txt"), FileDeleted("p", "id2", "beta.txt")):
            catalog.apply([Entry(9, dt.datetime.now(dt.UTC), "x", events.op_of(event), event, "h")])
    assert found(catalog, "alpha") == found(catalog, "beta") == set()
    assert found(catalog, "gamma") == found(catalog, "one") == {"gamma.txt"}
    catalog.close()


@pytest.mark.parametrize("query", ["", " ", "，。", '"', '""', "*", "NEAR(a b)", 'a" OR "b', "-", "AND", "col:x", "(",
                                   "\x00"])
def test_odd_queries_break_nothing(catalog: Catalog, query: str) -> None:
    search(catalog, query)
