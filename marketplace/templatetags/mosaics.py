"""Songs as a mosaic of their covers, each as large as its part of a sum.

Laid out twice, as charts are, and drawn here: places are attributes of a drawing, because pages
have no inline styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.templatetags import amounts
from marketplace.templatetags.geometry import px
from marketplace.templatetags.pictures import icon

register = template.Library()

GAP = 4.0
LEAST_WIDTH, LEAST_HEIGHT = 92.0, 60.0  # of a tile with words on it
TILE = (
    '<foreignObject x="{}" y="{}" width="{}" height="{}"><a class="tile{}" href="{}"'
    ' title="{}: {}"{}>{}{}</a></foreignObject>'
)
NAMED = ' aria-label="{}: {}"'  # a tile too small for words
WORDS = (
    '<span class="tile-words"><b class="clip"><bdi>{}</bdi></b><span class="num">{}</span></span>'
)


@dataclass(frozen=True)
class Part:
    """A song's part, in micros; the rest of them together has no cover."""

    title: str
    url: str
    cover_url: str
    micros: int


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Size:
    """A drawing, and how many songs stand on it before the rest are one."""

    css: str
    width: int
    height: int
    most: int


SIZES = (Size("wide", 1000, 300, 11), Size("narrow", 340, 340, 6))


def tiles(sizes: Sequence[float], whole: Box) -> list[Box]:
    """Boxes that fill `whole`, their areas to each other as `sizes` (largest first, all above 0),
    each as square as may be: squarified treemaps, Bruls, Huizing and van Wijk (2000).
    """
    scale = whole.width * whole.height / sum(sizes)
    left, free, placed = [size * scale for size in sizes], whole, []
    while left:
        side = min(free.width, free.height)
        n = 1
        while n < len(left) and _worst(left[: n + 1], side) <= _worst(left[:n], side):
            n += 1
        row, left = left[:n], left[n:]
        depth, along = sum(row) / side, 0.0
        for area in row:
            length = area / depth
            if free.width >= free.height:
                placed.append(Box(free.x, free.y + along, depth, length))
            else:
                placed.append(Box(free.x + along, free.y, length, depth))
            along += length
        if free.width >= free.height:
            free = Box(free.x + depth, free.y, free.width - depth, free.height)
        else:
            free = Box(free.x, free.y + depth, free.width, free.height - depth)
    return placed


def _worst(row: Sequence[float], side: float) -> float:
    """How far the least square of a row's boxes is from a square; 1 is one."""
    total = sum(row)
    return max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row)))


@register.simple_tag
def cover_mosaic(parts: Sequence[Part], title: str, note: str, rest_url: str) -> SafeString:
    """`parts`: all above 0, the largest first; `rest_url`: where all of them are listed."""
    drawn = format_html_join("", "{}", ((_drawing(parts, size, note, rest_url),) for size in SIZES))
    return format_html(
        '<figure class="chart cover-mosaic"><figcaption><b>{}</b><span class="label">{}</span>'
        "</figcaption>{}</figure>",
        title,
        note,
        drawn,
    )


def _drawing(parts: Sequence[Part], size: Size, note: str, rest_url: str) -> SafeString:
    shown = summed(parts, size.most, rest_url)
    whole = Box(0, 0, size.width + GAP, size.height + GAP)  # the last gaps lie outside
    boxes = tiles([part.micros for part in shown], whole)
    return format_html(
        '<svg class="plot {}" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        size.css,
        size.width,
        size.height,
        note,
        format_html_join("", "{}", ((_tile(*one),) for one in zip(shown, boxes, strict=True))),
    )


def summed(parts: Sequence[Part], most: int, rest_url: str) -> list[Part]:
    """As many parts as there is room for, and the others as one, where its size puts it."""
    if len(parts) <= most:
        return list(parts)
    rest = parts[most - 1 :]
    together = Part(f"{len(rest):,} more songs", rest_url, "", sum(one.micros for one in rest))
    return sorted([*parts[: most - 1], together], key=lambda one: -one.micros)


def _tile(part: Part, box: Box) -> SafeString:
    width, height = max(1.0, box.width - GAP), max(1.0, box.height - GAP)
    sum_exact = amounts.exact_cents(part.micros)
    has_words = width >= LEAST_WIDTH and height >= LEAST_HEIGHT
    cover = format_html('<img src="{}" alt="" loading="lazy">', part.cover_url)
    return format_html(
        TILE,
        *map(px, (box.x, box.y, width, height)),
        "" if part.cover_url else " plain",
        part.url,
        part.title,
        sum_exact,
        "" if has_words else format_html(NAMED, part.title, sum_exact),
        cover if part.cover_url else icon("music"),
        format_html(WORDS, part.title, amounts.money_short(part.micros)) if has_words else "",
    )
