"""Find files by the words in their names and texts, by what is known of them, or by another file that is like them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from folderkit.catalog.hits import Hit, hits_of
from folderkit.catalog.query import Filter, Query, parse
from folderkit.catalog.scope import Condition, Scope, scope_of
from folderkit.catalog.search import find_page
from folderkit.core.errors import Misuse
from folderkit.core.language import Text
from folderkit.core.project import Project
from folderkit.extract import EXTRACTOR_VERSION, Extractor
from folderkit.store import Store
from folderkit.texts import read_old_texts

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: the `query` as typed, `filters` besides, in one `project` (its id; None: all), from the
    hit `offset` at most `limit`; with `versions` also in old versions and in files that are gone. `otherwise` is what
    the query means when it finds nothing as it stands: `by:Li Wei` is a person, `by:Li penalty` a person and a word."""

    query: str = ""
    filters: tuple[Filter, ...] = ()
    project: str | None = None
    offset: int = 0
    limit: int = 20
    versions: bool = False
    otherwise: str = ""

    @property
    def parsed(self) -> Query:
        found = parse(self.query)
        return replace(found, filters=(*found.filters, *self.filters))


@dataclass(frozen=True)
class Found:
    """A hit, with the folder of its project relative to the workspace."""

    folder: str
    hit: Hit


@dataclass(frozen=True)
class Result:
    """Some of what was found, best first, of `total` hits, or of about so many unless that is `exact`. When there is
    none, `guess` is the query that was meant perhaps ("": no idea), and `apart` so many files have all words, but not
    beside each other as in its phrases."""

    found: list[Found] = field(default_factory=list)
    total: int = 0
    exact: bool = True
    guess: str = ""
    apart: int = 0


def find(store: Store, asked: Asked, progress: Progress | None = None) -> Result:
    """What is found. Raises `Misuse` for a query that asks for nothing, or a filter that cannot be."""
    try:
        result = _find(store, asked, progress)
    except Misuse:
        if not asked.otherwise:
            raise
        result = Result()
    if result.total or not asked.otherwise:
        return result
    return _find(store, replace(asked, query=asked.otherwise, otherwise=""), progress)


def _find(store: Store, asked: Asked, progress: Progress | None) -> Result:
    query = asked.parsed
    if not query.finds:
        raise _asks_for_nothing(query)
    catalog = store.catalog
    condition = _condition(store, asked.project, query.filters)
    scope = scope_of(catalog, condition) if condition else None
    page = find_page(catalog, query, scope, offset=asked.offset, limit=asked.limit, exact=asked.versions)
    hits, total = _with_amounts(store, page.hits, query.filters), page.total
    if asked.versions:
        old, count = _old_versions(store, asked, query, condition, page.total, progress)
        hits, total = [*hits, *old], total + count
    guess, apart = "", 0
    if not total and query.words:
        guess = _guess(store, asked, query, scope)
        if (loose := query.without_phrases) != query:
            apart = find_page(catalog, loose, scope, limit=1).total
    return Result(_placed(store, hits), total, page.exact, guess, apart)


def _guess(store: Store, asked: Asked, query: Query, scope: Scope | None) -> str:
    """The query that was meant perhaps, which finds something within the same filters; "" when there is none."""
    from folderkit.catalog.guesses import guess as guess_of

    guess = guess_of(store.catalog, asked.query, query)
    return guess if guess and (scope is None or find_page(store.catalog, parse(guess), scope, limit=1).total) else ""


def _old_versions(store: Store, asked: Asked, query: Query, condition: Condition | None, before: int,
                  progress: Progress | None) -> tuple[list[Hit], int]:
    """The old versions on the page that is asked for, behind the `before` files that are there now, and how many there
    are in all."""
    from folderkit.catalog.earlier import find_versions, hits_of_versions, unread

    waiting = unread(store.catalog, EXTRACTOR_VERSION, condition) if query.words else []
    if waiting:
        read_old_texts(store, waiting, progress)
    found = find_versions(store.catalog, query, condition)
    start = max(0, asked.offset - before)
    end = max(0, asked.offset + asked.limit - before)
    return hits_of_versions(store.catalog, found[start:end], query.words), len(found)


def _condition(store: Store, project: str | None, filters: Sequence[Filter]) -> Condition | None:
    if not filters:
        return Condition("file.project = ?", (project,)) if project is not None else None
    from folderkit.catalog.filters import condition_for

    return condition_for(store.catalog, filters, _today(store), project)


def _with_amounts(store: Store, hits: list[Hit], filters: Sequence[Filter]) -> list[Hit]:
    if not any(one.name == "amount" for one in filters):
        return hits
    from folderkit.catalog.filters import with_amounts

    return with_amounts(store.catalog, hits, filters)


def _today(store: Store) -> dt.date:
    return store.clock().astimezone().date()


def find_similar(store: Store, file: Path, known: tuple[Project, str] | None, asked: Asked) -> Result:
    """The files whose text is like that of `file`, its copies among them; `known` is its project and its path in it,
    when it lies in one. Raises `Misuse` when nothing can be read of it."""
    from folderkit.catalog.similar import similar_contents

    row = store.catalog.file_at(known[0].id, known[1]) if known else None
    if row is not None and store.catalog.is_read(row.content):
        passages = [text for _, text in store.catalog.text(row.content)[2]]
    elif file.is_file():
        with Extractor() as extractor:
            passages = [one.text for one in extractor.read(file, file.name).passages]
    else:
        raise Misuse(Text(f"There is no file '{file.name}'.", f"没有文件“{file.name}”。"),
                     Text("Name a file that is there.", "请指定现有的文件。"))
    if not any(passages):
        raise Misuse(Text(f"No text can be read of '{file.name}'.", f"“{file.name}”中没有可读取的文字。"),
                     Text("Only texts can be compared; 'folderkit doctor' tells which files are the same.",
                          "只能比较文字；内容完全相同的文件可用 folderkit doctor 查看。"))
    condition = _condition(store, asked.project, asked.parsed.filters)
    scope = scope_of(store.catalog, condition).files if condition else None
    alike = similar_contents(store.catalog, passages)
    files = [(file_row, share) for content_row, share in alike
             for file_row in store.catalog.files_with(content_row)
             if (scope is None or file_row in scope) and not (row and file_row == row.row)]
    page = files[asked.offset : asked.offset + asked.limit]
    return Result(_placed(store, hits_of(store.catalog, page, [])), len(files))


def _placed(store: Store, hits: Sequence[Hit]) -> list[Found]:
    folders = {row.id: row.folder for row in store.catalog.projects()}
    return [Found(folders.get(hit.project, ""), hit) for hit in hits]


def _asks_for_nothing(query: Query) -> Misuse:
    if query.excluded or query.filters:
        return Misuse(Text("The query only says what must not be found.", "查询中只有要排除的内容。"),
                      Text("Add a word to look for, or a filter such as type:pdf.",
                           "请加上要查找的词，或“类型：pdf”这样的条件。"))
    return Misuse(Text("There is no word to look for.", "没有可查找的词。"),
                  Text("Give a word, a number or a part of a name.", "请给出词语、数字或文件名的一部分。"))
