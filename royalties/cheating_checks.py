"""A system check: settings under which cheating pays are refused before anything starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from royalties import cheating
from royalties.terms import PLATFORM_MIN_BPS, POOL_MAX_BPS

HINTS = {
    "PLATFORM_BPS": f"Set PLATFORM_BPS to {PLATFORM_MIN_BPS} or more.",
    "POOL_MAX_BPS": "Leave the pool's limit as it is.",
    "TEST_MONEY": "Unset TEST_MONEY: it is for the chains in TEST_CHAINS, whose tokens are worth"
    " nothing.",
    "TOP_UP_HOLD_WINDOW": "Set TOP_UP_HOLD_WINDOW to TOP_UP_REVERSIBLE or more: plays must wait as"
    " long as the bank can take their money back.",
    "UNITS_PRICE_MICROS": "Set UNITS_PRICE_MICROS between 1 and PRICE_FLOOR_MICROS.",
}


def rules() -> cheating.Rules:
    """What this deployment's settings allow."""
    is_worthless = settings.CHAIN_ID in settings.TEST_CHAINS
    given = settings.TOP_UP_MAX_MICROS if settings.TEST_MONEY and not is_worthless else 0
    return cheating.Rules(
        platform_bps=settings.PLATFORM_BPS,
        platform_least_bps=PLATFORM_MIN_BPS,
        pool_most_bps=POOL_MAX_BPS,
        price_floor_micros=settings.PRICE_FLOOR_MICROS,
        price_cap_micros=settings.PRICE_CAP_MICROS,
        reserved_units=settings.UNITS_RESERVED,
        micros_per_unit=settings.UNITS_PRICE_MICROS,
        listener_cap_units=min(settings.UNITS_RESERVED, settings.UNITS_LISTENER_CAP),
        given_micros=given,
        reversible_seconds=settings.TOP_UP_REVERSIBLE.total_seconds(),
        waits_seconds=settings.TOP_UP_HOLD_WINDOW.total_seconds(),
    )


@register("royalties")
def refuse_what_pays(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A coalition would get more out than the bound lets it; each setting by its name."""
    return [
        Error(sentence, hint=HINTS[setting], obj=setting, id="royalties.E002")
        for setting, sentence in cheating.broken(rules())
    ]
