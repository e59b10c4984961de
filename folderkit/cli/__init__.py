"""The command line: parses, prints, maps errors to exit codes. Only click is imported until a command runs."""

import gc

from folderkit.cli.root import cli


def main() -> None:
    """The entry point of the ``folderkit`` program."""
    gc.set_threshold(100_000, 20, 20)  # importing and scanning make many objects that stay: looking for garbage is 5 %
    try:
        cli.main()
    finally:
        gc.freeze()  # what is left goes with the process: looking through it first takes up to 0.1 s


__all__ = ["cli", "main"]
