"""folderkit keeps client project folders: scaffolded, versioned, findable, and reported in Word and Excel."""

__version__ = "0.1.0"
