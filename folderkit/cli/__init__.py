"""The command line: parses, prints, maps errors to exit codes. Only click is imported until a command runs."""

import gc

from folderkit.cli.root import cli


def main() -> None:
    """The entry point of the ``folderkit`` program."""
    gc.set_threshold(50_000, 20, 20)  # importing and scanning make many objects that stay: looking for garbage is 5 %
    cli.main()


__all__ = ["cli", "main"]
