"""Excel templates: read, checked and filled on their XML, so that all that a designer drew stays."""
