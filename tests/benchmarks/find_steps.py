"""The steps of the case `find` that are processes: ``python -m tests.benchmarks.find_steps STEP PLACE``."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path

from folderkit import texts
from folderkit.core.workspace import open_workspace
from folderkit.operations.reconcile import scan
from folderkit.store import Store


def main(step: str, place: Path, *words: str) -> None:
    if step == "ask":
        ask(place, Path(words[0]), Path(words[1]))
        return
    if step == "extract":
        setattr(texts, "_keep", lambda *_: None)  # read as always, and keep none of them  # noqa: B010
    with Store(open_workspace(place, {}), lambda: dt.datetime.now(dt.UTC)) as store:
        if step == "keep":
            scan(store)
        elif step == "texts":
            write_texts(store, Path(words[0]))
        else:
            texts.read_texts(store)


def write_texts(store: Store, folder: Path) -> None:
    """The texts as plain files, one for each content."""
    for (content,) in store.catalog.database.execute("SELECT hash FROM content").fetchall():
        lines = "\n".join(text for _, text in store.catalog.text(content)[2])
        (folder / content).write_text(lines, encoding="utf-8")


def ask(catalog: Path, queries: Path, answers: Path) -> None:
    """Ask each query twice, and write down the CPU seconds of the second time, and the memory that all of it took."""
    from folderkit.catalog import Catalog
    from folderkit.catalog.search import search
    from tests.benchmarks.measure import own_peak

    seconds = []
    opened = Catalog(catalog)
    for query in json.loads(queries.read_text(encoding="utf-8")):
        search(opened, query)
        began = time.process_time()
        search(opened, query)
        seconds.append(time.process_time() - began)
    opened.close()
    answers.write_text(json.dumps({"seconds": seconds, "memory": own_peak()}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
