"""Conditions of questions and nodes (``when``), checked against the questions they may speak of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from folderkit.core.errors import did_you_mean
from folderkit.core.facts import Question
from folderkit.core.language import Text

if TYPE_CHECKING:
    from jinja2 import nodes


def faults_of(condition: str, questions: Mapping[str, Question]) -> Iterator[Text]:
    """What is wrong with `condition` where just `questions` (by key) are answered: one that cannot be read,
    names that no question has, and choices that a question does not offer."""
    from folderkit.core import tags

    fault = tags.condition_fault(condition)
    if fault:
        yield fault
        return
    from jinja2 import nodes

    tree = tags.environment("en").parse("{{ (" + condition + ") }}")
    for name in dict.fromkeys(_names(tree)):
        yield from _unknown(name, questions)
    for compare in tree.find_all(nodes.Compare):
        yield from _impossible_choices(compare, questions)


def _names(node: nodes.Node) -> Iterator[str]:
    """The dotted names that an expression looks up, each as long as it is written."""
    name = _dotted(node)
    if name:
        yield name
    else:
        for child in node.iter_child_nodes():
            yield from _names(child)


def _dotted(node: nodes.Node) -> str:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        above = _dotted(node.node)
        return f"{above}.{node.attr}" if above else ""
    return ""


def _unknown(name: str, questions: Mapping[str, Question]) -> Iterator[Text]:
    if name not in questions and not any(key.startswith(f"{name}.") for key in questions):
        yield no_fact(name, questions)


def no_fact(name: str, known: Collection[str]) -> Text:
    """The fault of a name that no question before has, with the nearest that one has."""
    guess = did_you_mean(name, known) or Text("No question before has this key.", "前面没有这个问题。")
    return Text(f"There is no fact '{name}'. {guess.en}", f"没有“{name}”这个字段。{guess.zh}")


def _impossible_choices(compare: nodes.Compare, questions: Mapping[str, Question]) -> Iterator[Text]:
    """Words that are compared with a question of choices and are none of them: they would never hold."""
    from jinja2 import nodes

    sides = [compare.expr, *(operand.expr for operand in compare.ops)]
    asked = [questions[name] for side in sides if (name := _dotted(side)) in questions and questions[name].choices]
    words = [const.value for side in sides for const in (side, *side.find_all(nodes.Const))
             if isinstance(const, nodes.Const) and isinstance(const.value, str)]
    for question in asked:
        for word in words:
            if word not in question.choices:
                guess = did_you_mean(word, question.choices) or Text(
                    f"There are: {', '.join(question.choices)}.", f"现有：{'、'.join(question.choices)}。")
                yield Text(f"'{question.key}' has no choice '{word}'. {guess.en}",
                           f"“{question.key}”没有选项“{word}”。{guess.zh}")
