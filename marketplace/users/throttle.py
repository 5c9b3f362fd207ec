"""What a machine would do too often, slowed down: guessing passwords, signing up, uploading, having
mail sent.

Invariant: a try is taken before what it is for, so that many at once count as many; a right
password gives its tries back. Whoever has none left is told when there are new ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import cache


@dataclass(frozen=True)
class Allowance:
    """So many tries from the first one on, for as long as `seconds`."""

    name: str
    tries: int
    seconds: int


MINUTE = 60
TRIES = 10
# for an address and an e-mail: another address is not locked out of the same account
SIGN_IN = Allowance("sign-in", TRIES, 15 * MINUTE)
SIGN_UP = Allowance("sign-up", 30, 60 * MINUTE)  # for an address, behind which many may sit
LINK = Allowance("link", 3, 60 * MINUTE)  # to a new password, for an e-mail
ASK = Allowance("ask", 30, 60 * MINUTE)  # the same for an address, to whichever e-mails
CORRECT = Allowance("correct", 60, 60 * MINUTE)  # for a login, which may have many songs
UPLOAD = Allowance("upload", 100, 60 * MINUTE)  # for a login


class TooManyTries(Exception):
    """None is left; `wait_seconds` until there are new ones."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"{wait_seconds} s to wait")
        self.wait_seconds = wait_seconds

    @property
    def words(self) -> str:
        """When: in 12 minutes."""
        minutes = -(-self.wait_seconds // MINUTE)
        return "in a minute" if minutes <= 1 else f"in {minutes} minutes"


def take(allowance: Allowance, *who: str) -> None:
    """Use up one try.

    Raises:
        TooManyTries: there was none left.
    """
    key = _key(allowance, *who)
    now = time.time()
    cache.add(key, 0, allowance.seconds)
    try:
        taken = cache.incr(key)
    except ValueError:  # it ran out between the two calls
        return
    if taken == 1:  # or it ran out within the second one, which then counts on without an end
        cache.touch(key, allowance.seconds)
        cache.set(f"{key}/until", now + allowance.seconds, allowance.seconds)
    if taken > allowance.tries:
        until: float = cache.get(f"{key}/until", now)
        raise TooManyTries(max(1, round(until - now)))


def give_back(allowance: Allowance, *who: str) -> None:
    """It was right: forget what was tried before."""
    cache.delete(_key(allowance, *who))


def _key(allowance: Allowance, *who: str) -> str:
    words = "\n".join(one.strip().lower() for one in who)
    return f"{allowance.name}/{sha256(words.encode()).hexdigest()}"
