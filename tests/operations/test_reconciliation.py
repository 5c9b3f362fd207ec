"""Chain against ledger: made by a worker, once; every difference named, nothing adjusted."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from django.test import Client

from marketplace.operations import reconciliation
from marketplace.operations.models import Deed, Reconciliation
from royalties import chain_checks, deployments, ledger
from royalties.models import Account, Entry
from royalties.verify.checks import Check
from tests.builders import a_listener, a_track, a_user, heard

if TYPE_CHECKING:
    from contracts.fake import FakeChain
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db
URL = "/operations/reconciliation"


@pytest.fixture
def settled(house: "House", monkeypatch: pytest.MonkeyPatch) -> "House":
    """One settled period, on the house's own chain."""
    monkeypatch.setattr(deployments, "connect", lambda: house.chain)
    heard(a_listener(), a_track(), house.at)
    house.pass_time(60)
    house.accrue()
    house.settle()
    return house


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(a_user("operator", name="Ada"))
    return client


def page(office: Client, part: str = "") -> str:
    answer = office.get(URL + part)
    assert answer.status_code == 200
    return answer.content.decode()


def a_wrong_posting(house: "House") -> None:
    """Five micros that the ledger says lie in the vault."""
    treasury = ledger.account(Account.Kind.TREASURY)
    deposited = ledger.account(Account.Kind.VAULT_DEPOSITED)
    ledger.post("wrong", "deposit", house.at, [(treasury, 5), (deposited, -5)])


def test_a_difference_says_since_when(office: Client, settled: "House") -> None:
    a_wrong_posting(settled)
    reconciliation.work(settled.at)
    again = reconciliation.work(settled.at + timedelta(hours=2))
    assert again is not None
    assert again.differing_since == settled.at
    assert f"since {settled.at:%-d %B, %H:%M} UTC" in page(office)
    assert f"since {settled.at:%-d %B, %H:%M} UTC" in office.get("/operations/").content.decode()


def test_agreement_is_told_with_its_sums_and_time(office: Client, settled: "House") -> None:
    made = reconciliation.work(settled.at)
    assert made is not None
    assert (made.differences, made.unanswered) == ([], "")
    assert [one["ledger"] - one["chain"] for one in made.figures] == [0, 0, 0, 0]
    assert made.figures[0]["chain"] == settled.vault.deposited() == 6_000
    text = page(office)
    assert "Ledger and chain agree to the unit" in text
    assert "by the clock" in text
    assert "Every purse equals its postings" in text


def test_a_difference_is_named_and_nothing_is_adjusted(office: Client, settled: "House") -> None:
    a_wrong_posting(settled)
    entries = Entry.objects.count()
    made = reconciliation.work(settled.at)
    assert made is not None
    assert [one["name"] for one in made.differences] == ["deposits"] * 3
    assert "the vault took in 6000 micros, the ledger posted 6005" in made.differences[0]["detail"]
    assert Entry.objects.count() == entries
    text = page(office)
    assert "3 differences" in text
    assert "the vault took in 6000 micros, the ledger posted 6005" in text
    assert "\u2212$0.00" in text
    assert "agree to the unit" not in text


def test_what_a_block_between_two_readings_moved_is_no_difference(
    settled: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, real = [], chain_checks.look

    def once_off(*args: object, **options: object) -> chain_checks.Found:
        looked.append(1)
        if len(looked) == 1:
            return chain_checks.Found([Check("deposits", False, "off by one")], [])
        return real(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(chain_checks, "look", once_off)
    made = reconciliation.work(settled.at)
    assert made is not None
    assert made.differences == []
    assert len(looked) == 2


def test_a_silent_chain_is_no_difference_and_no_agreement(office: Client, settled: "House") -> None:
    cast("FakeChain", settled.chain).offline = True
    made = reconciliation.work(settled.at)
    assert made is not None
    assert (made.differences, made.figures) == ([], [])
    text = page(office)
    assert "The chain could not be read" in text
    assert "The chain is switched off" in text
    assert "agree to the unit" not in text


def test_the_button_asks_once_and_the_page_waits_for_the_answer(
    office: Client, settled: "House"
) -> None:
    assert "Not compared yet" in page(office)
    assert "Nothing is adjusted, whatever it finds." in page(office)
    office.post("/operations/reconciliation/now")
    answer = office.post("/operations/reconciliation/now", follow=True)
    assert "under way already" in answer.content.decode()
    (asked,) = Reconciliation.objects.all()
    assert (asked.open, asked.bundles_from) == (True, 1)
    assert [deed.text for deed in Deed.objects.all()] == ["Had ledger and chain compared."]
    found = page(office, "?part=found")
    assert "<html" not in found
    assert "Asked for by Ada" in found
    assert "every 2s" in found
    assert reconciliation.work(settled.at) is not None
    found = page(office, "?part=found")
    assert "every 2s" not in found
    assert "asked for by Ada" in found


def test_the_page_itself_compares_nothing(
    office: Client, settled: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciliation.work(settled.at)
    monkeypatch.setattr(chain_checks, "look", None)
    monkeypatch.setattr(deployments, "connect", None)
    assert office.post("/operations/reconciliation/now").status_code == 302
    assert "Asked for by Ada" in page(office, "?part=found")
    assert "Reconciliation" in office.get("/operations/").content.decode()


def test_the_clock_asks_every_hour_and_a_killed_worker_loses_nothing(settled: "House") -> None:
    at = settled.at
    assert reconciliation.work(at) is not None
    assert reconciliation.work(at + timedelta(minutes=59)) is None
    assert reconciliation._claim(at + timedelta(hours=1)) is not None  # and then the worker dies
    assert reconciliation.work(at + timedelta(hours=1, minutes=9)) is None
    assert reconciliation.work(at + timedelta(hours=1, minutes=11)) is not None
    assert Reconciliation.objects.filter(open=False).count() == 2


def test_the_clock_makes_recent_bundles_again_and_an_operator_all(
    office: Client, settled: "House", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "RECENT", 0)
    settled.bundles()[0].unlink()  # of period 1; period 2 is open
    made = reconciliation.work(settled.at)
    assert made is not None
    assert (made.bundles_from, made.differences) == (2, [])
    assert "Bundles of periods from 2 on" in page(office)
    office.post("/operations/reconciliation/now")
    made = reconciliation.work(settled.at)
    assert made is not None
    assert [one["name"] for one in made.differences] == ["bundles"]


def test_the_page_asks_few_queries(
    office: Client, settled: "House", django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    reconciliation.work(settled.at)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page(office)
