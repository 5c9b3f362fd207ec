"""Plays of the demo that look like cheating: rings of accounts play one song, an operator holds the
plays, the artist answers, the operator decides; all through the functions behind their pages.

Pure choice, nothing drawn: each step belongs to one hour, and an hour that was rolled back is lived
again the same. A case whose song is missing does not happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from marketplace.catalog.models import Track
from marketplace.demo import listeners, logins, people, plays
from marketplace.demo.plays import Offer
from marketplace.operations import deeds
from marketplace.pricing.models import Quote
from marketplace.studio.holds import open_holds
from marketplace.users.models import User
from marketplace.users.signup import sign_up
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.topups import top_up
from royalties import fraud_holds
from royalties.models import FraudHold

HOUR = timedelta(hours=1)
PURSE_MICROS = 1_000_000  # what an account of a ring has
BETWEEN = timedelta(seconds=3)


@dataclass(frozen=True)
class Case:
    """Accounts that play one song in one hour of the demo's life, and what is made of it.

    `hour` counts from the life's start. An hour later the plays are held, two hours later the
    artist answers, and from three hours later on an operator decides. Without an `answer` nobody
    has looked yet, and the hold stays open.
    """

    title: str
    hour: int
    accounts: int
    plays: int  # of each account
    rule: FraudHold.Rule
    seen: str
    answer: str = ""
    decision: str = ""
    against: bool = False


CASES = (
    Case(
        title="Slow Glass Harbour",
        hour=5 * 24 + 16,
        accounts=1,
        plays=18,
        rule=FraudHold.Rule.AUTOMATED,
        seen="One account played this song 18 times within an hour, one after the other.",
        answer="That is the café at the ferry dock. They play it while the last boat is called;"
        " the owner wrote to me in spring, and I can show you the letter.",
        decision="One account, its own money, every play heard to its end, and a café that we"
        " could ring up. Somebody likes this song very much. Nothing here is cheating.",
    ),
    Case(
        title="Letter, Unfolded",
        hour=9 * 24 + 18,
        accounts=5,
        plays=6,
        rule=FraudHold.Rule.LINKED,
        seen="Five accounts opened in one hour, played this song six times each, nothing else,"
        " and stopped together.",
        answer="I paid a promoter for “placement” last month and knew nothing of this. I have"
        " ended it and asked for my money back.",
        decision="Five accounts of one origin, and no listener behind them. We believe that the"
        " artist did not know. The plays were nobody’s listening all the same.",
        against=True,
    ),
    Case(
        title="Snow at the Ferry Desk",
        hour=13 * 24 + 20,
        accounts=4,
        plays=7,
        rule=FraudHold.Rule.AUTOMATED,
        seen="Four new accounts played the new song seven times each without a pause, in step to"
        " the second.",
    ),
)


def live(started_at: datetime, at: datetime) -> None:
    """Whatever the hour from `at` on has of each case."""
    for number, case in enumerate(CASES):
        since = round((at - started_at) / HOUR) - case.hour
        track = _song(case) if since >= 0 else None
        if track is None:
            continue
        if since == 0:
            _play(case, number, track, at)
        if since == 1:
            _hold(case, number, track, at)
        if since >= 2 and case.answer:
            _go_on(case, track, at, since)


def _play(case: Case, number: int, track: Track, start: datetime) -> None:
    """Each of the ring signs up, tops up, and plays the song on and on."""
    offer = Offer(
        track=track,
        surface=Quote.Surface.PRESS,
        worth_micros=float(settings.PRICE_CAP_MICROS),
        presses=True,
        patience_seconds=0.0,
        refill_micros=PURSE_MICROS,
    )
    for place, (email, name) in enumerate(_ring(case, number)):
        at = start + place * timedelta(seconds=40)
        user = sign_up(email, None, name, at)
        top_up(user, PURSE_MICROS, "first", at, PURSE_MICROS)
        for _ in range(case.plays):
            at = plays.put_before(user, offer, at) + BETWEEN


def _hold(case: Case, number: int, track: Track, at: datetime) -> None:
    ring = User.objects.filter(email__in=[email for email, _ in _ring(case, number)])
    held = plays_with_periods().filter(
        listener__in=ring.values("party"), terms=track.terms_id, counted_at__lt=at
    )
    if operator := _login("operator"):
        deeds.hold(operator, list(held), case.rule, case.seen, at)


def _go_on(case: Case, track: Track, at: datetime, since: int) -> None:
    """Shown and answered; then decided, not before the time to answer is over."""
    held = FraudHold.objects.open().filter(terms=track.terms_id, reason=case.seen).first()
    operator, artist = _login("operator"), track.artist
    if held is None or operator is None or artist is None:
        return
    if since == 2:
        open_holds([artist.party], at)
        fraud_holds.answer(held, artist.party, case.answer, at + timedelta(minutes=4))
    elif not case.against:
        deeds.release_hold(operator, held, case.decision, at)
    elif held.answer_by is not None and held.answer_by <= at:
        deeds.forfeit_hold(operator, held, case.decision, at)


def _ring(case: Case, number: int) -> Iterator[tuple[str, str]]:
    """E-mail and name of its accounts: invented as the other listeners', and after them."""
    first = people.LISTENERS + sum(one.accounts for one in CASES[:number])
    for who in listeners.personas(first + case.accounts, 1, people.SEED)[first:]:
        yield who.email, who.name


def _song(case: Case) -> Track | None:
    return Track.objects.published().filter(title=case.title).first()


def _login(role: str) -> User | None:
    email = next(login.email for login in logins.LOGINS if login.role == role)
    return User.objects.filter(email=email).first()
