"""The vault as a few sums in plain Python: what it should say after each step, or refuse with.

Nothing is settled here along the way. Who held what is written down when a root becomes active,
and what an account is due is summed up from those records alone.
"""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from tests.contracts.trees import Tree

ALL_UNITS = 1_000_000
WHOLE = 10**10  # 10,000 bps x ALL_UNITS


@dataclass
class Track:
    """Who has which part of a track now, and what it brought to whom."""

    pool_bps: int
    bps: Counter[str]
    units: Counter[str]
    slot: int | None = None
    revenue: int = 0
    epoch: int = 0
    due: Counter[str] = field(default_factory=Counter)  # numerators over WHOLE
    paid: Counter[str] = field(default_factory=Counter)  # micros
    holdings: list[Counter[str]] = field(default_factory=list)  # at each activation

    def parts(self) -> Counter[str]:
        """Of WHOLE, to each account."""
        found = Counter({who: bps * ALL_UNITS for who, bps in self.bps.items()})
        found.update({who: units * self.pool_bps for who, units in self.units.items()})
        return found

    def claimable(self, account: str) -> int:
        return self.due[account] // WHOLE - self.paid[account]


@dataclass
class Model:
    """Every method is one call of the vault; it returns the reason where that refuses."""

    tracks: dict[bytes, Track]
    custody: str
    delay_seconds: int
    now: int = 0
    active: list[tuple[Tree, int]] = field(default_factory=list)  # tree and total, by epoch
    pending: tuple[Tree, int, int] | None = None  # and when it becomes active
    deposited: int = 0
    paused_until: int = 0
    transfers_enabled: bool = False
    received: Counter[str] = field(default_factory=Counter)  # micros
    nonces: Counter[str] = field(default_factory=Counter)
    allowances: Counter[tuple[str, str, bytes]] = field(default_factory=Counter)
    operators: set[tuple[str, str]] = field(default_factory=set)

    def tick(self, now: int) -> None:
        """Time passes; a root whose time has come becomes active and the holders are noted."""
        self.now = now
        if self.pending is not None and now >= self.pending[2]:
            self.active.append(self.pending[:2])
            self.pending = None
            for track in self.tracks.values():
                track.holdings.append(track.parts())

    @property
    def active_total(self) -> int:
        return self.active[-1][1] if self.active else 0

    @property
    def credited(self) -> int:
        return sum(track.revenue for track in self.tracks.values())

    def publish(self, tree: Tree, total: int) -> str | None:
        if self.now < self.paused_until:
            return "paused"
        if self.pending is not None:
            return "a root is pending"
        if total < self.active_total:
            return "total under the active one"
        self.pending = (tree, total, self.now + self.delay_seconds)
        self.deposited = max(self.deposited, total)
        return None

    def veto(self) -> str | None:
        if self.pending is None:
            return "nothing is pending"
        self.pending = None
        return None

    def sync(self, tree: Tree, slots: Sequence[int]) -> str | None:
        """True proofs out of `tree`, which need not be the active one; all or none."""
        if self.now < self.paused_until:
            return "paused"
        if not self.active:
            return "no active root"
        root, total = self.active[-1]
        slots = sorted(slots)
        for slot, after in zip(slots, [*slots[1:], None], strict=True):
            if tree.leaves[slot][1] > total:
                return "sum over total"
            if slot == after:
                return "slots not ascending"
        if tree.total != total:
            return f"sum {'over' if tree.total > total else 'under'} total"
        if tree.root != root.root:
            return "not under the active root"
        before, credited = deepcopy(self.tracks), self.credited
        refused = next(filter(None, (self._record(tree, slot) for slot in slots)), None)
        if refused is None and self.credited > max(credited, total):
            refused = "credited over total"
        if refused is not None:
            self.tracks = before
        return refused

    def _record(self, tree: Tree, slot: int) -> str | None:
        id, revenue = tree.leaves[slot]
        track = self.tracks[id]
        if track.slot not in (None, slot):
            return "another slot"
        if revenue < track.revenue:
            return "revenue fell"
        if track.epoch < len(self.active):
            # Nothing moved while the track was behind, so each of these says the same.
            since = track.holdings[track.epoch :]
            assert all(holding == since[0] for holding in since)
            for account, part in since[0].items():
                track.due[account] += (revenue - track.revenue) * part
        track.slot, track.revenue, track.epoch = slot, revenue, len(self.active)
        return None

    def transfer(self, sender: str, receiver: str, id: bytes, units: int) -> str | None:
        if self.now < self.paused_until:
            return "paused"
        if not self.transfers_enabled and self.custody not in (sender, receiver):
            return "transfers not enabled"
        track = self.tracks[id]
        if track.epoch != len(self.active):
            return "track not synced"
        if track.units[sender] < units:
            return "over the balance"
        track.units[sender] -= units
        track.units[receiver] += units
        return None

    def transfer_from(
        self, caller: str, sender: str, receiver: str, id: bytes, units: int
    ) -> str | None:
        spends = caller != sender and (sender, caller) not in self.operators
        if spends and self.allowances[sender, caller, id] < units:
            return "over the allowance"
        refused = self.transfer(sender, receiver, id, units)
        if refused is None and spends:
            self.allowances[sender, caller, id] -= units
        return refused

    def sync_and_transfer(
        self, tree: Tree, slot: int, sender: str, receiver: str, units: int
    ) -> str | None:
        before = deepcopy(self.tracks)
        refused = self.sync(tree, [slot])
        refused = refused or self.transfer(sender, receiver, tree.leaves[slot][0], units)
        if refused is not None:
            self.tracks = before
        return refused

    def assign(self, id: bytes, sender: str, receiver: str, bps: int) -> str | None:
        track = self.tracks[id]
        if bps == 0:
            return "no bps"
        if receiver == self.custody:
            return "payee is custody"
        if self.now < self.paused_until:
            return "paused"
        if track.epoch != len(self.active):
            return "track not synced"
        if track.bps[sender] < bps:
            return "over the own part"
        track.bps[sender] -= bps
        track.bps[receiver] += bps
        return None

    def claim(self, ids: Sequence[bytes], account: str, receiver: str) -> None:
        for id in ids:
            amount = self.tracks[id].claimable(account)
            self.tracks[id].paid[account] += amount
            self.received[receiver] += amount

    def claim_to(self, ids: Sequence[bytes], account: str, receiver: str) -> str | None:
        if self.now < self.paused_until:
            return "paused"
        self.claim(ids, account, receiver)
        self.nonces[account] += 1
        return None

    def pause(self, seconds: int, by_admin: bool) -> str | None:
        if not by_admin and self.now < self.paused_until + 30 * 86_400:
            return "paused too recently"
        self.paused_until = self.now + seconds
        return None

    def unpause(self) -> str | None:
        if self.now >= self.paused_until:
            return "not paused"
        self.paused_until = self.now
        return None

    def enable_transfers(self) -> str | None:
        if self.transfers_enabled:
            return "transfers already enabled"
        self.transfers_enabled = True
        return None
