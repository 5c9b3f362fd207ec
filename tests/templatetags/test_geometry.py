import re

import pytest

from marketplace.templatetags import geometry


def n_bars(path: str) -> int:
    return path.count("M")


def test_wave_is_dotted_up_to_the_counting_point() -> None:
    wave = geometry.wave([0.5] * 200, 0.25, 40, 28.0, 3.0)
    assert (n_bars(wave.free), n_bars(wave.rest)) == (10, 30)


@pytest.mark.parametrize("fraction", [0.0, 1.0, 1.4])
def test_wave_always_draws_every_bar(fraction: float) -> None:
    wave = geometry.wave([0.5] * 7, fraction, 40, 28.0, 3.0)
    assert n_bars(wave.free) + n_bars(wave.rest) == 40


def test_silence_and_missing_peaks_stay_visible_as_dots() -> None:
    assert geometry.wave([], 0, 1, 28.0, 3.0).rest == "M1.5 13.5V14.5"


def test_resampling_keeps_the_loudest_peak_of_a_stretch() -> None:
    peaks = [0.1] * 200
    peaks[57] = 0.9
    assert max(geometry.resample(peaks, 50)) == 0.9
    assert geometry.resample([0.2, 0.8], 4) == [0.2, 0.2, 0.8, 0.8]


def test_bars_stay_inside_the_drawing_even_when_peaks_do_not() -> None:
    numbers = [
        float(n) for n in re.findall(r"[-\d.]+", geometry.wave([5.0], 0, 1, 28.0, 3.0).rest)[1:]
    ]
    assert min(numbers) >= 0
    assert max(numbers) <= 28


def test_spread_puts_the_highest_value_on_top_and_flat_lines_in_the_middle() -> None:
    points = geometry.spread([1, 3, 2], 52, 22, 2)
    assert [y for _, y in points] == [20.0, 2.0, 11.0]
    assert {y for _, y in geometry.spread([5, 5], 52, 22, 2)} == {11.0}


def test_arcs_follow_each_other_around_the_ring() -> None:
    arcs = geometry.arcs([2_000, 8_000], 10_000, gap=28)
    assert [(arc.dash, arc.offset) for arc in arcs] == [(1_972, 0), (7_972, -2_000)]


def test_a_tiny_part_keeps_a_sliver() -> None:
    assert geometry.arcs([5, 9_995], 10_000, gap=28)[0].dash == 5


@pytest.mark.parametrize(
    ("high", "ticks"), [(5.4, [2.0, 4.0]), (3.1, [1.0, 2.0, 3.0]), (0.0, []), (1.0, [0.5, 1.0])]
)
def test_ticks_are_round_and_few(high: float, ticks: list[float]) -> None:
    assert geometry.nice_ticks(high) == ticks


def test_labels_name_first_and_last_and_never_crowd_the_last() -> None:
    assert geometry.label_places(3, 6) == [0, 1, 2]
    assert geometry.label_places(14, 4) == [0, 5, 13]
    assert geometry.label_places(31, 4) == [0, 10, 20, 30]
