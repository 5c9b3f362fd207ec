"""Where somebody's money is on its way, in one set of words for listeners, artists and labels."""

from __future__ import annotations

from dataclasses import dataclass

from royalties.statements import Payouts


@dataclass(frozen=True)
class Station:
    """`state`: done, now, or nothing where no money waits."""

    label: str
    micros: int
    text: str
    state: str


def stations(money: Payouts) -> list[Station]:
    """The five stations, from a play just heard to what was taken out; they don't overlap."""
    closes = f" Closes {money.next_cutoff:%-d %b, %H:%M} UTC." if money.next_cutoff else ""
    rows = [
        ("Earned", money.counting + money.accrued, f"Since the last close.{closes}", "now"),
        ("Being settled", money.published, "Closed; can be stopped for a short while.", "now"),
        ("To claim", money.settled, "Settled, in the vault under your name.", "now"),
        ("To spend", money.spendable, "Claimed. Yours to spend or to take out.", "now"),
        ("Taken out", money.withdrawn, "To your balance or your own wallet so far.", "done"),
    ]
    return [
        Station(label, micros, text, state if micros else "") for label, micros, text, state in rows
    ]
