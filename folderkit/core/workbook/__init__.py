"""A workbook's XML: its parts, cells, references and styles, read and changed without saving it anew."""

HIDDEN_SHEET = "_folderkit"
"""The sheet on which a register says what its sheets and columns are: for folderkit, and nothing to read."""
