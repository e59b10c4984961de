"""What changed between two contents, whatever read them: paragraphs, lines, cells or properties."""

from folderkit.differences.model import Comparison, Form, Kind, Line, Piece, Section, changed_properties
from folderkit.differences.texts import compare_texts
from folderkit.differences.words import marks
from folderkit.differences.workbooks import compare_workbooks

__all__ = ["Comparison", "Form", "Kind", "Line", "Piece", "Section", "changed_properties", "compare_texts",
           "compare_workbooks", "marks"]
