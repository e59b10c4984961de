"""The language of the tags: read from Word's XML, checked, named in its author's terms, evaluated."""
