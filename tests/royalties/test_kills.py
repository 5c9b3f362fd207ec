"""Processes killed for good in the middle of settling: whoever comes next finishes it, once."""

import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from royalties import bundle, chain, deployments, ledger, outbox, settlement
from royalties.models import Account, ChainEvent, Deployment, OutboxTransaction, Period
from royalties.settlement import NothingToSettle
from tests.royalties.builders import a_listener, a_play, a_track

DEADLY = """
import os, signal, sys
import django
django.setup()
from django.utils import timezone
from contracts.client import Chain
from royalties import bundle, outbox, settlement
def dies(*args):
    os.kill(os.getpid(), signal.SIGKILL)
send_raw = Chain.send_raw
def sends_and_dies(self, raw):
    send_raw(self, raw)
    dies()
"""


@pytest.fixture
def a_paid_play(transactional_db: None, chain_url: str, settings: Settings, tmp_path: Path) -> None:
    """Contracts on a real node, and one play that is due."""
    settings.CHAIN_RPC_URL, settings.BUNDLES_ROOT = chain_url, tmp_path / "bundles"
    settings.ACTIVATION_DELAY = timedelta(seconds=30)
    call_command("deploy_contracts")
    a_play(a_track(), a_listener(), timezone.now())


def killed(environment: dict[str, str], home: Path, last_words: str) -> None:
    """Another process, killed by its own hand in the middle of `last_words`."""
    done = subprocess.run(
        [sys.executable, "-c", DEADLY + last_words],
        env={**environment, "REFRAIN_HOME": str(home), "HOLD_WINDOW": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr


def test_killed_while_closing(
    a_paid_play: None, process_environment: dict[str, str], tmp_path: Path
) -> None:
    killed(
        process_environment,
        tmp_path,
        "bundle.write_aside = dies; settlement.close(timezone.now())",
    )
    assert not Period.objects.filter(state="closed").exists()
    period = settlement.close(timezone.now())
    assert (period.number, period.total_micros) == (1, 8_000)
    assert bundle.path_of(1).exists()


def test_killed_right_after_closing(
    a_paid_play: None, process_environment: dict[str, str], tmp_path: Path
) -> None:
    killed(process_environment, tmp_path, "bundle.put = dies; settlement.close(timezone.now())")
    period = Period.objects.get(state="closed")
    with pytest.raises(NothingToSettle):
        settlement.close(timezone.now())
    assert not bundle.path_of(1).exists()
    assert bundle.ensure(period).exists()


@pytest.mark.parametrize("moment", ["dies", "sends_and_dies"])
def test_killed_while_sending(
    a_paid_play: None, process_environment: dict[str, str], tmp_path: Path, moment: str
) -> None:
    settlement.close(timezone.now())
    killed(process_environment, tmp_path, f"Chain.send_raw = {moment}; outbox.send(timezone.now())")
    left = OutboxTransaction.objects.get()
    assert (left.state, left.leased_until is None) == ("signed", False)
    assert outbox.send(timezone.now()) == 0  # until the lease of the dead ends
    after = timezone.now() + configured.CHAIN_LEASE
    outbox.send(after)
    chain.follow(after)
    sent = OutboxTransaction.objects.get()
    assert (sent.state, sent.hash, sent.nonce) == ("final", left.hash, left.nonce)
    assert ChainEvent.objects.filter(name="Published").count() == 1
    assert Period.objects.get(number=1).state == Period.State.PUBLISHED
    assert -ledger.balance(Account.Kind.VAULT_DEPOSITED) == 8_000


def test_two_at_once_close_sign_and_follow_once(a_paid_play: None) -> None:
    at = timezone.now()

    def works() -> None:
        with suppress(NothingToSettle):
            settlement.close(at)
        outbox.send(at, deployments.connect())
        chain.follow(at, deployments.connect())
        connection.close()

    threads = [Thread(target=works) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.send(at)
    chain.follow(at)
    assert Period.objects.filter(cutoff_at__isnull=False).count() == 1
    assert OutboxTransaction.objects.get().state == "final"
    assert ChainEvent.objects.filter(name="Published").count() == 1
    assert -ledger.balance(Account.Kind.VAULT_DEPOSITED) == 8_000
    assert Deployment.objects.get().halted == ""
