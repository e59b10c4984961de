"""Words in the languages a user may read: every text a person sees exists in all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True)
class Text:
    """One text in every language. Both stand beside each other in the code, so none is forgotten."""

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def every(self) -> tuple[str, ...]:
        """The text in each language, for recognising what a person may have written in either."""
        return (self.en,) if self.en == self.zh else (self.zh, self.en)


NO_TEXT = Text("", "")


def same(text: str) -> Text:
    """A text that is alike in every language, such as a file name."""
    return Text(text, text)


def parse_language(text: str) -> Language | None:
    """The language named by a code or a locale (``zh``, ``zh_CN.UTF-8``, ``en-GB``), or None."""
    code = text.lower().replace("-", "_").split("_")[0].split(".")[0]
    return "zh" if code == "zh" else "en" if code == "en" else None
