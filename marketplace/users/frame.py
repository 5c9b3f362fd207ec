"""What every page's frame shows: the places of this role, the balance, today's spending.

Lazy: an API answer or a redirect that draws no frame asks the database nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """One link of the rail; `within` are addresses beside its own that belong to it."""

    label: str
    icon: str
    url: str
    current: bool
    within: tuple[str, ...] = ()


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

WITHIN = {
    "discovery:songs": ("/tracks", "/artists"),
    "catalog:upload": ("/uploads",),
    "studio:overview": ("/deals",),
    "studio:roster": ("/deals",),
    "wallet:wallet": ("/receipts",),
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
    known = _places(user.role if isinstance(user, User) else "")
    around = (place for place in known if _is_around(request.path, place))
    here = max(around, key=lambda place: len(place.url), default=None)
    return tuple(replace(place, current=place is here) for place in known)


def purse(request: HttpRequest) -> Standing | None:
    """Balance, spent today and the month's limit; None for a visitor."""
    user = request.user
    return standing(user, timezone.now()) if isinstance(user, User) else None


@lru_cache
def _places(role: str) -> tuple[Place, ...]:
    return tuple(
        Place(label, icon, reverse(name), current=False, within=WITHIN.get(name, ()))
        for label, icon, name in PLACES[role]
    )


def _is_around(path: str, place: Place) -> bool:
    above = [url.rstrip("/") + "/" for url in (place.url, *place.within) if url != "/"]
    return path == place.url or path.startswith(tuple(above))
