"""The demo's four logins, made through the same sign-up as everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.catalog.models import Artist
from marketplace.users.models import User
from marketplace.users.signup import sign_up
from marketplace.wallet.topups import top_up
from royalties import deals
from royalties.models import Deal

PASSWORD = "refrain-demo"
FIRST_TOP_UP_MICROS = 10_000_000
FIRST_CAP_MICROS = 20_000_000
ARTIST_NAME = "Ilse Vardenholm"
ROSTER = ("Ilse Vardenholm", "Vantage Motel")
DEAL_BPS = 2_000
ADVANCE_MICROS = 50_000


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    name: str


LOGINS = (
    Login("listener", "listener@refrain.demo", "Noor Aldine"),
    Login("artist", "artist@refrain.demo", ARTIST_NAME),
    Login("label", "label@refrain.demo", "Lantern Row"),
    Login("operator", "operator@refrain.demo", "Operator"),
)


def ensure_logins(at: datetime) -> dict[str, User]:
    """The four by role; existing ones stay as they are."""
    return {login.role: _ensure(login, at) for login in LOGINS}


def ensure_money(listener: User, at: datetime) -> None:
    """Ten dollars of test money and a monthly limit, once."""
    if not hasattr(listener, "limit"):
        top_up(listener, FIRST_TOP_UP_MICROS, "first", at, FIRST_CAP_MICROS)


def ensure_deals(users: dict[str, User], at: datetime) -> None:
    """The label's roster: deals invited and accepted, once."""
    label = users["label"].party
    for name in ROSTER:
        artist = Artist.objects.get(name=name)
        if not Deal.objects.filter(label=label, artist=artist.party).exists():
            deal = deals.invite(label, artist.party, DEAL_BPS, ADVANCE_MICROS, at.date(), at)
            deals.accept(deal, at)


def _ensure(login: Login, at: datetime) -> User:
    known = User.objects.filter(email=login.email).first()
    return known or sign_up(login.email, PASSWORD, login.name, at, role=login.role)
