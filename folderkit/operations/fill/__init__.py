"""Fill a template: ask, render, put the document in its folder under its name, keep and index it; one, or one for each
record of a table."""

from folderkit.operations.fill.each import Progress, apply_each, make_pdfs
from folderkit.operations.fill.ground import Ground, find_template, ground_alone, ground_of, left_out
from folderkit.operations.fill.making import Convert, apply_fill
from folderkit.operations.fill.planning import Again, FillPlan, Wish, missing_fields, plan_fill, refuse_existing
from folderkit.operations.fill.planning_each import plan_each, read_records

__all__ = ["Again", "Convert", "FillPlan", "Ground", "Progress", "Wish", "apply_each", "apply_fill",
           "find_template", "ground_alone", "ground_of", "left_out", "make_pdfs", "missing_fields", "plan_each",
           "plan_fill", "read_records", "refuse_existing"]
