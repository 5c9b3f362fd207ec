"""A price between its bounds: the likely best, what limits allow next, words that stay clear."""

from marketplace.templatetags import charts
from marketplace.templatetags.price_plots import Ahead, PricePlot, price_plot

WIDE = charts.FRAMES["half"][0]
FLOOR, CAP = 5_000, 12_000


def plot(
    *prices: int, band: tuple[int, int] | None = None, ahead: Ahead | None = None
) -> PricePlot:
    values = [(f"{day} Nov", micros) for day, micros in enumerate(prices, 1)]
    return price_plot(values, FLOOR, CAP, [band] * len(values), ahead, WIDE)


def test_price_lies_between_its_bounds() -> None:
    drawn = plot(FLOOR, CAP)
    ceiling, floor = drawn.bounds
    assert drawn.points[0].y == floor.at
    assert drawn.points[1].y == ceiling.at
    assert ceiling.text == "ceiling 1.20\u00a0¢"


def test_band_goes_there_and_back_and_stays_within_the_bounds() -> None:
    drawn = plot(7_000, 7_000, band=(1_000, 90_000))
    assert drawn.band.count("L") == 3
    ceiling, floor = drawn.bounds
    assert (
        drawn.band
        == f"M8.0 {ceiling.at}L{WIDE.end}.0 {ceiling.at}L{WIDE.end}.0 {floor.at}L8.0 {floor.at}Z"
    )
    assert drawn.points[0].more == "best 0.50 to 1.20\u00a0¢"


def test_nothing_is_said_of_the_best_price_before_anybody_answered() -> None:
    drawn = plot(6_000, 6_000)
    assert drawn.band == ""
    assert drawn.points[0].more == ""


def test_the_next_step_leaves_room_at_the_right() -> None:
    drawn = plot(6_000, 6_000, ahead=Ahead("Tomorrow", 5_900, 6_100))
    assert drawn.points[-1].x < WIDE.end
    assert f"L{WIDE.end}.0" in drawn.wedge


def test_a_single_price_is_a_point_with_what_may_follow() -> None:
    drawn = plot(6_000, ahead=Ahead("In an hour", 5_800, 6_300))
    assert len(drawn.points) == 1
    assert drawn.wedge


def test_a_price_at_a_bound_is_not_written_over_its_name() -> None:
    for price in (FLOOR, CAP):
        drawn = plot(price)
        assert all(abs(drawn.now.at - bound.at) >= 15 for bound in drawn.bounds)


def test_the_bands_name_stands_clear_of_the_price_and_of_the_bounds() -> None:
    low = plot(*[6_000] * 8, band=(9_000, 10_000)).band_label
    high = plot(*[8_500] * 8, band=(9_000, 10_000)).band_label
    assert low is not None
    assert high is not None
    assert low.y > high.y  # the price runs where the name stood
    through = [5_500, 8_000, 11_900, *[11_900] * 5]
    assert plot(*through, band=(9_000, 10_000)).band_label is None


def test_the_bands_name_stands_within_it_where_it_is_high_enough() -> None:
    drawn = plot(*[6_000] * 8, band=(9_000, 12_000))
    name = drawn.band_label
    assert name is not None
    assert name.inside
    assert drawn.bounds[0].at < name.y < drawn.points[0].y
    assert name.x > drawn.points[0].x
    around = plot(*[8_000] * 8, band=(5_500, 11_900))  # the price runs through it
    assert around.band_label is not None
    assert around.band_label.inside
    assert abs(around.band_label.y - around.points[0].y) > 4
    flat = plot(*[6_000] * 8, band=(9_000, 9_800)).band_label
    assert flat is not None
    assert not flat.inside
