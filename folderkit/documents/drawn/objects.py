"""docxtpl's own objects as values (InlineImage, Subdoc, links of build_url_id): their pictures, styles and relations
lie in the package of the `DocxTemplate` they were made with. Only a document with such values needs this module."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from folderkit.documents.parts import package

if TYPE_CHECKING:
    from docxtpl import DocxTemplate


class Objects:
    """The docxtpl template whose objects are met while a document is filled; `host` is it, once it is known."""

    def __init__(self, host: DocxTemplate | None) -> None:
        self.host = host

    def meet(self, value: Any, part: str) -> None:
        """Tell an object of docxtpl the part in which it is about to be written, since its picture belongs there."""
        host = getattr(value, "tpl", None)
        if host is None:
            return
        self.host = host
        host.init_docx(reload=False)
        host.current_rendering_part = next(
            found for found in host.docx.part.package.iter_parts() if str(found.partname) == f"/{part}")


def package_of(host: DocxTemplate) -> package.Package:
    """The parts of the host's package with all that its objects have put there, and with the pictures and parts that it
    is to replace. Raises `ValueError` for a picture to be replaced that is not there, as docxtpl does."""
    host.init_docx(reload=False)
    host.pic_map = {}  # where docxtpl notes what it replaces; its own rendering makes it
    host.is_rendered = True  # by folderkit; else its package is read anew, without what was put there
    target = io.BytesIO()
    host.save(target)
    return package.own_package(target.getvalue())[0]
