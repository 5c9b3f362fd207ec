"""Where a party's money is now: from a play just counted to what was taken out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, Sum

from royalties import money, settlement
from royalties.models import Account, PaidPlay, Party, Payee, Posting, Terms
from royalties.statements.holders import held_by

Kind = Account.Kind


@dataclass(frozen=True)
class Payouts:
    """A party's money by station, in micros. The stations don't overlap.

    counting: its part of plays that wait for accrual. accrued: of the open period, as payee and as
    holder of units. published: of closed periods whose root is not active yet. settled: in the
    vault. spendable: claimed. withdrawn: taken out of that, to be spent on listening or elsewhere.
    """

    counting: int
    accrued: int
    published: int
    settled: int
    spendable: int
    withdrawn: int
    next_cutoff: datetime | None


def payouts(party: Party) -> Payouts:
    """The party's stations; the number of queries does not grow with plays, tracks or units."""
    mine = Posting.objects.filter(account__party=party, account__terms=None)
    out = Sum("amount", filter=Q(account__kind=Kind.SPENDABLE, amount__lt=0))
    rows = mine.values(kind=F("account__kind")).annotate(total=Sum("amount"), out=out)
    balance = {row["kind"]: row["total"] for row in rows}
    taken = {row["kind"]: row["out"] or 0 for row in rows}
    fan_money = sum(one.accrued_micros for one in held_by([party]))
    return Payouts(
        counting=sum(counting_by_track(party).values()),
        accrued=balance.get(Kind.ACCRUED, 0) + fan_money,
        published=balance.get(Kind.PUBLISHED, 0),
        settled=balance.get(Kind.SETTLED, 0),
        spendable=balance.get(Kind.SPENDABLE, 0),
        withdrawn=-taken.get(Kind.SPENDABLE, 0),
        next_cutoff=settlement.next_cutoff(),
    )


def counting_by_track(party: Party) -> dict[UUID, int]:
    """The party's part, as payee or platform, of each track's plays that wait for accrual."""
    bps = direct_bps(party)
    waiting = PaidPlay.objects.filter(window=None, terms__in=bps).values("terms_id")
    sums = waiting.annotate(micros=Sum("price_micros")).values_list("terms_id", "micros")
    return {terms: money.floor_share(micros, bps[terms]) for terms, micros in sums}


def direct_bps(party: Party) -> dict[UUID, int]:
    """The party's own basis points of each track that pays it directly."""
    if party.kind == Party.Kind.PLATFORM:
        return dict(Terms.objects.filter(platform=party).values_list("pk", "platform_bps"))
    return dict(Payee.objects.filter(party=party).values_list("terms_id", "bps"))
