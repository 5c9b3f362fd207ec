"""Withdrawals in words: planned, sent, final or given back, each with its postings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.postings import Posted, in_words
from royalties import statements
from royalties.models import OutboxTransaction, Party, Withdrawal

SHOWN = 20
NOT_SENT = {OutboxTransaction.State.PLANNED, OutboxTransaction.State.SIGNED}


@dataclass(frozen=True)
class Line:
    """One withdrawal."""

    withdrawal: Withdrawal
    state: str
    text: str
    entries: Sequence[Posted]


@dataclass(frozen=True)
class Withdrawn:
    """A party's last withdrawals, newest first; `open`: one of them is on its way."""

    lines: Sequence[Line]
    open: bool


def withdrawn_by(party: Party) -> Withdrawn:
    rows = list(party.withdrawals.order_by("-pk")[:SHOWN])
    lines = [
        Line(one, *_said(one), in_words(statements.postings_of_withdrawal(one))) for one in rows
    ]
    return Withdrawn(lines, any(one.state == Withdrawal.State.REQUESTED for one in rows))


def _said(one: Withdrawal) -> tuple[str, str]:
    if one.state == Withdrawal.State.PAID:
        return "Final", "It is in your wallet."
    if one.state == Withdrawal.State.RELEASED:
        return "Given back", f"It can be spent again: {one.why_released}."
    last = one.transactions.order_by("-pk").first()
    if last is None:
        return "Planned", "It waits until custody may send it."
    if last.state in NOT_SENT:
        return "Planned", "It is sent in a few seconds."
    return "Sent", "It is on the chain, and not final yet."
