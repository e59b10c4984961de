"""The project brief: the facts of a project on one or two pages."""

from __future__ import annotations

from blocks import deliverables, running, title_block
from design import Design, section
from tables import Column, facts, table
from words import each, para, prose, tag, when

NAME = "project-brief"


def build(design: Design) -> None:
    design.compact = True
    header, footer = running(design)
    say = design.say
    title_block(design, "{{ client.name }}" + say("　", "  |  ") + "{{ doc.title }}", "{{ project.name }}")
    design.add(
        tag("set milestones = tasks|selectattr('kind_key', 'equalto', 'milestone')|list"),
        _facts(design),
        when("project.background", para(say("项目背景", "Background"), "Heading1"),
             prose("project.background")),
        when("project.purpose", para(say("项目目的", "Purpose"), "Heading1"), prose("project.purpose")),
        _goals(design), _scope(design), _people(design), _plan(design),
        section(header, footer, last=True),
    )


def _facts(design: Design) -> str:
    say = design.say
    comma = say("，", ", ")
    contact = ("{{ client.contact }}{% if client.phone %}" + comma + "{{ client.phone }}{% endif %}"
               "{% if client.email %}" + comma + "{{ client.email }}{% endif %}")
    return facts([
        (say("项目编号", "Project code"), "{{ project.code }}", ""),
        (say("项目经理", "Project manager"), "{{ project.manager }}", ""),
        (say("开始日期", "Start"), "{{ project.start_date|date }}", ""),
        (say("计划完成", "Due"), "{{ project.due_date|date }}", ""),
        (say("客　　户", "Client"), "{{ client.name }}", "wide"),
        (say("客户联系人", "Client contact"), contact, "client.contact"),
        (say("客户地址", "Client address"), "{{ client.address }}", "client.address"),
        (say("承 接 方", "Contractor"), "{{ firm.name }}", "firm.name"),
    ])


def _goals(design: Design) -> str:
    say = design.say
    return when("goals", para(say("项目目标", "Goals"), "Heading1"), table([
        Column(say("序号", "No."), 0.08, "{{ loop.index }}", "center"),
        Column(say("目标", "Goal"), 0.36, "{{ g.text }}"),
        Column(say("衡量指标", "Measure"), 0.36, "{{ g.measure }}"),
        Column(say("目标值", "Target"), 0.2, "{{ g.target }}"),
    ], "for g in goals"))


def _scope(design: Design) -> str:
    say = design.say
    return "".join((
        when("scope.included or scope.excluded",
             para(say("项目范围", "Scope"), "Heading1"),
             when("scope.included",
                  para(say("本项目包含：", "Within the scope:"), "Prose", keep=True),
                  each("item", "scope.included", para("{{ item }}", "Bullet"))),
             when("scope.excluded",
                  para(say("本项目不包含：", "Outside the scope:"), "Prose", keep=True, before=6),
                  each("item", "scope.excluded", para("{{ item }}", "Bullet")))),
        when("constraints", para(say("限制条件", "Constraints"), "Heading1"),
             each("item", "constraints", para("{{ item }}", "Bullet"))),
    ))


def _people(design: Design) -> str:
    say = design.say
    return when("team", para(say("项目团队", "Team"), "Heading1"), table([
        Column(say("姓名", "Name"), 0.17, "{{ person.name }}"),
        Column(say("角色", "Role"), 0.23, "{{ person.role }}"),
        Column(say("所属方", "Side"), 0.14, "{{ person.side }}"),
        Column(say("联系方式", "Contact"), 0.46, "{{ person.contact }}"),
    ], "for person in team"))


def _plan(design: Design) -> str:
    say = design.say
    return "".join((
        when("milestones", para(say("里程碑", "Milestones"), "Heading1"), table([
            Column(say("里程碑", "Milestone"), 0.54, "{{ t.name }}"),
            Column(say("负责人", "Owner"), 0.22, "{{ t.owner }}"),
            Column(say("计划日期", "Planned"), 0.24, "{{ t.plan_end|date('%Y-%m-%d') }}", "center"),
        ], "for t in milestones")),
        when("deliverables", para(say("交付物", "Deliverables"), "Heading1"), deliverables(design)),
    ))
