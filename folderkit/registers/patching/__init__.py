"""A register that a person keeps, changed by patching its XML: rows added, cells set, columns added. All else in the
workbook stays byte for byte."""

from folderkit.registers.patching.rows import Appended, append_rows, check_row
from folderkit.registers.patching.setting import CellsSet, check_values, set_cells
from folderkit.registers.patching.widening import Widened, add_columns, lacking

__all__ = ["Appended", "CellsSet", "Widened", "add_columns", "append_rows", "check_row", "check_values", "lacking",
           "set_cells"]
