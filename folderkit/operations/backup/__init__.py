"""Backups: a copy of the vault, and of what the workspace has beside its projects, in another folder or on a disk.

`place` is the backup's folder and its manifest; `plan` says what a run would do, `run` does it; `verify` reads every
byte; `restore` makes a workspace from it. The layout is in the guide (`folderkit guide vault-format`).
"""
