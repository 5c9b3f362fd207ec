"""Counted plays: the hold becomes an immutable paid play, once for each quote.

A play costs its listener at once; it reaches payees' accounts when its hold window has ended and
accrual takes it.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from royalties import emission
from royalties.errors import HoldEnded, ReferenceTaken
from royalties.models import Hold, Holding, PaidPlay, Party, Purse, Terms, TrackWindow


@transaction.atomic
def capture(
    reference: UUID, terms: Terms, listener: Party, earns_units: bool, at: datetime
) -> PaidPlay:
    """Charge the counted play its hold; called again, or twice at once, it returns the same play.

    The track's own payees and its issuer never earn units, whatever `earns_units` says.

    Raises:
        HoldEnded: the hold was released, or there is none.
        ReferenceTaken: it is another listener's hold.
    """
    hold = Hold.objects.select_for_update().filter(pk=reference).first()
    if hold is None or hold.state == Hold.State.RELEASED:
        raise HoldEnded(reference)
    if hold.purse_id != listener.pk:
        raise ReferenceTaken(reference)
    if hold.state == Hold.State.CAPTURED:
        return PaidPlay.objects.get(reference=reference)
    hold.state, hold.ended_at = Hold.State.CAPTURED, at
    hold.save(update_fields=["state", "ended_at"])
    Purse.objects.filter(pk=hold.purse_id).update(held_micros=F("held_micros") - hold.amount_micros)
    return PaidPlay.objects.create(
        reference=reference,
        terms=terms,
        listener=listener,
        price_micros=hold.amount_micros,
        earns_units=earns_units and not is_paid_by(terms, listener.pk),
        counted_at=at,
        accrues_at=at + settings.HOLD_WINDOW,
    )


def spent_between(party: Party, start: datetime, end: datetime) -> int:
    """Micros of the party's plays counted from `start` up to and with `end`."""
    mine = PaidPlay.objects.filter(listener=party, counted_at__gte=start, counted_at__lte=end)
    return mine.aggregate(total=Sum("price_micros"))["total"] or 0


def next_play_earns(terms: Terms, price_micros: int, listener: Party | None = None) -> int:
    """Units a play at this price would earn if it were accrued next; for a stranger if None."""
    if listener is not None and is_paid_by(terms, listener.pk):
        return 0
    last = TrackWindow.objects.filter(terms=terms).order_by("-window_id")
    emitted = last.values_list("cumulative_units", flat=True).first() or 0
    mine = Holding.objects.filter(terms=terms, party=listener, party__isnull=False)
    return emission.units_for(
        price_micros,
        emitted,
        terms.reserved_units,
        terms.micros_per_unit,
        mine.values_list("listened_units", flat=True).first() or 0,
        terms.listener_cap_units,
    )


def is_paid_by(terms: Terms, *parties: UUID) -> bool:
    """Whether one of these parties is the track's issuer or one of its payees."""
    return terms.issuer_id in parties or terms.payees.filter(party__in=parties).exists()
