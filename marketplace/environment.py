"""Reading settings from the environment: each value, or one sentence on what it should be."""

import os
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

MOST = 2**53  # up to which a float tells whole numbers apart
MOST_SECONDS = 10**10  # three hundred years


def required(name: str) -> str:
    """The environment's value, or one sentence on where it comes from."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set: start with `make up`, or read Settings in the README"
        )
    return value


def flag(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes"}


def number(name: str, default: float, least: float = 0, most: float = MOST) -> float:
    """From `least` to `most`; nothing is the default."""
    value = os.environ.get(name) or default
    try:
        found = float(value)
    except ValueError:
        found = float("nan")
    if not found >= least:
        raise ImproperlyConfigured(f"{name} is a number, {least:g} or more, not {value}")
    if found > most:
        raise ImproperlyConfigured(f"{name} is {most:g} at most, not {value}")
    return found


def whole(name: str, default: int, least: int = 0, most: int = MOST) -> int:
    if (found := number(name, default, least, most)) != int(found):
        raise ImproperlyConfigured(f"{name} is a whole number, not {found:g}")
    return int(found)


def seconds(name: str, default: float) -> timedelta:
    return timedelta(seconds=number(name, default, most=MOST_SECONDS))
