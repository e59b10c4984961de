"""What a document is filled with is its own: the facts that it comes from stay as they are."""

from __future__ import annotations

from folderkit import filling
from folderkit.core.facts import Facts, Question, merge
from folderkit.core.language import Text

ROLES = {"lead": Text("Lead", "负责人")}


def test_the_words_of_one_document_are_not_in_the_next() -> None:
    goals = Question("goals", "list", fields=(Question("text"), Question("owner.role", "choice", choices=ROLES)))
    facts: Facts = {"goals": [{"text": "a", "owner": {"role": "lead"}}]}
    for _ in range(2):
        own = merge(facts, {})
        filling._put_words((goals,), own, "zh")
        assert own["goals"][0]["owner"] == {"role": "负责人", "role_key": "lead"}
    assert facts == {"goals": [{"text": "a", "owner": {"role": "lead"}}]}
