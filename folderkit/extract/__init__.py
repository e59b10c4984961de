"""Text out of files: what a person could read in them, for finding. Hostile files cost only themselves.

Cheap to import: the libraries that read Word, Excel and PDF are loaded in the worker process alone.
"""

from folderkit.extract.crew import Extractors
from folderkit.extract.extractor import Extractor
from folderkit.extract.model import EXTRACTOR_VERSION, STATES, CloseReading, Extraction, Passage

__all__ = ["EXTRACTOR_VERSION", "STATES", "CloseReading", "Extraction", "Extractor", "Extractors", "Passage"]
