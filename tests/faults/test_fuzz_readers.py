"""The readers of our own, fuzzed for a while from another start each day, where atheris is installed."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_DAY = int(os.environ.get("FOLDERKIT_FUZZ_SEED") or dt.datetime.now(dt.UTC).date().toordinal())
_SECONDS = int(os.environ.get("FOLDERKIT_FUZZ_SECONDS") or 12)
_OWN = {"docx", "pptx", "odt", "odp", "ofd", "eml", "mbox", "msg", "rtf", "html", "ics", "vcf", "zip", "svg", "txt",
        "csv"}
_FUZZ = "from tests.faults.fuzz_extract import main; import sys; main(*sys.argv[1:])"
_PLANT = "from folderkit.extract.readers import rtf; rtf.read = lambda source, findings: 1 // 0; "


def fuzz(folder: Path, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("atheris")
    path = os.pathsep.join([str(Path(__file__).parents[2]), *filter(os.path.isabs, sys.path)])
    return subprocess.run([sys.executable, "-P", "-c", program, *options, "-timeout=60", "-rss_limit_mb=2048"],
                          cwd=folder, check=False, capture_output=True, text=True, errors="replace",
                          timeout=_SECONDS + 300, env={**os.environ, "PYTHONPATH": path})


def test_no_bytes_break_a_reader_of_our_own(tmp_path: Path) -> None:
    done = fuzz(tmp_path, _FUZZ, f"-max_total_time={_SECONDS}", f"-seed={_DAY}")

    assert done.returncode == 0, (_DAY, done.stderr[-3000:])
    assert set(re.findall(r"^Fuzzing a\.(\w+)", done.stderr, re.MULTILINE)) == _OWN
    assert "INITED" in done.stderr  # all whole files were read, and others tried


def test_a_defect_of_a_reader_is_found(tmp_path: Path) -> None:
    done = fuzz(tmp_path, _PLANT + _FUZZ, "--only", "rtf", "-runs=100")

    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stdout + done.stderr
