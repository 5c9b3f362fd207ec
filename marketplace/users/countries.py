"""The country a login says it is in, if it says any; names are those of Unicode's CLDR.

Studios see how many plays came from a country, never whose they were: see studio.territories.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale

from marketplace.users.models import User

# two-letter places that CLDR names and ISO 3166-1 doesn't, but for Kosovo
NO_COUNTRIES = set("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905


@cache
def names() -> Mapping[str, str]:
    """English names by ISO 3166-1 alpha-2 code, in the order of the names."""
    territories = {str(code): str(name) for code, name in Locale("en").territories.items()}
    codes = {code for code in territories if len(code) == 2 and code.isalpha()} - NO_COUNTRIES
    return {code: territories[code] for code in sorted(codes, key=territories.__getitem__)}


def choices() -> list[tuple[str, str]]:
    """For a form, with the way to say nothing first."""
    return [("", "I’d rather not say"), *names().items()]


def say(user: User, country: str) -> None:
    """From now on the login's plays carry this country, "" for none; earlier ones stay as they are.

    Raises:
        ValueError: there is no such country.
    """
    if country and country not in names():
        raise ValueError(f"no country: {country!r}")
    user.country = country
    user.save(update_fields=["country"])
