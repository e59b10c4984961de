"""Documents: Word templates read, checked and filled. docxtpl and lxml are loaded when a document is made."""

from __future__ import annotations

from folderkit.documents.contents import with_contents
from folderkit.documents.fields import Field, fields_of
from folderkit.documents.functions import Reach
from folderkit.documents.many import Draft, Kind, render_many
from folderkit.documents.pdf import pdf_of, soffice, to_pdf
from folderkit.documents.render import render
from folderkit.documents.template import Template, read_template, template_of_file

__all__ = [
    "Draft", "Field", "Kind", "Reach", "Template", "fields_of", "pdf_of", "read_template", "render", "render_many",
    "soffice", "template_of_file", "to_pdf", "with_contents",
]
