"""Rows added to a register that a person keeps: the XML is patched, all else in the workbook stays byte for byte."""

from folderkit.registers.append.rows import Appended, append_rows

__all__ = ["Appended", "append_rows"]
