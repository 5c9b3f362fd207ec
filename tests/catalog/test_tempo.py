"""A tempo is told as its file declares it, else as its style counts it, or not at all."""

import pytest

from marketplace.catalog.tempo import USUAL_BPM, counted_bpm, declared_bpm


@pytest.mark.parametrize(
    ("measured", "genre", "counted"),
    [
        (86.1, "Drum & Bass", 172.2),
        (152.0, "Dub", 76.0),
        (161.5, "Lo-Fi Hip-Hop", 80.75),
        (123.0, "House", 123.0),
        (86.1, "House", None),  # neither 43 nor 172 is house
        (143.6, "Jazz", None),  # played at any tempo
        (120.0, "", None),
    ],
)
def test_the_style_settles_the_octave(measured: float, genre: str, counted: float | None) -> None:
    assert counted_bpm(measured, genre) == counted


def test_no_range_holds_two_octaves_of_one_tempo() -> None:
    assert all(high < 2 * low for low, high in USUAL_BPM.values())


@pytest.mark.parametrize(
    ("tag", "declared"),
    [
        ("120", 120.0),
        ("120.5", 120.5),
        ("120,5", 120.5),
        ("174.00", 174.0),
        ("0", None),  # what programs write where they know nothing
        ("-120", None),
        ("999", None),
        ("19.9", None),
        ("nan", None),
        ("1e2", None),
        ("120 bpm", None),
        ("fast", None),
        ("", None),
    ],
)
def test_a_tag_declares_a_tempo_or_nothing(tag: str, declared: float | None) -> None:
    assert declared_bpm(tag) == declared
