"""Units follow the schedule: in proportion to price, fewer as they run out, capped."""

from hypothesis import given
from hypothesis import strategies as st

from royalties.emission import Schedule, units_for, units_in_window


def test_a_first_play_earns_its_price_in_units() -> None:
    assert units_for(8_000, 0, 600_000, 100, 0, 50_000) == 80


def test_half_emitted_earns_half() -> None:
    assert units_for(8_000, 300_000, 600_000, 100, 0, 50_000) == 40


def test_a_listener_at_the_cap_earns_nothing_more() -> None:
    assert units_for(8_000, 0, 600_000, 100, 49_990, 50_000) == 10
    assert units_for(8_000, 0, 600_000, 100, 50_000, 50_000) == 0


def test_nothing_reserved_earns_nothing() -> None:
    assert units_for(8_000, 0, 0, 100, 0, 0) == 0


def test_plays_of_one_window_see_the_same_schedule() -> None:
    plays = [("a", 8_000, True), ("b", 8_000, False), ("c", 8_000, True)]
    assert units_in_window(plays, 300_000, Schedule(600_000, 100, 50_000), {}) == [40, 0, 40]


def test_a_cap_is_counted_down_within_the_window() -> None:
    plays = [("a", 8_000, True), ("b", 8_000, True), ("a", 8_000, True)]
    assert units_in_window(plays, 0, Schedule(600_000, 100, 100), {"b": 90}) == [80, 10, 20]


def test_the_last_units_go_to_the_first_plays() -> None:
    plays = [("a", 10**9, True), ("b", 10**9, True)]
    assert units_in_window(plays, 599_990, Schedule(600_000, 1, 600_000), {}) == [10, 0]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10**8), st.booleans()), max_size=40),
    st.integers(0, 1_000_000),
    st.integers(0, 1_000_000),
    st.integers(1, 1_000),
    st.integers(0, 1_000_000),
)
def test_never_more_than_reserved_nor_than_the_cap(
    plays: list[tuple[int, int, bool]], emitted: int, reserved: int, price: int, cap: int
) -> None:
    given = units_in_window(plays, emitted, Schedule(reserved, price, cap), {})
    assert sum(given) <= max(0, reserved - emitted)
    for listener in range(6):
        theirs = [u for u, play in zip(given, plays, strict=True) if play[0] == listener]
        assert sum(theirs) <= cap
