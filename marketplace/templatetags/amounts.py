"""Template filters that write amounts, times and shares for people.

Amounts come in as micros (1 USD = 1,000,000; 1 cent = 10,000). Long forms show every micro, with
the digits after the second in `.tail`; short forms are cut, never rounded up, and carry the exact
value in `title`. Every amount keeps its unit, joined by a no-break space.
"""

from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
MICROS_PER_CENT = 10_000
MICROS_PER_DOLLAR = 1_000_000
CENT_DIGITS = 4
DOLLAR_DIGITS = 6
SHORT_DIGITS = 2
COLUMN_DIGITS = 4
COLUMN_IN_DOLLARS_MICROS = 10 * MICROS_PER_DOLLAR  # the least sum
DRAWN_ONCE = lru_cache(maxsize=4096, typed=True)  # prices and what they split into come again

Amount = int | Decimal


@register.filter
def cents(micros: Amount) -> SafeString:
    """9400 -> 0.9400 ¢, the last two digits quiet."""
    return long_form(micros, MICROS_PER_CENT, CENT_DIGITS, "", f"{NBSP}¢")


@register.filter
def cents_short(micros: Amount) -> SafeString:
    """9499 -> 0.94 ¢, the exact value in `title`."""
    return short_form(micros, MICROS_PER_CENT, "", f"{NBSP}¢", exact=exact_cents(micros))


@register.filter
def cents_figure(micros: Amount) -> SafeString:
    """0.94 ¢ for large type: the unit smaller than the number."""
    text = f"{sign(micros)}{digits(micros, MICROS_PER_CENT, SHORT_DIGITS)}"
    return format_html('{}{}<span class="unit">¢</span>', text, NBSP)


@register.filter
def signed_cents(micros: Amount) -> SafeString:
    """-26400 -> −2.6400 ¢; 11880 -> +1.1880 ¢; nothing is 0.0000 ¢ without a sign."""
    return long_form(micros, MICROS_PER_CENT, CENT_DIGITS, "", f"{NBSP}¢", plus=True)


@register.filter
def signed_cents_short(micros: Amount) -> SafeString:
    """400 -> +0.04 ¢."""
    return short_form(micros, MICROS_PER_CENT, "", f"{NBSP}¢", exact=exact_cents(micros), plus=True)


@register.filter
def dollars(micros: Amount) -> SafeString:
    """5185035 -> $5.185035, the last four digits quiet."""
    return long_form(micros, MICROS_PER_DOLLAR, DOLLAR_DIGITS, "$", "")


@register.filter
def dollars_short(micros: Amount) -> SafeString:
    """5189999 -> $5.18, the exact value in `title`."""
    exact = plain_dollars(micros, DOLLAR_DIGITS)
    return short_form(micros, MICROS_PER_DOLLAR, "$", "", exact=exact)


@register.filter
def dollars_column(micros: Amount) -> SafeString:
    """5185035 -> $5.1850 for a table: cut, the last two digits quiet, the exact value in
    `title`.
    """
    text = digits(micros, MICROS_PER_DOLLAR, COLUMN_DIGITS)
    return format_html(
        '<span class="num" title="{}">{}${}<i class="tail">{}</i></span>',
        plain_dollars(micros, DOLLAR_DIGITS),
        sign(micros),
        text[:-SHORT_DIGITS],
        text[-SHORT_DIGITS:],
    )


@register.filter
def signed_dollars(micros: Amount) -> SafeString:
    return long_form(micros, MICROS_PER_DOLLAR, DOLLAR_DIGITS, "$", "", plus=True)


@register.filter
def money(micros: Amount) -> SafeString:
    """To the micro: cents below a dollar, dollars from there on."""
    return cents(micros) if _is_small(micros) else dollars(micros)


@register.filter
def money_short(micros: Amount) -> SafeString:
    """Cut to two digits: cents below a dollar, dollars from there on."""
    return cents_short(micros) if _is_small(micros) else dollars_short(micros)


