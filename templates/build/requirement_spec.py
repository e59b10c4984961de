"""The requirement specification: background, scope, requirements with their acceptance, sign-off."""

from __future__ import annotations

from blocks import cover, deliverables, front, running, signatures
from design import Design, section
from tables import Column, caption, facts, table
from words import ACCENT, each, edge, para, prose, run, tag, when

NAME = "requirement-spec"


def build(design: Design) -> None:
    cover(design)
    header, footer = running(design)
    front(design, header, footer)
    design.add(
        # a requirement without a kind is a functional one
        tag("set plain = requirements|rejectattr('kind_key', 'defined')|list"),
        tag("set known = requirements|selectattr('kind_key', 'defined')|list"),
        tag("set functional = plain + known|selectattr('kind_key', 'equalto', 'functional')|list"),
        tag("set linked = known|selectattr('kind_key', 'in', ['interface', 'data'])|list"),
        tag("set limits = known|selectattr('kind_key', 'equalto', 'constraint')|list"),
        tag("set other = known|rejectattr('kind_key', 'in', ['functional', 'interface', 'data', 'constraint'])|list"),
    )
    for part in (_background, _overview, _functional, _other, _constraints, _acceptance, _trace):
        design.add(part(design))
    say = design.say
    design.add(
        when("requirements",
             para(say("确认签字", "Sign-off"), "Heading1"),
             signatures(design, say(
                 "双方已审阅本需求规格说明书，确认其中的需求、范围与验收标准，并以此作为后续设计、开发与验收的依据。"
                 "此后的变更按变更流程办理。",
                 "Both parties have reviewed this specification and agree on the requirements, the scope and the "
                 "acceptance criteria it sets out. Design, development and acceptance are based on it; later changes "
                 "follow the change procedure."))),
        section(header, footer, last=True),
    )


def _background(design: Design) -> str:
    say = design.say
    return "".join((
        para(say("项目背景", "Background"), "Heading1"),
        para(say("编写目的", "Purpose of this document"), "Heading2"),
        para(say(
            "本文档说明“{{ project.name }}”的业务需求、范围与验收标准，供{{ client.name }}与{{ firm.name }}共同确认，"
            "并作为设计、开发、测试和验收的依据。",
            "This document sets out the business requirements, the scope and the acceptance criteria of "
            "{{ project.name }}. {{ client.name }}{% if firm.name %} and {{ firm.name }}{% endif %} agree on it as the "
            "basis of design, development, testing and acceptance."), "Prose"),
        when("project.background or project.purpose",
             para(say("背景与目的", "Background and aims"), "Heading2"),
             when("project.background", prose("project.background")),
             when("project.purpose", prose("project.purpose"))),
        when("glossary",
             para(say("术语", "Terms"), "Heading2"),
             caption(design, say("术语与缩写", "Terms and abbreviations")),
             table([Column(say("术语", "Term"), 0.28, "{{ g.term }}"),
                    Column(say("说明", "Meaning"), 0.72, "{{ g.meaning }}")], "for g in glossary")),
        when("references",
             para(say("参考资料", "References"), "Heading2"),
             each("reference", "references", para("{{ reference }}", "Bullet"))),
    ))


def _overview(design: Design) -> str:
    say = design.say
    return "".join((
        para(say("需求概述", "Overview"), "Heading1"),
        when("goals",
             para(say("项目目标", "Goals"), "Heading2"),
             caption(design, say("项目目标与衡量指标", "Goals and how they are measured")),
             table([Column(say("序号", "No."), 0.08, "{{ loop.index }}", "center"),
                    Column(say("目标", "Goal"), 0.36, "{{ g.text }}"),
                    Column(say("衡量指标", "Measure"), 0.36, "{{ g.measure }}"),
                    Column(say("目标值", "Target"), 0.2, "{{ g.target }}")], "for g in goals")),
        when("users",
             para(say("用户", "Users"), "Heading2"),
             caption(design, say("用户及其需要", "Users and what they need")),
             table([Column(say("用户", "User"), 0.28, "{{ u.name }}"),
                    Column(say("需要", "What they need"), 0.72, "{{ u.needs }}")], "for u in users")),
        when("scope.included or scope.excluded",
             para(say("项目范围", "Scope"), "Heading2"),
             when("scope.included",
                  para(say("本项目包含：", "Within the scope:"), "Prose", keep=True),
                  each("item", "scope.included", para("{{ item }}", "Bullet"))),
             when("scope.excluded",
                  para(say("本项目不包含：", "Outside the scope:"), "Prose", keep=True, before=6),
                  each("item", "scope.excluded", para("{{ item }}", "Bullet")))),
        when("not (goals or users or scope.included or scope.excluded)",
             para(say("项目目标与范围在立项确认后写入本章。",
                      "Goals and scope are entered here once the project brief is confirmed."), "Prose")),
    ))


