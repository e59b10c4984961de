"""The sheets that stand beside a register's table in its workbook and look at it: what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from folderkit.core.language import Text

TITLES: Mapping[str, Text] = MappingProxyType({
    "tasks": Text("Gantt chart", "甘特图"), "risks": Text("Risk matrix", "风险矩阵"),
    "budget": Text("Plan and actual", "预算与实际")})
