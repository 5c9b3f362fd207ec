"""Ledger entries in plain words, for the rows that open down to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.templatetags.amounts import count
from royalties.statements import EntryLine, PostingLine

TITLES = {
    "accrual": "Plays posted",
    "play frozen": "A play held before it was posted",
    "plays forfeited": "Held plays decided against",
    "play released": "A held play released, to be posted",
    "play charged back": "A held play charged back",
    "collection": "Paid by listeners for what they played",
    "emission": "Units earned by listening",
    "close": "Period closed",
    "activation": "Period settled",
    "claim": "Claimed from the vault",
    "paid elsewhere": "Paid from the vault to another address",
    "withdrawal": "Withdrawal reserved",
    "withdrawal paid": "Withdrawal final",
    "withdrawal released": "Withdrawal given back",
}
HELD_BY = {
    "Accrued": "earned",
    "Published": "being settled",
    "Settled": "settled, to claim",
    "Spendable": "claimed, to spend",
    "Withdrawing": "on its way to a wallet",
}
OF_THE_HOUSE = {
    "Collected": "Listeners, from their balances",
    "Pool": "Fans’ part of this song, not divided yet",
    "Held": "Under a hold: frozen",
    "Receivable": "This song earns it again",
    "Forfeited": "Forfeited, to be given to other songs",
    "Redistributed": "Of what other songs forfeited",
    "Remainder": "Left over, less than a micro for each",
    "Vault Claimable": "In the vault, to be claimed",
    "Custody Float": "Claimed, out of the vault",
}


@dataclass(frozen=True)
class Line:
    """One posting in words; `micros` or `units`, the other is None."""

    words: str
    micros: int | None
    units: int | None


@dataclass(frozen=True)
class Posted:
    """One entry of the ledger in words, with the sums that are always nothing."""

    title: str
    reference: str
    at: datetime
    lines: Sequence[Line]
    sum_micros: int
    has_units: bool


def in_words(entries: Iterable[EntryLine]) -> list[Posted]:
    """Newest first."""
    return [_entry(entry) for entry in reversed(list(entries))]


def net(entries: Iterable[EntryLine]) -> list[Line]:
    """All money of these entries added up by account; who paid first, then who gained most."""
    sums: Counter[str] = Counter()
    for entry in entries:
        for line in entry.lines:
            if not line.in_units:
                sums[_account(line, several=True)] += line.amount
    in_order = sorted(sums.items(), key=lambda one: (one[1] > 0, -abs(one[1])))
    return [Line(words, micros, None) for words, micros in in_order if micros]


def _entry(entry: EntryLine) -> Posted:
    return Posted(
        title=TITLES.get(entry.kind, entry.kind.capitalize()),
        reference=entry.reference,
        at=entry.at,
        lines=[
            Line(
                _account(line),
                None if line.in_units else line.amount,
                line.amount if line.in_units else None,
            )
            for line in entry.lines
        ],
        sum_micros=sum(line.amount for line in entry.lines if not line.in_units),
        has_units=any(line.in_units for line in entry.lines),
    )


def _account(line: PostingLine, several: bool = False) -> str:
    """Whose account it is; `several` leaves out how many people stand behind it."""
    people = "Listeners" if several else _people(line.people, "listener")
    if line.account == "Listener":
        return f"{people}, from their balances" if line.people != 1 else f"{people}, balance"
    if line.account in OF_THE_HOUSE:
        return OF_THE_HOUSE[line.account]
    who = line.name or ("Fans" if several else _people(line.people, "fan"))
    return f"{who}, {HELD_BY.get(line.account, line.account.lower())}"


def _people(n: int, word: str) -> str:
    return f"{count(n)} {word}{'' if n == 1 else 's'}"
