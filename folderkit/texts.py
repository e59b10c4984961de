"""Texts of contents, read from the vault's copies into the catalog: each content once for each extractor."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from folderkit.catalog import Reading, UnreadRow
from folderkit.catalog.passages import told
from folderkit.core.behind import Behind
from folderkit.store import Progress, Store
from folderkit.vault import Damaged

if TYPE_CHECKING:
    from folderkit.extract import Extraction, Extractor, Extractors

TEXTS_PER_BATCH = 50


def read_texts(store: Store, project: str | None = None, progress: Progress | None = None, *,
               by: Extractors | None = None, until: Callable[[], bool] | None = None, letters: bool = False) -> int:
    """Read the text of every present content that has not been read, those of the files that were changed last
    first; returns how many there were. They are read `by` extractors that stay open, else by some of their own.
    As soon as `until` says so, and one has been read, the others are left for the next time. With `letters`, where
    the settings want it, those in scans are recognised when all else is read.

    A content that the vault cannot give back is passed over, and told (`Damaged`) when the others are read."""
    from folderkit.extract import EXTRACTOR_VERSION, Extractors
    from folderkit.extract.lacking import settled

    store.forget_left_texts()
    count, damaged = 0, list[Damaged]()
    letters = letters and store.workspace.settings.ocr
    with contextlib.ExitStack() as opened:
        for _ in range(2 if letters else 1):  # the first time tells what is a scan
            rows = store.catalog.unread(EXTRACTOR_VERSION, project, settled(letters=letters))
            if not rows:
                break
            by = by or opened.enter_context(Extractors())
            count += len(rows)
            if not _read(store, rows, by, progress, until, damaged):
                break
    if damaged:
        raise damaged[0]
    return count


def _read(store: Store, rows: Sequence[UnreadRow], by: Extractors, progress: Progress | None,
          until: Callable[[], bool] | None, damaged: list[Damaged]) -> bool:
    """Read these and keep what is read, a batch at a time, while the next is read; whether all were."""
    from folderkit.extract.lacking import waits_for_letters

    def is_slow(row: UnreadRow) -> bool:
        return waits_for_letters(row.number)

    done = 0
    with (store.telling("read the texts into", "读取文字到", store.workspace.state),
          Behind(thread=len(rows) > TEXTS_PER_BATCH) as behind):  # nothing else asks the catalog meanwhile
        texts: list[tuple[str, Extraction]] = []
        reading = by.each(sorted(rows, key=is_slow), functools.partial(_extract, store), until=until, slow=is_slow)
        with contextlib.closing(reading):
            for row, found in reading:
                done += 1
                if isinstance(found, Damaged):
                    damaged.append(found)
                else:
                    texts.append((row.content, found))
                if progress:
                    progress(done, len(rows))
                if len(texts) >= TEXTS_PER_BATCH or (texts and is_slow(row)):
                    behind.do(functools.partial(_keep, store, texts))
                    texts = []
        behind.do(functools.partial(_keep, store, texts))
    return done == len(rows)


def _keep(store: Store, texts: Sequence[tuple[str, Extraction]]) -> None:
    from folderkit.extract.lacking import number_of

    if not texts:
        return
    with store.in_step() as catalog:
        for content, found in texts:
            passages = told([(passage.place, passage.text) for passage in found.passages])
            suggested = [one for one in found.suggested if passages[one.passage][1]]
            catalog.set_text(content, number_of(found), Reading(
                found.state, found.title, passages, dict(found.properties), suggested))


def read_old_texts(store: Store, waiting: Sequence[tuple[str, str]], progress: Progress | None = None) -> None:
    """Read the text of old contents, each with a path it lay at, as `catalog.earlier.unread` tells them. A content
    that the vault cannot give back is passed over, and told (`Damaged`) when the others are read."""
    from folderkit.extract import Extractors

    rows = [UnreadRow(content, path, 0) for content, path in waiting]
    damaged: list[Damaged] = []
    with store.telling("read the texts into", "读取文字到", store.workspace.state), Extractors() as extractors:
        for start in range(0, len(rows), TEXTS_PER_BATCH):
            batch = rows[start : start + TEXTS_PER_BATCH]
            found = [(row.content, one) for row, one in extractors.each(batch, functools.partial(_extract, store))]
            damaged += [one for _, one in found if isinstance(one, Damaged)]
            _keep_old(store, [(content, one) for content, one in found if not isinstance(one, Damaged)])
            if progress:
                progress(start + len(batch), len(rows))
    if damaged:
        raise damaged[0]


def _keep_old(store: Store, texts: Sequence[tuple[str, Extraction]]) -> None:
    from folderkit.catalog import earlier
    from folderkit.extract import EXTRACTOR_VERSION

    with store.in_step() as catalog:
        earlier.forget_pruned(catalog)
        for content, found in texts:
            passages = [(passage.place, passage.text) for passage in found.passages]
            earlier.keep(catalog, content, EXTRACTOR_VERSION, found.title, passages)


def _extract(store: Store, extractor: Extractor, row: UnreadRow) -> Extraction | Damaged:
    """What is read of a content, from the vault's copy, so that hash and text belong together. In any thread."""
    from folderkit.extract.lacking import waits_for_letters

    try:
        with store.copy_of(row.content) as copy:
            return extractor.read(copy, row.path, letters=waits_for_letters(row.number))
    except Damaged as error:
        return error
