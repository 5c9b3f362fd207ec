"""The vault against its model over random histories, compared after every step."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.contracts.history import ACCOUNTS, PEOPLE, TRACKS, new_history

SOAK = settings.default is not None and settings.default.max_examples > 100

places = st.integers(0, len(TRACKS) - 1)
some_places = st.lists(places, min_size=1, max_size=4)
people = st.sampled_from(PEOPLE)
holders = st.sampled_from(PEOPLE[:3])
payees = st.sampled_from(PEOPLE[2:])
units = st.one_of(st.integers(0, 1_000_001), st.sampled_from([1, 333_333, 1_000_000]))
amounts = st.lists(st.integers(0, 10_000), min_size=3, max_size=3)


class Histories(RuleBasedStateMachine):
    """What anyone may do, in any order; refusals and their reasons are compared as well."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.both = new_history()

    @rule(amounts=amounts)
    def settle(self, amounts: list[int]) -> None:
        self.both.settle(amounts)

    @rule(amounts=amounts)
    def publish(self, amounts: list[int]) -> None:
        self.both.publish(amounts, True, (0, 1, 2), 0)

    @rule(
        amounts=amounts,
        grows=st.booleans(),
        slots=st.sampled_from([(0, 1, 2), (1, 0, 2)]),
        offset=st.sampled_from([-1, 0, 0, 1, 50]),
    )
    def publish_wrongly(
        self, amounts: list[int], grows: bool, slots: tuple[int, ...], offset: int
    ) -> None:
        self.both.publish(amounts, grows, slots, offset)

    @rule()
    def veto(self) -> None:
        self.both.veto()

    @rule()
    def wait(self) -> None:
        self.both.wait()

    @rule(age=st.integers(0, 2), places=some_places)
    def sync(self, age: int, places: list[int]) -> None:
        self.both.sync(age, places)

    @rule(sender=holders, receiver=people, place=places, units=units)
    def transfer(self, sender: str, receiver: str, place: int, units: int) -> None:
        self.both.transfer(sender, receiver, place, units)

    @rule(sender=holders, receiver=people, place=places, units=units)
    def sync_and_transfer(self, sender: str, receiver: str, place: int, units: int) -> None:
        self.both.sync_and_transfer(sender, receiver, place, units)

    @rule(caller=people, sender=holders, receiver=people, place=places, units=units)
    def transfer_from(
        self, caller: str, sender: str, receiver: str, place: int, units: int
    ) -> None:
        self.both.transfer_from(caller, sender, receiver, place, units)

    @rule(owner=holders, spender=people, place=places, units=units)
    def approve(self, owner: str, spender: str, place: int, units: int) -> None:
        self.both.approve(owner, spender, place, units)

    @rule(owner=holders, spender=people, approved=st.booleans())
    def set_operator(self, owner: str, spender: str, approved: bool) -> None:
        self.both.set_operator(owner, spender, approved)

    @rule(sender=payees, receiver=people, place=places, bps=st.integers(0, 6_001))
    def assign(self, sender: str, receiver: str, place: int, bps: int) -> None:
        self.both.assign(sender, receiver, place, bps)

    @rule(places=some_places, account=st.sampled_from(ACCOUNTS))
    def claim(self, places: list[int], account: str) -> None:
        self.both.claim(places, account)

    @rule(places=some_places, who=people, receiver=people)
    def claim_to(self, places: list[int], who: str, receiver: str) -> None:
        self.both.claim_to(places, who, receiver)

    @rule(role=st.sampled_from(["guardian", "admin"]), seconds=st.integers(1, 60))
    def pause(self, role: str, seconds: int) -> None:
        self.both.pause(role, seconds)

    @rule()
    def unpause(self) -> None:
        self.both.unpause()

    @rule()
    def enable_transfers(self) -> None:
        self.both.enable_transfers()

    @rule(micros=st.integers(0, 100))
    def stray_tokens(self, micros: int) -> None:
        self.both.stray_tokens(micros)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=500 if SOAK else 8, stateful_step_count=30)
