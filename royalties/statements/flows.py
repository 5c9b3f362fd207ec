"""Claimed money between two moments: what there was, what came and went, what is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum

from royalties.models import Account, Posting
from royalties.statements.payouts import Whose, several


@dataclass(frozen=True)
class Movement:
    """All entries of one kind together, in micros; below nothing where money went."""

    kind: str
    micros: int


@dataclass(frozen=True)
class Flow:
    """opening + movements = closing, in micros, of what is claimed and not taken out."""

    opening_micros: int
    movements: Sequence[Movement]

    @property
    def closing_micros(self) -> int:
        return self.opening_micros + sum(one.micros for one in self.movements)


def flow(whose: Whose, since: datetime, until: datetime) -> Flow:
    """From `since` on, before `until`; what came most first. One query."""
    mine = Posting.objects.filter(
        account__party__in=several(whose),
        account__kind=Account.Kind.SPENDABLE,
        account__terms=None,
        entry__at__lt=until,
    )
    rows = mine.values(kind=F("entry__kind")).annotate(
        before=Sum("amount", filter=Q(entry__at__lt=since)),
        within=Sum("amount", filter=Q(entry__at__gte=since)),
    )
    found = list(rows)
    moved = [Movement(row["kind"], row["within"]) for row in found if row["within"]]
    moved.sort(key=lambda one: (-one.micros, one.kind))
    return Flow(sum(row["before"] or 0 for row in found), moved)
