"""Deals between a label and an artist, and the waterfall that divides what the artist received.

The label gets its basis points of each receipt, and the artist's part too until the advance is
recouped. The advance itself was paid by the label outside of this house; only its recoupment
happens here. Every division is exact: floors to the label, what is left to the artist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Sum

from royalties import links, money, orders, purses
from royalties.errors import DealError
from royalties.models import Deal, Division, Entitlement, Party, Period


@dataclass(frozen=True)
class DealLine:
    """One period under a deal, in micros; `period` is None for money of no closed period."""

    period: int | None
    received_micros: int
    label_micros: int
    recouped_micros: int  # of the artist's part, towards the advance
    artist_micros: int


@dataclass(frozen=True)
class DealStatement:
    """A deal's lines, oldest first, and how far the advance is recouped."""

    lines: Sequence[DealLine]
    advance_micros: int
    recouped_micros: int


@dataclass(frozen=True)
class Brought:
    """What a period brought labels by their deals, in micros, of what artists received of it."""

    cutoff_at: datetime
    received_micros: int
    to_labels_micros: int


@dataclass(frozen=True)
class Shares:
    """A claim divided before it is made, in micros: what stays, and what each deal takes."""

    own_micros: int
    to_labels: Sequence[tuple[Deal, int]]


def invite(
    label: Party, artist: Party, label_bps: int, advance_micros: int, starts_on: date, at: datetime
) -> Deal:
    """A label offers an artist a deal; nothing changes until the artist accepts.

    Raises:
        DealError: says what is wrong with the offer.
    """
    if label.pk == artist.pk:
        raise DealError("A label can't offer a deal to itself.")
    if not 0 <= label_bps <= money.BPS:
        raise DealError("The label's part is between 0 and 100 %.")
    if advance_micros < 0:
        raise DealError("An advance can't be less than nothing.")
    return Deal.objects.create(
        label=label,
        artist=artist,
        label_bps=label_bps,
        advance_micros=advance_micros,
        starts_on=starts_on,
        invited_at=at,
    )


@transaction.atomic
def accept(deal: Deal, at: datetime) -> Deal:
    """The artist agrees; accepting twice is harmless.

    Raises:
        DealError: it was declined, the artist is under another deal, or its money is on its way:
            once sent straight to its wallet it could not be divided any more.
    """
    purses.locked(deal.artist)  # no claim is planned meanwhile
    if orders.on_their_way(deal.artist):
        raise DealError("Money of yours is on its way from the vault: accept once it is there.")
    try:
        accepted = _answer(deal, Deal.State.ACCEPTED, at)  # in a savepoint of its own
    except IntegrityError:  # one accepted deal an artist, held by the database
        raise DealError("You are under another deal already.") from None
    links.link(deal.label, [deal.artist_id], links.Why.DEAL, at)
    return accepted


def decline(deal: Deal, at: datetime) -> Deal:
    """The artist refuses; declining twice is harmless.

    Raises:
        DealError: it was accepted.
    """
    return _answer(deal, Deal.State.DECLINED, at)


def of_artist(artist: Party) -> Deal | None:
    """The deal that the artist is under."""
    accepted = Deal.objects.filter(artist=artist, state=Deal.State.ACCEPTED)
    return accepted.select_related("label").first()


@transaction.atomic
def divide(party: Party, micros: int, at_cutoff: datetime) -> list[tuple[Party, int]]:
    """Divide what a party received from the period that ended at `at_cutoff`; adds up to `micros`.

    A party without a deal keeps all of it. Writes the division and the recoupment, so call it once
    for each receipt, in the transaction that posts it. Receivers of nothing are left out.
    """
    deals = Deal.objects.select_for_update(of=("self",)).select_related("label")
    mine = deals.filter(artist=party, state=Deal.State.ACCEPTED, starts_on__lte=at_cutoff.date())
    deal = mine.first()
    if deal is None or micros == 0:
        return [(party, micros)] if micros else []
    to_label, recouped = _to_label(deal, [micros])
    to_artist = micros - to_label - recouped
    deal.recouped_micros += recouped
    deal.save(update_fields=["recouped_micros"])
    Division.objects.create(
        deal=deal,
        cutoff_at=at_cutoff,
        received_micros=micros,
        label_micros=to_label,
        recouped_micros=recouped,
        artist_micros=to_artist,
    )
    receivers = [(party, to_artist), (deal.label, to_label + recouped)]
    return [(receiver, part) for receiver, part in receivers if part]


