"""Template tags that turn data into pictures: icons, covers, waveforms, prices and charts.

Nothing here writes a `style` attribute (the content policy forbids it): dynamic values are SVG
attributes, colours are classes.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.templatetags import charts, dots, geometry, intervals, price_plots, stacks
from marketplace.templatetags.amounts import clock

register = template.Library()

STAGE_BARS = 200
STAGE_HEIGHT = 132.0
STAGE_STEP = 4.6
SAME_HEIGHT = 64.0
FOUR = 4  # covers make one picture
LABEL_FLIP = 0.45  # a marker further right than this has its label on its left


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, css: str = "") -> SafeString:
    """A lucide icon out of the sprite; always beside words or inside a labelled control."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        static("vendor/lucide.svg"),
        name,
    )


@register.simple_tag
@lru_cache(maxsize=64)
def mark(name: str, label: str = "") -> SafeString:
    """One of our own drawings: `refrain` (the repeat sign), `seal`, `share`, `empty`."""
    href = f"{static('marks.svg')}#{name}"
    if not label:
        return format_html(
            '<svg class="mark-{}" aria-hidden="true"><use href="{}"/></svg>', name, href
        )
    return format_html(
        '<svg class="mark-{}" role="img" aria-label="{}"><use href="{}"/></svg>', name, label, href
    )


@register.simple_tag
def cover(track: Any, css: str = "") -> SafeString:
    """The track's cover (`track.cover_url`), decorative: its title always stands beside it."""
    url = part(track, "cover_url")
    if not url:
        return format_html('<span class="cover {}">{}</span>', css, icon("music"))
    return format_html(
        '<span class="cover {}"><img src="{}" alt="" loading="lazy" width="99" height="99"></span>',
        css,
        url,
    )


@register.simple_tag
def glow(track: Any) -> SafeString:
    """The light that a large cover throws on the paper: the same picture, blurred, behind it."""
    url = part(track, "cover_url")
    return format_html('<img class="glow" src="{}" alt="">', url) if url else SafeString()


@register.simple_tag
def covers(rows: Sequence[Any], name: str) -> SafeString:
    """One large cover for several songs: the first four of theirs, or the first, or an icon."""
    urls = [url for row in rows[:FOUR] if (url := part(row, "cover_url"))]
    shown = urls if len(urls) == FOUR else urls[:1]
    images = format_html_join("", '<img src="{}" alt="">', ((url,) for url in shown))
    return format_html(
        '<span class="cover fill"><span class="mosaic">{}</span></span>', images or icon(name)
    )


@register.simple_tag
def ambience(url: str) -> SafeString:
    """A picture's colours on the page around it: the same one again, blurred to its hues."""
    return format_html('<img class="ambience" src="{}" alt="">', url) if url else SafeString()


@register.inclusion_tag("components/waveform_stage.html")
def waveform_stage(
    peaks: Sequence[float],
    counting_fraction: float,
    counting_seconds: float,
    duration_seconds: float,
    track_id: object = "",
    height: float = STAGE_HEIGHT,
    free: bool = False,
    cover_url: str = "",
) -> dict[str, object]:
    """The large waveform of a track page, with the line where one pays, or a free play counts.

    It takes its colour from the cover at `cover_url` (static/js/tint.js); from the ink without one.
    """
    percent = round(counting_fraction * 100, 2)
    flipped = counting_fraction > LABEL_FLIP
    return {
        "wave": geometry.wave(peaks, counting_fraction, STAGE_BARS, height, STAGE_STEP),
        "width": round(STAGE_BARS * STAGE_STEP),
        "height": round(height),
        "percent": percent,
        "label_x": 0 if flipped else percent,
        "label_width": percent if flipped else 100 - percent,
        "flipped": flipped,
        "counting_seconds": counting_seconds,
        "duration_seconds": duration_seconds,
        "track_id": track_id,
        "is_free": free,
        "cover_url": cover_url,
    }


@register.inclusion_tag("components/same_seconds.html")
def same_seconds(
    peaks: Sequence[float], spans: Sequence[Sequence[float]], duration_seconds: float
) -> dict[str, object]:
    """A waveform with the stretches (from, to), in seconds, in which another one is the same."""
    percent = 100 / max(duration_seconds, 1.0)
    return {
        "wave": geometry.wave(peaks, 0.0, STAGE_BARS, SAME_HEIGHT, STAGE_STEP),
        "width": round(STAGE_BARS * STAGE_STEP),
        "height": round(SAME_HEIGHT),
        "marks": [
            (round(first * percent, 2), round((last - first) * percent, 2)) for first, last in spans
        ],
        "words": ", ".join(f"{clock(first)} to {clock(last)}" for first, last in spans),
    }


