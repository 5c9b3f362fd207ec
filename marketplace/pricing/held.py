"""Songs whose price stands still, so that what learning is worth can be measured beside them.

Which they are follows from a song's key alone (SHA-256), so anybody can draw them again and nobody
can choose. Their answers teach their genre as any do; their own price stays where it was.
"""

from hashlib import sha256

from django.conf import settings

WHOLE_BPS = 10_000
DRAW = "refrain held price 1"
HELD = "held"
"""The reason of such a price, where a price point names one."""


def is_held(key: str) -> bool:
    """Whether the song of this key (its UUID as 32 hex digits) is held.

    >>> from django.test import override_settings
    >>> with override_settings(PRICE_HELD_BPS=10_000):
    ...     is_held("0123456789abcdef0123456789abcdef")
    True
    """
    draw = int.from_bytes(sha256(f"{DRAW}:{key}".encode()).digest()[:8])
    return draw * WHOLE_BPS < settings.PRICE_HELD_BPS << 64
