"""Sort what lies in the inboxes by the rules: each file to its folder, under its name, with what is known of it."""

from folderkit.operations.file.making import apply_filings, unpack_all
from folderkit.operations.file.planning import Filer, Filing, files_to_file
from folderkit.operations.file.sorting import Sorter

__all__ = ["Filer", "Filing", "Sorter", "apply_filings", "files_to_file", "unpack_all"]
