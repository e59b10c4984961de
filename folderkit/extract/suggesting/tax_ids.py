"""Tax ids: the Chinese credit code by its check character, others behind their label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from folderkit.core.suggestions import TAX_ID
from folderkit.core.tax_ids import is_credit_code
from folderkit.extract.suggesting.finding import Found, Spans

_CREDIT = re.compile(r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])")
_OLD = re.compile(r"(?:纳税人识别号|税号)[^\S\n]{0,3}[:：]?[^\S\n]{0,3}(?P<v>\d{15})(?![0-9A-Za-z])")
_VAT = re.compile(  # the forms of the member states of the EU, of Great Britain, Switzerland and the USA
    r"(?<![A-Za-z])(?:VAT|USt|UID|TVA|BTW|MwSt|TIN|EIN|GST|Tax)[-. ]{0,2}(?:Reg(?:istration)?\.?[ ]?)?"
    r"(?:ID(?:entification)?(?:[-. ]{0,2}(?:No|Nr)\.?)?|IdNr\.?|Nos?\.?|Nr\.?|Number|Code)?(?![A-Za-z])"
    r"[^\S\n]{0,3}[:：#]?[^\S\n]{0,3}"
    r"(?P<v>(?:ATU|BE[01]|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|GB|XI)"
    r"[ ]?[0-9A-Z](?:[ ]?[0-9A-Z]){6,11}|CHE[- ]?\d{3}\.?\d{3}\.?\d{3}|\d\d-\d{7})(?![0-9A-Za-z])")


_SIX = re.compile(r"\d{6}")
_HEADS = ("vat", "ust", "uid", "tva", "btw", "mwst", "tin", "ein", "gst", "tax")


def find(text: str, spans: Spans) -> Iterator[Found]:
    """Every tax id in the text."""
    if _SIX.search(text):
        for match in _CREDIT.finditer(text):
            if is_credit_code(match[0]):
                yield Found(match.start(), match.end(), TAX_ID, match[0])
        for match in _OLD.finditer(text):
            yield Found(match.start("v"), match.end("v"), TAX_ID, match["v"])
    for begin, end in spans.around(_HEADS, 2, 70):
        for match in _VAT.finditer(text, begin, end):
            value = re.sub("[ .-]", "", match["v"]) if match["v"][0].isalpha() else match["v"]
            if sum(char.isdigit() for char in value) >= 7:
                yield Found(match.start("v"), match.end("v"), TAX_ID, value)
