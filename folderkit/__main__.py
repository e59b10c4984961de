"""Run folderkit as ``python -m folderkit``."""

from folderkit.cli import main

main()
