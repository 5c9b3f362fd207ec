"""Guessing of passwords, slowed down: ten tries a quarter of an hour for an address and an e-mail.

A try is taken before the password is looked at, so that many at once count as many; a right
password gives them back. Another address is not locked out of the same account.
"""

from __future__ import annotations

from hashlib import sha256

from django.core.cache import cache

TRIES = 10
WINDOW_SECONDS = 15 * 60


class TooManyTries(Exception):
    """Not before the quarter of an hour is over."""


def take(address: str, email: str) -> None:
    """Use up one try.

    Raises:
        TooManyTries: there was none left.
    """
    key = _key(address, email)
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        taken = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        return
    if taken > TRIES:
        raise TooManyTries


def give_back(address: str, email: str) -> None:
    """The password was right: forget what was tried before."""
    cache.delete(_key(address, email))


def _key(address: str, email: str) -> str:
    return "sign-in/" + sha256(f"{address}\n{email.strip().lower()}".encode()).hexdigest()
