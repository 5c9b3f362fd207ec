"""The evenings of the simulated days: a period closed, published and made active in its own time.

The local chain's clock goes along, and only forward.
"""

from datetime import datetime, timedelta

from django.conf import settings

from royalties import chain, claims, deployments, outbox, publications, settlement
from royalties.models import Party, Period
from royalties.settlement import NothingToSettle

PUBLISHED_AFTER = timedelta(minutes=2)


def close_day(at: datetime) -> None:
    """Close the period that ends at `at`, and settle it; what was done already stays done."""
    send(at)  # first what the chain has to say: the treasury must be known to be paid from
    if not Period.objects.filter(cutoff_at__gte=at).exists():
        try:
            settlement.close(at)
        except NothingToSettle:
            return
    send(at + PUBLISHED_AFTER)
    send(at + PUBLISHED_AFTER + settings.ACTIVATION_DELAY + timedelta(seconds=5))


def claim(party: Party, at: datetime) -> None:
    """The party takes what is settled for it."""
    if claims.claimable(party).micros:
        claims.request(party, at)
        send(at)


def send(at: datetime) -> None:
    """Bring the chain's clock to `at`, send what is planned there and post what came of it."""
    deployments.move_clock(at)
    publications.plan(at)
    outbox.send(at)
    chain.follow(at)
