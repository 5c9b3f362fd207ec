"""Where a listener's money is on its way back, to the micro."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from marketplace.templatetags import amounts
from royalties.statements import Payouts


@dataclass(frozen=True)
class Station:
    """`state`: done, now, or nothing where no money waits."""

    label: str
    micros: int
    text: str
    state: str

    @property
    def amount(self) -> SafeString:
        return amounts.money(self.micros)


def stations(money: Payouts) -> list[Station]:
    """The five stations of what a listener's shares earned; they don't overlap."""
    closes = f" Closes {money.next_cutoff:%H:%M} UTC." if money.next_cutoff else ""
    rows = [
        ("Earned", money.accrued + money.counting, f"Since the last close.{closes}", "now"),
        ("Published", money.published, "Can be stopped for a short while; then settled.", "now"),
        ("Settled", money.settled, "In the vault, yours to claim.", "now"),
        (
            "Spendable",
            money.spendable,
            "Claimed. Move it to your balance or your own wallet.",
            "now",
        ),
        ("Taken out", money.withdrawn, "Moved to your balance or your own wallet so far.", "done"),
    ]
    return [
        Station(label, micros, text, state if micros else "") for label, micros, text, state in rows
    ]
