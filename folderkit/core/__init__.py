"""What at least three rooms need: facts, names, settings, plans, safe file operations, errors."""
