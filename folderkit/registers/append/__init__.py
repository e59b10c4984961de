"""A register that a person keeps, changed by patching its XML: rows added, cells set, columns added. All else in the
workbook stays byte for byte."""

from folderkit.registers.append.rows import Appended, append_rows
from folderkit.registers.append.setting import CellsSet, set_cells

__all__ = ["Appended", "CellsSet", "append_rows", "set_cells"]
