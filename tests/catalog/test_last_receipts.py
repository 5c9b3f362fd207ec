"""The last plays of a song: whom each paid, and how far its money has come."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.last_receipts import last_receipts
from marketplace.wallet.receipts import plays_with_periods
from marketplace.wallet.seals import seal_of
from royalties import accrual, settlement, terms
from royalties.models import PaidPlay
from tests.builders import NOON, a_listener, a_track, heard
from tests.royalties.builders import hold

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_each_says_whom_it_paid_and_its_seal_as_the_wallet_does(
    settings: Settings, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settings.HOLD_WINDOW = timedelta(0)
    track, fan = a_track(), a_listener()
    assert (its := track.terms) is not None
    split = terms.split_of(its, 6_000)
    assert last_receipts(its, split, NOON) == []
    for number in range(3):
        heard(fan, track, NOON + number * MINUTE)
    accrual.accrue(NOON + 5 * MINUTE)
    hold([PaidPlay.objects.earliest("counted_at")], "looks odd", NOON + 6 * MINUTE)
    heard(fan, track, NOON + 7 * MINUTE)
    at = NOON + 9 * MINUTE
    with django_assert_max_num_queries(2):
        found = last_receipts(its, split, at)
    plays = list(plays_with_periods())
    cutoff = settlement.next_cutoff()
    assert [one.seal for one in found] == [seal_of(play, cutoff, at) for play in plays]
    assert [one.id for one in found] == [play.pk for play in plays]
    assert {one.seal.text for one in found} > {"counted", "held"}
    assert {(one.paid_micros, one.makers_micros, one.fans_micros) for one in found} == {
        (6_000, 4_500, 1_200)
    }
