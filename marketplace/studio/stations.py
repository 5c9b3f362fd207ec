"""Where a payee's money is, as studio/stations.html draws it."""

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
    """The six stations, from a play just counted to what was taken out; they don't overlap."""
    closes = f" Closes {money.next_cutoff:%-d %b, %H:%M} UTC." if money.next_cutoff else ""
    rows = [
        ("Counting", money.counting, "Just heard. Booked once its wait is over.", "now"),
        ("Accrued", money.accrued, f"Since the last close.{closes}", "now"),
        ("Published", money.published, "Closed. Can be stopped for a short while.", "now"),
        ("Settled", money.settled, "In the vault under your name. Claim it.", "now"),
        ("Spendable", money.spendable, "Claimed. Spend it on listening.", "done"),
        ("Taken out", money.withdrawn, "To your balance or wallet so far.", "done"),
    ]
    return [
        Station(label, micros, text, state if micros else "") for label, micros, text, state in rows
    ]
