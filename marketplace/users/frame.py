"""What every page's frame shows: the places of this role, the balance, today's spending.

Lazy: an API answer or a redirect that draws no frame asks the database nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from marketplace.users.models import User
from marketplace.wallet.standing import Standing, standing


@dataclass(frozen=True)
class Place:
    """One link of the rail."""

    label: str
    icon: str
    url: str
    current: bool


PLACES: dict[str, list[tuple[str, str, str]]] = {
    "": [("Home", "house", "discovery:home"), ("Songs", "disc-3", "discovery:songs")],
    "listener": [
        ("Home", "house", "discovery:home"),
        ("Songs", "disc-3", "discovery:songs"),
        ("Library", "library", "library:library"),
        ("Portfolio", "chart-pie", "wallet:portfolio"),
        ("Wallet", "receipt", "wallet:wallet"),
    ],
    "artist": [
        ("Home", "house", "discovery:home"),
        ("Overview", "layout-dashboard", "studio:overview"),
        ("Payouts", "banknote", "studio:payouts"),
        ("Upload", "upload", "catalog:upload"),
        ("Wallet", "receipt", "wallet:wallet"),
    ],
    "label": [
        ("Home", "house", "discovery:home"),
        ("Revenue", "chart-no-axes-column", "studio:label"),
        ("Roster", "users", "studio:roster"),
        ("Payouts", "banknote", "studio:payouts"),
        ("Wallet", "receipt", "wallet:wallet"),
    ],
    "operator": [
        ("Home", "house", "discovery:home"),
        ("Operations", "activity", "operations:overview"),
        ("Periods", "stamp", "operations:periods"),
        ("Catalogue", "disc-3", "operations:catalogue"),
        ("Wallet", "receipt", "wallet:wallet"),
    ],
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every page."""
    return {
        "places": partial(places, request),
        "purse": SimpleLazyObject(lambda: purse(request)),
        "demo": settings.DEMO,
    }


def places(request: HttpRequest) -> tuple[Place, ...]:
    user = request.user
    rows = _rows(user.role if isinstance(user, User) else "")
    here = max((url for _, _, url in rows if _is_within(request.path, url)), key=len, default="")
    return tuple(Place(label, icon, url, url == here) for label, icon, url in rows)


def purse(request: HttpRequest) -> Standing | None:
    """Balance, spent today and the month's limit; None for a visitor."""
    user = request.user
    return standing(user, timezone.now()) if isinstance(user, User) else None


@lru_cache
def _rows(role: str) -> list[tuple[str, str, str]]:
    return [(label, icon, reverse(name)) for label, icon, name in PLACES[role]]


def _is_within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
