"""The vault as a few sums in plain Python: what it should say after each step, or refuse with."""

from dataclasses import dataclass, field

from tests.contracts.trees import Tree


@dataclass
class Model:
    """State of the vault in the simplest terms; every refusal is a sentence, as on the chain."""

    pool_bps: dict[bytes, int]
    parts: dict[tuple[bytes, str], int]  # bps of payee or platform
    custody: str
    active: Tree | None = None
    active_total: int = 0
    pending: tuple[Tree, int] | None = None
    deposited: int = 0
    revenue: dict[bytes, int] = field(default_factory=dict)
    slots: dict[bytes, int] = field(default_factory=dict)
    paid: dict[tuple[bytes, str], int] = field(default_factory=dict)

    def publish(self, tree: Tree, total: int) -> str | None:
        if self.pending is not None:
            return "a root is pending"
        if total < self.active_total:
            return "total under the active one"
        self.pending = (tree, total)
        self.deposited = max(self.deposited, total)
        return None

    def veto(self) -> str | None:
        if self.pending is None:
            return "nothing is pending"
        self.pending = None
        return None

    def wait(self) -> None:
        if self.pending is not None:
            self.active, self.active_total = self.pending
            self.pending = None

    def sync(self, tree: Tree, slot: int) -> str | None:
        """A true proof out of `tree`, which need not be the active one."""
        track, revenue = tree.leaves[slot]
        if self.active is None:
            return "no active root"
        if self.slots.get(track, slot) != slot:
            return "another slot"
        if revenue < self.revenue.get(track, 0):
            return "revenue fell"
        if tree.total != self.active_total:
            return f"sum {'over' if tree.total > self.active_total else 'under'} total"
        if tree.root != self.active.root:
            return "not under the active root"
        credited = sum(self.revenue.values()) - self.revenue.get(track, 0) + revenue
        if credited > self.active_total:
            return "credited over total"
        self.slots[track], self.revenue[track] = slot, revenue
        return None

    def due(self, track: bytes, account: str) -> int:
        """Cumulative, in micros, rounded down once."""
        numerator = self.parts.get((track, account), 0) * 1_000_000
        if account == self.custody:
            numerator += self.pool_bps[track] * 1_000_000
        return self.revenue.get(track, 0) * numerator // 10**10

    def claim(self, track: bytes, account: str) -> int:
        amount = self.due(track, account) - self.paid.get((track, account), 0)
        self.paid[track, account] = self.due(track, account)
        return amount
