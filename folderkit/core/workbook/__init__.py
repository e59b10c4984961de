"""A workbook's XML: its parts, cells, references and styles, read and changed without saving it anew."""
