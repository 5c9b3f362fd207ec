"""The same steps on the chain in the process and on the model; after each both say the same."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from contracts import calls, node
from contracts.client import Call, ClaimOrder, Reverted, sign_claim_order, track_id
from contracts.codec import encode_call
from contracts.fake import FakeChain
from tests.contracts.model import ALL_UNITS, Model, Track
from tests.contracts.stage import (
    DELAY_SECONDS,
    KEYS,
    PLATFORM,
    Stage,
    address,
    fake_stage,
    terms,
)
from tests.contracts.trees import Tree

TERMS = [
    terms(),
    terms(bps=(3_333, 1_667), pool_bps=4_500, platform_bps=500, salt=b"\x01" * 32),
    terms(bps=(1, 9_499), pool_bps=0, platform=address("custody"), salt=b"\x02" * 32),
]
TRACKS = [track_id(item) for item in TERMS]
CUSTODY = address("custody")
# Who moves and claims; the first three hold units, the next three parts.
PEOPLE = ("custody", "listener", "buyer", "artist", "writer", "label")
ACCOUNTS = [*map(address, PEOPLE), PLATFORM]


@dataclass
class History:
    """Each method is one step: the chain's answer must be the model's."""

    stage: Stage
    model: Model
    trees: list[Tree] = field(default_factory=list)
    stray: int = 0

    def __post_init__(self) -> None:
        vault = self.stage.vault.address
        self._views = {
            (function, track, account): _view(vault, function, *args)
            for place, track in enumerate(TRACKS)
            for account in ACCOUNTS
            for function, args in (
                ("claimable", (track, account)),
                ("bps_of", (track, account)),
                ("balanceOf", (account, int.from_bytes(TRACKS[place], "big"))),
            )
        }

    def publish(self, amounts: list[int], grows: bool, slots: tuple[int, ...], offset: int) -> None:
        """A root of trees that grow by these amounts; or that shrink, or with slots exchanged."""
        last = self.trees[-1].leaves if self.trees and grows else {}
        before = dict(last.values())
        leaves = {
            slot: (track, before.get(track, 0) + amount)
            for slot, track, amount in zip(slots, TRACKS, amounts, strict=True)
        }
        tree = Tree(leaves, 2)
        total = max(0, tree.total + offset)
        vault = self.stage.vault.address
        call = calls.publish(vault, tree.root, total, b"\5" * 32)
        if self._both("publisher", call, lambda: self.model.publish(tree, total)) is None:
            self.trees.append(tree)

    def veto(self) -> None:
        call = calls.veto(self.stage.vault.address)
        if self._both("guardian", call, self.model.veto) is None:
            self.trees.pop()

    def wait(self, seconds: int = DELAY_SECONDS) -> None:
        self.stage.advance(seconds)
        self._check()

    def settle(self, amounts: list[int]) -> None:
        """An honest period from publication to the last sync."""
        self.wait()
        self.publish(amounts, True, (0, 1, 2), 0)
        self.wait()
        self.sync(0, [0, 1, 2])

    def sync(self, age: int, places: list[int]) -> None:
        if not self.trees:
            return
        tree = self.trees[max(0, len(self.trees) - 1 - age)]
        slots = [_slot(tree, place) for place in places]
        vault, leaves = self.stage.vault.address, [tree.leaf(slot) for slot in slots]
        one = len(leaves) == 1
        call = calls.sync(vault, leaves[0]) if one else calls.sync_many(vault, leaves)
        self._both("keeper", call, lambda: self.model.sync(tree, slots))

    def transfer(self, sender: str, receiver: str, place: int, units: int) -> None:
        to, track = address(receiver), TRACKS[place]
        call = calls.transfer_units(self.stage.vault.address, to, track, units)
        self._both(sender, call, lambda: self.model.transfer(address(sender), to, track, units))

    def transfer_from(
        self, caller: str, sender: str, receiver: str, place: int, units: int
    ) -> None:
        moved = (address(sender), address(receiver), TRACKS[place], units)
        call = calls.transfer_units_from(self.stage.vault.address, *moved)
        self._both(caller, call, lambda: self.model.transfer_from(address(caller), *moved))

    def sync_and_transfer(self, sender: str, receiver: str, place: int, units: int) -> None:
        if not self.trees:
            return
        tree, to = self.trees[-1], address(receiver)
        slot = _slot(tree, place)
        call = calls.sync_and_transfer(self.stage.vault.address, tree.leaf(slot), to, units)
        self._both(
            sender,
            call,
            lambda: self.model.sync_and_transfer(tree, slot, address(sender), to, units),
        )

    def approve(self, owner: str, spender: str, place: int, units: int) -> None:
        key = (address(owner), address(spender), TRACKS[place])
        call = calls.approve_units(self.stage.vault.address, key[1], key[2], units)
        self._both(owner, call, lambda: self.model.allowances.__setitem__(key, units))

    def set_operator(self, owner: str, spender: str, approved: bool) -> None:
        pair = (address(owner), address(spender))
        change = self.model.operators.add if approved else self.model.operators.discard
        call = calls.set_operator(self.stage.vault.address, pair[1], approved)
        self._both(owner, call, lambda: change(pair))

    def assign(self, sender: str, receiver: str, place: int, bps: int) -> None:
        track, to = TRACKS[place], address(receiver)
        call = calls.assign(self.stage.vault.address, track, to, bps)
        self._both(sender, call, lambda: self.model.assign(track, address(sender), to, bps))

    def claim(self, places: list[int], account: str) -> None:
        ids, vault = [TRACKS[place] for place in places], self.stage.vault.address
        one = len(ids) == 1
        call = calls.claim(vault, ids[0], account) if one else calls.claim_many(vault, ids, account)
        self._both("keeper", call, lambda: self.model.claim(ids, account, account))

    def claim_to(self, places: list[int], who: str, receiver: str) -> None:
        account, to = address(who), address(receiver)
        ids, vault = tuple(TRACKS[place] for place in places), self.stage.vault.address
        order = ClaimOrder(account, to, ids, self.model.nonces[account], 2**40)
        signature = sign_claim_order(order, KEYS[who][0], vault, self.stage.chain.chain_id())
        call = calls.claim_to(vault, order, signature)
        self._both("keeper", call, lambda: self.model.claim_to(ids, account, to))

    def pause(self, role: str, seconds: int) -> None:
        call = calls.pause(self.stage.vault.address, seconds)
        self._both(role, call, lambda: self.model.pause(seconds, role == "admin"))

    def unpause(self) -> None:
        self._both("guardian", calls.unpause(self.stage.vault.address), self.model.unpause)

    def enable_transfers(self) -> None:
        call = calls.enable_transfers(self.stage.vault.address)
        self._both("admin", call, self.model.enable_transfers)

    def stray_tokens(self, micros: int) -> None:
        """Somebody sends the vault money that no publication asked for."""
        call = calls.mint(self.stage.token.address, self.stage.vault.address, micros)
        self._both("admin", call, lambda: None)
        self.stray += micros
        self._check_money()

    def _both(self, role: str, call: Call, answer: Any) -> str | None:
        chain = self.stage.chain
        assert isinstance(chain, FakeChain)
        self.model.tick(chain.block("pending").timestamp)
        try:
            chain.node.carry_out(address(role), call)
            said = None
        except Reverted as error:
            said = error.reason.removeprefix("Vault: ")
        expected = answer()
        assert said == expected, f"{role}: the vault says {said}, the model {expected}"
        if call.to == self.stage.vault.address:
            self._check()
        return said

    def _check(self) -> None:
        model, vault = self.model, self.stage.vault
        model.tick(self.stage.chain.block().timestamp)
        active, pending = vault.active(), vault.pending()
        assert (active.number if active else 0) == len(model.active)
        assert (active.total if active else 0) == model.active_total
        assert (pending.total if pending else None) == (model.pending and model.pending[1])
        assert vault.credited() == model.credited <= model.active_total
        assert vault.paused_until() == model.paused_until
        for id, track in model.tracks.items():
            state = vault.track(id)
            assert (state.revenue, state.epoch) == (track.revenue, track.epoch)
            assert sum(track.due.values()) <= track.revenue * 10**10
            for account in ACCOUNTS:
                assert self._read("claimable", id, account) == track.claimable(account)
                assert self._read("bps_of", id, account) == track.bps[account]
                assert self._read("balanceOf", id, account) == track.units[account]
            assert sum(track.units.values()) == ALL_UNITS
        self._check_money()

    def _check_money(self) -> None:
        model, token = self.model, self.stage.token
        paid = sum(model.received.values())
        assert paid <= model.credited <= model.deposited == self.stage.vault.deposited()
        left = model.deposited + self.stray - paid
        assert token.balance_of(self.stage.vault.address) == left
        for account in ACCOUNTS:
            assert token.balance_of(account) == model.received[account]

    def _read(self, function: str, track: bytes, account: str) -> int:
        view = self._views[function, track, account]
        return int(self.stage.chain.rpc("eth_call", view, "latest"), 16)


def new_history() -> History:
    stage = fake_stage()
    tracks = {}
    for item, id in zip(TERMS, TRACKS, strict=True):
        stage.send("keeper", calls.register(stage.vault.address, item))
        bps = Counter(dict(zip(item.payees, item.bps, strict=True)))
        bps[item.platform] += item.platform_bps
        tracks[id] = Track(item.pool_bps, bps, Counter({CUSTODY: ALL_UNITS}))
    node.mine(stage.chain)
    return History(stage, Model(tracks, CUSTODY, DELAY_SECONDS))


def _slot(tree: Tree, place: int) -> int:
    return next(slot for slot, leaf in tree.leaves.items() if leaf[0] == TRACKS[place])


def _view(vault: str, function: str, *args: object) -> dict[str, str]:
    call = encode_call("Vault", vault, function, *args)
    return {"to": call.to, "data": "0x" + call.data.hex()}
