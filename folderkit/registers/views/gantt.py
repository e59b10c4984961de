"""The tasks as bars over days, weeks or months: conditional formats over a grid without values, which follow the dates
of the table, print, and are understood by every program."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from folderkit.core.language import Language, Text
from folderkit.registers import look
from folderkit.registers.band import Band
from folderkit.registers.beside import TITLES
from folderkit.registers.formula import literal
from folderkit.registers.register import Row
from folderkit.registers.schema import Schema
from folderkit.registers.views.page import FREE, HELP, LEFT, Page

TITLE = TITLES["tasks"]
TASKS = 120  # rows of the grid that people go on with
_WEEK, _WEEKS = 7, 10
_CELLS = _WEEK * _WEEKS
_LEAST_WEEKS = 6  # the colours are told above them
_STEPS = (1, 2, 4, 7, 14, 28)  # days of a cell: the smallest with which everything is in sight
_NAME, _OWNER, _START, _END, _DONE, _KIND, _UNTIL = range(LEFT, LEFT + 7)
_ROW_HEIGHT = 18  # points
_GRID = _UNTIL + 1
_BLOCKS, _DAYS = FREE + 1, FREE + 2
_FIRST = _DAYS + 1
_HELP = Text(
    "Follows the table of tasks by itself. To look at another time, type a date for 'From', or the days of a cell.",
    "随任务表自动更新。要看别的时间段，可直接改“起始日”或“每格天数”。")
_SOME = Text("Only the first {} tasks are shown here.", "这里只显示前 {} 项任务。")
_INK, _LATE, _TODAY, _WEEKEND, _CANCELLED = f"#{look.INK}", "#E58A7E", "#FBD5CE", "#F0F2F5", f"#{look.LINE}"
_KINDS = {"stage": "S", "milestone": "M"}  # "T": a task, "C": what is cancelled


def draw(book: Workbook, schema: Schema, language: Language, rows: list[Row], band: Band, *,
         as_of: dt.date | None = None) -> None:
    """Draw the sheet; with a day `as_of` for just these rows and their dates, to be handed out."""
    _Gantt(Page(book, schema, language, band, TITLE), rows, as_of).draw()


class _Gantt:
    def __init__(self, page: Page, rows: list[Row], as_of: dt.date | None) -> None:
        self.page, self.sheet, self.color, self.as_of = page, page.sheet, page.band.color, as_of
        self.lines = len(rows) if as_of else TASKS
        self.rows = rows[: self.lines]
        starts = [row["plan_start"] for row in rows if row["plan_start"]]
        ends = [row["plan_end"] for row in rows if row["plan_end"]]
        first = min(starts, default=None)
        self.first: dt.date | None = first and first - dt.timedelta(days=first.weekday())
        days = (max(ends) - self.first).days if self.first and ends else 0
        self.step = next((step for step in _STEPS if days < step * _CELLS), _STEPS[-1])
        self.cells = min(_CELLS, max(_LEAST_WEEKS, days // (self.step * _WEEK) + 1) * _WEEK) if as_of else _CELLS
        self.from_cell = xl_rowcol_to_cell(FREE, _START, True, True)
        self.step_cell = xl_rowcol_to_cell(FREE, _DONE, True, True)

    def draw(self) -> None:
        self.page.write_head(Text(f"As of {self.as_of}", f"截至 {self.as_of}") if self.as_of else _HELP)
        if not self.as_of:
            self._write_help()
        self._set_widths()
        self._write_controls()
        self._write_header()
        for index in range(self.lines):
            self._write_task(index)
        self._write_bars()
        self._set_page()

    def _write_help(self) -> None:
        """The help line, which says so when there are more tasks than lines."""
        some = _SOME.in_(self.page.language).format(TASKS)
        more = f'COUNTIF({self.page.column("name")},"?*")>{TASKS}'
        shown = _HELP.in_(self.page.language)
        self.sheet.write_formula(HELP, LEFT, f"=IF({more},{literal(some)},{literal(shown)})",
                                 self.page.format(**look.note()), shown)

    def _set_widths(self) -> None:
        for place, width in ((_NAME, 34), (_OWNER, 15), (_START, 11), (_END, 11), (_DONE, 7)):
            self.sheet.set_column(place, place, width)
        self.sheet.set_column(_KIND, _UNTIL, 3, None, {"hidden": True})
        self.sheet.set_column(_GRID, _GRID + self.cells - 1, 2.1)
        for row, height in ((FREE, 24), (_BLOCKS, 18), (_DAYS, 18)):
            self.sheet.set_row(row, height)

    # -- above the grid ----------------------------------------------------------------------------
    def _write_controls(self) -> None:
        """From when, how many days a cell has, and what the colours mean."""
        page, starts, ends = self.page, self.page.column("plan_start"), self.page.column("plan_end")
        label = page.format(**look.note(10), align="right", indent=1)
        given = {"align": "center", "border": 1, "border_color": f"#{look.LINE}", "font_color": look.accent(self.color)}
        monday = f"MIN({starts})-WEEKDAY(MIN({starts}),2)+1"
        self.sheet.write_string(FREE, _OWNER, page.word("From", "起始日"), label)
        self.sheet.write_formula(FREE, _START, f'=IF(COUNT({starts})=0,"",{monday})',
                                 page.format(**given, num_format="yyyy-mm-dd"), self._serial(self.first))
        self.sheet.write_string(FREE, _END, page.word("Days/cell", "每格天数"), label)
        span = f"MAX({ends})-{self.from_cell}"
        smallest = str(_STEPS[-1])
        for step in reversed(_STEPS[:-1]):
            smallest = f"IF({span}<{self.cells * step},{step},{smallest})"
        self.sheet.write_formula(FREE, _DONE, f'=IF(OR({self.from_cell}="",COUNT({ends})=0),1,{smallest})',
                                 page.format(**given), self.step)
        place = _GRID
        for color, text in ((look.accent(self.color), page.word("done", "已完成")),
                            (look.mixed(self.color, 0.6), page.word("planned", "计划")),
                            (_LATE, page.word("late", "逾期")),
                            (look.mixed(look.INK, 0.45), page.word("stage", "阶段")),
                            (_INK, page.word("milestone", "里程碑")), (_TODAY, page.word("today", "今天"))):
            self.sheet.write_blank(FREE, place, None, page.format(bg_color=color))
            self.sheet.merge_range(FREE, place + 1, FREE, place + 6, f" {text}", page.format(**look.note()))
            place += 7

    def _write_header(self) -> None:
        page, fill = self.page, look.accent(self.color)
        look_of = {"bold": True, "font_color": look.ink_on(fill), "bg_color": fill, "align": "center"}
        texts = (page.word("Task", "任务"), page.word("Owner", "负责人"), page.word("Start", "开始"),
                 page.word("End", "完成"), page.word("Done", "进度"), "", "")
        for place, text in enumerate(texts, _NAME):
            self.sheet.merge_range(_BLOCKS, place, _DAYS, place, text, page.format(
                **{**look_of, "align": "left" if place == _NAME else "center", "indent": int(place == _NAME)}))
        block = page.format(**look_of, num_format="yyyy-mm-dd", left=1, left_color="#FFFFFF")
        day = page.format(num_format="d", align="center", font_size=7, font_color=f"#{look.GREY}", bottom=1,
                          bottom_color=fill)
        for number in range(self.cells):
            place = _GRID + number
            if number % 7 == 0:
                self.sheet.merge_range(_BLOCKS, place, _BLOCKS, place + 6, "", block)
                self.sheet.write_formula(_BLOCKS, place, f"={xl_rowcol_to_cell(_DAYS, place)}", block,
                                         self._serial(self._day(number)))
            before = xl_rowcol_to_cell(_DAYS, place - 1)
            formula = f"={self.from_cell}" if number == 0 else f'=IF({before}="","",{before}+{self.step_cell})'
            self.sheet.write_formula(_DAYS, place, formula, day, self._serial(self._day(number)))

    def _day(self, number: int) -> dt.date | None:
        if self.first is None or self.step * number > (dt.date.max - self.first).days:
            return None
        return self.first + dt.timedelta(days=self.step * number)

    @staticmethod
    def _serial(day: dt.date | None) -> Any:
        return "" if day is None else (day - dt.date(1899, 12, 30)).days

    # -- the tasks ---------------------------------------------------------------------------------
    def _write_task(self, index: int) -> None:
        """One line, which shows the row of the table at the same place."""
        page, number = self.page, _FIRST + index
        row = self.rows[index] if index < len(self.rows) else None
        name, start, end = (xl_rowcol_to_cell(number, place, False, True) for place in (_NAME, _START, _END))
        stage, milestone, done, cancelled = (literal(page.choice(*one)) for one in (
            ("kind", "stage"), ("kind", "milestone"), ("status", "done"), ("status", "cancelled")))
        formats = self._formats()

        def of(key: str) -> str:
            return f"INDEX({page.column(key)},{index + 1})"

        mark = f'IF({of("kind")}={stage},"",IF({of("kind")}={milestone},"◆ ","　"))'
        until = (f'IF(OR({of("status")}={done},{of("act_end")}<>""),{end},'
                 f'{start}+ROUND(({end}-{start}+1)*N({of("pct")}),0)-1)')
        kind = f'IF({of("kind")}={stage},"S",IF({of("kind")}={milestone},"M","T"))'
        formulas = (
            (_NAME, f'IFERROR(IF({of("name")}="","",{mark}&{of("name")}),"")'),
            (_OWNER, f'IF({name}="","",{of("owner")}&"")'),
            (_START, f'IF({name}="","",IF({of("plan_start")}="","",{of("plan_start")}))'),
            (_END, f'IF({name}="","",IF({of("plan_end")}="","",{of("plan_end")}))'),
            (_DONE, f'IF({name}="","",N({of("pct")}))'),
            (_KIND, f'IF({name}="","",IF({of("status")}={cancelled},"C",{kind}))'),
            (_UNTIL, f'IF(OR({start}="",{end}=""),"",{until})'))
        values = self._values(row)
        self.sheet.set_row(number, _ROW_HEIGHT)
        for place, formula in formulas:
            self.sheet.write_formula(number, place, f"={formula}", formats[place], values[place])

    def _formats(self) -> dict[int, Any]:
        if not hasattr(self, "_kept"):
            day = self.page.format(num_format="mm-dd", align="center")
            plain = self.page.format(indent=1)
            self._kept = {_NAME: plain, _OWNER: plain, _START: day, _END: day,
                          _DONE: self.page.format(num_format="0%", align="center"), _KIND: plain, _UNTIL: plain}
        return self._kept

    def _values(self, row: Row | None) -> dict[int, Any]:
        """What the formulas of a line show, for programs that do not compute."""
        if row is None or row["name"] is None:
            return dict.fromkeys(range(_NAME, _UNTIL + 1), "")
        kind = _KINDS.get(row["kind"], "T")
        start, end, part = row["plan_start"], row["plan_end"], row["pct"] or 0
        until: Any = ""
        if start and end:
            whole = (end - start).days + 1
            until = self._serial(end) if row["status"] == "done" or row["act_end"] else (
                self._serial(start) + int(whole * part + 0.5) - 1)
        mark = {"S": "", "M": "◆ ", "T": "　"}[kind]
        return {_NAME: f"{mark}{row['name']}", _OWNER: row["owner"] or "", _START: self._serial(start),
                _END: self._serial(end), _DONE: part, _KIND: "C" if row["status"] == "cancelled" else kind,
                _UNTIL: until}

    # -- the bars ----------------------------------------------------------------------------------
    def _write_bars(self) -> None:
        row, column = _FIRST + 1, xl_col_to_name(_GRID)
        day, step = f"{column}${_DAYS + 1}", self.step_cell
        kind, start, end, until = (f"${xl_col_to_name(place)}{row}" for place in (_KIND, _START, _END, _UNTIL))
        last = f"{day}+{step}-1"
        planned = f'{day}<>"",{start}<>"",{end}<>"",{start}<={last},{end}>={day}'
        is_today = f'{day}<>"",{day}<=TODAY(),{last}>=TODAY()'
        bars = (
            (f'{kind}="M",{day}<>"",{end}<>"",{end}<={last},{end}>={day}', _INK),
            (f'{kind}="C",{planned}', _CANCELLED),
            (f'{kind}="S",{planned}', look.mixed(look.INK, 0.45)),
            (f'{kind}="T",{planned},{until}>={day},{until}>={start}', look.accent(self.color)),
            (f'{kind}="T",{planned},{end}<TODAY()', _LATE),
            (f'{kind}="T",{planned}', look.mixed(self.color, 0.6)),
        )
        grid = (_FIRST, _GRID, _FIRST + self.lines - 1, _GRID + self.cells - 1)
        shared = {"top": 1, "bottom": 1, "top_color": "#FFFFFF", "bottom_color": "#FFFFFF"}
        for condition, color in bars:
            self._rule(grid, condition, {**shared, "bg_color": color})
        shown = f'${xl_col_to_name(_NAME)}{row}<>""'
        self._rule(grid, f"{shown},{is_today}", {"bg_color": _TODAY})
        self._rule(grid, f'{shown},{step}=1,{day}<>"",WEEKDAY({day},2)>5', {"bg_color": _WEEKEND})
        header = (_DAYS, _GRID, _DAYS, _GRID + self.cells - 1)
        self._rule(header, is_today, {"bg_color": "#B42318", "font_color": "#FFFFFF", "bold": True})
        self._rule(header, f'{step}=1,{day}<>"",WEEKDAY({day},2)>5', {"bg_color": _WEEKEND})
        names = (_FIRST, _NAME, _FIRST + self.lines - 1, _DONE)
        line = {"bottom": 1, "bottom_color": f"#{look.LINE}"}
        self._rule(names, f'{kind}="S"', {**line, "bold": True})
        self._rule(names, f'{kind}="C"', {**line, "font_color": look.TONES["quiet"]["font_color"]})
        self._rule(names, f'{kind}<>"",{until}<>"",{until}>={end}', {**line, "font_color": f"#{look.GREY}"})
        self._rule(names, f'{kind}<>"",{end}<>"",{end}<TODAY()', {**line, "font_color": "#B42318"})
        self._rule(names, f'{kind}<>""', line)

    def _rule(self, area: tuple[int, int, int, int], condition: str, properties: look.Format) -> None:
        self.sheet.conditional_format(*area, {
            "type": "formula", "criteria": f"=AND({condition})", "format": self.page.format(**properties)})

    def _set_page(self) -> None:
        self.page.set_page(0, look.A3)
        self.sheet.freeze_panes(_FIRST, _OWNER)
        self.sheet.repeat_rows(_BLOCKS, _DAYS)
        right = _GRID + self.cells - 1
        if self.as_of:
            self.sheet.print_area(0, LEFT, _FIRST + max(self.lines, 1) - 1, right)
            return
        names = f"'{self.page.title}'!${xl_col_to_name(_NAME)}${_FIRST + 1}:${xl_col_to_name(_NAME)}${_FIRST + TASKS}"
        height = f"{_FIRST}+MAX(15,SUMPRODUCT(--({names}<>\"\")))"
        self.page.book.define_name(  # as many lines as there are tasks, or blank pages would be printed
            f"'{self.page.title}'!_xlnm.Print_Area",
            f"=OFFSET('{self.page.title}'!$B$1,0,0,{height},{right + 1 - LEFT})")
