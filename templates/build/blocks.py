"""The blocks that documents share: cover, title, headers and footers, revisions, contents, sign-off."""

from __future__ import annotations

from design import WIDTH, Design, section
from tables import Column, bleed, cell, frame, row, shares, table
from words import ACCENT, GREY, INK, LINE, ON_PRIMARY, Align, edge, field, para, run, tag, when

NUMBERS = "set no = namespace(table=0)"


def _firm_sign(width: int, height: int, size: float, name: str = "firm.name") -> str:
    """The logo in a box of millimetres, or the firm's name in good type."""
    return when("firm.logo", para(f"{{{{ firm.logo|fit({width}, {height}) }}}}"),
                otherwise=para(run(f"{{{{ {name} }}}}", bold=True, color=INK, size=size), "Header"))


def cover(design: Design) -> None:
    """The cover, a section of its own without header line and page number."""
    say = design.say
    header = design.add_margin("header", _firm_sign(60, 20, 16) + para())
    address = "{% if firm.address %}{{ firm.address }}{% endif %}"
    reach = "".join(f"{{% if firm.{key} %}}   {{{{ firm.{key} }}}}{{% endif %}}" for key in ("phone", "website"))
    footer = design.add_margin("footer", "".join((
        para(run("{{ firm.name }}", bold=True, color=INK, size=12), "Footer", align=_cover_align(design), after=4),
        para(run("{{ doc.date|date }}", color=GREY, size=11), "Footer", align=_cover_align(design), after=4),
        para(run(address + reach, color=GREY, size=8.5), "Footer", align=_cover_align(design)),
    )))
    weighed = " ~ ".join([*["doc.title"] * 4, "project.name", "client.name", "firm.name"])  # by the room they take
    crowded = f"({weighed})|length > {say('150', '380')}"
    design.add(
        tag(NUMBERS),
        when(crowded, para(before=20), bleed(_cover_title(12, 20, 11), 4700), para(before=20),
             otherwise=para(before=104) + bleed(_cover_title(0, 0, 13), 4700) + para(before=70)),
        _cover_facts(design, [
            (say("文件编号", "Document no."), "{{ doc.code }}", say("编　　制", "Prepared by"), "{{ doc.author }}"),
            (say("版　　本", "Version"), "V{{ doc.version }}", say("审　　核", "Reviewed by"), "{{ doc.reviewer }}"),
            (say("密　　级", "Confidentiality"), "{{ doc.secrecy }}",
             say("批　　准", "Approved by"), "{{ doc.approver }}"),
        ]),
        section(header, footer, top=2300, bottom=2300),
    )


def _cover_title(project: float, title: float, client: float) -> str:
    """What the cover says, in these sizes; 0 for that of the style."""
    return "".join((
        para(run("{{ project.name }}", color=ON_PRIMARY, size=project), "CoverProject"),
        para(run("{{ doc.title }}", color=ON_PRIMARY, size=title), "CoverTitle"),
        para(run("{{ client.name }}", color=ON_PRIMARY, size=client), "CoverProject", after=0),
    ))


def _cover_align(design: Design) -> Align:  # the Chinese reader expects the firm in the middle of the foot
    return "center" if design.language == "zh" else "left"


def _cover_facts(design: Design, rows: list[tuple[str, str, str, str]]) -> str:
    widths = shares(0.24, 0.26, 0.24, 0.26)
    under = edge("bottom", LINE, 4)
    lines = ""
    for left, value, right, other in rows:
        lines += row(*(
            cell(para(run(text, color=GREY if place % 2 == 0 else "", size=11), "Cell"), width, edges=under)
            for place, (text, width) in enumerate(zip((left, value, right, other), widths, strict=True))), height=480)
    return frame(lines, widths)


