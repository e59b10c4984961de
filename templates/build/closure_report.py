"""The closure report: what was promised, what came of it, what is left and what was learned."""

from __future__ import annotations

from blocks import cover, deliverables, front, running, signatures
from design import Design, section
from tables import Column, caption, facts, table, tiles
from words import choose, each, light, para, prose, run, tag, when

NAME = "closure-report"
_MET = "(g.met_key if g.met_key is defined else '')"


def build(design: Design) -> None:
    cover(design)
    header, footer = running(design)
    front(design, header, footer)
    design.add(_sums())
    for part in (_summary, _goals, _deliverables, _schedule, _budget, _scope, _quality, _risks, _open, _lessons):
        design.add(part(design))
    say = design.say
    design.add(
        para(say("审批签字", "Approval"), "Heading1"),
        signatures(design, say(
            "双方确认本报告如实反映项目的实施情况与成果，同意项目按上述结论结项。",
            "Both parties confirm that this report gives a true account of the project and its results, and agree to "
            "close the project as concluded above.")),
        section(header, footer, last=True),
    )


def _sums() -> str:
    """What the report computes from the registers, before anything is shown."""
    return "".join(map(tag, (
        "set milestones = tasks|selectattr('kind_key', 'equalto', 'milestone')|list",
        "set work = tasks|selectattr('kind_key', 'equalto', 'task')|rejectattr('status_key', 'equalto', 'cancelled')"
        "|list",
        "set done = work|selectattr('status_key', 'equalto', 'done')|list",
        "set left_open = work|rejectattr('status_key', 'equalto', 'done')|list",
        "set count = namespace(late=0, ended=0)",
    ))) + "".join((
        tag("for t in milestones if t.act_end and (t.base_end or t.plan_end)"),
        tag("set count.ended = count.ended + 1"),
        when("t.act_end > (t.base_end or t.plan_end)", tag("set count.late = count.late + 1")),
        tag("endfor"),
        tag("set met = goals|selectattr('met_key', 'defined')|selectattr('met_key', 'equalto', 'yes')|list"),
        tag("set planned = budget|map(attribute='amount')|select|sum"),
        tag("set revised = budget|map(attribute='revised')|select|sum"),
        tag("set spent = budget|map(attribute='actual')|select|sum"),
        tag("set occurred = risks|selectattr('status_key', 'equalto', 'occurred')|list"),
        tag("set accepted = deliverables|selectattr('status_key', 'defined')"
            "|selectattr('status_key', 'equalto', 'accepted')|list"),
        tag("set internal = closure.audience_key == 'internal'"),
        tag("set watched = risks|selectattr('status_key', 'equalto', 'open')|list"),
        tag("set closed = risks|selectattr('status_key', 'equalto', 'closed')|list"),
        tag("set unsaid = risks|length - occurred|length - watched|length - closed|length"),
    ))


def _summary(design: Design) -> str:
    say = design.say
    return "".join((
        para(say("项目概况", "Summary"), "Heading1"),
        prose("closure.summary"),
        when("goals or milestones or work or deliverables or (internal and revised)", tiles([
            ("{% if goals %}{{ met|length }}/{{ goals|length }}{% else %}–{% endif %}", say("目标达成", "goals met")),
            ("{% if milestones %}{{ count.ended - count.late }}/{{ milestones|length }}{% else %}–{% endif %}",
             say("里程碑按期完成", "milestones on time")),
            ("{% if work %}{{ done|length }}/{{ work|length }}{% else %}–{% endif %}", say("任务完成", "tasks done")),
            ("{% if internal %}{% if revised %}{{ (spent / revised)|percent }}{% else %}–{% endif %}"
             "{% elif deliverables %}{{ accepted|length }}/{{ deliverables|length }}{% else %}–{% endif %}",
             say("{{ '预算使用' if internal else '成果已验收' }}",
                 "{{ 'of budget spent' if internal else 'deliverables accepted' }}")),
        ])),
        facts([
            (say("项目编号", "Project code"), "{{ project.code }}", ""),
            (say("项目经理", "Project manager"), "{{ project.manager }}", ""),
            (say("开始日期", "Start"), "{{ project.start_date|date }}", ""),
            (say("计划完成", "Planned end"), "{{ project.due_date|date }}", ""),
            (say("实际完成", "Actual end"), "{{ closure.end_date|date }}", "closure.end_date"),
            (say("客　　户", "Client"), "{{ client.name }}", "wide"),
            (say("结项结论", "Conclusion"), "{{ closure.conclusion }}", "wide"),
            (say("版　　别", "Edition"), "{{ closure.audience }}", "internal"),
        ]),
        when("project.background", prose("project.background")),
    ))


