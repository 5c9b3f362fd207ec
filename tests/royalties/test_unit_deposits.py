"""Units that a wallet gives back: theirs who proved the wallet, paid on one side at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from pytest_django import Settings

from contracts import client, node
from royalties import (
    chain_checks,
    claims,
    departed,
    invariants,
    leaving,
    ledger,
    parties,
    unit_deposits,
)
from royalties.models import Account, ChainEvent, Holding, Period, UnitDeposit
from royalties.verify.__main__ import main as verify
from royalties.verify.archive import pack, unpack
from tests.royalties.builders import NOON, a_listener, a_play, a_track
from tests.royalties.house import (
    DELAY_SECONDS,
    House,
    mined_together,
    send,
    send_from,
    send_units_back,
)
from tests.royalties.linking import KEYS, address_of, linked
from tests.royalties.stories import Story, one_more, two_tracks

OWN = address_of(KEYS[0])
LEFT = 5_000


@pytest.fixture
def story(house: House, settings: Settings) -> Story:
    """The fan's wallet holds units of the song since the first period, which is active."""
    settings.UNITS_COOL_OFF = timedelta(0)
    story = two_tracks(house)
    linked(story.fan, house.at)
    leaving.request(story.fan, story.song, LEFT, "out", house.at)
    house.settle()
    assert house.vault.units(bytes.fromhex(story.song.chain_id[2:]), OWN) == LEFT
    return story


def units(story: Story) -> int:
    return Holding.objects.get(terms=story.song, party=story.fan).units


def broken(house: House) -> list[str]:
    ledgers = [(one.name, one.detail) for one in invariants.ledger_checks() if not one.ok]
    found = chain_checks.check(house.at, house.chain)
    chains = [(one.name, one.detail) for one in found if not one.ok]
    return [f"{name}: {detail}" for name, detail in [*ledgers, *chains]]


def settled_by_the_next(house: House, story: Story) -> Period:
    one_more(house, story)
    return house.settle()


def came_back_while_pending(house: House, story: Story) -> None:
    """The wallet gives all its units back between a period's close and its activation."""
    one_more(house, story)
    house.close()
    house.work()  # pending: the chain settles the wallet up to the first root
    send_units_back(house, story.song, KEYS[0], LEFT)
    house.work()
    house.pass_time(2 * DELAY_SECONDS)
    house.work()


def test_units_of_a_closed_account_wait_for_who_links_the_wallet_next(
    house: House, story: Story
) -> None:
    send_units_back(house, story.song, KEYS[0], 2_000)
    house.work()
    departed.depart(story.fan, "Closed account", house.at)
    send_units_back(house, story.song, KEYS[0], 3_000)
    house.work()
    assert set(UnitDeposit.objects.values_list("party", flat=True)) == {None}
    again = a_listener("again")
    linked(again, house.at)
    settled_by_the_next(house, story)
    assert Holding.objects.get(terms=story.song, party=again).units == 5_000
    assert broken(house) == []


def test_they_are_their_holders_from_the_next_cutoff(house: House, story: Story) -> None:
    had = units(story)
    send_units_back(house, story.song, KEYS[0], 2_000)
    house.work()
    assert units(story) == had
    assert broken(house) == []
    one_more(house, story)
    period = house.close()
    assert units(story) >= had + 2_000
    assert UnitDeposit.objects.get().period == period
    assert broken(house) == []


def test_until_then_their_holder_has_what_the_chain_gives_custody_for_them(
    house: House, story: Story
) -> None:
    send_units_back(house, story.song, KEYS[0], 2_000)
    house.work()
    settled_by_the_next(house, story)
    gained = 6_667 * 3_000 * 2_000 // 10**10
    assert gained
    assert UnitDeposit.objects.get().micros == gained
    before = ledger.balance(Account.Kind.SPENDABLE, story.fan)
    owed = ledger.balance(Account.Kind.SETTLED, story.fan)
    house.claim(story.fan)
    assert ledger.balance(Account.Kind.SPENDABLE, story.fan) == before + owed
    assert ledger.balance(Account.Kind.SETTLED, story.fan) == 0
    assert broken(house) == []
    track = bytes.fromhex(story.song.chain_id[2:])
    send(house.chain, "admin", client.claim(house.vault.address, track, OWN))
    house.work()
    paid = house.token.balance_of(OWN)
    assert paid == 6_667 * 3_000 * (LEFT - 2_000) // 10**10
    assert ledger.balance(Account.Kind.SETTLED, parties.outside()) in {0, 1}
    assert broken(house) == []


