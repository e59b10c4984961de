"""A communication log that is renamed just before its new version is put in its place: strace holds folderkit there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults.sweep import missing
from tests.integration.test_correspondence import LOG, drop, mail
from tests.trees import read_tree

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "-")


def test_the_mail_stays_and_the_batch_is_named(run: Run, workspace: Path, project: Path) -> None:
    drop(project, "a.eml", mail(1, files={"x.txt": b"x"}))
    assert run("scan").code == 0
    before, log = read_tree(project), project / LOG
    command = ["strace", "-f", "-o", os.devnull, "-e", "inject=renameat2:delay_enter=1500000", sys.executable, "-m",
               "folderkit", "file"]
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not any(path.stat().st_size for path in log.parent.glob(".~folderkit-*")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.3)  # it is synced and renamed
        log.rename(log.with_name("ours.xlsx"))
        out, err = process.communicate(timeout=60)

    assert process.returncode == 1, err
    assert "vault" not in out + err
    assert "it was changed a moment ago" in out
    batch = err.split("folderkit undo ")[1].split()[0]
    log.with_name("ours.xlsx").rename(log)
    assert run("undo", batch).code == 0
    assert read_tree(project) == before
