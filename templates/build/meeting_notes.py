"""Meeting notes: who met when, what was discussed and decided, who does what by when."""

from __future__ import annotations

from blocks import running, title_block
from design import Design, section
from tables import Column, facts, frame, row, shares, table
from tables import cell as table_cell
from words import ACCENT, GREY, LINE, each, edge, para, prose, run, tag, when

NAME = "meeting-notes"
# When a part is the last before the end: its last lines stay with the end, which never stands alone on a page.
_TOPICS_LAST = "topic_last and not (decisions or actions or attachments or next_meeting)"
_DECISIONS_LAST = "not (actions or attachments or next_meeting)"
_ACTIONS_LAST = "not (attachments or next_meeting)"


def build(design: Design) -> None:
    design.compact = True
    header, footer = running(design)
    say = design.say
    title_block(design, "{{ project.name }}", "{{ meeting.title }}" + say("　会议纪要", " – meeting notes"))
    design.add(
        _facts(design), _topics(design), _decisions(design), _actions(design), _closing(design), _sign_line(design),
        section(header, footer, last=True),
    )


def _facts(design: Design) -> str:
    say = design.say
    return facts([
        (say("会议日期", "Date"), "{{ meeting.date|date }}", ""),
        (say("会议时间", "Time"), "{{ meeting.time }}", ""),
        (say("主 持 人", "Chair"), "{{ meeting.chair }}", ""),
        (say("记 录 人", "Minutes by"), "{{ meeting.recorder }}", ""),
        (say("编　　号", "Document no."), "{{ doc.code }}", "wide"),
        (say("地点/平台", "Place"), "{{ meeting.place }}", "meeting.place"),
        (say("客户方出席", "For the client"), "{{ meeting.client_attendees }}", "meeting.client_attendees"),
        (say("出席人员", "Present"), "{{ meeting.attendees }}", "wide"),
        (say("缺　　席", "Apologies"), "{{ meeting.absent }}", "meeting.absent"),
        (say("抄　　送", "Copies to"), "{{ meeting.copies }}", "meeting.copies"),
    ])


def _section(design: Design, zh: str, en: str) -> str:
    return para(design.say(zh, en), "Heading1")


def _topics(design: Design) -> str:
    say = design.say

    def conclusion(held: bool) -> str:
        words = run(say("结论：", "Conclusion: "), bold=True) + run("{{ topic.conclusion }}")
        return para(words, "Cell", before=4, after=8, line=edge("left", ACCENT, 18, 8), keep=held)

    return when(
        "topics",
        _section(design, "议题与讨论", "Discussion"),
        tag("for topic in topics"),
        tag("set topic_last = loop.last"),
        para("{{ topic.topic }}", "Heading2"),
        when("topic.points", prose("topic.points", keep=f"topic.conclusion or {_TOPICS_LAST}")),
        when("topic.conclusion", when(_TOPICS_LAST, conclusion(True), otherwise=conclusion(False))),
        tag("endfor"))


def _decisions(design: Design) -> str:
    say = design.say
    return when(
        "decisions",
        _section(design, "决议事项", "Decisions"),
        table([Column(say("编号", "No."), 0.1, "{{ loop.index }}", "center"),
               Column(say("决议", "Decision"), 0.9, "{{ decision }}")], "for decision in decisions",
              keep=_DECISIONS_LAST))


def _actions(design: Design) -> str:
    say = design.say
    return when(
        "actions",
        _section(design, "行动项", "Action items"),
        table([
            Column(say("序号", "No."), 0.08, "{{ loop.index }}", "center"),
            Column(say("行动", "Action"), 0.36, "{{ a.action }}"),
            Column(say("责任人", "Owner"), 0.15, "{{ a.owner }}"),
            Column(say("完成时间", "Due"), 0.16, "{{ a.due|date('%Y-%m-%d') }}", "center"),
            Column(say("验收标准", "Done when"), 0.25, "{{ a.accept }}"),
        ], "for a in actions", keep=_ACTIONS_LAST))


def _closing(design: Design) -> str:
    return "".join((
        when("attachments", _section(design, "资料与附件", "Papers and attachments"),
             each("attachment", "attachments", para("{{ attachment }}", "Bullet", keep=True))),
        when("next_meeting", _section(design, "下次会议", "Next meeting"), prose("next_meeting", keep="True")),
    ))


def _sign_line(design: Design) -> str:
    """Minutes by … and confirmed by …, on one line, with the words above."""
    say = design.say
    widths = shares(0.5, 0.5)
    labels = (say("记录人（签字）：", "Minutes by:"), say("主持人确认（签字）：", "Confirmed by the chair:"))
    cells = (table_cell(para(run(label, color=GREY), "Cell", before=12, after=4), width, edges=edge("bottom", LINE, 6))
             for label, width in zip(labels, widths, strict=True))
    return para(say("本纪要在会后二十四小时内发出；收到后三个工作日内未提出异议，视为认可。",
                    "These notes are sent within one day of the meeting. They stand as agreed unless a correction is "
                    "asked for within three working days of receipt."), "Note", keep=True, before=20,
                ) + frame(row(*cells), widths) + para(style="Hidden")
