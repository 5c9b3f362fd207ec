"""Spending what was claimed: of every name a login has, into its own purse."""

import pytest

from marketplace.studio import payouts
from royalties import ledger, purses
from royalties.models import Account
from tests.builders import NOON, a_user, an_artist, later

pytestmark = pytest.mark.django_db


def earned(party: object, micros: int) -> None:
    """Claimed money, as a final claim would have posted it."""
    vault = ledger.account(Account.Kind.CUSTODY_FLOAT)
    spendable = ledger.account(Account.Kind.SPENDABLE, party)  # type: ignore[arg-type]
    ledger.post(f"test/{party}", "claim", NOON, [(vault, -micros), (spendable, micros)])


def test_earnings_of_every_name_reach_the_logins_purse_once() -> None:
    user = a_user("artist")
    stage_name = an_artist(name="The Tides")
    stage_name.user = user
    stage_name.save()
    earned(user.party, 300)
    earned(stage_name.party, 4_500)
    assert payouts.spend(user, NOON) == 4_800
    assert purses.available(user.party) == 4_800
    assert payouts.spend(user, later(1)) == 0
    assert payouts.totals(user).spendable == 0
