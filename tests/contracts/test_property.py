"""The vault against its model, step by step, over random histories: it never pays too much."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import calls
from contracts.client import Call, Reverted, track_id
from contracts.fake import FakeChain
from tests.contracts.model import Model
from tests.contracts.stage import DELAY_SECONDS, PLATFORM, Stage, address, fake_stage, terms
from tests.contracts.trees import Tree

TERMS = [
    terms(),
    terms(bps=(3_333, 1_667), pool_bps=4_500, platform_bps=500, salt=b"\x01" * 32),
    terms(bps=(1, 9_499), pool_bps=0, platform=address("custody"), salt=b"\x02" * 32),
]
TRACKS = [track_id(item) for item in TERMS]
CUSTODY = address("custody")
ACCOUNTS = [address("artist"), address("writer"), CUSTODY, PLATFORM, address("label")]

tracks = st.integers(0, len(TRACKS) - 1)
amounts = st.lists(st.integers(0, 400), min_size=3, max_size=3)
# Mostly honest: revenue grows, slots stay and the total is the tree's. Then anything else.
publications = st.tuples(
    st.just("publish"),
    amounts,
    st.sampled_from([True, True, True, False]),
    st.sampled_from([(0, 1, 2), (0, 1, 2), (0, 1, 2), (1, 0, 2)]),
    st.sampled_from([0, 0, 0, 0, 0, -1, 1, 50]),
)
steps = st.one_of(
    publications,
    st.tuples(st.just("wait")),
    st.tuples(st.just("wait")),
    st.tuples(st.just("veto")),
    st.tuples(st.just("sync"), st.just(0), tracks),
    st.tuples(st.just("sync"), st.just(0), tracks),
    st.tuples(st.just("sync"), st.integers(0, 5), tracks),
    st.tuples(st.just("claim"), tracks, st.integers(0, len(ACCOUNTS) - 1)),
    st.tuples(st.just("claim"), tracks, st.integers(0, len(ACCOUNTS) - 1)),
)


@dataclass
class History:
    """The same steps on the chain and on the model; both must say the same."""

    stage: Stage
    model: Model
    trees: list[Tree] = field(default_factory=list)

    def try_on_chain(self, role: str, call: Call) -> str | None:
        chain = self.stage.chain
        assert isinstance(chain, FakeChain)
        try:
            chain.node.carry_out(address(role), call)
        except Reverted as error:
            return error.reason.removeprefix("Vault: ")
        return None

    def publish(self, amounts: list[int], grows: bool, slots: tuple[int, ...], offset: int) -> None:
        last = self.trees[-1].leaves if self.trees and grows else {}
        before = dict(last.values())
        leaves = {
            slot: (track, before.get(track, 0) + amount)
            for slot, track, amount in zip(slots, TRACKS, amounts, strict=True)
        }
        tree = Tree(leaves, 2)
        total = max(0, tree.total + offset)
        call = calls.publish(self.stage.vault.address, tree.root, total, b"\5" * 32)
        said = self.try_on_chain("publisher", call)
        assert said == self.model.publish(tree, total)
        if said is None:
            self.trees.append(tree)

    def wait(self) -> None:
        self.stage.advance(DELAY_SECONDS)
        self.model.wait()

    def veto(self) -> None:
        said = self.try_on_chain("guardian", calls.veto(self.stage.vault.address))
        assert said == self.model.veto()

    def sync(self, age: int, place: int) -> None:
        if not self.trees:
            return
        tree = self.trees[max(0, len(self.trees) - 1 - age)]
        slot = next(slot for slot, leaf in tree.leaves.items() if leaf[0] == TRACKS[place])
        said = self.try_on_chain("keeper", calls.sync(self.stage.vault.address, tree.leaf(slot)))
        assert said == self.model.sync(tree, slot)

    def claim(self, place: int, who: int) -> None:
        track, account = TRACKS[place], ACCOUNTS[who]
        before = self.stage.token.balance_of(account)
        assert (
            self.try_on_chain("keeper", calls.claim(self.stage.vault.address, track, account))
            is None
        )
        paid = self.stage.token.balance_of(account) - before
        assert paid == self.model.claim(track, account)

    def check(self) -> None:
        vault, model = self.stage.vault, self.model
        paid = sum(model.paid.values())
        assert vault.deposited() == model.deposited
        assert vault.credited() == sum(model.revenue.values()) <= model.active_total
        assert paid <= model.deposited
        assert self.stage.token.balance_of(vault.address) == model.deposited - paid
        for track in TRACKS:
            due = 0
            for account in ACCOUNTS:
                expected = model.due(track, account) - model.paid.get((track, account), 0)
                assert vault.claimable(track, account) == expected
                due += model.due(track, account)
            assert due <= model.revenue.get(track, 0)


def new_history() -> History:
    stage = fake_stage()
    parts: dict[tuple[bytes, str], int] = {}
    for item, track in zip(TERMS, TRACKS, strict=True):
        stage.send("keeper", calls.register(stage.vault.address, item))
        named = zip((*item.payees, item.platform), (*item.bps, item.platform_bps), strict=True)
        parts |= {(track, account): bps for account, bps in named}
    pools = {track: item.pool_bps for track, item in zip(TRACKS, TERMS, strict=True)}
    return History(stage, Model(pools, parts, CUSTODY))


@settings(max_examples=50, deadline=None)
@given(st.lists(steps, min_size=8, max_size=25))
def test_every_history_goes_as_the_model_says(history: list[tuple[str, object]]) -> None:
    both = new_history()
    for name, *args in history:
        getattr(both, name)(*args)
        both.check()


HONEST: list[tuple[object, ...]] = [
    ("publish", [100, 200, 300], True, (0, 1, 2), 0),
    ("sync", 0, 0),
    ("wait",),
    ("sync", 0, 0),
    ("sync", 0, 1),
    ("sync", 0, 2),
    *(("claim", place, who) for place in range(3) for who in range(5)),
    ("publish", [1, 1, 1], True, (0, 1, 2), 0),
    ("veto",),
    ("publish", [7, 0, 33], True, (0, 1, 2), 0),
    ("wait",),
    ("sync", 2, 0),
    ("sync", 0, 0),
    ("sync", 0, 2),
    *(("claim", place, who) for place in range(3) for who in range(5)),
]
REASONS = {
    "a tree over what was paid in": ([9, 9, 9], True, (0, 1, 2), -1, "sum over total"),
    "a tree under what was paid in": ([9, 9, 9], True, (0, 1, 2), 1, "sum under total"),
    "slots exchanged": ([0, 0, 9], True, (1, 0, 2), 0, "another slot"),
    "revenue moved away": ([0, 900, 0], False, (0, 1, 2), 0, "revenue fell"),
}


def test_an_honest_history_pays_everyone() -> None:
    both = new_history()
    for name, *args in HONEST:
        getattr(both, str(name))(*args)
        both.check()
    assert sum(both.model.paid.values()) > 600


@pytest.mark.parametrize("case", REASONS)
def test_a_dishonest_root_after_an_honest_history_is_refused(case: str) -> None:
    both = new_history()
    *publication, reason = REASONS[case]
    for name, *args in [*HONEST, ("publish", *publication), ("wait",)]:
        getattr(both, str(name))(*args)
    tree = both.trees[-1]
    slot = next(slot for slot, leaf in tree.leaves.items() if leaf[0] == TRACKS[0])
    call = calls.sync(both.stage.vault.address, tree.leaf(slot))
    assert both.try_on_chain("keeper", call) == reason
    both.check()
