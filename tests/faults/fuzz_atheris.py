"""Fuzz the filling of Word templates, led by what code each one reaches: ``python -m tests.faults.fuzz_atheris``.

Needs atheris, which ``.ci/setup --tests`` installs where there is one (Linux, before Python 3.14). What is given after
the name goes to libFuzzer, as ``-max_total_time=600`` and the folder of its corpus; without, it goes on until it is
stopped. It stops at the first broken promise.
"""

from __future__ import annotations

import html
import io
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["folderkit.documents", "folderkit.core.limits", "folderkit.core.counted"]):
    from folderkit.core.errors import FolderkitError
    from folderkit.core.settings import Firm
    from folderkit.documents import render, template_of_file
    from tests.faults.damage import damage_of
from tests.integration.test_documents import p, row, word_parts

_FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
_WORDS = (
    "{{ a }}", "{{r a }}", "{{p a }}", "{% if a %}", "{% endif %}", "{% for x in xs %}", "{% endfor %}", "{%p if a %}",
    "{%p endif %}", "{%tr for x in xs %}", "{%tr endfor %}", "{%tc for x in xs %}", "{%tc endfor %}", "{{ ", " }}", "|",
    "a", "x", "upper", "{% colspan 2 %}", "{% vm %}", "{% hm %}", "</w:t></w:r><w:r><w:t>",
    "</w:t></w:r></w:p><w:p><w:r><w:t>")


def _word(given: Any) -> str:
    number = given.ConsumeIntInRange(0, 2 * len(_WORDS))
    return _WORDS[number] if number < len(_WORDS) else html.escape(given.ConsumeUnicodeNoSurrogates(2))


def try_one(data: bytes) -> None:
    """Fill a template whose body is made of `_WORDS` and characters, as the bytes say."""
    given = atheris.FuzzedDataProvider(data)
    value = given.ConsumeUnicode(20)
    body = ""
    while given.remaining_bytes():
        words = "".join(_word(given) for _ in range(given.ConsumeIntInRange(1, 5)))
        body += f"<w:tbl>{row(words)}</w:tbl>" if given.ConsumeBool() else p(words)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, part in word_parts(body + p("end")).items():
            file.writestr(name, part)
    path = _FOLDER / "x.docx"
    path.write_bytes(target.getvalue())
    try:
        document = render(template_of_file(path), "en", {"a": value, "xs": [value, 1]}, Firm())
    except FolderkitError:
        return
    if wrong := damage_of(document):
        raise AssertionError(wrong)


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
