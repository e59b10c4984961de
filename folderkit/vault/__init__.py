"""The vault: every content a file once had, and the journal of all that happened.

Blobs are named by the BLAKE3 of their content and lie in append-only packs; the journal is a chain of
lines. The order of writes is `put` … `flush`, then `journal.append`: data is durable before the
journal names it. The format is written down in the guide (`folderkit guide vault-format`).
"""

from folderkit.vault.blobs import FORMAT_FILE, MEMORY_BYTES, Blobs, Put
from folderkit.vault.journal import START, Journal
from folderkit.vault.packset import Damaged
from folderkit.vault.putting import Preparation

__all__ = ["FORMAT_FILE", "MEMORY_BYTES", "START", "Blobs", "Damaged", "Journal", "Preparation", "Put"]
