"""The least that keeps versions: watchfiles tells of a change, and the file is copied. A script, run beside folderkit.

``python naive_copy.py TREE STORE``: a version lies in STORE where the file lies in TREE, named by it and its time.
"""

import contextlib
import shutil
import sys
import time
from pathlib import Path

from watchfiles import Change, watch

tree, store = Path(sys.argv[1]), Path(sys.argv[2])
for changes in watch(tree):
    for change, name in changes:
        path = Path(name)
        # what a folder held when it came is not told of
        files = [] if change == Change.deleted else path.rglob("*") if path.is_dir() else [path]
        for file in files:
            version = store / f"{file.relative_to(tree)}~{time.time_ns()}"
            version.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):  # it was a temporary
                shutil.copyfile(file, version)
