"""Splits add up to what was split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from royalties import money


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=17))
def test_largest_remainder_adds_up_and_is_within_one(total: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        return
    parts = money.largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


def test_equal_remainders_favour_the_first() -> None:
    assert money.largest_remainder(10, [1, 1, 1]) == [4, 3, 3]


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        money.largest_remainder(10, [0, 0])


@given(st.lists(st.integers(1, 10**7), max_size=30), st.integers(0, 10_000))
def test_shares_of_steps_add_up_to_the_share_of_the_whole(prices: list[int], bps: int) -> None:
    revenue, paid = 0, 0
    for price in prices:
        paid += money.share_between(revenue, revenue + price, bps)
        revenue += price
    assert paid == money.floor_share(revenue, bps)


@given(st.lists(st.integers(0, 10**15), max_size=12), st.integers(0, 4_500))
def test_holders_remainders_are_carried_and_never_dropped(earned: list[int], bps: int) -> None:
    paid, carried = 0, 0
    for unit_micros in earned:
        micros, carried = money.entitlement(unit_micros, bps, carried)
        paid += micros
    assert paid * money.ENTITLEMENT_SCALE + carried == sum(earned) * bps
    assert 0 <= carried < money.ENTITLEMENT_SCALE
