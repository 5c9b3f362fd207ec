"""What is offered for gas: never above the ceiling, and a replacement pays what nodes ask for."""

import pytest
from pytest_django import Settings

from contracts.client import ChainError, Fees
from royalties import fees

GWEI = 10**9


def test_an_offer_is_what_the_node_says_up_to_the_ceiling(settings: Settings) -> None:
    settings.CHAIN_MAX_FEE_WEI = 100 * GWEI
    assert fees.offer(Fees(100 * GWEI, GWEI)) == Fees(100 * GWEI, GWEI)
    with pytest.raises(fees.TooDear, match="more than CHAIN_MAX_FEE_GWEI = 100"):
        fees.offer(Fees(100 * GWEI + 1, GWEI))


@pytest.mark.parametrize("old", [Fees(1, 0), Fees(7, 7), Fees(3 * GWEI, GWEI)])
def test_a_replacement_pays_more_than_a_tenth_more_of_both(old: Fees) -> None:
    more = fees.replacement(old, Fees(2 * GWEI, 1))
    assert more.max_fee_wei * 10 >= old.max_fee_wei * 11
    assert more.priority_fee_wei * 10 >= old.priority_fee_wei * 11
    assert more.max_fee_wei >= 2 * GWEI


def test_a_replacement_ends_where_paying_more_is_no_cure(settings: Settings) -> None:
    today = Fees(2 * GWEI, GWEI)
    fees.replacement(Fees(6 * GWEI, GWEI), today)
    with pytest.raises(ChainError, match="pays 3 times"):
        fees.replacement(Fees(6 * GWEI + 1, GWEI), today)
    settings.CHAIN_MAX_FEE_WEI = 6 * GWEI
    with pytest.raises(fees.TooDear):
        fees.replacement(Fees(6 * GWEI, GWEI), today)
