from marketplace.templatetags import charts
from marketplace.templatetags.plots import area_svg
from marketplace.templatetags.stacks import STACK_FRAMES, Series, stack_plot

STACK = STACK_FRAMES["full"][0]
WIDE = charts.FRAMES["full"][0]
DAYS = [("1 Nov", 0), ("2 Nov", 2_500_000), ("3 Nov", 5_000_000)]


def test_area_starts_at_zero_and_ends_at_the_top() -> None:
    plot = charts.area_plot(DAYS, "dollars", WIDE)
    assert [point.y for point in plot.points] == [WIDE.base, (WIDE.base + WIDE.top) / 2, WIDE.top]
    assert plot.area.endswith(f"V{WIDE.base}H8.0Z")


def test_points_say_the_exact_amount() -> None:
    plot = charts.area_plot([("1 Nov", 1_234_567)], "dollars", WIDE)
    assert plot.points[0].exact == "$1.234567"
    assert plot.points[0].text == "$1.23"


def test_levels_are_round_amounts_with_their_unit() -> None:
    assert [level.text for level in charts.area_plot(DAYS, "dollars", WIDE).levels] == ["$2", "$4"]


def test_a_level_gives_way_to_the_words_of_the_last_figure() -> None:
    near = [("1 Nov", 5_000_000), ("2 Nov", 1_900_000)]
    plot = charts.area_plot(near, "dollars", WIDE)
    assert [level.text for level in plot.levels] == ["", "$4"]


def test_reacting_widths_tile_the_plot_without_overlap() -> None:
    points = charts.area_plot(DAYS, "dollars", WIDE).points
    for one, following in zip(points, points[1:], strict=False):
        assert one.left + one.width == following.left


def test_only_zeros_still_draw() -> None:
    plot = charts.area_plot([("1 Nov", 0), ("2 Nov", 0)], "cents", WIDE)
    assert {point.y for point in plot.points} == {WIDE.base}


def test_stack_heights_add_up_to_the_day() -> None:
    series = [Series("One", [1_000_000, 3_000_000]), Series("Two", [1_000_000, 1_000_000])]
    plot = stack_plot(["1 Nov", "2 Nov"], series, "dollars", STACK)
    tallest = plot.columns[1].blocks
    assert tallest[1].y == STACK.top
    assert plot.columns[0].text == "$2.00"
    first, second = plot.columns
    assert first.left + first.width == second.left  # a pointer is always over one of them
    assert tallest[0].height > 2.9 * tallest[1].height


def test_stack_names_never_overlap() -> None:
    series = [Series(name, [1_000_000, amount]) for name, amount in [("A", 9), ("B", 9), ("C", 9)]]
    tags = stack_plot(["1", "2"], series, "dollars", STACK).tags
    assert all(below.y - above.y >= 34 for below, above in zip(tags, tags[1:], strict=False))


def test_a_day_that_is_not_over_is_not_drawn_as_a_fall() -> None:
    plot = charts.area_plot(DAYS, "dollars", WIDE, so_far=True)
    assert [point.label for point in plot.points] == ["1 Nov", "2 Nov", "3 Nov, so far"]
    assert plot.labels[-1].text == "so far"
    assert len(plot.series.split("L")) == 2, "the line ends at the last whole day"
    assert plot.area.endswith(f"V{WIDE.base}H8.0Z")
    assert plot.so_far == "M472.0 125.0L936.0 26.0"


def test_the_last_figure_stands_within_the_drawing_and_apart_from_the_levels() -> None:
    days = [("1 Nov", 30_000_000), ("2 Nov", 9_200_000)]
    for frame in charts.FRAMES["full"]:
        plot = charts.area_plot(days, "cents", frame, so_far=True)
        drawn = area_svg(plot, "Cents a day", "play")
        assert f">{plot.points[-1].text}</text>" in drawn, "with nothing after it: the axis says it"
        last = plot.points[-1].y - charts.LAST_WORDS_ABOVE
        assert all(abs(level.at - last) >= charts.APART for level in plot.levels if level.text)


def test_an_only_day_that_is_not_over_still_draws() -> None:
    plot = charts.area_plot(DAYS[:1], "dollars", WIDE, so_far=True)
    assert (len(plot.points), plot.so_far) == (1, "")
    assert plot.series.startswith(f"M{WIDE.end:.1f} {WIDE.base:.1f}L"), "on a stem from the ground"


def test_a_stacks_names_stand_at_the_last_whole_day() -> None:
    series = [Series("A", [1_000_000, 3_000_000, 0]), Series("B", [1_000_000, 1_000_000, 0])]
    days = ["1 Nov", "2 Nov", "3 Nov"]
    plot = stack_plot(days, series, "dollars", STACK, so_far=True)
    assert [column.label for column in plot.columns] == ["1 Nov", "2 Nov", "3 Nov, so far"]
    assert [column.so_far for column in plot.columns] == [False, False, True]
    assert plot.columns[2].blocks[0].text == "3 Nov, so far, A: $0.000000"
    assert plot.labels[-1].text == "so far"


def test_a_stacks_names_carry_their_sums_never_cut_to_nothing() -> None:
    series = [Series("A", [1_000_000, 3_000_000, 0]), Series("B", [0, 24, 0])]
    plot = stack_plot(["1", "2", "3"], series, "dollars", STACK, so_far=True)
    assert [tag.text for tag in plot.tags] == ["$4.00 in all", "$0.000024 in all"]
    in_cents = stack_plot(["1", "2", "3"], series, "cents", STACK)
    assert [tag.text for tag in in_cents.tags] == ["$4.00 in all", "0.0024\xa0¢ in all"]