def _requirements(design: Design, loop: str, extra: bool = False) -> str:
    """A table of requirements; `extra` shows their kind."""
    say = design.say
    words = run("{{ r.title }}", bold=True) + run(
        "{% if r.text %}" + say("：", ". ") + "{{ r.text }}{% endif %}")
    columns = [
        Column(say("编号", "ID"), 0.14, "{{ r.id or '–' }}"),
        *([Column(say("类别", "Kind"), 0.19, "{{ r.kind }}")] if extra else []),
        Column(say("需求", "Requirement"), 0.32 if extra else 0.44, words),
        Column(say("优先级", "Priority"), 0.12, "{{ r.priority }}", "center"),
        Column(say("验收标准", "Acceptance criterion"), 0.25 if extra else 0.32, "{{ r.accept }}"),
    ]
    return table(columns, loop)


def _functional(design: Design) -> str:
    say = design.say
    return "".join((
        para(say("功能需求", "Functional requirements"), "Heading1"),
        when("functional",
             para(say("优先级分为四级：必须、应该、可以、暂不。标为“必须”的需求全部满足，方可验收。",
                      "Priorities are Must, Should, Could and Not now. Every Must has to be met for acceptance."),
                  "Prose"),
             tag("for module in functional|map(attribute='module')|unique"),
             when("module", para("{{ module }}", "Heading2")),
             caption(design, say(
                 "{{ module }}功能需求",
                 "{% if module %}{{ module }}: functional{% else %}Functional{% endif %} requirements")),
             _requirements(design, "for r in functional|selectattr('module', 'equalto', module)"),
             tag("endfor"),
             otherwise=when(
                 "requirements",
                 para(say("本次没有功能需求。", "There are no functional requirements."), "Prose"),
                 otherwise=para(run(say("草稿：尚未录入需求。", "Draft – no requirements have been entered yet."),
                                    bold=True, color=ACCENT), "Cell", before=4, after=8,
                                line=edge("left", ACCENT, 18, 8)))),
    ))


def _other(design: Design) -> str:
    say = design.say
    return "".join((
        when("other",
             para(say("非功能需求", "Non-functional requirements"), "Heading1"),
             caption(design, say("非功能需求", "Non-functional requirements")),
             _requirements(design, "for r in other", extra=True)),
        when("linked",
             para(say("接口与数据需求", "Interfaces and data"), "Heading1"),
             caption(design, say("接口与数据需求", "Interface and data requirements")),
             _requirements(design, "for r in linked", extra=True)),
    ))


def _constraints(design: Design) -> str:
    say = design.say
    return "".join((
        para(say("限制条件", "Constraints"), "Heading1"),
        para(say("需求的实现应遵守以下限制。", "The requirements are to be met within these limits."), "Prose",
             keep=True),
        facts([
            (say("开始日期", "Start"), "{{ project.start_date|date }}", ""),
            (say("计划完成", "Due"), "{{ project.due_date|date }}", ""),
        ]),
        each("item", "constraints", para("{{ item }}", "Bullet")),
        each("r", "limits",
             para("{{ r.title }}{% if r.text %}" + say("：", ": ") + "{{ r.text }}{% endif %}", "Bullet")),
    ))


def _acceptance(design: Design) -> str:
    say = design.say
    return "".join((
        para(say("验收标准", "Acceptance"), "Heading1"),
        para(say("各项需求按其验收标准逐条验证；优先级为“必须”的需求全部通过、遗留问题双方书面确认后，视为通过验收。",
                 "Each requirement is verified against its acceptance criterion. The result is accepted when every "
                 "Must requirement has passed and both parties have agreed in writing on what is left open."), "Prose"),
        when("deliverables",
             caption(design, say("交付物", "Deliverables")),
             deliverables(design)),
    ))


def _trace(design: Design) -> str:
    say = design.say
    return "".join((
        when("requirements",
             para(say("需求跟踪表", "Traceability"), "Heading1"),
             caption(design, say("需求、来源与验证", "Requirements, their sources and their verification")),
             table([Column(say("编号", "ID"), 0.15, "{{ r.id or '–' }}"),
                    Column(say("需求", "Requirement"), 0.37, "{{ r.title }}"),
                    Column(say("来源", "Source"), 0.24, "{{ r.source }}"),
                    Column(say("验证", "Verified by"), 0.24, "{{ r.test }}")], "for r in requirements")),
        when("reviews",
             para(say("评审记录", "Reviews"), "Heading1"),
             caption(design, say("评审意见与处理", "Review comments and how they were handled")),
             table([Column(say("日期", "Date"), 0.16, "{{ r.date|date('%Y-%m-%d') }}"),
                    Column(say("评审人", "Reviewer"), 0.18, "{{ r.people }}"),
                    Column(say("意见", "Comment"), 0.36, "{{ r.comment }}"),
                    Column(say("处理", "Handling"), 0.3, "{{ r.handling }}")], "for r in reviews")),
    ))
