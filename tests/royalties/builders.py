"""Small builders: parties with money, published terms, counted plays."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from royalties import fraud_holds, parties, plays, purses, terms
from royalties.models import FraudHold, PaidPlay, Party, Terms

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRICE = 8_000


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def a_party(name: str = "artist") -> Party:
    return parties.create_party(name, NOON)


def a_listener(name: str = "listener", micros: int = 5_000_000) -> Party:
    """A party with money in its purse."""
    party = a_party(name)
    if micros:
        purses.deposit(party, micros, f"first/{party.pk}", NOON)
    return party


def a_track(
    issuer: Party | None = None,
    payees: list[tuple[Party, int]] | None = None,
    pool_bps: int = 3_000,
    reserved: int = 600_000,
    micros_per_unit: int = 100,
    cap: int = 50_000,
) -> Terms:
    """Published terms: the issuer alone is paid unless payees and their bps are given."""
    issuer = issuer or a_party()
    shared = payees or [(issuer, 10_000 - 500 - pool_bps)]
    draft = terms.TermsDraft(
        issuer=issuer,
        parts=[terms.Part(party, "artist", bps) for party, bps in shared],
        pool_bps=pool_bps,
        reserved_units=reserved,
        micros_per_unit=micros_per_unit,
        listener_cap_units=cap,
    )
    return terms.publish(uuid4(), draft, NOON)


def a_play(
    track: Terms,
    listener: Party,
    at: datetime = NOON,
    micros: int = PRICE,
    reference: UUID | None = None,
) -> PaidPlay:
    """A hold placed and captured."""
    reference = reference or uuid4()
    purses.place_hold(listener, micros, reference, at)
    return plays.capture(reference, track, listener, earns_units=True, at=at).play


def hold(plays: Sequence[PaidPlay], reason: str, at: datetime) -> list[FraudHold]:
    """What an operator does who thinks that nobody listened."""
    return fraud_holds.hold(plays, FraudHold.Rule.AUTOMATED, reason, at)


def release(play: PaidPlay, at: datetime) -> FraudHold:
    """Decide the play's last hold for whom it pays."""
    one = FraudHold.objects.filter(reversals__play=play).latest("pk")
    return fraud_holds.release(one, "Somebody listened.", at)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo what the block wrote, so that each case starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
