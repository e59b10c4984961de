"""Many documents are given to processes in parts: each document once, and little is left to wait for at the end."""

from __future__ import annotations

import itertools

import pytest

from folderkit.documents.many import _FEW, _MANY, _parts


@pytest.mark.parametrize("processes", [2, 3, 16])
@pytest.mark.parametrize("count", [0, 1, 5, 64, 65, 1_000, 1_003])
def test_every_document_is_given_once(count: int, processes: int) -> None:
    parts = list(_parts(count, processes))

    assert list(itertools.chain.from_iterable(parts)) == list(range(count))
    sizes = [len(part) for part in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes, default=0) <= _MANY
    assert len(sizes) < 2 * processes or sizes[-1] <= _FEW
