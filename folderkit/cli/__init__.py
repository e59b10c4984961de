"""The command line: parses, prints, maps errors to exit codes. Only click is imported until a command runs."""

import gc
import signal
import sys


def main() -> None:
    """The entry point of the ``folderkit`` program."""
    gc.set_threshold(100_000, 20, 20)  # importing and scanning make many objects that stay: looking for garbage is 5 %
    try:
        from folderkit.cli.root import cli

        try:
            cli.main()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left that could be stopped
            gc.freeze()  # what is left goes with the process: looking through it first takes up to 0.1 s
    except KeyboardInterrupt:  # before the command began, or when it was done: it tells itself of all others
        sys.exit(1)


__all__ = ["main"]