@register.inclusion_tag("components/split_bar.html")
def split_bar(slices: Sequence[Any]) -> dict[str, object]:
    """The same parts as one bar: objects with kind, label, bps."""
    placed, start = [], 0
    for item in slices:
        placed.append((item, start))
        start += part(item, "bps")
    return {"slices": placed, "whole": start or 1}


@register.inclusion_tag("components/area_chart.html")
def area_chart(
    points: Sequence[tuple[str, int]],
    title: str,
    note: str,
    unit: str = "dollars",
    colour: str = "play",
    size: str = "full",
    so_far: bool = False,
) -> dict[str, object]:
    """Amounts by day as an area; `points` are (label, micros); `colour` is play or own.

    `so_far`: the last day is not over.
    """
    frames = charts.FRAMES[size] if points else ()
    return {
        "plots": [charts.area_plot(points, unit, frame, so_far) for frame in frames],
        "title": title,
        "note": note,
        "colour": colour,
    }


@register.inclusion_tag("components/price_chart.html")
def price_chart(
    points: Sequence[tuple[str, int]],
    floor_micros: int,
    cap_micros: int,
    title: str,
    note: str = "Cents a play, by day",
    band: Sequence[price_plots.Band] = (),
    ahead: price_plots.Ahead | None = None,
) -> dict[str, object]:
    """A price by day between its floor and ceiling; `band` is where the best price likely lies."""
    frames = charts.FRAMES["half"] if points else ()
    return {
        "plots": [
            price_plots.price_plot(points, floor_micros, cap_micros, band, ahead, frame)
            for frame in frames
        ],
        "title": title,
        "note": note,
        "ahead": ahead,
        "has_band": any(band),
    }


@register.inclusion_tag("components/stack_chart.html")
def stack_chart(
    days: Sequence[str],
    series: Sequence[stacks.Series],
    title: str,
    note: str,
    unit: str = "dollars",
    urls: Sequence[str] = (),
    so_far: bool = False,
    size: str = "full",
) -> dict[str, object]:
    """Amounts by day stacked by hand: at most four series, the darkest first.

    `urls`: for each day, where its bar and its line in the table lead. `so_far`: the last day is
    not over.
    """
    shown = list(series)[: charts.MAX_SERIES]
    frames = stacks.STACK_FRAMES[size] if days else ()
    plots = [stacks.stack_plot(days, shown, unit, frame, urls, so_far) for frame in frames]
    exact = charts.UNITS[unit][2]
    return {
        "plots": plots,
        "rows": [
            (column.label, column.url, [exact(one.values[i]) for one in shown])
            for i, column in enumerate(plots[0].columns if plots else ())
        ],
        "series": [(one.label, stacks.in_all(one, unit)) for one in shown],
        "title": title,
        "note": note,
    }


@register.inclusion_tag("components/dot_chart.html")
def dot_chart(
    values: Sequence[tuple[str, int]], title: str, note: str, unit: str = "cents"
) -> dict[str, object]:
    """A distribution: `values` are (label, micros), one dot each."""
    return {
        "plots": [dots.dot_plot(values, unit, frame) for frame in dots.DOT_FRAMES if values],
        "title": title,
        "note": note,
    }


@register.inclusion_tag("components/interval_chart.html")
def interval_chart(
    values: Sequence[intervals.Interval], title: str, note: str, level: str
) -> dict[str, object]:
    """Ratios with their intervals, one at least; `level` says what a ratio of 1 is."""
    return {
        "plots": [intervals.interval_plot(values, frame) for frame in intervals.INTERVAL_FRAMES],
        "title": title,
        "note": note,
        "level": level,
    }


@register.inclusion_tag("components/proof_tree.html")
def proof_tree(steps: Sequence[Any], root: Any) -> dict[str, object]:
    """A Merkle-sum proof from the leaf to the root.

    `steps`: objects with left, right (each: micros, label, hash) and ours ("left" or "right").
    `root`: micros, label, hash.
    """
    turns = [part(step, "ours") for step in steps[1:]] + ["root"]
    return {"steps": list(zip(steps, turns, strict=False)), "root": root}


def part(item: Any, name: str) -> Any:
    """An attribute, or a key: views hand over dataclasses, forms and tests hand over dicts."""
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name)


register.filter("px", geometry.px)


@register.filter
def add_px(position: float, offset: int) -> str:
    """A coordinate moved by some units: 85.04, -6 -> 79.0."""
    return f"{position + offset:.1f}"


@register.filter
def beside(cells: Sequence[object], columns: Sequence[object]) -> list[tuple[object, object]]:
    """Each column with its cell, to write a table's row."""
    return list(zip(columns, cells, strict=True))
