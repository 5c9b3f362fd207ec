"""Quotes: offering a price, and ending it as accepted, declined, expired or void.

One observation for each listener, track and UTC day of issue: that day's first teaching quote.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.catalog.models import Track
from marketplace.pricing.models import Quote, TrackPrice
from marketplace.problems import Conflict, NotFound
from marketplace.users.models import User


def offer(track: Track, listener: User, surface: str, at: datetime) -> Quote:
    """The price that holds for this listener now; an unused quote of the same kind is kept.

    Raises:
        Conflict: the track can't be played (yet).
    """
    if track.state != Track.State.PUBLISHED:
        raise Conflict("This track is not published yet.")
    teaching = surface in Quote.TEACHING_SURFACES
    surfaces = (
        Quote.TEACHING_SURFACES
        if teaching
        else tuple(s for s in Quote.Surface if s not in Quote.TEACHING_SURFACES)
    )
    unused = Quote.objects.filter(
        track=track,
        listener=listener,
        state=Quote.State.OFFERED,
        expires_at__gt=at,
        surface__in=surfaces,
        stream__isnull=True,
    ).order_by("-issued_at")
    return unused.first() or _issue(track, listener, surface, teaching, at)


def _issue(track: Track, listener: User, surface: str, teaching: bool, at: datetime) -> Quote:
    day = at.date()
    teaches = (
        teaching
        and not track.pays(listener)
        and not Quote.objects.filter(
            listener=listener, track=track, issued_on=day, teaches=True
        ).exists()
    )
    fields = {
        "track": track,
        "listener": listener,
        "surface": surface,
        "price_micros": TrackPrice.objects.values_list("micros", flat=True).get(track=track),
        "issued_at": at,
        "issued_on": day,
        "expires_at": at + settings.QUOTE_TTL,
    }
    try:
        with transaction.atomic():
            return Quote.objects.create(teaches=teaches, **fields)
    except IntegrityError:  # two windows opened at once: the other one's quote teaches
        return Quote.objects.create(teaches=False, **fields)


def find(quote_id: UUID | str, listener: User) -> Quote:
    """A listener's own quote; anybody else's does not exist for them."""
    quote = (
        Quote.objects.select_related("track__artist", "track__terms")
        .defer("track__features")
        .filter(pk=quote_id, listener=listener)
        .first()
    )
    if quote is None:
        raise NotFound("There is no such quote of yours.")
    return quote


def end(quote: Quote, state: str, at: datetime) -> None:
    """Offered or spent becomes `state`, once; an ended quote stays as it ended."""
    Quote.objects.filter(pk=quote.pk, state__in=[Quote.State.OFFERED, Quote.State.SPENT]).update(
        state=state, ended_at=at, **({"teaches": False} if state == Quote.State.VOID else {})
    )


def spend(quote: Quote, at: datetime) -> bool:
    """The first heartbeat: offered becomes spent, unless it has expired or was spent before."""
    changed = Quote.objects.filter(
        pk=quote.pk, state=Quote.State.OFFERED, expires_at__gt=at
    ).update(state=Quote.State.SPENT)
    return changed == 1


def expire(at: datetime) -> int:
    """Every offered quote past its time has expired: nobody accepted that price."""
    return Quote.objects.filter(state=Quote.State.OFFERED, expires_at__lte=at).update(
        state=Quote.State.EXPIRED, ended_at=at
    )