def running(design: Design) -> tuple[str, str]:
    """The header and footer of the pages after the cover; their ids."""
    widths = shares(0.23, 0.46, 0.31)
    under = edge("bottom", LINE, 6)
    say = design.say
    bar = say("　", "  |  ")
    most = say("15", "24")  # characters of the project's name that stand on one line with the title
    name = ("{{ project.name|truncate(" + most + ", true, '…') }}{% if project.name %}" + bar
            + "{% endif %}{{ doc.title }}")
    code = "{{ doc.code }}{% if doc.code %} · {% endif %}V{{ doc.version }}"
    header = design.add_margin("header", frame(row(
        cell(_firm_sign(30, 8, 8.5, "firm.short_name or firm.name"), widths[0], edges=under),
        cell(para(name, "Header", align="center"), widths[1], edges=under),
        cell(para(code, "Header", align="right"), widths[2], edges=under)), widths, padding=20)
        + para(style="Hidden", after=6))  # so that a header of many lines keeps its distance
    parts = say("第 | 页　共 | 页", "Page | of |").split("|")
    pages = run(parts[0]) + field("PAGE") + run(parts[1]) + field("NUMPAGES") + run(parts[2])
    footer = design.add_margin("footer", frame(row(
        cell(para("{{ doc.secrecy }}", "Footer"), WIDTH // 2),
        cell(para(pages, "Footer", align="right"), WIDTH - WIDTH // 2)), [WIDTH // 2, WIDTH - WIDTH // 2], padding=20)
        + para(style="Hidden"))
    return header, footer


def front(design: Design, header: str, footer: str) -> None:
    """The page after the cover: revisions and contents."""
    say = design.say
    design.add(
        when("doc.revisions",
             para(say("修订记录", "Revision history"), "FrontTitle", before=8),
             table([
                 Column(say("版本", "Version"), 0.12, "V{{ r.version }}", "center"),
                 Column(say("日期", "Date"), 0.18, "{{ r.date|date('%Y-%m-%d') }}", "center"),
                 Column(say("修订内容", "Change"), 0.5, "{{ r.text }}"),
                 Column(say("修订人", "Author"), 0.2, "{{ r.author }}"),
             ], "for r in doc.revisions"),
             para(before=14)),
        para(say("目　录", "Contents"), "FrontTitle"),
        para(field('TOC \\o "1-2" \\h \\z \\u',
                   say("打开时更新目录。", "Update this field to see the contents.")), "TOC1"),
        section(header, footer),
    )


def title_block(design: Design, eyebrow: str, title: str) -> None:
    """The strong beginning of a document without a cover."""
    design.add(
        tag(NUMBERS),
        para(run(eyebrow), "Eyebrow", before=6),
        para(title, "Title", line=edge("bottom", ACCENT, 18, 8), after=14),
    )


def deliverables(design: Design, *more: Column) -> str:
    """What is handed over, when, and `more`; without the dates when none is known."""
    say = design.say

    def listed(dated: bool) -> str:
        due = Column(say("计划交付日期", "Due"), 0.22, "{{ d.due|date('%Y-%m-%d') or '–' }}", "center")
        width = 0.91 - (0.22 if dated else 0) - sum(column.share for column in more)
        return table([Column(say("序号", "No."), 0.09, "{{ loop.index }}", "center"),
                      Column(say("交付物", "Deliverable"), width, "{{ d.name }}"),
                      *([due] if dated else []), *more], "for d in deliverables")

    return when("deliverables|map(attribute='due')|select|list", listed(True), otherwise=listed(False))


def signatures(design: Design, intro: str) -> str:
    """Two columns to sign, kept on one page with the words above them."""
    say = design.say
    half = shares(0.5, 0.5)
    colon = say("：", ": ")
    date_line = say("日　　期：　　　　年　　月　　日", "Date:")

    def side(party: str, name: str) -> str:
        seal = say(f"{party}（盖章）", party)
        lines = [para(run(seal + colon, color=GREY) + run(name, bold=True), "Cell", keep=True, before=8, after=14)]
        labels = (say("授权代表（签字）：", "Signature:"), say("职　　务：", "Name and title:"))
        lines += [para(run(label, color=GREY), "Cell", keep=True, before=8, after=14) for label in labels]
        return "".join(lines) + para(run(date_line, color=GREY), "Cell", before=8, after=10)

    rows = row(cell(side(say("甲方", "Client"), "{{ client.name }}"), half[0], middle=False),
               cell(side(say("乙方", "Contractor"), "{{ firm.name }}"), half[1], middle=False))
    return para(intro, "Prose", keep=True) + frame(rows, half, borders="".join(
        edge(place, LINE, 6) for place in ("top", "left", "bottom", "right", "insideV")))
