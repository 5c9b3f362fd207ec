"""The way of the money over a real node: deployed through Brownie, lost state included."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from contracts import node
from contracts.client import Chain
from royalties import chain_checks, deployments, ledger, settlement
from royalties.models import Account, ChainEvent, Deployment, OutboxTransaction, Period
from royalties.verify.__main__ import main as verify
from tests.royalties.house import DELAY_SECONDS, House
from tests.royalties.stories import one_more, two_tracks

Kind = Account.Kind
OnCommit = Callable[..., AbstractContextManager[Any]]


@contextmanager
def a_node(settings: Settings, state: Path) -> Iterator[Chain]:
    """A node on that state; what it has mined is on disk when it ends."""
    with node.running_anvil(state_file=state) as url:
        settings.CHAIN_RPC_URL = url
        yield Chain(url)


@pytest.fixture
def folder(db: None, settings: Settings, tmp_path: Path) -> Path:
    from datetime import timedelta

    settings.BUNDLES_ROOT = tmp_path / "bundles"
    settings.ACTIVATION_DELAY = timedelta(seconds=DELAY_SECONDS)
    return tmp_path


def deployed(chain: Chain, on_commit: OnCommit) -> House:
    from django.utils import timezone

    call_command("deploy_contracts")
    return House(chain, deployments.current(), on_commit, timezone.now())


def saved(state: Path) -> None:
    """Wait until the node's last block is in its file."""
    Event().wait(2.5)
    assert state.exists()


def test_a_play_settles_through_brownies_deployment(
    folder: Path,
    settings: Settings,
    django_capture_on_commit_callbacks: OnCommit,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with a_node(settings, folder / "state.json") as chain:
        house = deployed(chain, django_capture_on_commit_callbacks)
        assert -ledger.balance(Kind.TREASURY) == deployments.TEST_MONEY_MICROS
        call_command("deploy_contracts")
        approved = {"publisher": 1, "guardian": 0, "keeper": 0, "custody": 0}
        assert Deployment.objects.get().first_nonces == approved
        story = two_tracks(house)
        assert house.settle().state == Period.State.ACTIVE
        house.claim(story.writer)
        house.claim(story.artist)
        assert ledger.balance(Kind.SPENDABLE, story.writer) == 25_123 // 5
        assert house.token.balance_of(house.deployment.custody) > 25_123 // 5
        assert [check for check in chain_checks.check(house.at) if not check.ok] == []
        bundles = [str(path) for path in house.bundles()]
        assert verify([*bundles, "--rpc", settings.CHAIN_RPC_URL]) == 0
        assert "ok     period 1: chain: epoch 1" in capsys.readouterr().out
        Period.objects.filter(number=1).update(bundle_hash="0x" + "00" * 32)
        assert [check.name for check in chain_checks.check(house.at) if not check.ok] == [
            "bundles",
            "roots",
        ]


def test_a_chain_that_came_back_from_an_older_state_is_given_the_same_bytes(
    folder: Path, settings: Settings, django_capture_on_commit_callbacks: OnCommit
) -> None:
    state, older = folder / "state.json", folder / "older.json"
    with a_node(settings, state) as chain:
        house = deployed(chain, django_capture_on_commit_callbacks)
        story = two_tracks(house)
        saved(state)
        shutil.copy(state, older)
        house.settle()
        house.claim(story.artist)
        one_more(house, story)
        house.close()
        house.work()
    sent = {row.reference: (row.nonce, row.hash) for row in OutboxTransaction.objects.all()}
    assert len([one for one in sent if one.startswith("claim/")]) == 2
    spendable = ledger.balance(Kind.SPENDABLE, story.artist)
    shutil.copy(older, state)
    with a_node(settings, state) as chain:
        house.chain = chain
        assert house.vault.active("pending") is None
        for _ in range(3):
            house.work()
            house.pass_time(2 * DELAY_SECONDS)
        house.work()
        again = {row.reference: (row.nonce, row.hash) for row in OutboxTransaction.objects.all()}
        assert again == sent
        assert {*OutboxTransaction.objects.values_list("state", flat=True)} == {"final"}
        assert ledger.balance(Kind.SPENDABLE, story.artist) == spendable
        assert ChainEvent.objects.filter(name="Published").count() == 2
        assert house.token.balance_of(house.deployment.custody) > spendable
        assert [check for check in chain_checks.check(house.at) if not check.ok] == []


def test_a_new_chain_under_an_old_database_is_refused_in_one_sentence(
    folder: Path, settings: Settings, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with a_node(settings, folder / "first.json") as chain:
        house = deployed(chain, django_capture_on_commit_callbacks)
        first = house.deployment
    with a_node(settings, folder / "second.json") as chain:
        house = deployed(chain, django_capture_on_commit_callbacks)
        assert house.deployment.pk != first.pk  # nothing was signed for the lost one
        assert -ledger.balance(Kind.TREASURY) == deployments.TEST_MONEY_MICROS
        two_tracks(house)
        house.close()
        house.work()
    with a_node(settings, folder / "third.json"):
        with pytest.raises(CommandError, match="bring back the chain's state"):
            call_command("deploy_contracts")
        assert "Nothing is signed" in settlement.alarms(house.at)[0].sentence
