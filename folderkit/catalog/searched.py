"""The catalog's tables for searching: the indexes of words, and how many present files hold each text.

`name_fts`, `title_fts` and `fact_fts` have the rows of `file`, `content` and `filed`, and know where each token stands.
`content_fts` has the rows of `content` and knows of their texts only which tokens they have; so `past_fts` those of
`past`, the texts of old versions with their titles, which are read when somebody asks for them. `held` says of each row
of `content` how many present files hold it, when the newest of them was changed (seconds since 1970), and by `mark`, a
checksum of the content's hash, which of two that were changed at once is told first; triggers keep it in step.
"""

from __future__ import annotations

_GONE = ("UPDATE held SET files = files - 1 WHERE row = (SELECT row FROM content WHERE hash = old.content);")
_COME = ("UPDATE held SET files = files + 1, changed = max(changed, new.mtime_ns / 1000000000)"
         " WHERE row = (SELECT row FROM content WHERE hash = new.content);")

SEARCHED = (
    "CREATE VIRTUAL TABLE content_fts USING fts5(text, content='', columnsize=0, detail=none, tokenize='ascii')",
    "CREATE VIRTUAL TABLE title_fts USING fts5(title, pinyin, content='', tokenize='ascii')",
    "CREATE VIRTUAL TABLE name_fts USING fts5(name, folder, pinyin, content='', tokenize='ascii')",
    "CREATE VIRTUAL TABLE fact_fts USING fts5(facts, content='', tokenize='ascii')",
    "CREATE TABLE held(row INTEGER PRIMARY KEY, files INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " mark INTEGER NOT NULL)",
    "CREATE INDEX held_newest ON held(changed DESC, mark, files)",
    "CREATE INDEX held_several ON held(files) WHERE files != 1",
    "CREATE TRIGGER file_came AFTER INSERT ON file WHEN new.present BEGIN " + _COME + " END",
    "CREATE TRIGGER file_changed AFTER UPDATE OF content, present ON file"
    " WHEN old.present AND (old.content != new.content OR NOT new.present) BEGIN " + _GONE + " END",
    "CREATE TRIGGER file_came_again AFTER UPDATE OF content, present ON file"
    " WHEN new.present AND (old.content != new.content OR NOT old.present) BEGIN " + _COME + " END",
    "CREATE TABLE past(row INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, extractor INTEGER NOT NULL,"
    " title TEXT NOT NULL, passages BLOB NOT NULL)",
    "CREATE VIRTUAL TABLE past_fts USING fts5(text, content='', columnsize=0, detail=none, tokenize='ascii')",
)
"""One statement each; for a catalog that has none of it."""
