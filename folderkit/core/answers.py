"""Answering questions (of a skeleton, of a template): what was given, what has a default, what is missing or wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from folderkit.core import facts as facts_
from folderkit.core import naming
from folderkit.core.errors import did_you_mean
from folderkit.core.facts import Facts, NotAValue, Question, convert
from folderkit.core.language import Text


@dataclass
class Answers:
    """The facts so far; `missing` must still be asked; `wrong` says what cannot be meant, by key."""

    facts: Facts = field(default_factory=dict)
    missing: list[Question] = field(default_factory=list)
    wrong: dict[str, Text] = field(default_factory=dict)


def settle(questions: Sequence[Question], given: Mapping[str, Any], today: dt.date, taken_codes: Sequence[str] = (),
           base: Facts | None = None) -> Answers:
    """The facts that follow from what was given (by dotted key), each question after those before it.

    A question whose `when` does not hold is not asked, though an answer to it is taken; an optional one
    without an answer is empty. `base` are facts that are known before, for conditions and as answers; the new
    ones are laid on a copy of them.
    """
    return settle_in(facts_.merge(base or {}, {}), questions, given, today, taken_codes)


def settle_in(facts: Facts, questions: Sequence[Question], given: Mapping[str, Any], today: dt.date,
              taken_codes: Sequence[str] = ()) -> Answers:
    """As `settle`, with the new facts put among those that are known before."""
    answers = Answers(facts)
    known = [question.key for question in questions]
    for key in given:
        if key not in known:
            guess = did_you_mean(key, known) or Text(f"There are: {', '.join(known)}.", f"现有：{'、'.join(known)}。")
            answers.wrong[key] = Text(f"there is no such fact. {guess.en}", f"没有这个字段。{guess.zh}")
    for question in questions:
        raw = given.get(question.key)
        if raw is not None:
            raw = _plain(raw)
        if raw is not None or _asked(question, answers):
            _answer(question, raw, answers, today, taken_codes)
    return answers


def _plain(raw: Any) -> Any:
    """What was given, or None when it is nothing: a blank text, a list of nothing."""
    if isinstance(raw, str):
        raw = raw.strip()
    return None if facts_.is_nothing(raw) else raw


def _asked(question: Question, answers: Answers) -> bool:
    if not question.when:
        return True
    from folderkit.core import tags  # brings Jinja, which few questions need

    try:
        return tags.holds(question.when, answers.facts)
    except tags.NotComputable as error:
        answers.wrong[question.key] = Text(f"its condition '{question.when}' fails: {error.message.en}",
                                           f"条件“{question.when}”无法计算：{error.message.zh}")
        return False


def _answer(question: Question, raw: Any, answers: Answers, today: dt.date, taken_codes: Sequence[str]) -> None:
    empty: Any = [] if question.type in ("list", "multi") else ""
    if raw is None:
        raw = _plain(facts_.get(answers.facts, question.key))
    if raw is None and question.next:
        raw = naming.next_code(question.next, list(taken_codes), today)
    if raw is None:
        raw = _plain(_default(question, answers.facts, today))
    try:
        value = empty if raw is None else convert(_with_defaults(question, answers.facts, today), raw)
    except NotAValue as error:
        answers.wrong[question.key] = error.message
        return
    if value in ("", []) and question.required:
        answers.missing.append(question)
    facts_.put(answers.facts, question.key, value)


def _with_defaults(question: Question, facts: Facts, today: dt.date) -> Question:
    """The question with the defaults of its members as they are by now."""
    if not question.fields:
        return question
    return question._replace(fields=tuple(one._replace(default=_default(one, facts, today)) for one in question.fields))


def _default(question: Question, facts: Facts, today: dt.date) -> Any:
    default = question.default
    if question.type == "date" and default == facts_.TODAY:
        return today
    if isinstance(default, str) and "{" in default:
        told = facts_.get(facts, default[1:-1]) if default == f"{{{default[1:-1]}}}" else None
        if type(told) in (str, int, float, dt.date) or (isinstance(told, list) and question.type == "list"):
            return told  # as it is: what follows is for names of files
        try:
            return naming.expand(default, facts)
        except (KeyError, ValueError):  # a fact that was not asked for
            return None
    return default
