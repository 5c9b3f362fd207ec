"""Ledger entries line by line: of a track in one period, of one play, of one withdrawal.

Listeners and fans are never named: their lines are added up, and `people` says how many they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.fields import CharField

from royalties.ledger import MICROS
from royalties.models import (
    Account,
    Entitlement,
    Entry,
    PaidPlay,
    Period,
    Posting,
    SignedTransaction,
    Terms,
    Withdrawal,
)


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
    return _lines(_insiders(terms), Entry.objects.filter(terms=terms, period=period))


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
    return _lines(_insiders(play.terms), Entry.objects.filter(Q(reference__in=steps) | claims))


def postings_of_withdrawal(withdrawal: Withdrawal) -> list[EntryLine]:
    """What reserved the money, and what paid it or gave it back; three queries.

    What paid it was posted under the hash that was mined first, also where the chain lost that one
    and mined another in its place.
    """
    references = [f"withdrawal/{withdrawal.pk}", f"withdrawal/released/{withdrawal.pk}"]
    found = Q(reference__in=references)
    signed = SignedTransaction.objects.filter(of__withdrawal=withdrawal)
    for tx_hash in signed.values_list("hash", flat=True):
        found |= Q(reference__startswith=f"{tx_hash}/")
    return _lines(Q(account__party=withdrawal.party_id), Entry.objects.filter(found))


def _insiders(terms: Terms) -> Q:
    """Who may be named: payees, platform and issuer."""
    payees = Q(account__party__in=terms.payees.values("party"))
    return payees | Q(account__party__in=[terms.platform_id, terms.issuer_id])


def _lines(insiders: Q, found: QuerySet[Entry]) -> list[EntryLine]:
    entries = found.order_by("id")
    named = insiders & ~Q(account__kind=Account.Kind.LISTENER)
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
