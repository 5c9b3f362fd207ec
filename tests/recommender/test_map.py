"""A map keeps neighbours together, is the same each time, and stays where listeners know it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender import artifacts, layout
from recommender.layout import lay_out, turned
from recommender.model import Model
from recommender.placing import Map, beside, region_of
from recommender.scorers import Ints
from recommender.sound import Floats, embed, standardise
from recommender.train import train, with_map
from tests.recommender.worlds import group_features, group_plays, item_ids

GROUPS = 8


def sounds(n: int, seed: int = 0) -> tuple[Floats, Ints]:
    """Unit vectors (n, d) near one point a group, and the group of each."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % GROUPS
    centres = np.random.default_rng(7).normal(size=(GROUPS, 30))
    x = (centres[group] + rng.normal(0.0, 0.5, (n, 30))).astype(np.float32)
    return embed(x, *standardise(x)), group


def together(places: Floats, group: Ints) -> float:
    """The share of songs whose nearest on the map is of their group."""
    apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return float((group[apart.argmin(axis=1)] == group).mean())


@pytest.fixture(scope="module")
def drawn() -> Map:
    return lay_out(sounds(96)[0])


def test_songs_that_sound_alike_lie_together_and_none_over_another(drawn: Map) -> None:
    group = sounds(96)[1]
    assert together(drawn.places, group) >= 0.95
    apart = np.linalg.norm(drawn.places[:, None] - drawn.places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 0.5 * layout.LEAST_GAP * np.sqrt(np.pi / 96)
    np.testing.assert_allclose(np.sqrt((drawn.places**2).sum(axis=1).mean()), 1.0, rtol=1e-4)
    np.testing.assert_array_equal(lay_out(sounds(96)[0]).places, drawn.places)
    np.testing.assert_array_equal(region_of(drawn.places, drawn.centres), drawn.regions)


def test_a_map_with_new_songs_stays_where_the_old_one_was(drawn: Map) -> None:
    unit, group = sounds(96)
    more = np.concatenate([unit, sounds(96, seed=1)[0][:8]])
    old = np.concatenate([drawn.places, np.full((8, 2), np.nan, np.float32)])
    new = lay_out(more, old)
    moved = np.linalg.norm(new.places[:96] - drawn.places, axis=1)
    assert np.median(moved) < 0.2  # of the map's radius
    assert together(new.places, np.concatenate([group, group[:8]])) >= 0.95


def test_turning_finds_a_map_again_that_was_turned_and_mirrored(drawn: Map) -> None:
    angle = np.array([[0.6, 0.8], [0.8, -0.6]], np.float32)
    known = np.arange(96) % 3 > 0
    back = turned(drawn.places @ angle + 5, drawn.places, known)
    np.testing.assert_allclose(back, drawn.places, atol=1e-4)


def test_a_first_map_has_bright_songs_at_the_right_and_fast_ones_up() -> None:
    unit, _ = sounds(96)
    axes = np.stack([unit[:, 0], unit[:, 1]], axis=1).astype(np.float64)
    places = lay_out(unit, axes=axes).places.astype(np.float64)
    ways = [np.corrcoef(places[:, k], axes[:, k])[0, 1] for k in (0, 1)]
    assert sum(ways) > 0


def test_a_song_of_later_lies_beside_those_it_sounds_like(drawn: Map) -> None:
    unit, group = sounds(96)
    new, of = sounds(24, seed=5)
    found = beside(new, unit, drawn.places)
    nearest = ((found[:, None] - drawn.places[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (group[nearest] == of).mean() >= 0.9


def test_of_many_songs_some_are_placed_and_the_rest_lie_beside_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(layout, "MOST_PLACED", 64)
    monkeypatch.setattr(layout, "SPACED", 0)
    unit, group = sounds(200)
    places = lay_out(unit).places
    assert together(places, group) >= 0.95
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert np.median(apart.min(axis=1)) > 0.01  # no heaps


@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_few_songs_make_a_map_too(n: int) -> None:
    unit = np.eye(max(n, 1), 6, dtype=np.float32)[:n]
    found = lay_out(np.concatenate([unit, np.zeros((2, 6), np.float32)]))
    assert np.isfinite(found.places[:n]).all()
    assert np.isnan(found.places[n:]).all()
    assert (found.regions[n:] == -1).all()


def test_a_stored_model_brings_its_map_and_the_same_songs_keep_it(tmp_path: Path) -> None:
    model = train(group_plays(), item_ids(), group_features(), seed=1).model
    first = with_map(model)
    artifacts.save(first, tmp_path, "2026-03-02T12:00:00")
    loaded = artifacts.load(tmp_path)
    assert first.map is not None
    assert loaded.map is not None
    for kept, stored in zip(first.map, loaded.map, strict=True):
        np.testing.assert_array_equal(kept, stored)
    again = with_map(replace(model, map=None), loaded).map
    assert again is not None
    np.testing.assert_array_equal(again.places, first.map.places)
    np.testing.assert_array_equal(again.regions, first.map.regions)


def test_without_sound_there_is_no_map() -> None:
    assert with_map(Model((), np.zeros(0, np.float32), {})).map is None
