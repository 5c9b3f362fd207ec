"""Charts drawn in code: a song's page has four drawings of a hundred elements.

A template takes ten times as long to write them down.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from marketplace.templatetags.amounts import plain_cents
from marketplace.templatetags.charts import SO_FAR, Frame, Line, Plot, Point
from marketplace.templatetags.geometry import px
from marketplace.templatetags.price_plots import Ahead, BandLabel, PricePlot

register = template.Library()

POINT = (
    '<g class="point" role="img" aria-label="{words}{more}" tabindex="{tab}">'
    '<rect class="hit" x="{left:.1f}" y="0" width="{width:.1f}" height="{base}"/>'
    '<circle class="dot {colour}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    '<text class="value" x="{x:.1f}" y="14" text-anchor="{anchor}">{words}{dotted}</text></g>'
)
ROW = '<tr><td>{}</td><td class="n">{}</td></tr>'
ROW_WITH_MORE = '<tr><td>{}</td><td class="n">{}</td><td class="n">{}</td></tr>'
LABEL = '<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>'
SVG = (
    '<svg class="plot {css}" viewBox="0 0 {width} {height}" role="group" aria-label="{note}">'
    "{inside}</svg>"
)
TEXT = '<text{strong} x="{x}" y="{y}">{words}</text>'
GRID = '<path class="{css}" d="M{left} {y}H{end}"/>'
PATH = '<path class="{css}" d="{d}"/>'
END = '<circle class="end {css}" cx="{x}" cy="{y}" r="{radius}"/>'


@register.simple_tag
def area_svg(plot: Plot, note: str, colour: str) -> SafeString:
    """Amounts by day as an area from zero, the last one written beside its end."""
    frame, last = plot.frame, plot.points[-1]
    open_end = f" {SO_FAR.replace(' ', '-')}" if plot.so_far else ""
    return _svg(
        frame,
        note,
        PATH.format(css=f"area {colour}", d=plot.area),
        *(_level(line, frame, "grid") for line in plot.levels),
        GRID.format(css="ground", left=frame.left, y=frame.base, end=frame.end),
        PATH.format(css=f"series {colour}", d=plot.series),
        PATH.format(css=f"series {colour}{open_end}", d=plot.so_far) if plot.so_far else "",
        plot_labels(plot.labels, frame),
        END.format(css=f"{colour}{open_end}", x=px(last.x), y=px(last.y), radius="4.5"),
        _words(f"{last.x + 10:.1f}", f"{last.y - 6:.1f}", last.text, f' class="strong {colour}"'),
        plot_points(plot.points, frame, colour),
    )


@register.simple_tag
def price_svg(plot: PricePlot, note: str, ahead: Ahead | None) -> SafeString:
    """A price between its bounds, with the band around it and how far it may go next."""
    frame, last = plot.frame, plot.points[-1]
    label = plot.band_label
    return _svg(
        frame,
        note,
        *(_level(line, frame, "bound") for line in plot.bounds),
        PATH.format(css="band", d=plot.band) if plot.band else "",
        _band_words(label) if label else "",
        _wedge(plot.wedge, ahead) if ahead else "",
        PATH.format(css="series ink", d=plot.series),
        plot_labels(plot.labels, frame),
        END.format(css="now", x=px(last.x), y=px(last.y), radius="5"),
        _words(frame.end + 10, f"{plot.now.at + 4:.1f}", plot.now.text, ' class="strong"'),
        plot_points(plot.points, frame, "ink"),
    )


def _svg(frame: Frame, note: str, *parts: str) -> SafeString:
    inside = "\n".join(filter(None, parts))
    drawn = SVG.format(
        css=frame.css, width=frame.width, height=frame.height, note=escape(note), inside=inside
    )
    return mark_safe(drawn)


def _level(line: Line, frame: Frame, css: str) -> str:
    """A line across, and what it stands for at its right end."""
    across = GRID.format(css=css, left=frame.left, y=px(line.at), end=frame.end)
    return across + _words(frame.end + 10, f"{line.at + 4:.1f}", line.text)


def _words(x: int | str, y: str, words: str, strong: str = "") -> str:
    return TEXT.format(strong=strong, x=x, y=y, words=escape(words))


def _band_words(label: BandLabel) -> str:
    css = ' class="within"' if label.inside else ""
    return _words(px(label.x), px(label.y), label.text, css)


def _wedge(path: str, ahead: Ahead) -> str:
    low, high = plain_cents(ahead.low), plain_cents(ahead.high)
    told = f"{escape(ahead.label)}: {low} to {high} at most"
    return f'<path class="wedge" d="{path}"><title>{told}</title></path>'


@register.simple_tag
def plot_points(points: Sequence[Point], frame: Frame, colour: str) -> SafeString:
    """Hover or arrow keys show a point's exact value, T the chart's table."""
    last = len(points) - 1
    drawn = [_point(point, frame, colour, 0 if i == last else -1) for i, point in enumerate(points)]
    return mark_safe(f'<g class="points" data-points>{"".join(drawn)}</g>')


def _point(point: Point, frame: Frame, colour: str, tab: int) -> str:
    more = escape(point.more)
    return POINT.format(
        words=f"{escape(point.label)}: {escape(point.exact)}",
        more=f", {more}" if more else "",
        dotted=f" · {more}" if more else "",
        tab=tab,
        left=point.left,
        width=point.width,
        base=frame.base,
        colour=colour,
        x=point.x,
        y=point.y,
        anchor=point.anchor,
    )


@register.simple_tag
def plot_labels(labels: Sequence[Line], frame: Frame) -> SafeString:
    """What stands below the axis."""
    y = frame.height - 6
    drawn = [LABEL.format(line.at, y, line.anchor, escape(line.text)) for line in labels]
    return mark_safe("".join(drawn))


@register.simple_tag
def plot_rows(points: Sequence[Point], more: bool = False) -> SafeString:
    """The lines of a chart's table; `more`: with a third column."""
    row = ROW_WITH_MORE if more else ROW
    drawn = [row.format(escape(p.label), escape(p.exact), escape(p.more)) for p in points]
    return mark_safe("".join(drawn))
