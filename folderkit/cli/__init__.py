"""The command line: parses, prints, maps errors to exit codes. Only click is imported until a command runs."""

from folderkit.cli.root import cli


def main() -> None:
    """The entry point of the ``folderkit`` program."""
    cli.main()


__all__ = ["cli", "main"]
