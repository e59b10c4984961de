"""How charts look: the firm's colours, quiet axes, labels at the bars, no frame, no shadow."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from folderkit.core.language import Text
from folderkit.documents.drawn.colors import mixed

if TYPE_CHECKING:
    from folderkit.documents.drawn.chart import Chart

_TEXT, _QUIET, _LINE, _WHITE = "404040", "6B6B6B", "E3E3E3", "FFFFFF"
_SIZE, _TITLE_SIZE = 9, 11  # points
_MAX_LABELLED = 24  # values that are written at their bars; more need an axis
_DIGIT_WIDTH = 1.8  # mm, of a digit of that size
_DATES = ({"en": 13.5, "zh": 19.0}, {"en": 17.0, "zh": 23.0})  # mm, of the widest day and month and what parts two
_MONTHS = 300  # days from which months are told instead of days
_EDGES = 8.0  # mm, around what a chart shows
_NAMES = 0.65  # of the width of a chart, at most, for the names beside its bars; LibreOffice gives them that
_BELOW = {"bar": 0.3, "column": 0.15}  # of the axis
_STEPS = (1, 2, 3, 7, 14, 21, 28, 42, 61, 91, 122, 183, 365)  # days between two dates on an axis
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Fonts = tuple[str, str]  # Latin, Chinese


def chart_xml(chart: Chart, palette: Mapping[str, str], fonts: Fonts, book: str) -> bytes:
    """The chart part; `book` is the relationship of its workbook."""
    from lxml import etree
    from pptx.chart.chart import Chart as Plotted
    from pptx.chart.data import CategoryChartData
    from pptx.chart.xmlwriter import ChartXmlWriter
    from pptx.oxml import parse_xml

    data = CategoryChartData()
    data.categories = chart.labels
    for series in chart.series:
        whole = [int(value) if value.is_integer() else value for value in series.values]
        data.add_series(series.name, whole, escape(series.form))  # the one text that its writer takes for XML
    root = parse_xml(ChartXmlWriter(_type(chart), data).xml.encode())
    _dress(Plotted(root, None), chart, colors_for(chart, palette))
    root.chart.get_or_add_autoTitleDeleted().val = not chart.title
    _take_off_frame(root)
    _set_fonts(root, fonts)
    outside = etree.SubElement(root, root.tag.replace("chartSpace", "externalData"))
    outside.set(f"{{{_R}}}id", book)
    etree.SubElement(outside, root.tag.replace("chartSpace", "autoUpdate")).set("val", "0")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def colors_for(chart: Chart, palette: Mapping[str, str]) -> list[str]:
    """A colour for each series, or for each slice: the firm's two, then mixes of them, told apart by lightness too."""
    ink, accent = palette["ink"], palette["accent"]
    if chart.kind == "gantt":
        return [_WHITE, ink, mixed(ink, _WHITE, 0.62)] if len(chart.series) > 2 else [_WHITE, ink]
    wanted = len(chart.labels) if chart.kind == "pie" else len(chart.series)
    base = [ink, accent, mixed(ink, _WHITE, 0.5), mixed(accent, _WHITE, 0.45), "8A8F98", mixed(ink, accent, 0.5)]
    return [base[place % 6] if place < 6 else mixed(base[place % 6], _WHITE, min(0.75, place // 6 * 0.3))
            for place in range(wanted)]


def _type(chart: Chart) -> Any:
    from pptx.enum.chart import XL_CHART_TYPE as KINDS

    if chart.kind == "gantt" or (chart.kind == "bar" and chart.stacked):
        return KINDS.BAR_STACKED
    if chart.kind == "column" and chart.stacked:
        return KINDS.COLUMN_STACKED
    return {"bar": KINDS.BAR_CLUSTERED, "column": KINDS.COLUMN_CLUSTERED, "line": KINDS.LINE_MARKERS,
            "pie": KINDS.PIE}[chart.kind]


def _dress(plotted: Any, chart: Chart, colors: list[str]) -> None:
    from pptx.enum.chart import XL_LEGEND_POSITION as PLACES
    from pptx.util import Pt

    from folderkit.documents.drawn.chart import turned_labels

    plotted.font.size = Pt(_SIZE)
    plotted.font.color.rgb = _rgb(_TEXT)
    _set_title(plotted, chart)
    plotted.has_legend = chart.kind == "pie" or (chart.kind != "gantt" and len(chart.series) > 1)
    if plotted.has_legend:
        turned = chart.kind in ("column", "line") and turned_labels(chart.labels, chart.width)
        plotted.legend.position = PLACES.RIGHT if chart.kind == "pie" else PLACES.TOP if turned else PLACES.BOTTOM
        plotted.legend.include_in_layout = False
        plotted.legend.font.size = Pt(_SIZE)
        plotted.legend.font.color.rgb = _rgb(_TEXT)
    _DRESSES[chart.kind](plotted, chart, colors)


def _bars(plotted: Any, chart: Chart, colors: list[str]) -> None:
    plot = plotted.plots[0]
    plot.gap_width = 45 if len(chart.series) == 1 or chart.stacked else 60
    plot.overlap = 100 if chart.stacked else -5 if len(chart.series) > 1 else 0
    for series, color in zip(plot.series, colors, strict=True):
        _fill(series.format, color)
        series.invert_if_negative = False
    labelled = not chart.stacked and len(chart.labels) * len(chart.series) <= _MAX_LABELLED and _has_room(
        chart, plot.gap_width / 100)
    if labelled:
        _label(plot, chart.form, _TEXT)
    _quiet_axes(plotted, chart, labelled)
    values = [value for series in chart.series for value in series.values]
    if labelled and min(values) < 0:  # room for what is written below the lowest, beside the names
        plotted.value_axis.minimum_scale = min(values) - _BELOW[chart.kind] * (max(0, *values) - min(values))
    if chart.kind == "bar":
        plotted.category_axis.reverse_order = True
        if not labelled:  # the axis of numbers stays at the foot
            _put_at_far_end(plotted)


def _has_room(chart: Chart, gap: float) -> bool:
    """Whether the numbers of upright bars, `gap` bars' widths between their groups, stand clear of each other; those of
    lying bars always do."""
    decimals = chart.form.partition(".")[2].count("0")
    longest = max(len(f"{value:,.{decimals}f}") for series in chart.series for value in series.values)
    signs = len(chart.form.replace('"', "").strip("#0,.;-"))  # such as a currency's
    return chart.kind == "bar" or (longest + signs) * _DIGIT_WIDTH <= chart.width / len(chart.labels) / (
        len(chart.series) + gap)


def _lines(plotted: Any, chart: Chart, colors: list[str]) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE as MARKERS
    from pptx.util import Pt

    for series, color in zip(plotted.plots[0].series, colors, strict=True):
        series.smooth = False
        series.format.line.width = Pt(2.25)
        series.format.line.color.rgb = _rgb(color)
        series.marker.style = MARKERS.CIRCLE if len(chart.labels) <= _MAX_LABELLED else MARKERS.NONE
        if len(chart.labels) <= _MAX_LABELLED:
            series.marker.size = 6
            _fill(series.marker.format, color)
            series.marker.format.line.color.rgb = _rgb(_WHITE)
    _quiet_axes(plotted, chart, labelled=False)


def _slices(plotted: Any, chart: Chart, colors: list[str]) -> None:
    from pptx.util import Pt

    plot = plotted.plots[0]
    for place, color in enumerate(colors):
        point = plot.series[0].points[place]
        _fill(point.format, color)
        point.format.line.color.rgb = _rgb(_WHITE)
        point.format.line.width = Pt(1.5)
    _label(plot, "0%", _TEXT)
    labels = plot.data_labels
    labels.show_percentage, labels.show_value = True, False
    from pptx.enum.chart import XL_LABEL_POSITION as PLACES

    labels.position = PLACES.OUTSIDE_END


def _periods(plotted: Any, chart: Chart, colors: list[str]) -> None:
    """A Gantt: the first series only holds the place of what is not seen, the axis is one of dates. It has no legend:
    LibreOffice leaves out another entry than Word."""
    plot = plotted.plots[0]
    plot.gap_width, plot.overlap = 55, 100
    for place, (series, color) in enumerate(zip(plot.series, colors, strict=True)):
        if place:
            _fill(series.format, color)
        else:
            series.format.fill.background()
        series.invert_if_negative = False
    _quiet_axes(plotted, chart, labelled=False)
    plotted.category_axis.reverse_order = True
    starts = chart.series[0].values
    ends = [sum(days) for days in zip(*(series.values for series in chart.series), strict=True)]
    first, last = math.floor(min(starts)), math.ceil(max(ends))
    span = last - first
    ticks = _ticks(chart, span)
    step = next((step for step in _STEPS if math.ceil(span / step) <= ticks), math.ceil(span / ticks))
    if step >= 7:
        first -= (dt.date(1899, 12, 30) + dt.timedelta(first)).weekday()  # weeks begin on Monday
    axis = plotted.value_axis
    axis.minimum_scale, axis.maximum_scale = first, first + math.ceil((last - first) / step) * step
    axis.major_unit = step
    form = Text("d mmm", 'm"月"d"日"') if span < _MONTHS else Text("mmm yyyy", 'yyyy"年"m"月"')
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = form.in_(chart.language), False


def _ticks(chart: Chart, span: float) -> float:
    """How many dates of an axis of `span` days stand clear of each other."""
    from folderkit.documents.drawn.chart import label_width

    names = min(_NAMES * chart.width, max(map(label_width, chart.labels)))
    return max(2.0, (chart.width - names - _EDGES) / _DATES[span >= _MONTHS][chart.language])


_DRESSES = {"bar": _bars, "column": _bars, "line": _lines, "pie": _slices, "gantt": _periods}


# -- pieces ----------------------------------------------------------------------------------------
def _rgb(color: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(color)


def _fill(form: Any, color: str) -> None:
    form.fill.solid()
    form.fill.fore_color.rgb = _rgb(color)


def _label(plot: Any, form: str, color: str) -> None:
    """The values, written at what shows them."""
    from pptx.util import Pt

    plot.has_data_labels = True
    labels = plot.data_labels
    labels.show_value = True
    labels.number_format, labels.number_format_is_linked = form, False
    labels.font.size = Pt(_SIZE)
    labels.font.color.rgb = _rgb(color)


def _quiet_axes(plotted: Any, chart: Chart, labelled: bool) -> None:
    """Labels without ticks; lines behind the values only where they are not written out."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION as PLACES
    from pptx.enum.chart import XL_TICK_MARK as MARKS
    from pptx.util import Pt

    names, values = plotted.category_axis, plotted.value_axis
    for axis in (names, values):
        axis.major_tick_mark = axis.minor_tick_mark = MARKS.NONE
        axis.tick_labels.font.size = Pt(_SIZE)
        axis.tick_labels.font.color.rgb = _rgb(_TEXT if axis is names else _QUIET)
    names.tick_label_position = PLACES.LOW
    names.format.line.color.rgb = _rgb("BFBFBF")
    names.has_major_gridlines = False
    values.format.line.fill.background()
    values.has_major_gridlines = not labelled
    values.visible = not labelled
    if not labelled:
        values.major_gridlines.format.line.color.rgb = _rgb(_LINE)
        values.major_gridlines.format.line.width = Pt(0.75)
        values.tick_labels.number_format, values.tick_labels.number_format_is_linked = chart.form, False
    if chart.kind != "line" and chart.kind != "gantt" and all(
            value >= 0 for series in chart.series for value in series.values):
        values.minimum_scale = 0


def _put_at_far_end(plotted: Any) -> None:
    from pptx.enum.chart import XL_AXIS_CROSSES

    plotted.category_axis.crosses = XL_AXIS_CROSSES.MAXIMUM


def _set_title(plotted: Any, chart: Chart) -> None:
    from pptx.util import Pt

    plotted.has_title = bool(chart.title)
    if not chart.title:
        return
    frame = plotted.chart_title.text_frame
    frame.text = chart.title
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(_TITLE_SIZE), True
    font.color.rgb = _rgb(_TEXT)


def _take_off_frame(root: Any) -> None:
    """No ground, no border and no round corners around the chart; what is not said here, each program decides."""
    from pptx.oxml import parse_xml

    corners = root.makeelement(root.tag.replace("chartSpace", "roundedCorners"), {"val": "0"})
    root.insert(1 if root[0].tag.endswith("}date1904") else 0, corners)
    root.chart.addnext(parse_xml(
        f'<c:spPr xmlns:c="{root.nsmap["c"]}" xmlns:a="{_A}"><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>'))


def _set_fonts(root: Any, fonts: Fonts) -> None:
    """The fonts of every text, Latin and Chinese; without the second Word takes one that does not fit the first."""
    from lxml import etree

    for properties in root.iter(f"{{{_A}}}defRPr", f"{{{_A}}}rPr"):
        for name, font in zip(("latin", "ea"), fonts, strict=True):
            for there in properties.findall(f"{{{_A}}}{name}"):
                properties.remove(there)
            made = etree.SubElement(properties, f"{{{_A}}}{name}")
            made.set("typeface", font)
