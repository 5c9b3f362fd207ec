"""Ledger entries line by line: of a track in one period, of one play, of one withdrawal.

Units are told by their moves (`unit_lines`). Listeners and fans are never named: their lines are
added up, and `people` says how many they are.
"""

from collections.abc import Collection
from uuid import UUID

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
from royalties.statements.unit_lines import KINDS, EntryLine, PostingLine, unit_entries


def postings_of(terms: Terms, period: Period) -> list[EntryLine]:
    """The track's entries of the period, oldest first; four queries."""
    named = _insiders(terms)
    found = Entry.objects.filter(terms=terms, period=period).exclude(kind__in=KINDS)
    return _with_units(_lines(named, found), unit_entries(terms, named, period.number))


def postings_of_play(play: PaidPlay) -> list[EntryLine]:
    """The entries a play is part of, oldest first: its window's, the close, the activation, claims.

    Each is of all the track's plays in that step; five queries.
    """
    if play.window is None:
        return []
    number, slot = play.window.period_id, play.terms.slot
    steps = [f"w/{number}/{play.window.number}/{slot}"]
    steps += [f"{letter}/{number}/{slot}" for letter in "pa"]
    claimed = Entitlement.objects.filter(period=number, terms=play.terms, claimed_at__isnull=False)
    claims = Q(kind="claim", terms=play.terms, at__in=claimed.values("claimed_at"))
    named = _insiders(play.terms)
    entries = _lines(named, Entry.objects.filter(Q(reference__in=steps) | claims))
    return _with_units(entries, unit_entries(play.terms, named, number, play.window_id))


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
    return _lines([withdrawal.party_id], Entry.objects.filter(found))


def _insiders(terms: Terms) -> list[UUID]:
    """Who may be named: payees, platform and issuer."""
    payees = terms.payees.values_list("party", flat=True)
    return [*payees, terms.platform_id, terms.issuer_id]


def _with_units(entries: list[EntryLine], moved: dict[str, EntryLine]) -> list[EntryLine]:
    """Moves of units after the money of their window, those of the cut-off before its close."""
    lines = []
    for entry in entries:
        if entry.kind == "close":
            lines += [moved.pop(reference) for reference in list(moved)]
        lines.append(entry)
        unit_entry = moved.pop("u" + entry.reference.removeprefix("w"), None)
        lines += [unit_entry] if unit_entry else []
    return lines + list(moved.values())


def _lines(insiders: Collection[UUID], found: QuerySet[Entry]) -> list[EntryLine]:
    entries = found.order_by("id")
    named = Q(account__party__in=insiders) & ~Q(account__kind=Account.Kind.LISTENER)
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
