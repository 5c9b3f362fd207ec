"""What a chart repeats for each of its points, drawn in code: a page of charts has a hundred.

A template takes ten times as long to write them down.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from marketplace.templatetags.charts import Frame, Line, Point

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
