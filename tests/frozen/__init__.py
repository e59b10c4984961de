"""Workspaces as older folderkits left them, for the tests of what opens them today; `make` says how each was made."""
