"""Make a project from a skeleton, all or nothing: planned, staged beside its place, moved there in one step."""

from folderkit.operations.scaffold.placing import VERB, apply_scaffold, conclude
from folderkit.operations.scaffold.planning import CodeTaken, ScaffoldPlan, plan_scaffold

__all__ = ["VERB", "CodeTaken", "ScaffoldPlan", "apply_scaffold", "conclude", "plan_scaffold"]
