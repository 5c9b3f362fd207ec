"""What a party holds, what it brought, and how a track's units are spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Sum

from royalties import money
from royalties.models import Entitlement, Holding, Party, Terms, TrackWindow
from royalties.statements.holders import Held, held_by


@dataclass(frozen=True)
class HoldingLine:
    """One track in a portfolio. `earned_micros` of closed periods, `accrued_micros` since."""

    terms_id: UUID
    subject_id: UUID
    units: int
    pool_bps: int
    earned_micros: int
    accrued_micros: int

    def per_thousand_plays_micros(self, price_micros: int) -> int:
        """What these units bring for a thousand plays at this price."""
        return 1_000 * price_micros * self.pool_bps * self.units // money.ENTITLEMENT_SCALE


@dataclass(frozen=True)
class TrackUnits:
    """A track's 1,000,000 units from where one listener stands; the four parts add up to it."""

    units: int  # yours
    other_units: int  # of other listeners
    left_units: int  # still to be earned by listening
    held_units: int  # the issuer keeps
    holders: int  # listeners who hold any, you included
    emitted_units: int = 0  # earned by listening so far, by anybody
    listened_units: int = 0  # of these, by you


def portfolio(party: Party) -> list[HoldingLine]:
    """The party's units, and units that once brought it something; two queries."""
    earned = _earned(party)
    lines = [_holding_line(one, earned) for one in held_by([party])]
    return [line for line in lines if line.units or line.earned_micros or line.accrued_micros]


def came_back(party: Party, terms: Terms) -> int:
    """What units of this one track brought the party, closed periods and since; two queries."""
    frozen = Entitlement.objects.filter(
        party=party, terms=terms, role=Entitlement.Role.HOLDER
    ).aggregate(micros=Sum("amount_micros"))
    held = held_by([party], [terms.pk])
    return (frozen["micros"] or 0) + sum(one.accrued_micros for one in held)


def units_of(terms: Terms, party: Party | None) -> TrackUnits:
    """How the track's units are spread; two queries."""
    last = TrackWindow.objects.filter(terms=terms).order_by("-window_id")
    emitted = last.values_list("cumulative_units", flat=True).first() or 0
    fans = Holding.objects.filter(terms=terms, units__gt=0, party__kind=Party.Kind.PERSON)
    fans = fans.exclude(party=terms.issuer_id)
    spread = fans.aggregate(
        all=Sum("units"),
        mine=Sum("units", filter=Q(party=party)),
        listened=Sum("listened_units", filter=Q(party=party)),
        holders=Count("party"),
    )
    everybodys, mine = spread["all"] or 0, spread["mine"] or 0
    left = terms.reserved_units - emitted
    issuer = money.UNITS - everybodys
    own = party is not None and party.pk == terms.issuer_id
    return TrackUnits(
        units=issuer - left if own else mine,
        other_units=everybodys - mine,
        left_units=left,
        held_units=0 if own else issuer - left,
        holders=spread["holders"],
        emitted_units=emitted,
        listened_units=spread["listened"] or 0,
    )


def _earned(party: Party) -> dict[UUID, int]:
    frozen = Entitlement.objects.filter(party=party, role=Entitlement.Role.HOLDER)
    sums = frozen.values("terms_id").annotate(micros=Sum("amount_micros"))
    return dict(sums.values_list("terms_id", "micros"))


def _holding_line(one: Held, earned: Mapping[UUID, int]) -> HoldingLine:
    return HoldingLine(
        terms_id=one.terms_id,
        subject_id=one.subject_id,
        units=one.units,
        pool_bps=one.pool_bps,
        earned_micros=earned.get(one.terms_id, 0),
        accrued_micros=one.accrued_micros,
    )
