"""What is told of cells that show an error such as #VALUE!, which calamine gives as blanks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from folderkit.core.language import NO_TEXT, Text
from folderkit.registers.register import Problem, Register
from folderkit.registers.schema import NUMBERS, REFERENCE, Column, Schema
from folderkit.registers.values import as_text

_DATES = ("date", "datetime")


def with_errors(register: Register, cells: Sequence[Sequence[Any]], positions: Mapping[str, int],
                errors: Mapping[str, str]) -> Register:
    """The register, with what is said of its cells in `errors` (by address). `cells`: what stands in its rows, by the
    `positions` of its columns."""
    typed = [column for column in register.schema.columns if not column.computed]
    told = {cell: _typed(register, column, cell, errors[cell]) for column in typed
            for index in range(len(register.rows)) if (cell := register.address(index, column.key)) in errors}
    unclear = {*told, *(one.cell for one in register.problems if one.id == "value.unknown")}
    computed = [problem for index in range(len(register.rows))
                for problem in _Formulas(register, index, cells[index], positions).problems(errors, unclear)]
    if not told and not computed:
        return register
    return replace(register, problems=[*(one for one in register.problems if one.cell not in told),
                                       *told.values(), *computed])


def _typed(register: Register, column: Column, cell: str, error: str) -> Problem:
    return Problem("value.unknown", register.sheet, cell, Text(
        f"{column.header.en}: the cell shows the error {error}", f"{column.header.zh}：单元格显示错误 {error}"))


class _Formulas:
    """The computed cells of one row that show an error."""

    def __init__(self, register: Register, index: int, cells: Sequence[Any], positions: Mapping[str, int]) -> None:
        self.register, self.index, self.cells, self.positions = register, index, cells, positions
        self.row = register.rows[index]

    def problems(self, errors: Mapping[str, str], unclear: set[str]) -> Iterator[Problem]:
        """One for each reason. There is none where what the formula needs is told itself, being in `unclear`."""
        found: dict[tuple[str, tuple[str, ...]], list[Column]] = {}
        for column in self.register.schema.columns:
            cell = self._address(column.key)
            if column.computed and cell in errors:
                needed = needs(self.register.schema, column)
                if not any(self._address(key) in unclear for key in needed):
                    texts = tuple(key for key in needed if self._is_text(key))
                    found.setdefault((errors[cell], texts), []).append(column)
        for (error, texts), columns in found.items():
            yield self._problem(error, texts, columns)

    def _address(self, key: str) -> str:
        return self.register.address(self.index, key)

    def _is_text(self, key: str) -> bool:
        """Whether a date or a number was typed as a text, which we understand and Excel does not."""
        return (key in self.positions and isinstance(self.cells[self.positions[key]], str) and
                self.row[key] is not None and self.register.schema.column(key).type in (*_DATES, *NUMBERS))

    def _problem(self, error: str, texts: tuple[str, ...], columns: Sequence[Column]) -> Problem:
        first, *others = columns
        said = in_words(first, self.row[first.key])
        more = [self._address(column.key) for column in others]
        also = Text(f"; {', '.join(more)} too", f"；{'、'.join(more)} 同样") if more else NO_TEXT
        return Problem("computed.differs", self.register.sheet, self._address(first.key), Text(
            f"{first.header.en}: the cell shows the error {error}, and it should be {said.en}{also.en}",
            f"{first.header.zh}：单元格显示错误 {error}，应为 {said.zh}{also.zh}"), self._retype(texts))

    def _retype(self, texts: tuple[str, ...]) -> Text:
        """What to do about the cells that are texts."""
        if not texts:
            return NO_TEXT
        cells = [self._address(key) for key in texts]
        types = {self.register.schema.column(key).type for key in texts}
        if len(texts) == 1:
            value = self.row[texts[0]]
            kind = Text(f"a date ({value})", f"日期（{value}）") if types <= set(_DATES) else Text("a number", "数字")
            return Text(f"{cells[0]} is text; type it again as {kind.en}, and the formula works.",
                        f"{cells[0]} 是文本，请重新输入为{kind.zh}，公式即可计算。")
        kind = (Text("dates", "日期") if types <= set(_DATES) else Text("numbers", "数字") if types <= set(NUMBERS)
                else Text("dates and numbers", "日期和数字"))
        return Text(f"{', '.join(cells)} are text; type them again as {kind.en}, and the formula works.",
                    f"{'、'.join(cells)} 是文本，请重新输入为{kind.zh}，公式即可计算。")


def needs(schema: Schema, column: Column) -> tuple[str, ...]:
    """The columns that people fill whose cells in the same row a formula needs, also by way of other formulas."""
    found: dict[str, None] = {}
    _add_needs(schema, column, found)
    return tuple(key for key in found if not schema.column(key).computed)


def _add_needs(schema: Schema, column: Column, found: dict[str, None]) -> None:
    keys = [one.key for one in schema.columns]
    for reference in REFERENCE.finditer(column.formula):
        first = keys.index(reference["column"])
        last = keys.index(reference["last"] or reference["column"])
        for key in () if reference["whole"] else keys[first : last + 1]:
            if key not in found:
                found[key] = None
                _add_needs(schema, schema.column(key), found)


def in_words(column: Column, value: Any) -> Text:
    """What a computed cell should show."""
    if value is None:
        return Text("nothing", "空")
    if column.choices:
        return Text(column.shown(value, "en"), column.shown(value, "zh"))
    return Text(as_text(value), as_text(value))
