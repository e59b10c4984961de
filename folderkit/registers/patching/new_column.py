"""What a sheet says of a whole new column: how wide it is, and the words that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from folderkit.core.language import Language
from folderkit.core.workbook.book import beside, child, children, name_of
from folderkit.core.workbook.cells import Cells
from folderkit.registers.schema import Column

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_LONGEST_LIST = 255  # characters of a list that is typed into a rule, by Excel
_PADDING = 0.71  # that Excel adds to a width
# The parts of a sheet that stand before its rules for what may be typed (ECMA-376, 18.3.1.99).
_BEFORE_RULES = ("sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter",
                 "sortState", "dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr",
                 "conditionalFormatting")


def set_width(sheet: Element, cells: Cells, place: int, width: float) -> None:
    """Give the column at `place` (from 1) a width in characters, unless it has one."""
    cols = child(sheet, "cols")
    if cols is None:
        cols = sheet.makeelement(beside(sheet, "cols"))
        cells.data.addprevious(cols)
    known = children(cols, "col")
    if any(int(one.get("min", "0")) <= place <= int(one.get("max", "0")) for one in known):
        return
    new = cols.makeelement(beside(cols, "col"), {
        "min": str(place), "max": str(place), "width": f"{width + _PADDING:g}", "customWidth": "1"})
    after = [one for one in known if int(one.get("max", "0")) < place]
    if after:
        after[-1].addnext(new)
    else:
        cols.insert(0, new)


def offer_choices(sheet: Element, column: Column, language: Language, area: str) -> None:
    """A drop-down of the column's words in these cells, if it has such."""
    choices = [choice.words.in_(language) for choice in column.choices.values()]
    words = ",".join(choices)
    if column.computed or column.type == "multi" or not words or len(words) > _LONGEST_LIST or any(
            "," in choice for choice in choices):
        return
    rules = child(sheet, "dataValidations")
    if rules is None:
        rules = sheet.makeelement(beside(sheet, "dataValidations"))
        before = [one for one in sheet if name_of(one) in _BEFORE_RULES]
        before[-1].addnext(rules)
    rule = rules.makeelement(beside(rules, "dataValidation"), {
        "type": "list", "allowBlank": "1", "showInputMessage": "1", "showErrorMessage": "1", "sqref": area})
    formula = rule.makeelement(beside(rules, "formula1"))
    formula.text = '"' + words.replace('"', '""') + '"'
    rule.append(formula)
    rules.append(rule)
    rules.set("count", str(len(children(rules, "dataValidation"))))
