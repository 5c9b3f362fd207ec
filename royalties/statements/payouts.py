"""Where a party's money is now: from a play just counted to what was taken out."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, Sum

from royalties import money, settlement
from royalties.models import Account, PaidPlay, Party, Payee, Posting, Terms
from royalties.statements.holders import held_by

Kind = Account.Kind
Whose = Party | Sequence[Party]


@dataclass(frozen=True)
class Payouts:
    """A party's money by station, in micros. The stations don't overlap.

    counting: its part of plays that wait for accrual. accrued: of the open period, as payee and as
    holder of units. published: of closed periods whose root is not active yet. settled: in the
    vault. spendable: claimed. withdrawing: on its way to a wallet of one's own. withdrawn: taken
    out of that, to be spent on listening or elsewhere.
    """

    counting: int
    accrued: int
    published: int
    settled: int
    spendable: int
    withdrawing: int
    withdrawn: int
    next_cutoff: datetime | None


def payouts(whose: Whose) -> Payouts:
    """The stations of a party, or of several together; a fixed number of queries."""
    parties = several(whose)
    mine = Posting.objects.filter(account__party__in=parties, account__terms=None)
    # what came back from a withdrawal that was refused was never taken out
    out = Sum("amount", filter=Q(amount__lt=0) | Q(entry__kind="withdrawal released"))
    rows = mine.values(kind=F("account__kind")).annotate(total=Sum("amount"), out=out)
    balance = {row["kind"]: row["total"] for row in rows}
    taken = {row["kind"]: row["out"] or 0 for row in rows}
    fan_money = sum(one.accrued_micros for one in held_by(parties))
    return Payouts(
        counting=_counting(parties),
        accrued=balance.get(Kind.ACCRUED, 0) + fan_money,
        published=balance.get(Kind.PUBLISHED, 0),
        settled=balance.get(Kind.SETTLED, 0),
        spendable=balance.get(Kind.SPENDABLE, 0),
        withdrawing=balance.get(Kind.WITHDRAWING, 0),
        withdrawn=-taken.get(Kind.SPENDABLE, 0) - balance.get(Kind.WITHDRAWING, 0),
        next_cutoff=settlement.next_cutoff(),
    )


def several(whose: Whose) -> list[Party]:
    return [whose] if isinstance(whose, Party) else list(whose)


def direct_bps(parties: Collection[Party]) -> dict[UUID, list[int]]:
    """The parties' own basis points, as payee or platform, of each track that pays them directly.

    One query, and one more for the platform.
    """
    found: dict[UUID, list[int]] = defaultdict(list)
    payees = Payee.objects.filter(party__in=parties).order_by("terms", "party")
    houses = [party for party in parties if party.kind == Party.Kind.PLATFORM]
    rows = list(payees.values_list("terms_id", "bps"))
    if houses:
        rows += Terms.objects.filter(platform__in=houses).values_list("pk", "platform_bps")
    for terms, bps in rows:
        found[terms].append(bps)
    return found


def _counting(parties: Collection[Party]) -> int:
    """Their part of the plays that wait for accrual, to the micro below for each track."""
    each = direct_bps(parties)
    waiting = PaidPlay.objects.waiting().filter(terms__in=each).values("terms_id")
    sums = waiting.annotate(micros=Sum("price_micros")).values_list("terms_id", "micros")
    return sum(money.floor_share(micros, bps) for terms, micros in sums for bps in each[terms])