def test_what_came_while_a_root_was_pending_is_paid_by_the_chain_from_that_root_on(
    house: House, story: Story
) -> None:
    came_back_while_pending(house, story)
    settled_by_the_next(house, story)
    assert UnitDeposit.objects.get().micros == 2 * 6_667 * 3_000 * LEFT // 10**10
    house.claim(story.fan)
    assert house.token.balance_of(OWN) == 0
    assert ledger.balance(Account.Kind.SETTLED, story.fan) == 0
    assert broken(house) == []


def test_what_custody_was_paid_for_them_before_is_theirs_without_another_play(
    house: House, story: Story
) -> None:
    came_back_while_pending(house, story)
    house.claim(story.fan)  # the chain pays custody for all units it has, those too
    a_play(story.other, story.listener, house.at, 5_431)
    house.pass_time(10)
    house.settle()
    owed = 6_667 * 3_000 * LEFT // 10**10
    assert ledger.balance(Account.Kind.SETTLED, story.fan) == owed
    before = ledger.balance(Account.Kind.SPENDABLE, story.fan)
    house.claim(story.fan)  # brings nothing more
    assert ledger.balance(Account.Kind.SPENDABLE, story.fan) == before + owed
    assert ledger.balance(Account.Kind.SETTLED, story.fan) == 0
    assert broken(house) == []


def test_a_sync_in_the_same_block_says_up_to_where_the_wallet_was_paid(
    house: House, story: Story
) -> None:
    plan = claims.Plan(house.deployment, settled_by_the_next(house, story), house.at)
    leaf = plan.leaf(story.song.slot)
    send(house.chain, "admin", client.sync(house.vault.address, leaf))
    node.fund(house.chain, OWN)
    back = client.transfer_units(house.vault.address, house.deployment.custody, leaf.track, LEFT)
    send_from(house.chain, KEYS[0], OWN, back)
    mined_together(house.chain)
    house.work()
    assert UnitDeposit.objects.get().paid_up_to_micros == leaf.revenue


def test_a_wallet_that_has_its_pay_sent_to_custody_breaks_nothing(
    house: House, story: Story
) -> None:
    plan = claims.Plan(house.deployment, settled_by_the_next(house, story), house.at)
    leaf, places = plan.leaf(story.song.slot), house.deployment
    send(house.chain, "admin", client.sync(places.vault, leaf))
    late = int(house.at.timestamp()) + 1_000
    order = client.ClaimOrder(OWN, places.custody, (leaf.track,), 0, late)
    signed = client.sign_claim_order(order, KEYS[0], places.vault, places.chain_id)
    send(house.chain, "admin", client.claim_to(places.vault, order, signed))
    house.work()
    assert ledger.balance(Account.Kind.SUSPENSE) == 6_667 * 3_000 * LEFT // 10**10
    assert broken(house) == []


def test_a_claim_is_wanted_for_them_alone(house: House, story: Story) -> None:
    """The fan withdrew all; what it gave back is all that it is owed for."""
    house.claim(story.fan)
    leaving.request(story.fan, story.song, units(story), "all", house.at)
    settled_by_the_next(house, story)
    house.claim(story.fan)
    send_units_back(house, story.song, KEYS[0], 1_500)
    house.work()
    settled_by_the_next(house, story)
    assert claims.claimable(story.fan).micros > 0
    house.claim(story.fan)
    assert claims.claimable(story.fan).micros == 0
    assert broken(house) == []


