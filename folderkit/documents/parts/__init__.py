"""The parts of a Word file: read, written, told apart, and what they carry."""
