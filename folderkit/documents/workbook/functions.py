"""Functions of formulas: which take a range where they take a cell, and of which one a piece is an argument."""

from __future__ import annotations

import re

# functions that take a range where they take a cell, and those that take several
LISTS = frozenset(re.findall(r"\S+", """
    SUM COUNT COUNTA AVERAGE AVERAGEA MIN MINA MAX MAXA PRODUCT MEDIAN STDEV STDEVA STDEVP STDEVPA
    VAR VARA VARP VARPA STDEV.S STDEV.P VAR.S VAR.P SUMSQ GEOMEAN HARMEAN MODE MODE.SNGL GCD LCM AND OR XOR CONCAT
    CONCATENATE TEXTJOIN DEVSQ AVEDEV KURT SKEW NPV"""))
RANGES = LISTS | frozenset(re.findall(r"\S+", """
    SUBTOTAL AGGREGATE COUNTBLANK COUNTIF COUNTIFS SUMIF SUMIFS AVERAGEIF AVERAGEIFS MAXIFS
    MINIFS SUMPRODUCT LARGE SMALL RANK RANK.EQ RANK.AVG INDEX MATCH XMATCH LOOKUP VLOOKUP HLOOKUP XLOOKUP FILTER SORT
    SORTBY UNIQUE ROWS COLUMNS PERCENTILE PERCENTILE.INC PERCENTILE.EXC QUARTILE QUARTILE.INC QUARTILE.EXC PERCENTRANK
    CORREL COVAR FORECAST TREND GROWTH LINEST SLOPE INTERCEPT IRR XIRR XNPV TRIMMEAN FREQUENCY TRANSPOSE WORKDAY
    NETWORKDAYS ISBLANK LET SERIES"""))
CORNERS = ("OFFSET",)  # they take the first cell of what they are about
_NAME = re.compile(r"(?:_xlfn\.|_xlws\.)*([A-Za-z][\w.]*)\s*$")


def function_of(masked: str, begin: int, end: int) -> str:
    """The function of which the text from `begin` to `end` is one whole argument; "" when it is none."""
    after, before = masked[end:].lstrip(), masked[:begin].rstrip()
    if after[:1] not in (",", ")") or before[-1:] not in (",", "("):
        return ""
    depth = 0
    for at in range(len(before) - 1, -1, -1):
        if before[at] == ")":
            depth += 1
        elif before[at] == "(":
            if depth == 0:
                found = _NAME.search(before[:at])
                return found[1].upper() if found else ""
            depth -= 1
    return ""


def is_begin(masked: str, end: int) -> bool:
    """Whether the cell that ends there begins a range up to what a function gives, as in B6:INDEX(B:B,9)."""
    return masked[end:].lstrip().startswith(":")


def is_end(masked: str, begin: int) -> bool:
    """Whether the cell that begins there ends a range from what a function gives, as in INDEX(B:B,2):B6."""
    return masked[:begin].rstrip().endswith(":")


def closing(masked: str, begin: int) -> int:
    """Where the bracket that is open at `begin` closes."""
    depth = 1
    for at in range(begin, len(masked)):
        depth += (masked[at] == "(") - (masked[at] == ")")
        if not depth:
            return at
    return len(masked)
