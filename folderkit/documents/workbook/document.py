"""The workbook that a rendering makes: its sheets written, what refers to their rows moved, all else as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from folderkit.core.cells import column_letters
from folderkit.core.errors import Failed, Misuse
from folderkit.core.language import Text
from folderkit.core.workbook.book import Book
from folderkit.core.workbook.cells import Cells
from folderkit.core.workbook.references import LAST_ROW
from folderkit.core.workbook.styles import Styles
from folderkit.documents.parts import package
from folderkit.documents.parts.members import Member, pack_stream
from folderkit.documents.workbook.beside import Beside
from folderkit.documents.workbook.follow import Moves
from folderkit.documents.workbook.rows import Computed, ValueFault
from folderkit.documents.workbook.stale import stale_sheets
from folderkit.documents.workbook.texts import Strings, text_of
from folderkit.documents.workbook.writing import Filling, SheetWriter, has_formulas

MAX_CELLS = 50_000_000  # of the rows of a sheet that are filled


class Document:
    """The workbook of one rendering, made of a template's `parts` (packed as `members`). `words` makes a text of a
    value that is no plain one."""

    def __init__(self, path: Path, parts: Mapping[str, bytes], members: Mapping[str, Member],
                 fillings: Sequence[Filling], words: Callable[[Any], Any] = str) -> None:
        self._path, self._parts, self._template = path, parts, members
        self._book = Book(parts=parts)
        self._faults: dict[tuple[str, Text], None] = {}
        for filling in fillings:
            _refuse_too_many(path, self._book, filling)
        sheets = self._book.sheets()
        by_name = {filling.program.name: filling for filling in fillings}
        moves = Moves({name.casefold(): filling.layout for name, filling in by_name.items()},
                      [name.casefold() for name in sheets], texts_in(self._book))
        self._moves, self._stale = moves, stale_sheets(self._book, by_name)
        self._writers = [SheetWriter(self._book, name, part, moves, self._tell, by_name.get(name), words)
                         for name, part in sheets.items()
                         if name in by_name or (name in self._stale and has_formulas(self._book, part))
                         or self._book.may_speak_of(part, [one for one in by_name if moves.touches(one)])]

    def _tell(self, place: str, why: Text) -> None:
        self._faults[place, why] = None

    def settle(self) -> None:
        """Let all follow that refers to rows. Raises `Failed` with all that cannot."""
        styles = Styles(self._book)
        self._book.drop_calculation_chain()
        self._book.calculate_on_load()
        Beside(self._book, self._moves, self._tell).follow()
        for writer in self._writers:
            writer.prepare(styles, writer.name in self._stale)
        self._members: dict[str, Member] = {}
        self._write(None)
        for writer in self._writers:
            writer.tell_faults()
        if self._faults:
            raise cannot_follow(self._path, list(self._faults))

    @property
    def has_formulas(self) -> bool:
        return any(writer.formulas or writer.has_filled_formulas for writer in self._writers)

    def _write(self, computed: Mapping[str, Computed] | None) -> None:
        for writer in self._writers:
            if writer.changed:
                told = computed.get(writer.name) if computed else None
                if told:
                    writer.show(told)
                try:
                    self._members[writer.part] = pack_stream(writer.pieces(told))
                except ValueFault as fault:
                    raise _no_value(self._path, writer, fault) from None

    def packed(self, computed: Mapping[str, Computed] | None = None) -> tuple[package.Package, dict[str, Member]]:
        """The parts of the document, and how they are packed; those that come as a stream are empty here. `computed`
        is what the formulas of each sheet give."""
        if computed is not None:
            self._write(computed)
        changes, dropped = self._book.changes()
        whole = {name: data for name, data in {**self._parts, **changes}.items() if name not in dropped}
        members = dict(self._template)
        for name, member in self._members.items():
            whole[name], members[name] = member.data, member
        return whole, members


def texts_in(book: Book) -> Callable[[str, int, int], str]:
    """What is written in a cell: sheet, row, column."""
    sheets, strings = book.sheets(), Strings(book)

    def text_at(sheet: str, row: int, column: int) -> str:
        part = next((part for name, part in sheets.items() if name.casefold() == sheet.casefold()), "")
        cell = Cells(book.tree(part)).in_row(row).get(column) if part else None
        return text_of(strings.of(cell)) if cell is not None else ""

    return text_at


# -- errors ----------------------------------------------------------------------------------------
def _refuse_too_many(path: Path, book: Book, filling: Filling) -> None:
    grid = Cells(book.tree(filling.program.part))
    rows, layout = grid.rows, filling.layout
    cells = sum(len(region.copies(row)) * len(grid.in_row(row)) for region in layout.regions
                for row in range(region.first, region.last + 1))
    if cells > MAX_CELLS:
        raise too_many_cells(path, filling.program.name, MAX_CELLS)
    if filling.layout.shifted(max(rows, default=1)) > LAST_ROW or filling.layout.regions[-1].end > LAST_ROW:
        name = filling.program.name
        raise Failed(Text(f"{path}: '{name}' would have more rows than a sheet can hold ({LAST_ROW:,}).",
                          f"{path}：“{name}”的行数会超过工作表的上限（{LAST_ROW:,}）。"),
                     Text("Give fewer records.", "请减少记录。"))


def too_many_cells(path: Path, sheet: str, most: int) -> Failed:
    return Failed(Text(f"{path}: '{sheet}' would have more cells than can be made ({most:,}).",
                       f"{path}：“{sheet}”的单元格会超过可生成的上限（{most:,}）。"),
                  Text("Give fewer records.", "请减少记录。"))


def _no_value(path: Path, writer: SheetWriter, fault: ValueFault) -> Misuse:
    column = writer.filling.program.home(fault.column) if writer.filling else fault.column
    place = f"{writer.name}, {column_letters(column - 1)}{fault.row}"
    return Misuse(Text(f"{path}: {place}: a value has no place in a cell: {fault.message.en}.",
                       f"{path}：{place}：有值无法放入单元格：{fault.message.zh}。"),
                  Text("Correct the value, or the tag.", "请改正该值或标签。"))


def cannot_follow(path: Path, faults: list[tuple[str, Text]]) -> Failed:
    """The error for all that cannot follow: places, and why."""
    lines = [Text(f"{path}: {place}: {why.en}.", f"{path}：{place}：{why.zh}。") for place, why in faults]
    return Failed(
        Text("\n".join(line.en for line in lines), "\n".join(line.zh for line in lines)),
        Text("Write one cell of a repeated row or column as a range, such as SUM(E6:E6); or let the formula stand in "
             "the row itself, or refer to what is not repeated.",
             "引用会重复的行或列时请写成区域，例如 SUM(E6:E6)；或把公式放在该行中，或改为引用不重复的单元格。"))
