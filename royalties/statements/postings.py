"""A track's ledger entries in one period, or those of one play, line by line.

Listeners and fans are never named: their lines are added up, and `people` says how many they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.fields import CharField

from royalties.ledger import MICROS
from royalties.models import Account, Entitlement, Entry, PaidPlay, Period, Posting, Terms


@dataclass(frozen=True)
class PostingLine:
    """One account, or one kind of account of several people; an amount in micros or units."""

    account: str  # its kind, in words
    name: str  # of a payee, the platform or the issuer; empty for listeners, fans and the track
    people: int
    amount: int
    in_units: bool


@dataclass(frozen=True)
class EntryLine:
    """One entry of the ledger; its lines of one asset sum to zero."""

    reference: str
    kind: str
    at: datetime
    lines: Sequence[PostingLine]


def postings_of(terms: Terms, period: Period) -> list[EntryLine]:
    """The track's entries of the period, oldest first; two queries."""
    return _lines(terms, Entry.objects.filter(terms=terms, period=period))


def postings_of_play(play: PaidPlay) -> list[EntryLine]:
    """The entries a play is part of, oldest first: its window's, the close, the activation, claims.

    Each is of all the track's plays in that step; three queries.
    """
    if play.window is None:
        return []
    number, slot = play.window.period_id, play.terms.slot
    steps = [f"{letter}/{number}/{play.window.number}/{slot}" for letter in "wu"]
    steps += [f"{letter}/{number}/{slot}" for letter in "pa"]
    claimed = Entitlement.objects.filter(period=number, terms=play.terms, claimed_at__isnull=False)
    claims = Q(kind="claim", terms=play.terms, at__in=claimed.values("claimed_at"))
    return _lines(play.terms, Entry.objects.filter(Q(reference__in=steps) | claims))


def _lines(terms: Terms, found: QuerySet[Entry]) -> list[EntryLine]:
    entries = found.order_by("id")
    insider = Q(account__party__in=terms.payees.values("party")) | Q(
        account__party__in=[terms.platform_id, terms.issuer_id]
    )
    named = insider & ~Q(account__kind=Account.Kind.LISTENER)
    name = Case(
        When(named, then=F("account__party__name")), default=Value(""), output_field=CharField()
    )
    rows = (
        Posting.objects.filter(entry__in=entries)
        .values("entry_id", kind=F("account__kind"), asset=F("account__asset"), name=name)
        .annotate(total=Sum("amount"), people=Count("account__party", distinct=True))
        .order_by("entry_id", "total", "kind")
    )
    lines: dict[int, list[PostingLine]] = {}
    for row in rows:
        lines.setdefault(row["entry_id"], []).append(
            PostingLine(
                account=Account.Kind(row["kind"]).label,
                name=row["name"],
                people=row["people"],
                amount=row["total"],
                in_units=row["asset"] != MICROS,
            )
        )
    return [EntryLine(e.reference, e.kind, e.at, lines.get(e.pk, [])) for e in entries]
