"""What a tag can draw: pictures, charts, codes, Markdown, other files."""
