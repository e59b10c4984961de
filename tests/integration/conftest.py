"""What several integration tests share: a running watch."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_watch import Watch


@pytest.fixture
def watch(workspace: Path, project: Path) -> Iterator[Watch]:
    running = Watch(workspace)
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGKILL)
