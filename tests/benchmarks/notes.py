"""Many documents from one table (written below)."""
from collections.abc import Iterator

from tests.benchmarks.ground import Ground
from tests.benchmarks.measure import Race


def races(ground: Ground) -> Iterator[Race]:
    yield from ()
