"""Real programs at work under a running watch; `table.py` lists what they do."""