def _goals(design: Design) -> str:
    say = design.say
    words = {"yes": say("达成", "Met"), "partly": say("部分达成", "Partly met"), "no": say("未达成", "Not met"),
             "": say("未评定", "Not judged")}
    tone = f"('green' if {_MET} == 'yes' else 'amber' if {_MET} == 'partly' else 'red' if {_MET} == 'no' else '')"
    verdict = light(tone, choose(_MET, words))
    return when(
        "goals",
        para(say("项目目标达成情况", "Goals"), "Heading1"),
        caption(design, say("目标值与实际值", "Targets and what was reached")),
        table([Column(say("目标", "Goal"), 0.27, "{{ g.text }}"),
               Column(say("衡量指标", "Measure"), 0.26, "{{ g.measure }}"),
               Column(say("目标值", "Target"), 0.15, "{{ g.target }}"),
               Column(say("实际值", "Actual"), 0.15, "{{ g.actual }}"),
               Column(say("结果", "Result"), 0.17, verdict)], "for g in goals", gap=False),
        each("g", "goals", when("g.reason", para(
            run("{{ g.text }}" + say("：", ": "), bold=True) + run("{{ g.reason }}"), "Bullet", before=6))))


def _deliverables(design: Design) -> str:
    say = design.say
    return when(
        "deliverables or closure.acceptance",
        para(say("交付成果与验收", "Deliverables and acceptance"), "Heading1"),
        when("closure.acceptance", prose("closure.acceptance")),
        when("deliverables",
             caption(design, say("交付成果", "Deliverables")),
             deliverables(design, Column(say("状态", "Status"), 0.22, "{{ d.status }}"))))


def _schedule(design: Design) -> str:
    say = design.say
    base = "{% set base = t.base_end or t.plan_end %}{% set days = (t.act_end - base).days if t.act_end and base %}"
    shown = ("{% if t.act_end and base %}{{ '+' if days > 0 else '' }}{{ days }}{% else %}–{% endif %}")
    late = "('' if not (t.act_end and base) else 'red' if days > 10 else 'amber' if days > 0 else 'green')"
    return when(
        "milestones or work",
        para(say("进度：计划与实际", "Schedule: plan and actual"), "Heading1"),
        when("milestones",
             para(say(
                 "里程碑共 {{ milestones|length }} 个，已完成 {{ count.ended }} 个，"
                 "其中按期 {{ count.ended - count.late }} 个，延期 {{ count.late }} 个。",
                 "{{ count.ended }} of {{ milestones|length }} milestones have been reached, "
                 "{{ count.ended - count.late }} of them on time and {{ count.late }} late."), "Prose"),
             caption(design, say("里程碑的计划与实际", "Milestones, planned and actual")),
             table([
                 Column(say("里程碑", "Milestone"), 0.36, run(base) + run("{{ t.name }}")),
                 Column(say("计划完成", "Planned"), 0.18, "{{ base|date('%Y-%m-%d') }}", "center"),
                 Column(say("实际完成", "Actual"), 0.18, "{{ t.act_end|date('%Y-%m-%d') or '–' }}", "center"),
                 Column(say("偏差（天）", "Variance (days)"), 0.14, shown, "right"),
                 Column(say("状态", "Status"), 0.14, light(late, "{{ t.status }}")),
             ], "for t in milestones")),
        when("work", para(say(
            "任务共 {{ work|length }} 项（不含已取消），已完成 {{ done|length }} 项，"
            "完成率 {{ (done|length / work|length)|percent }}。",
            "Of {{ work|length }} tasks (without cancelled ones), {{ done|length }} are done, which is "
            "{{ (done|length / work|length)|percent }}."), "Prose")),
        when("closure.schedule_note", prose("closure.schedule_note")))


def _budget(design: Design) -> str:
    say = design.say

    def total(of: str) -> str:
        return f"(budget|selectattr('category', 'equalto', c)|map(attribute='{of}')|select|sum)"

    unit = say("{{ '元' if firm.currency == 'CNY' else firm.currency }}", "{{ firm.currency }}")
    used = light("('red' if part > 1 else 'amber' if part > 0.9 else 'green')", "{{ part|percent }}")
    part = run("{% set part = " + total("actual") + " / (" + total("revised") + " or 1) %}")
    return when(
        "internal and (planned or spent)",
        para(say("预算与成本分析", "Budget and cost"), "Heading1"),
        para(say(
            "批准预算 {{ planned|money }}{% if revised != planned %}，变更后 {{ revised|money }}{% endif %}；实际支出 "
            "{{ spent|money }}，{{ '结余' if revised >= spent else '超支' }} {{ (revised - spent)|abs|money }}。",
            "The approved budget was {{ planned|money }}{% if revised != planned %}, {{ revised|money }} after changes"
            "{% endif %}. {{ spent|money }} was spent, {{ (revised - spent)|abs|money }} "
            "{{ 'less than' if revised >= spent else 'more than' }} budgeted."), "Prose"),
        caption(design, say("按科目的预算与实际", "Budget and actual by category"),
                say(f"（单位：{unit}）", f"Amounts in {unit}")),
        table([
            Column(say("科目", "Category"), 0.17, "{{ c or '–' }}"),
            Column(say("预算", "Budget"), 0.177, "{{ " + total("amount") + "|number(2) }}", "right"),
            Column(say("调整后", "Revised"), 0.177, "{{ " + total("revised") + "|number(2) }}", "right"),
            Column(say("实际", "Actual"), 0.177, "{{ " + total("actual") + "|number(2) }}", "right"),
            Column(say("差额", "Variance"), 0.17,
                   "{{ (" + total("revised") + " - " + total("actual") + ")|number(2) }}", "right"),
            Column(say("使用率", "Used"), 0.13, part + used, "right"),
        ], "for c in budget|map(attribute='category')|unique", total=[
            say("合计", "Total"), "{{ planned|number(2) }}", "{{ revised|number(2) }}", "{{ spent|number(2) }}",
            "{{ (revised - spent)|number(2) }}", "{% if revised %}{{ (spent / revised)|percent }}{% endif %}"]),
        when("closure.budget_note", prose("closure.budget_note")))


