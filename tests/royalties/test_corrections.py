"""A root stopped for a wrong bundle: a corrected one takes its place, and says so."""

from collections.abc import Sequence
from typing import Any

import pytest

from contracts import client
from royalties import (
    bundle,
    bundle_lines,
    chain_checks,
    corrections,
    invariants,
    publications,
    settlement,
)
from royalties.models import Period
from royalties.verify import onchain, records
from royalties.verify.__main__ import main as verify
from royalties.verify.bundle import InputError
from tests.royalties.builders import hold
from tests.royalties.house import DELAY_SECONDS, House, send
from tests.royalties.stories import one_more, two_tracks
from tests.royalties.verify.conftest import replacing

WHY = "One play was missing from the list"


@pytest.fixture
def stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> Period:
    """The first period's bundle lacks a play; it was published, then vetoed. The second waits."""
    story = two_tracks(house)
    lacking = f"{bundle_lines.PLAYS} LIMIT (SELECT count(*) - 1 FROM royalties_paidplay)"
    with monkeypatch.context() as patch:
        patch.setitem(bundle_lines.COPIED, records.Play, lacking)
        period = house.close()
    house.work()
    send(house.chain, "guardian", client.veto(house.vault.address))
    house.work()
    hold(story.plays[:1], "not heard by anybody", house.at)
    one_more(house, story)
    house.close()
    period.refresh_from_db()
    assert period.state == Period.State.VETOED
    return period


def corrected(house: House, period: Period) -> None:
    with house.on_commit(execute=True):
        assert corrections.correct(period, WHY, house.at)
    period.refresh_from_db()


def said(
    arguments: Sequence[Any], house: House, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> tuple[int, str]:
    """What verify answers, with the chain in the process as the node it asks."""
    monkeypatch.setattr(onchain, "Chain", lambda url: house.chain)
    code = verify([*map(str, arguments), "--rpc", "in process"])
    return code, capsys.readouterr().out


def test_a_corrected_bundle_says_what_it_replaces_and_why_and_is_settled(
    house: House,
    stopped: Period,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = stopped.bundle_hash
    corrected(house, stopped)
    assert (stopped.replaces, stopped.correction) == (wrong, WHY)
    assert stopped.bundle_hash != wrong
    for _ in range(2):
        house.work()
        house.pass_time(2 * DELAY_SECONDS)
    house.work()
    assert {*Period.objects.filter(number__lte=2).values_list("state", flat=True)} == {"active"}
    assert settlement.alarms(house.at) == []
    assert [one for one in chain_checks.check(house.at, house.chain) if not one.ok] == []
    assert [one for one in invariants.ledger_checks() if not one.ok] == []
    code, text = said(house.bundles(), house, monkeypatch, capsys)
    assert code == 0
    assert f"ok     period 1: corrected: {WHY} (in place of {wrong[2:]})" in text
    replaced = bundle.path_of_replaced(stopped)
    code, text = said([replaced, *house.bundles()], house, monkeypatch, capsys)
    assert code == 1  # what is wrong with the one that was stopped, and with nothing else
    failed = [line for line in text.splitlines() if line.startswith("FAILED")]
    assert failed
    assert all(replaced.name in line or "period 1:" in line for line in failed)
    assert "period 1: chain: epoch" in text


def test_one_that_replaces_what_nobody_stopped_is_named(
    house: House,
    stopped: Period,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Period.objects.filter(pk=1).update(bundle_hash="0x" + "ab" * 32)
    corrected(house, stopped)
    house.work()
    code, text = said(house.bundles()[:1], house, monkeypatch, capsys)
    assert (code, "which no guardian stopped" in text) == (1, True)


def test_one_that_replaces_what_was_published_again_is_named(
    house: House,
    stopped: Period,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publications.republish(stopped, house.at)
    house.work()
    first = house.bundles()[0]
    code, text = said([replacing(first, first)], house, monkeypatch, capsys)
    assert (code, "which was published again" in text) == (1, True)


def test_a_veto_without_the_publication_it_ends_is_a_gap_in_the_nodes_log() -> None:
    vetoed = client.Event("Vetoed", {"epoch": 3}, "0x01", 0, 1, "0x02", "0x03")
    with pytest.raises(InputError, match="a veto of epoch 3 and no publication before it"):
        onchain._published([vetoed])


def test_only_a_stopped_period_is_corrected(house: House, stopped: Period) -> None:
    corrected(house, stopped)
    assert not corrections.correct(stopped, WHY, house.at)
