"""How much versions cost: bytes stored after thirty saves of one document, and after ten edits of a large binary."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks import saves
from tests.benchmarks.backups import Keeper, keepers
from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import ADDED, SHARE, Race, Run, Spent

_GOALS = {"Word, pictures": 5, "PowerPoint, pictures": 5, "ODT, pictures": 5, "Excel, 8 sheets": 16}  # %
_DRAWING, _EDITS, _DRAWING_GOAL = 300_000_000, 10, 12  # bytes, edits, MB


def races(ground: Ground) -> Iterator[Race]:
    for name, files in saves.series(ground):
        tree, all_keepers = keepers(ground)
        runs: dict[str, Run] = {keeper: functools.partial(_share, one, tree, files)
                                for keeper, one in all_keepers.items()}
        yield Race(f"saves: {name}", "what is stored after every one of the successive saves of one document was kept, "
                   "as % of the sum of the saves; python-docx, python-pptx, openpyxl, LibreOffice save it",
                   runs, _GOALS.get(name), figure=SHARE, rounds=1, warm_up=False)
    size = 3_000_000 if ground.tiny else _DRAWING
    tree, all_keepers = keepers(ground)
    edited = {name: functools.partial(_added, one, tree, size) for name, one in all_keepers.items()}
    yield Race(f"edits: binary of {size / 1e6:,.0f} MB", f"what {_EDITS} saves add to what the first one stored; each "
               "differs in six places: the head, three overwritten, one put in, one taken out", edited, _DRAWING_GOAL,
               figure=ADDED, rounds=1, warm_up=False)
    ground.clear()


def _share(keeper: Keeper, tree: Path, files: Sequence[Path]) -> Spent:
    keeper.begin()
    for path in files:
        shutil.copyfile(path, tree / f"文件{path.suffix}")
        keeper.keep()
    return Spent(amount=100 * keeper.stored() / sum(path.stat().st_size for path in files))


def _added(keeper: Keeper, tree: Path, size: int) -> Spent:
    keeper.begin()
    saves.drawing(tree / "图纸.dwg", size)
    keeper.keep()
    before = keeper.stored()
    for number in range(_EDITS):
        saves.edit_drawing(tree / "图纸.dwg", number)
        keeper.keep()
    return Spent(amount=(keeper.stored() - before) / 1e6)