def _scope(design: Design) -> str:
    say = design.say
    return when(
        "scope.included or scope.excluded or closure.changes",
        para(say("范围与变更", "Scope and changes"), "Heading1"),
        when("scope.included",
             para(say("本项目完成的范围：", "The project covered:"), "Prose", keep=True),
             each("item", "scope.included", para("{{ item }}", "Bullet"))),
        when("scope.excluded",
             para(say("不在本项目范围内：", "Not part of the project:"), "Prose", keep=True, before=6),
             each("item", "scope.excluded", para("{{ item }}", "Bullet"))),
        when("closure.changes",
             caption(design, say("变更", "Changes")),
             table([Column(say("变更", "Change"), 0.44, "{{ c.title }}"),
                    Column(say("决定", "Decision"), 0.17, "{{ c.decision }}"),
                    Column(say("进度影响（天）", "Days"), 0.21, "{{ c.days }}", "right"),
                    Column(say("费用影响", "Cost"), 0.18, "{{ c.cost|money }}", "right")], "for c in closure.changes")))


def _quality(design: Design) -> str:
    say = design.say
    return "".join((
        when("closure.quality", para(say("质量评估", "Quality"), "Heading1"), prose("closure.quality")),
    ))


def _risks(design: Design) -> str:
    say = design.say
    level = light("('red' if r.level_key in ['extreme', 'high'] else 'amber' if r.level_key == 'medium' else "
                  "'green' if r.level_key == 'low' else '')", "{{ r.level }}")
    return "".join((
        when("risks",
             para(say("风险与问题回顾", "Risks in retrospect"), "Heading1"),
             para(say(
                 "登记风险共 {{ risks|length }} 项：已发生 {{ occurred|length }} 项，仍需关注 {{ watched|length }} 项，"
                 "已关闭 {{ closed|length }} 项{{ '，状态未填 ' ~ unsaid ~ ' 项' if unsaid else '' }}。",
                 "{{ risks|length }} risk{{ 's' if risks|length != 1 }} {{ 'were' if risks|length != 1 else 'was' }} "
                 "registered: {{ occurred|length }} occurred, {{ watched|length }} still to be watched, "
                 "{{ closed|length }} closed{{ ', ' ~ unsaid ~ ' without a status' if unsaid else '' }}."), "Prose"),
             caption(design, say("风险、等级与处理结果", "Risks, their level and outcome")),
             table([Column(say("编号", "ID"), 0.13, "{{ r.id }}"),
                    Column(say("风险", "Risk"), 0.29, "{{ r.event }}"),
                    Column(say("等级", "Level"), 0.15, level),
                    Column(say("应对措施", "Response"), 0.28, "{{ r.response }}"),
                    Column(say("结果", "Outcome"), 0.15, "{{ r.status }}")], "for r in risks")),
        when("closure.satisfaction",
             para(say("沟通与客户满意度", "Communication and client satisfaction"), "Heading1"),
             prose("closure.satisfaction")),
    ))


def _open(design: Design) -> str:
    say = design.say
    return when(
        "left_open or closure.open_items or closure.handover",
        para(say("遗留事项与移交", "Open items and handover"), "Heading1"),
        when("closure.handover", prose("closure.handover")),
        when("left_open or closure.open_items",
             caption(design, say("遗留事项", "Open items")),
             table([Column(say("事项", "Item"), 0.45, "{{ o.name if 'name' in o else o.item }}"),
                    Column(say("责任人", "Owner"), 0.2, "{{ o.owner }}"),
                    Column(say("期限", "Due"), 0.18,
                           "{{ (o.plan_end if 'plan_end' in o else o.due)|date('%Y-%m-%d') }}", "center"),
                    Column(say("现状", "State"), 0.17, "{{ o.status }}")],
                   "for o in left_open + closure.open_items")))


def _lessons(design: Design) -> str:
    say = design.say
    return "".join((
        when("closure.lessons",
             para(say("经验教训与建议", "Lessons learned"), "Heading1"),
             caption(design, say("经验教训", "Lessons")),
             table([Column(say("主题", "Topic"), 0.2, "{{ lesson.topic }}"),
                    Column(say("经验或教训", "What we learned"), 0.42, "{{ lesson.lesson }}"),
                    Column(say("今后的做法", "What to do next time"), 0.38, "{{ lesson.advice }}")],
                   "for lesson in closure.lessons")),
        when("closure.archive",
             para(say("资料归档", "Archive"), "Heading1"), prose("closure.archive")),
    ))
