"""Where comparisons and their intervals are drawn."""

from marketplace.templatetags.intervals import INTERVAL_FRAMES, Interval, interval_plot

WIDE, NARROW = INTERVAL_FRAMES


def test_twice_and_half_lie_as_far_from_the_level() -> None:
    plot = interval_plot([Interval("up", 2, 2, 2), Interval("down", 0.5, 0.5, 0.5)], WIDE)
    up, down = plot.rows
    assert abs((up.x - plot.level) - (plot.level - down.x)) <= 0.2
    assert up.y < down.y


def test_an_interval_that_crosses_the_level_is_open() -> None:
    plot = interval_plot([Interval("a", 1.1, 0.9, 1.3), Interval("b", 1.1, 1.05, 1.2)], NARROW)
    assert [row.crosses for row in plot.rows] == [True, False]
    for row in plot.rows:
        assert NARROW.left <= row.start <= row.x <= row.end <= NARROW.end


def test_nothing_earned_at_all_stays_within_the_drawing() -> None:
    (row,) = interval_plot([Interval("none", 0, 0, 0)], NARROW).rows
    assert NARROW.left <= row.start <= NARROW.end
