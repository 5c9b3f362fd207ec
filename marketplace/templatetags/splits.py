"""Who earns what from one play, as a ring and as a table.

Drawn here, not in templates: what is one's own stands in the middle of both, so each listener has
another, and nothing of them can be kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from marketplace.templatetags import amounts, geometry
from marketplace.templatetags.amounts import count, percent_bps
from marketplace.templatetags.pictures import part

register = template.Library()

WHOLE = 10_000
GAP = 28.0
CIRCLE = (
    '<circle class="key-{kind}" cx="110" cy="110" r="{radius}" stroke-width="{width}"'
    ' pathLength="10000" stroke-dasharray="{dash:.1f} 10000" stroke-dashoffset="{offset:.1f}"'
    ' transform="rotate({turn:.1f} 110 110)">{title}</circle>'
)
OWN_UNITS = (
    '<path class="tick" d="M110 46V0"/><text class="you" x="110" y="-7">you</text>'
    '<text x="110" y="109" font-size="25">{}</text>'
    '<text class="sub" x="110" y="126">of 1,000,000</text>'
    '<text class="sub" x="110" y="139">units</text>'
)
NONE_YOURS = (
    '<text class="sub" x="110" y="107">none of its units</text>'
    '<text class="sub" x="110" y="121">is yours yet</text>'
)
POOL = (  # part of the units, its colour, its words
    ("units", "own", "yours"),
    ("other_units", "fans", "other listeners"),
    ("left_units", "soft", "left to earn"),
    ("held_units", "rest", "held back"),
)
LINE = '<li{}><span class="key key-{}"></span>{} {}</li>'
LIST = '<ul class="stack tight small">\n{}\n</ul>'
ROW = (
    '<tr{}><td><span class="key key-{}"></span><bdi>{}</bdi> <span class="quiet">{}</span>{}</td>'
    '<td class="num">{}</td><td>{}</td></tr>'
)
OWN_ROW = (
    '<tr class="you"><td><span class="key key-own inset"></span>of which you</td>'
    '<td class="num">{}</td><td>{}</td></tr>'
)
TABLE = (
    '<table class="who">\n<caption class="hidden">Who earns what from one play</caption>\n'
    '<thead class="hidden"><tr><th scope="col">Who</th><th scope="col">Part</th>'
    '<th scope="col">Amount</th></tr></thead>\n<tbody>{}</tbody>\n'
    '<tfoot><tr><td>One play</td><td class="num">{}</td><td>{}</td></tr></tfoot>\n</table>'
)
YOURS = mark_safe(' class="yours"')
TAG_YOU = mark_safe(' <span class="tag-you">you</span>')


@register.simple_tag
def ring(slices: Sequence[Any], own: Any = None) -> SafeString:
    """Who earns what from one play, and whose the fans' units are.

    `slices`: objects with kind (artist, label, writer, fans, platform, other), label, bps.
    `own`: None or an object with units, other_units, left_units, held_units (1,000,000 in all).
    """
    words = ", ".join(f"{part(one, 'label')} {percent_bps(part(one, 'bps'))}" for one in slices)
    units = part(own, "units") if own else 0
    if units:
        words += f". You own {amounts.units(units)}"
    middle = OWN_UNITS.format(count(units)) if units else NONE_YOURS if own else ""
    return mark_safe(
        '<div class="ring">\n<svg viewBox="-14 -22 248 256" role="img"'
        f' aria-label="Who earns what from one play: {escape(words)}">\n'
        f"{''.join(_slices(slices))}\n{''.join(_pool(own)) if own else ''}\n{middle}\n</svg>\n"
        f"{_pool_list(own) if own else ''}\n</div>"
    )


def _slices(slices: Sequence[Any]) -> Iterable[str]:
    turn = ring_turn(slices)
    arcs = geometry.arcs([part(one, "bps") for one in slices], WHOLE, GAP)
    for one, arc in zip(slices, arcs, strict=True):
        words = f"{escape(part(one, 'label'))}: {percent_bps(part(one, 'bps'))}"
        yield _circle(part(one, "kind"), 92, 28, arc, turn, f"<title>{words}</title>")


def _pool(own: Any) -> Iterable[str]:
    held = [part(own, name) for name, _, _ in POOL]
    arcs = geometry.arcs([units / 100 for units in held], WHOLE)
    for (_, kind, _), arc, units in zip(POOL, arcs, held, strict=True):
        if units:
            yield _circle(kind, 68, 9, arc, -90.0, "")


def _circle(kind: str, radius: int, width: int, arc: geometry.Arc, turn: float, title: str) -> str:
    return CIRCLE.format(
        kind=kind,
        radius=radius,
        width=width,
        dash=arc.dash,
        offset=arc.offset + 0.0,  # never -0.0
        turn=turn,
        title=title,
    )


def _pool_list(own: Any) -> str:
    lines = [
        LINE.format(' class="own-text"' if kind == "own" else "", kind, count(units), words)
        for name, kind, words in POOL
        if (units := part(own, name)) or kind != "own"
    ]
    return LIST.format("\n".join(lines))


def ring_turn(slices: Sequence[Any]) -> float:
    """Degrees that bring the middle of the fans' slice to the top."""
    before = 0
    for one in slices:
        bps: int = part(one, "bps")
        if part(one, "kind") == "fans":
            return round(-90 - (before + bps / 2) / WHOLE * 360, 1)
        before += bps
    return -90.0


@register.simple_tag
def split_table(slices: Sequence[Any], total_micros: int, own: Any = None) -> SafeString:
    """The same in figures.

    `slices`: kind, name, role, bps, micros, yours. `own`: None or bps and micros, the listener's
    part of the fans' part.
    """
    rows = format_html_join("", "{}{}", ((_row(one), _own_row(one, own)) for one in slices))
    return format_html(TABLE, rows, percent_bps(WHOLE), amounts.cents(total_micros))


def _row(one: Any) -> SafeString:
    yours = part(one, "yours")
    return format_html(
        ROW,
        YOURS if yours else "",
        *(part(one, name) for name in ("kind", "name", "role")),
        TAG_YOU if yours else "",
        percent_bps(part(one, "bps")),
        amounts.cents(part(one, "micros")),
    )


def _own_row(one: Any, own: Any) -> SafeString | str:
    if own is None or part(one, "kind") != "fans":
        return ""
    return format_html(OWN_ROW, percent_bps(part(own, "bps")), amounts.cents(part(own, "micros")))
