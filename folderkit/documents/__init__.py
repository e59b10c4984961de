"""Documents: Word templates read, checked and filled. docxtpl and lxml are loaded when a document is made."""

from __future__ import annotations

from folderkit.documents.fields import Field, fields_of
from folderkit.documents.many import Draft, Kind, make_many
from folderkit.documents.pages.contents import with_contents
from folderkit.documents.pages.libreoffice import soffice
from folderkit.documents.pages.pdf import convert_many, pdf_names, pdf_of, pdfs_beside, require_soffice, to_pdf
from folderkit.documents.parts.peek import small_parts
from folderkit.documents.parts.provenance import Provenance, data_hash, provenance_of
from folderkit.documents.parts.taken import Taken, Takings
from folderkit.documents.render import render
from folderkit.documents.tags.functions import Reach
from folderkit.documents.template import Template, name_meant, read_template, template_of_file

__all__ = [
    "Draft", "Field", "Kind", "Provenance", "Reach", "Taken", "Takings", "Template", "convert_many", "data_hash",
    "fields_of", "make_many", "name_meant", "pdf_names", "pdf_of", "pdfs_beside", "provenance_of", "read_template",
    "render", "require_soffice", "small_parts", "soffice", "template_of_file", "to_pdf", "with_contents",
]