def test_from_a_wallet_that_nobody_linked_they_wait_for_who_proves_it(
    house: House, story: Story
) -> None:
    stranger = a_listener("stranger")
    track = bytes.fromhex(story.song.chain_id[2:])
    send(house.chain, "admin", client.enable_transfers(house.vault.address))
    send_units_back(house, story.song, KEYS[0], 1)  # a sync, so that units may move
    gift = client.transfer_units(house.vault.address, address_of(KEYS[1]), track, 4_000)
    send_from(house.chain, KEYS[0], OWN, gift)
    send_units_back(house, story.song, KEYS[1], 4_000)
    house.work()
    settled_by_the_next(house, story)
    assert not Holding.objects.filter(terms=story.song, party=stranger).exists()
    for party in (story.fan, story.listener, story.artist, story.writer, parties.platform()):
        house.claim(party)  # custody is paid for the stranger's units too
    assert broken(house) == []
    linked(stranger, house.at, KEYS[1])
    settled_by_the_next(house, story)
    assert Holding.objects.get(terms=story.song, party=stranger).units == 4_000
    deposit = UnitDeposit.objects.get(party=stranger)
    assert deposit.micros == 2 * 6_667 * 3_000 * 4_000 // 10**10
    assert broken(house) == []


def test_anyone_recomputes_what_came_back(
    house: House, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send_units_back(house, story.song, KEYS[0], 2_000)
    house.work()
    leaving.request(story.fan, story.song, 300, "again", house.at)  # both ways at one cut-off
    settled_by_the_next(house, story)
    settled_by_the_next(house, story)
    paths = house.bundles()
    assert verify([*map(str, paths)]) == 0
    archive = unpack(paths[1].read_bytes())
    members = {name: bytes(content) for name, content in archive.members.items()}
    header, *lines = members["leaving.csv"].splitlines(keepends=True)
    assert len(lines) == 2
    slot, _, taker, number = lines[0].split(b",")
    strange = b",".join([slot, b"0" * 16, taker, number])
    forged = tmp_path / "forged.zip"
    members["leaving.csv"] = b"".join([header, *sorted([strange, *lines[1:]])])
    forged.write_bytes(pack(archive.manifest, members)[0])
    assert verify([str(forged)]) == 1
    assert "0000000000000000 gives" in capsys.readouterr().out


@contextmanager
def in_another_transaction(act: Callable[[], object]) -> Iterator[None]:
    """Done on a connection of its own, and committed as the block ends."""
    done, go_on = Event(), Event()

    def run() -> None:
        with transaction.atomic():
            act()
            done.set()
            go_on.wait(20)
        connection.close()

    thread = Thread(target=run)
    thread.start()
    assert done.wait(20)
    try:
        yield
    finally:
        go_on.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["linking", "arriving"])
def test_units_that_arrive_as_their_wallet_is_linked_are_owned(first: str) -> None:
    track, party = a_track(), a_listener()
    place = {"block_number": 1, "block_hash": "0x1", "seen_at": NOON}
    named = {"track": track.chain_id, "sender": OWN, "amount": 5}
    ChainEvent.objects.create(
        tx_hash="0x1", position=0, name="Synced", args=named | {"revenue": 0}, **place
    )
    moved = ChainEvent.objects.create(
        tx_hash="0x1", position=1, name="UnitsTransfer", args=named, **place
    )
    steps: list[Callable[[], object]] = [
        lambda: linked(party, NOON),
        lambda: unit_deposits.arrived(moved, NOON),
    ]
    one, other = steps if first == "linking" else reversed(steps)
    with in_another_transaction(one), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError), transaction.atomic():
            other()
    other()
    assert UnitDeposit.objects.get().party == party


def test_the_database_itself_holds_the_states(house: House, story: Story) -> None:
    send_units_back(house, story.song, KEYS[0], 2_000)
    house.work()
    period = Period.objects.earliest("number")
    wrong: list[dict[str, object]] = [
        {"units": 0},
        {"units": 1_000_001},
        {"address": "0x12"},
        {"period": period},
        {"micros": 1},
        {"claimed_at": house.at},
        {"party": None, "period": period, "micros": 1},
    ]
    for changed in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            UnitDeposit.objects.update(**changed)
