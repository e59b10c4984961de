"""WordprocessingML in small words: runs, paragraphs, fields, tags."""

from __future__ import annotations

from typing import Literal
from xml.sax.saxutils import escape

PRIMARY, ON_PRIMARY, INK = "1F3A5F", "FFFFFE", "1F3A60"  # the colours a firm's own replace, one apart on purpose
ACCENT, TINT, LINE = "C8702A", "EEF1F5", "C5CDD7"
GREY, GREEN, AMBER, RED = "6B7480", "2E8B57", "D98E04", "C0392B"
COLORS = {"primary": PRIMARY, "on_primary": ON_PRIMARY, "ink": INK, "accent": ACCENT, "tint": TINT, "line": LINE}
Align = Literal["left", "center", "right", "both"]


def run(text: str, *, bold: bool = False, color: str = "", size: float = 0, spacing: int = 0, style: str = "") -> str:
    """A run of text; `size` in points, `spacing` between letters in twentieths of a point."""
    properties = "".join((
        f'<w:rStyle w:val="{style}"/>' if style else "",
        "<w:b/><w:bCs/>" if bold else "",
        f'<w:color w:val="{color}"/>' if color else "",
        f'<w:spacing w:val="{spacing}"/>' if spacing else "",
        f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else "",
    ))
    block = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{block}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def para(content: str = "", style: str = "", *, align: Align | None = None, keep: bool = False, before: float = -1,
         after: float = -1, line: str = "") -> str:
    """A paragraph of runs, or of plain text; `before` and `after` in points, `line` a border's XML."""
    runs = content if not content or content.startswith("<w:") else run(content)
    spacing = (f' w:before="{round(before * 20)}"' if before >= 0 else "") + (
        f' w:after="{round(after * 20)}"' if after >= 0 else "")
    properties = "".join((
        f'<w:pStyle w:val="{style}"/>' if style else "",
        "<w:keepNext/>" if keep else "",
        f"<w:pBdr>{line}</w:pBdr>" if line else "",
        f"<w:spacing{spacing}/>" if spacing else "",
        f'<w:jc w:val="{align}"/>' if align else "",
    ))
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{runs}</w:p>"


def edge(side: str, color: str, size: int = 4, space: int = 0) -> str:
    """One border; `size` in eighths of a point."""
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{color}"/>'


def field(code: str, shown: str = "1", properties: str = "") -> str:
    """A field such as PAGE with the result that is shown until it is updated."""
    def part(inner: str) -> str:
        return f"<w:r>{properties}{inner}</w:r>"

    return (part('<w:fldChar w:fldCharType="begin"/>')
            + part(f'<w:instrText xml:space="preserve"> {code} </w:instrText>')
            + part('<w:fldChar w:fldCharType="separate"/>') + part(f"<w:t>{escape(shown)}</w:t>")
            + part('<w:fldChar w:fldCharType="end"/>'))


def page_break() -> str:
    return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


# -- tags ------------------------------------------------------------------------------------------
def tag(statement: str) -> str:
    """A paragraph of its own for a statement: it vanishes, and what it governs stands in paragraphs."""
    return para(run(f"{{%p {statement} %}}", color=GREY, size=8))


def when(condition: str, *content: str, otherwise: str = "") -> str:
    """Content that is there when the condition holds."""
    inner = "".join(content)
    return tag(f"if {condition}") + inner + (tag("else") + otherwise if otherwise else "") + tag("endif")


def each(member: str, members: str, *content: str) -> str:
    """Content for each of the members."""
    return tag(f"for {member} in {members}") + "".join(content) + tag("endfor")


def prose(value: str, keep: str = "") -> str:
    """A long text: each of its lines a paragraph; the last stays with what follows when the condition `keep` holds."""
    line = para("{{ line|trim }}", "Prose")
    held = para("{{ line|trim }}", "Prose", keep=True)
    return each("line", f"{value}|lines if line.strip()",
                when(f"loop.last and ({keep})", held, otherwise=line) if keep else line)


def choose(expression: str, shown: dict[str, str]) -> str:
    """A tag that shows the words for a key, or the key itself when it is none of them."""
    chain = "".join(f"'{words}' if {expression} == '{key}' else " for key, words in shown.items())
    return f"{{{{ {chain}{expression} }}}}"


def light(key: str, words: str) -> str:
    """A coloured dot by the key (green, amber, red; nothing otherwise) before the words."""
    dots = "".join(
        run(f"{{%r {'if' if place == 0 else 'elif'} {key} == '{name}' %}}") + run("● ", color=color)
        for place, (name, color) in enumerate((("red", RED), ("amber", AMBER), ("green", GREEN))))
    return dots + run("{%r endif %}") + run(words)
