"""Benchmarks: folderkit against its peers, in CPU time. Run ``python -m tests.benchmarks``; no test asserts a time."""