@register.filter
def money_beside(micros: Amount, whole: Amount) -> SafeString:
    """In one unit with all that it stands with, `whole` being their sum: cents cut to two digits
    where that is below ten dollars, so that lines of a few cents stay easy to read, else dollars
    cut to four.
    """
    is_small = _is_below(COLUMN_IN_DOLLARS_MICROS, whole)
    return cents_short(micros) if is_small else dollars_column(micros)


def _is_small(micros: Amount) -> bool:
    return _is_below(MICROS_PER_DOLLAR, micros)


def _is_below(limit: int, micros: Amount) -> bool:
    return -limit < micros < limit


@register.filter
def plain_cents(micros: Amount, places: int = SHORT_DIGITS) -> str:
    """0.94 ¢ as bare text, for titles, labels and attributes."""
    return f"{sign(micros)}{digits(micros, MICROS_PER_CENT, places)}{NBSP}¢"


@register.filter
def plain_dollars(micros: Amount, places: int = SHORT_DIGITS) -> str:
    return f"{sign(micros)}${digits(micros, MICROS_PER_DOLLAR, places)}"


@register.filter
def clock(seconds: float | Decimal) -> str:
    """222 -> 3:42; 3725 -> 1:02:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def count(number: int) -> str:
    """12918 -> 12,918."""
    return f"{number:,}".replace("-", MINUS)


@register.filter
def whole(seconds: float) -> int:
    """Cut, as a clock cuts them: 22.5 -> 22."""
    return int(seconds)


@register.filter
def units(number: int) -> str:
    """4120 -> 4,120 units."""
    return f"{count(number)}{NBSP}{'unit' if number == 1 else 'units'}"


@register.filter
def signed_units(number: int) -> str:
    """4120 -> +4,120 units."""
    return f"{'+' if number > 0 else ''}{units(number)}"


@register.filter
@DRAWN_ONCE
def percent_bps(bps: Amount) -> str:
    """4500 -> 45 %; 8 -> 0.08 %."""
    return f"{(Decimal(bps) / 100).normalize():f}{NBSP}%"


def sign(micros: Amount, plus: bool = False) -> str:
    if micros < 0:
        return MINUS
    return "+" if plus and micros > 0 else ""


@DRAWN_ONCE
def digits(micros: Amount, unit: int, places: int) -> str:
    """The size of an amount in `unit`, cut (not rounded) to `places`: 9499, 10000, 2 -> 0.94."""
    value = (abs(Decimal(micros)) / unit).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)
    return f"{value:,f}"


@DRAWN_ONCE
def exact_cents(micros: Amount) -> str:
    """Every digit there is: 9400 -> 0.9400 ¢; Decimal('7.7456') -> 0.00077456 ¢."""
    size = abs(Decimal(micros)) / MICROS_PER_CENT
    exponent = size.as_tuple().exponent
    places = max(CENT_DIGITS, -exponent if isinstance(exponent, int) else 0)
    return f"{sign(micros)}{size:,.{places}f}{NBSP}¢"


@DRAWN_ONCE
def long_form(
    micros: Amount, unit: int, places: int, before: str, after: str, plus: bool = False
) -> SafeString:
    text = digits(micros, unit, places)
    split = len(text) - places + SHORT_DIGITS
    return format_html(
        '<span class="num">{}{}{}<i class="tail">{}</i>{}</span>',
        sign(micros, plus),
        before,
        text[:split],
        text[split:],
        after,
    )


@DRAWN_ONCE
def short_form(
    micros: Amount, unit: int, before: str, after: str, exact: str, plus: bool = False
) -> SafeString:
    return format_html(
        '<span class="num" title="{}">{}{}{}{}</span>',
        exact,
        sign(micros, plus),
        before,
        digits(micros, unit, SHORT_DIGITS),
        after,
    )
