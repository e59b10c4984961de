"""Registers checked like a database: an explicit table of rules, and what they find, with cell and hint."""

from folderkit.registers.check.finding import Finding, Ground, Kept, Severity, Unread, is_there
from folderkit.registers.check.rules import BY_ID, RULES, check

__all__ = ["BY_ID", "RULES", "Finding", "Ground", "Kept", "Severity", "Unread", "check", "is_there"]
