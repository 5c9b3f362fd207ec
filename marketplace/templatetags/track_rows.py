"""A song in a list. Drawn here, not in templates: a page lists fifty, and each took a millisecond.

A row is the same for everybody but for three places: the share one owns, whether one likes it, and
the reason why it stands in a list. It is drawn as pieces around these, so that all lists and all
who look have it drawn once (`Pieces`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from marketplace.templatetags import amounts, geometry
from marketplace.templatetags.pictures import cover, icon, mark, part

register = template.Library()

Pieces = tuple[SafeString, SafeString, SafeString]  # share and liked between, the reason after
ROW_BARS = 56
ROW_HEIGHT = 28.0
SPARK = (52.0, 22.0, 2.0)
PLAY = (
    '<span class="cover-play">{cover}<button type="button" data-play-track="{id}"'
    ' data-surface="{surface}" data-title="{title}" data-artist="{artist}"'
    ' aria-label="Play {title} for {asked}"><span class="when-paused">{play}</span>'
    '<span class="when-playing">{pause}</span></button></span>'
)
NAME = '<a class="title" href="{url}" title="{title}"><bdi>{title}</bdi></a>'
BY = '<a class="clip" href="{artist_url}"><bdi>{artist}</bdi></a>'
LIKED = '<span class="liked">{heart}<span class="hidden">You like it</span></span>'
BY_NOBODY_KNOWN = '<span class="clip"><bdi>{artist}</bdi></span>'
PRICE = (
    '<a class="price" href="{url}#price" title="{price} a play, the same for everyone">{spark}'
    "<b>{price}</b>{change}</a>"
)
PRICE_FREE = (
    '<a class="price" href="{url}#price" title="Its first plays are free; then {price} a play, the'
    ' same for everyone">{spark}<b>free</b><span class="change">then {price}</span></a>'
)
FREE = "free"
MENU = (
    '<button class="icon-button" type="button" data-menu="{id}" data-title="{title}"'
    ' data-artist="{artist}" data-cover="{cover_url}" data-liked="'
)
MENU_END = '" aria-haspopup="menu" aria-label="More for {title}" title="More">{ellipsis}</button>'


@register.simple_tag
def track_row(row: Any, surface: str = "press") -> SafeString:
    """One song in an <ol class="track-list">; `row` is a TrackRow or has its names."""
    reason = reason_line(part(row, "reason"))
    return with_own(row_pieces(row, surface), part(row, "units_owned"), part(row, "liked"), reason)


def row_pieces(row: Any, surface: str = "press") -> Pieces:
    """The row as everybody sees it."""
    words = _words(row) | {
        "surface": surface,
        "artist_url": part(row, "artist_url"),
        "cover": cover(row),
        "wave": waveform(part(row, "peaks"), part(row, "counting_fraction")),
        "spark": spark(part(row, "prices")),
        "change": _change_told(part(row, "change_micros")),
        "length": amounts.clock(part(row, "duration_seconds")),
    }
    by = BY if words["artist_url"] else BY_NOBODY_KNOWN
    escaped = {name: conditional_escape(word) for name, word in words.items()}
    price = PRICE_FREE if _is_free(row) else PRICE
    before, between, after = (
        '<li class="track-row" data-track-row="{id}">\n'
        f'  {PLAY}\n  <div class="track-name">{NAME}<p class="by">{by}{LIKED}',
        f'</p></div>\n  {{wave}}\n  {price}\n  <span class="length num">{{length}}</span>\n  '
        f"{MENU}",
        f"{MENU_END}\n  ",
    )
    return (
        mark_safe(before.format(**escaped)),
        mark_safe(between.format(**escaped)),
        mark_safe(after.format(**escaped)),
    )


def with_own(pieces: Pieces, units: int, liked: bool, reason: SafeString | str = "") -> SafeString:
    """The row as one listener sees it; `reason` is a `reason_line`."""
    before, between, after = pieces
    drawn = f"{before}{share(units)}{between}{_yes(liked)}{after}{conditional_escape(reason)}"
    return mark_safe(f"{drawn}\n</li>\n")


@register.simple_tag
def shelf_item(row: Any, note: str = "") -> SafeString:
    """A song as a cover in an <ol class="shelf">; `note` is a line below its price."""
    more = format_html('<br><span class="quiet">{}</span>', note) if note else ""
    return format_html(
        f'<li data-track-row="{{id}}">{PLAY}\n<div class="shelf-name"><div>{NAME}'
        '<p class="small quiet clip"><bdi>{artist}</bdi></p></div>'
        f"{MENU}{{liked}}{MENU_END}</div>\n"
        '<p class="small"><b>{short}</b>{more}</p></li>\n',
        **_words(row),
        surface="press",
        cover=cover(row, "fill"),
        liked=_yes(part(row, "liked")),
        short=FREE if _is_free(row) else amounts.cents_short(part(row, "price_micros")),
        more=more,
    )


@register.simple_tag
def share(units: int) -> SafeString:
    """What the listener owns of a song; nothing for none."""
    if not units:
        return SafeString()
    return format_html(
        '<span class="share num" title="You own {0} of its 1,000,000 units">{1}{0}'
        '<span class="hidden"> units are yours</span></span>',
        amounts.count(units),
        mark("share"),
    )


@register.simple_tag
def change(micros: int) -> SafeString:
    """A change of a price since yesterday, with arrow and sign; nothing where it did not change."""
    if not micros:
        return SafeString()
    way, arrow = ("up", "arrow-up-right") if micros > 0 else ("down", "arrow-down-right")
    size = amounts.signed_cents_short(micros)
    return format_html('<span class="change {}">{}{}</span>', way, icon(arrow), size)


def _change_told(micros: int) -> SafeString:
    """The same, for who only hears the row."""
    if not micros:
        return SafeString()
    return format_html('{}<span class="hidden"> since yesterday</span>', change(micros))


@register.simple_tag
def waveform(peaks: Sequence[float], counting_fraction: float) -> SafeString:
    """The small waveform of a row: dotted up to the counting point, decorative."""
    step = geometry.BAR_STEP
    wave = geometry.wave(peaks, counting_fraction, ROW_BARS, ROW_HEIGHT, step)
    return format_html(
        '<svg class="wave" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="free" d="{}"/><path class="rest" d="{}"/></svg>',
        round(ROW_BARS * step),
        round(ROW_HEIGHT),
        wave.free,
        wave.rest,
    )


@register.simple_tag
def spark(prices: Sequence[int]) -> SafeString:
    """Seven days of prices as a line with a dot at today."""
    return format_html(
        '<svg class="spark" viewBox="0 0 52 22" aria-hidden="true">{}</svg>', _line(prices)
    )


def _line(prices: Sequence[int]) -> SafeString:
    if not prices:
        return SafeString()
    width, height, margin = SPARK
    values = [float(price) for price in (prices if len(prices) > 1 else [*prices, *prices])]
    points = geometry.spread(values, width - 2 * margin, height, margin)
    x, y = points[-1]
    return format_html(
        '<path d="{}"/><circle cx="{}" cy="{}" r="2.4"/>',
        geometry.line(points),
        f"{x:.1f}",
        f"{y:.1f}",
    )


def _words(row: Any) -> dict[str, Any]:
    """What the buttons and links of a song say."""
    price = amounts.plain_cents(part(row, "price_micros"))
    return {
        **{name: part(row, name) for name in ("id", "title", "artist", "url", "cover_url")},
        "price": price,
        "asked": FREE if _is_free(row) else price,
        "play": icon("play", "solid"),
        "pause": icon("pause", "solid"),
        "ellipsis": icon("ellipsis"),
        "heart": icon("heart", "solid"),
    }


def reason_line(reason: Any) -> SafeString:
    if not reason:
        return SafeString()
    return format_html(
        '<p class="reason">{}<span>{}</span></p>', icon(part(reason, "icon")), part(reason, "text")
    )


def _is_free(row: Any) -> bool:
    """Whether its first plays still are; a sample need not say it."""
    return bool(part(row, "free"))


def _yes(liked: bool) -> str:
    return "true" if liked else "false"
