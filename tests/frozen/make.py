"""Freeze a workspace of today's folderkit: ``python -m tests.frozen.make`` before the catalog's schema is raised.

What it writes, ``tests/frozen/workspace-N.zip`` for schema N, is committed and never made again: only a file that an
old folderkit wrote tells what such a file is like.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from folderkit.catalog.schema import SCHEMA
from tests.trees import make_tree

HERE = Path(__file__).parent
SKELETON = """\
id: tiny
version: 1
title: Tiny
folder: '{client.name}_{project.name}'
questions:
  project.name: {ask: Name, required: true}
  client.name: {ask: Client, required: true}
tree:
  - {id: inbox, name: Inbox}
  - {id: documents, name: Documents}
"""
RULES = """\
rules:
  - id: offers
    match: {content: [Quotation]}
    set: {number: 'No\\. (\\S+)'}
    file: {to: documents}
    tags: [offer]
"""
FILES: dict[str, str | bytes | None] = {
    "Documents/合同.txt": "甲方：上海建工集团\n违约金为合同总额的 5%，人民币 120,000.00 元。\n",
    "Documents/letter.txt": "Dear Ms Chen,\nplease find the penalty clause of PO-123 attached.\n",
    "Documents/gone.txt": "This one goes.",
    "Documents/moved.txt": "This one moves.",
    "Inbox/offer.txt": "Quotation No. Q-77\nTotal: 12,500.00 EUR\n",
    "Documents/empty.bin": b"",
    "Documents/blob.bin": bytes(range(256)) * 4,
}


def main() -> None:
    """Make the workspace by the commands that people type, and pack all of it."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "work"
        _run("init", str(root), "--firm", "Cedar & Stone", cwd=root.parent)
        make_tree(root, {"skeletons/tiny/skeleton.yaml": SKELETON})
        with (root / "folderkit.yaml").open("a", encoding="utf-8") as settings:
            settings.write(RULES)
        _run("new", "Site", "--client", "Acme", "--skeleton", "tiny", cwd=root)
        project = next(root.glob("*/project.yaml")).parent
        make_tree(project, FILES)
        _run("scan", cwd=root)
        (project / "Documents/letter.txt").write_text("Dear Ms Chen,\nthe second letter of PO-123.\n", encoding="utf-8")
        (project / "Documents/gone.txt").unlink()
        (project / "Documents/moved.txt").rename(project / "moved.txt")
        _run("scan", cwd=root)
        _run("file", cwd=project)
        _run("scan", cwd=root)
        for database in (root / ".folderkit").glob("*.db"):
            _shrink(database)
        _pack(root, HERE / f"workspace-{SCHEMA}.zip")


def _run(*args: str, cwd: Path) -> None:
    subprocess.run([sys.executable, "-m", "folderkit", *args], cwd=cwd, check=True, stdin=subprocess.DEVNULL,
                   env={**os.environ, "FOLDERKIT_LANG": "en"})


def _shrink(path: Path) -> None:
    """Write all of a database into its one file, without free pages."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("VACUUM")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _pack(root: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as package:
        for path in sorted(root.rglob("*")):
            package.write(path, path.relative_to(root))


if __name__ == "__main__":
    main()
