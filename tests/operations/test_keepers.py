"""Each role's key: what it holds, what waits in its lane, what to do when it is low."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from contracts import node
from marketplace.operations import keepers
from marketplace.operations.keepers import Keeper
from marketplace.operations.models import KeyState
from royalties import deployments, keys
from royalties.models import OutboxTransaction
from tests.builders import a_user

if TYPE_CHECKING:
    from contracts.fake import FakeChain
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def manned(house: "House", monkeypatch: pytest.MonkeyPatch) -> "House":
    monkeypatch.setattr(deployments, "connect", lambda: house.chain)
    return house


def seen(house: "House") -> dict[str, Keeper]:
    keepers.look(house.at)
    return {one.role: one for one in keepers.keepers(house.at, keepers.lanes_of(house.at))}


def planned(house: "House", number: int, lane: str = "keeper", error: str = "") -> None:
    OutboxTransaction.objects.create(
        lane=lane, kind="register", reference=f"register/{number}", to="0x", data=b"",
        created_at=house.at, error=error,
    )  # fmt: skip


def test_every_role_is_seen_as_the_chain_knows_it(manned: "House") -> None:
    found = seen(manned)
    assert list(found) == ["admin", "publisher", "guardian", "keeper", "custody"]
    publisher = found["publisher"].key
    assert publisher.address == keys.role("publisher").address
    assert publisher.gas_wei == manned.chain.balance(publisher.address)
    assert publisher.token_micros == manned.token.balance_of(publisher.address) == 10**12
    assert found["custody"].key.transactions_left
    assert not any(one.advice for one in found.values())


def test_a_key_that_runs_low_says_where_to_send_gas(manned: "House") -> None:
    address = keys.role("keeper").address
    enough = seen(manned)["keeper"].key
    assert enough.transactions_left is not None
    each = int(enough.gas_wei) // enough.transactions_left
    node.fund(manned.chain, address, each * 50)
    assert seen(manned)["keeper"].advice == []
    node.fund(manned.chain, address, each * 40)
    (advice,) = seen(manned)["keeper"].advice
    assert advice.startswith(f"Send gas money to {address}")


def test_a_lane_tells_what_waits_and_what_is_stuck(manned: "House") -> None:
    planned(manned, 1)
    planned(manned, 2, error="Vault: paused")
    manned.at += timedelta(seconds=30)
    found = seen(manned)
    assert [(one.age, one.stuck) for one in found["keeper"].lane] == [
        ("30\u00a0s", ""),
        ("30\u00a0s", "Vault: paused"),
    ]
    assert found["keeper"].stuck == 1
    assert found["publisher"].lane == []
    manned.at += timedelta(days=1)
    assert seen(manned)["keeper"].stuck == 2


def test_a_silent_chain_leaves_what_was_seen_and_says_how_old_it_is(manned: "House") -> None:
    keepers.look(manned.at)
    cast("FakeChain", manned.chain).offline = True
    manned.at += timedelta(minutes=6)
    found = seen(manned)
    assert len(found) == KeyState.objects.count() == 5
    assert "see that it runs" in found["admin"].advice[0]


def test_the_page_shows_addresses_and_asks_few_queries(
    client: Client, manned: "House", django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(a_user("operator"))
    assert "No key was looked at yet" in client.get("/operations/keys").content.decode()
    keepers.look(manned.at)
    for number in range(5):
        planned(manned, number)
    with django_assert_max_num_queries(11):
        text = client.get("/operations/keys").content.decode()
    for role in keys.ROLES:
        assert keys.role(role).address in text
    assert "5 waiting" in text
    part = client.get("/operations/keys?part=moving").content.decode()
    assert "<html" not in part
    assert "register/4" in part
