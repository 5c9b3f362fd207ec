"""Who is in the demo: four logins to try, labels, and fifty listeners whom nobody signs in as.

All of them come in through the same sign-up, top-up and deals as everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.catalog.models import Artist
from marketplace.demo import listeners
from marketplace.demo.compose.repertoire import LABELS
from marketplace.demo.listeners import Persona
from marketplace.demo.logins import ARTIST_NAME, LABEL_NAME, LOGINS, PASSWORD, Login
from marketplace.users import countries
from marketplace.users.models import User
from marketplace.users.signup import sign_up
from marketplace.wallet.models import Limit
from marketplace.wallet.topups import top_up
from royalties import deals, parties
from royalties.models import Deal, Party

SEED = 7
LISTENERS = 50
CAP_MICROS = 20_000_000  # the listener's monthly limit
UNDECIDED = "Pocket Observatory"  # has not answered its label's offer
LOVED = ("Ambient", "Modern Classical", "Synthwave", "Folk")  # by the listener
DEAL_BPS = 2_000
ADVANCE_MICROS = 50_000
CLAIMS = ((ARTIST_NAME, 7), ("Vantage Motel", 10), (ARTIST_NAME, 12))  # whose, after which day


Users = dict[str, User]


def ensure_logins(at: datetime) -> Users:
    """The four by role; existing ones stay as they are."""
    return {login.role: _ensure(login, at) for login in LOGINS}


def ensure_listeners(
    listener: User, genres: Sequence[str], at: datetime, many: int = LISTENERS
) -> list[tuple[User, Persona]]:
    """The demo's listener and `many` others with their ways, each with money and a limit."""
    login = LOGINS[0]
    devoted = listeners.devoted(login.name, login.email, genres, LOVED, CAP_MICROS)
    found = [(listener, devoted)]
    for who in listeners.personas(many, len(genres), SEED):
        user = User.objects.select_related("party").filter(email=who.email).first()
        found.append((user or sign_up(who.email, None, who.name, at), who))
    having = set(Limit.objects.values_list("user_id", flat=True))
    for user, who in found:
        if user.pk not in having:
            countries.say(user, who.country)
            top_up(user, who.top_up_micros, "first", at, who.cap_micros)
    return found


def ensure_deals(label_user: User, at: datetime) -> None:
    """Each label's roster: deals offered and accepted, but for the artist who is undecided."""
    for name, roster in LABELS.items():
        label = label_user if name == LABEL_NAME else _label(name, at)
        for artist in Artist.objects.filter(name__in=roster).select_related("party"):
            if Deal.objects.filter(label=label.party, artist=artist.party).exists():
                continue
            deal = deals.invite(label.party, artist.party, DEAL_BPS, ADVANCE_MICROS, at.date(), at)
            if artist.name != UNDECIDED:
                deals.accept(deal, at)


def claimants(listener: User) -> list[tuple[Party, int]]:
    """Who takes settled money after which day: artists, the listener, at the end the house."""
    named = {artist.name: artist.party for artist in Artist.objects.select_related("party")}
    artists = [(named[name], day) for name, day in CLAIMS if name in named]
    return [*artists, (listener.party, 9), (parties.platform(), 14)]


def _label(name: str, at: datetime) -> User:
    email = f"{name.lower().replace(' ', '.')}@labels.refrain.demo"
    known = User.objects.select_related("party").filter(email=email).first()
    return known or sign_up(email, None, name, at, role=User.Role.LABEL)


def _ensure(login: Login, at: datetime) -> User:
    known = User.objects.filter(email=login.email).first()
    return known or sign_up(login.email, PASSWORD, login.name, at, role=login.role)
