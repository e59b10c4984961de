"""What a person can do, one verb per file, where the rooms meet. Operations never import each other."""
