"""A part of the fuzzing, other cases each day; ``python -m tests.faults.fuzz`` goes on for as long as it is told."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folderkit.core.errors import FolderkitError
from folderkit.core.settings import Firm
from folderkit.documents import render, soffice, template_of_file
from tests.faults.damage import damage_of, text_of
from tests.faults.fuzz import run
from tests.integration.test_documents import p, row, write_word

SECONDS = 10.0
_VALUES = st.recursive(
    st.one_of(st.text(st.characters(), max_size=20), st.none(), st.booleans(), st.integers(), st.floats(), st.dates(),
              st.datetimes(), st.binary(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8)


def test_a_part_of_the_fuzzing() -> None:
    day = int(os.environ.get("FOLDERKIT_FUZZ_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
    broken, counted = run(itertools.count(day * 1_000_000), SECONDS, soffice() is not None)
    assert sum(counted.values()) > 20
    assert not broken, [f"--seed {case.seed}: {case.fault}" for case in broken]


_FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
_TEMPLATE = template_of_file(write_word(
    _FOLDER / "a.docx",
    p("{{ a }}") + p("one {{ b }} two") + p("{{r b }}") + p("{{p a }}")
    + f"<w:tbl>{row('{%tr for x in xs %}')}{row('{{ x }}')}{row('{%tr endfor %}')}</w:tbl>" + p("end"),
    header1=p("{{ b }}"), core="{{ a }}"))


@settings(deadline=None, max_examples=150)
@given(st.fixed_dictionaries({"a": _VALUES, "b": _VALUES, "xs": st.lists(_VALUES, max_size=3)}))
def test_any_value_gives_a_sound_document_or_is_told(facts: dict[str, Any]) -> None:
    try:
        document = render(_TEMPLATE, "en", facts, Firm())
    except FolderkitError:
        return
    assert damage_of(document) == []
    assert text_of(document)[-1] == "end"


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30))
def test_a_text_stands_in_the_document_as_it_was_given(text: str) -> None:
    shown = text_of(render(_TEMPLATE, "en", {"a": "a", "b": text, "xs": [text]}, Firm()))

    assert f"one {text} two" in shown
    assert text in shown


@pytest.fixture(scope="module", autouse=True)
def _remove() -> Any:
    yield
    for file in _FOLDER.iterdir():
        file.unlink()
    _FOLDER.rmdir()
