"""A reader per type of file; `folderkit.extract.table` lists them. Kept empty, so that one costs no other."""
