"""The Excel workbooks that people keep by hand: written for people, read like a database.

Changing one is `registers.patching`, which is loaded when it is needed.
"""

from folderkit.registers.guard import file_bytes
from folderkit.registers.read import find_workbooks, read_workbook
from folderkit.registers.records import Record, Records, read_records
from folderkit.registers.register import Problem, Register, Row, shown_rows
from folderkit.registers.schema import Choice, Column, Schema, plain
from folderkit.registers.schema_file import load_schema, schema_names
from folderkit.registers.values import parts_of
from folderkit.registers.write import starter_rows, write_gantt, write_workbook

__all__ = [
    "Choice",
    "Column",
    "Problem",
    "Record",
    "Records",
    "Register",
    "Row",
    "Schema",
    "file_bytes",
    "find_workbooks",
    "load_schema",
    "parts_of",
    "plain",
    "read_records",
    "read_workbook",
    "schema_names",
    "shown_rows",
    "starter_rows",
    "write_gantt",
    "write_workbook",
]
