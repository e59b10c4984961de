"""Readers that tell more than is read for finding: which row of which table, which cell, which line. For comparing."""