def shares(artists: Sequence[Party], settled_micros: int) -> Shares:
    """Who gets what of a claim of all that is settled to these parties of one login."""
    under = Deal.objects.filter(artist__in=artists).exclude(label__in=artists)
    to_labels = foreseen(under)
    return Shares(settled_micros - sum(micros for _, micros in to_labels), to_labels)


def brought(labels: Sequence[Party], limit: int = 100) -> list[Brought]:
    """The last periods that artists under deals claimed, newest first; recouped advances count."""
    theirs = Division.objects.filter(deal__label__in=labels).exclude(deal__artist__in=labels)
    rows = (
        theirs.values("cutoff_at")
        .annotate(Sum("received_micros"), to_labels=Sum(F("label_micros") + F("recouped_micros")))
        .order_by("-cutoff_at")[:limit]
    )
    return [
        Brought(row["cutoff_at"], row["received_micros__sum"], row["to_labels"]) for row in rows
    ]


def divided(
    whose: Sequence[Party], since: datetime, until: datetime
) -> list[tuple[Deal, DealLine]]:
    """What was divided under deals of these parties, as labels or artists, of periods that closed
    after `since`, at `until` at the latest; by the artist's name. One query, and one for the deals.
    """
    theirs = Q(deal__label__in=whose) | Q(deal__artist__in=whose)
    found = Division.objects.filter(theirs, cutoff_at__gt=since, cutoff_at__lte=until)
    sums = found.values_list("deal").annotate(
        Sum("received_micros"), Sum("label_micros"), Sum("recouped_micros"), Sum("artist_micros")
    )
    lines = {deal: DealLine(None, *figures) for deal, *figures in sums}
    known = Deal.objects.select_related("label", "artist").filter(pk__in=lines)
    return [(deal, lines[deal.pk]) for deal in known.order_by("artist__name", "pk")]


def foreseen(found: QuerySet[Deal]) -> list[tuple[Deal, int]]:
    """What each accepted deal takes for its label, in micros, once all that is settled is claimed.

    The sum that `divide` would come to, receipt by receipt. Deals that would take nothing are left
    out; two statements.
    """
    accepted = list(found.filter(state=Deal.State.ACCEPTED).select_related("label").order_by("pk"))
    if not accepted:
        return []
    settled = Entitlement.objects.filter(
        party__in=[deal.artist_id for deal in accepted],
        role=Entitlement.Role.PAYEE,
        claimed_at=None,
        amount_micros__gt=0,
        period__state=Period.State.ACTIVE,
    )
    rows = list(settled.values_list("party", "amount_micros", "period__cutoff_at"))
    taken = []
    for deal in accepted:
        received = [
            micros
            for party, micros, cutoff_at in rows
            if party == deal.artist_id and cutoff_at and deal.starts_on <= cutoff_at.date()
        ]
        taken.append((deal, sum(_to_label(deal, received))))
    return [(deal, micros) for deal, micros in taken if micros]


def _to_label(deal: Deal, receipts: Sequence[int]) -> tuple[int, int]:
    """What a deal takes of receipts: the label's part of each, and what is recouped of the rest.

    An advance takes as much of them together as one by one, in any order.
    """
    by_share = sum(money.floor_share(micros, deal.label_bps) for micros in receipts)
    return by_share, min(sum(receipts) - by_share, deal.advance_micros - deal.recouped_micros)


def statement(deal: Deal) -> DealStatement:
    """What was divided under the deal, by period; three statements."""
    deal = Deal.objects.get(pk=deal.pk)
    numbers = dict(Period.objects.values_list("cutoff_at", "number"))
    sums = (
        deal.divisions.values("cutoff_at")
        .annotate(
            received=Sum("received_micros"),
            label=Sum("label_micros"),
            recouped=Sum("recouped_micros"),
            artist=Sum("artist_micros"),
        )
        .order_by("cutoff_at")
    )
    lines = [
        DealLine(
            numbers.get(row["cutoff_at"]),
            row["received"],
            row["label"],
            row["recouped"],
            row["artist"],
        )
        for row in sums
    ]
    return DealStatement(lines, deal.advance_micros, deal.recouped_micros)


@transaction.atomic
def _answer(deal: Deal, state: Deal.State, at: datetime) -> Deal:
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    if deal.state == state:
        return deal
    if deal.state != Deal.State.INVITED:
        raise DealError(f"This deal is {deal.get_state_display().lower()} already.")
    deal.state, deal.answered_at = state, at
    deal.save(update_fields=["state", "answered_at"])
    return deal
