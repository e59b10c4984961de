"""A comparison as a page of HTML that needs nothing else: to read on a screen, to print, to send to a client.

What comes from a file is escaped, and the page's own policy forbids scripts and anything from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from folderkit.core.language import Language, Text
from folderkit.differences.model import Comparison, Line, Section
from folderkit.differences.wording import place_text, summary, value_text
from folderkit.differences.words import Mark, marks

_STYLE = """
:root { --ink: #1c2430; --soft: #5d6875; --line: #d9dee5; --page: #fff; --band: #f5f7f9;
  --old: #a3242f; --old-band: #fdf0f0; --old-mark: #f6c9cb; --new: #17683a; --new-band: #eef8f1; --new-mark: #b9e5c8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 2rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.6 "Segoe UI", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header { border-bottom: 2px solid var(--ink); padding-bottom: 1.2rem; margin-bottom: 1.6rem; }
header p { margin: 0; color: var(--soft); }
h1 { margin: .1rem 0 .3rem; font-size: 1.7rem; line-height: 1.3; overflow-wrap: anywhere; }
.path { overflow-wrap: anywhere; }
.counts { margin-top: .8rem; font-weight: 600; color: var(--ink); }
.remark { background: var(--band); border-left: 4px solid var(--soft); padding: .5rem .9rem; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; break-after: avoid; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin-bottom: 1.4rem; }
col.where { width: 9.5rem; }
thead th { text-align: left; font-size: .85rem; font-weight: 600; color: var(--soft);
  border-bottom: 1px solid var(--line); padding: .3rem .7rem; }
tbody th { text-align: left; vertical-align: top; font-size: .85rem; font-weight: 600; color: var(--soft);
  padding: .45rem .7rem; overflow-wrap: anywhere; }
tbody th small { display: block; font-weight: 400; }
td { vertical-align: top; padding: .45rem .7rem; white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: isolate; }
tr { border-bottom: 1px solid var(--line); break-inside: avoid; }
tr.same { color: var(--soft); }
tr.changed td.old, tr.removed td.old { background: var(--old-band); }
tr.changed td.new, tr.added td.new { background: var(--new-band); }
del { background: var(--old-mark); color: var(--old); text-decoration: line-through; border-radius: 2px; }
ins { background: var(--new-mark); color: var(--new); text-decoration: none; border-radius: 2px; font-weight: 600; }
tr.added ins, tr.removed del { background: none; font-weight: 400; }
.lines td { font: 13px/1.5 Consolas, Menlo, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; }
@media print { @page { size: A4 landscape; margin: 14mm; } body { padding: 0; max-width: none; font-size: 10pt; }
  thead { display: table-header-group; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
""".strip()


def page(comparison: Comparison, path: str, heads: tuple[str, str], remarks: Sequence[str], language: Language) -> str:
    """The page. `path` is the file's, `heads` name its two contents."""
    return "\n".join(_page(comparison, path, heads, remarks, language)) + "\n"


def _page(comparison: Comparison, path: str, heads: tuple[str, str], remarks: Sequence[str], language: Language
          ) -> Iterator[str]:
    title = Text("What changed", "改动对比").in_(language)
    folder, _, file = path.rpartition("/")
    yield "<!DOCTYPE html>"
    yield f'<html lang="{"zh-CN" if language == "zh" else "en"}">'
    yield '<head><meta charset="utf-8">'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title} · {escape(file)}</title>"
    yield f"<style>\n{_STYLE}\n</style></head>"
    yield f'<body class="{comparison.form}">'
    yield f"<header><p>{title}</p><h1>{escape(file)}</h1>"
    if folder:
        yield f'<p class="path">{escape(folder)}</p>'
    yield f"<p>{escape(heads[0])} → {escape(heads[1])}</p>"
    if comparison.sections:
        counts = comparison.count("changed"), comparison.count("added"), comparison.count("removed")
        yield f'<p class="counts">{summary(*counts).in_(language)}</p>'
    yield "</header>"
    yield from (f'<p class="remark">{escape(remark)}</p>' for remark in remarks)
    for section in comparison.sections:
        yield from _section(section, heads, language)
    if comparison.properties:
        yield from _section(Section(Text("Properties", "属性").in_(language), comparison.properties), heads, language)
    yield "</body></html>"


def _section(section: Section, heads: tuple[str, str], language: Language) -> Iterator[str]:
    if section.title:
        yield f"<h2>{escape(section.title)}</h2>"
    yield '<table><colgroup><col class="where"><col><col></colgroup>'
    where = Text("Where", "位置").in_(language)
    yield f"<thead><tr><th>{where}</th><th>{escape(heads[0])}</th><th>{escape(heads[1])}</th></tr></thead><tbody>"
    for line in section.lines:
        about = f"<small>{escape(line.about)}</small>" if line.about else ""
        place = escape(place_text(line.place).in_(language))
        before, after = _sides(line)
        yield (f'<tr class="{line.kind}"><th scope="row">{place}{about}</th>'
               f'<td class="old" dir="auto">{before}</td><td class="new" dir="auto">{after}</td></tr>')
    yield "</tbody></table>"


def _sides(line: Line) -> tuple[str, str]:
    before, after = value_text(line.place, line.before), value_text(line.place, line.after)
    if line.kind == "same":
        return escape(before), escape(after)
    old, new = marks(before, after) if line.kind == "changed" else ([(0, len(before))], [(0, len(after))])
    return _marked(before, old, "del"), _marked(after, new, "ins")


def _marked(text: str, found: Sequence[Mark], tag: str) -> str:
    parts, position = [], 0
    for start, end in found:
        if start < end:
            parts += [escape(text[position:start]), f"<{tag}>", escape(text[start:end]), f"</{tag}>"]
            position = end
    return "".join(parts) + escape(text[position:])
