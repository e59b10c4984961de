"""Benchmarks: folderkit against its peers. Run ``python -m tests.benchmarks``; no test asserts a time."""
