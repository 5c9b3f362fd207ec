from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.interactions import Plays
from recommender.model import Model
from recommender.train import train, with_nearest
from tests.recommender.worlds import (
    ITEMS_EACH,
    group_features,
    group_of,
    group_plays,
    item,
    item_ids,
    no_plays,
)

NEW = ["g0-new", "g1-new", "g2-new"]


@pytest.fixture(scope="module")
def warm() -> Model:
    return train(group_plays(), item_ids(), seed=3).model


@pytest.fixture(scope="module")
def hybrid() -> Model:
    """Plays and sound, and one track of each group nobody has played."""
    x = group_features()
    new = x[[0, ITEMS_EACH, 2 * ITEMS_EACH]] + np.float32(0.1)
    artists = [f"artist-{i[:2]}" for i in item_ids()] + [None] * 3
    return train(group_plays(), item_ids() + NEW, np.concatenate([x, new]), artists, seed=3).model


@pytest.mark.parametrize("group", [0, 1, 2])
def test_ranks_the_listeners_own_taste_first(warm: Model, group: int) -> None:
    own = {item(group, 0): 3.0, item(group, 1): 1.0, item(group, 5): 1.0}
    assert {group_of(r.item_id) for r in warm.recommend(own, 5)} == {group}


def test_never_returns_what_was_played_excluded_or_no_candidate(hybrid: Model) -> None:
    own = {item(0, 0): 1.0, item(0, 1): 2.0}
    wide = [r.item_id for r in hybrid.recommend(own, 100, exclude=[item(0, 2), "g0-new"])]
    assert len(wide) == len(set(wide)) == 27 - 4
    assert not {item(0, 0), item(0, 1), item(0, 2), "g0-new"} & set(wide)
    some = [item(0, 0), item(1, 3), "g2-new", "unheard of"]
    assert {r.item_id for r in hybrid.recommend(own, 10, candidates=some)} == {item(1, 3), "g2-new"}


def test_played_tracks_come_again_only_when_asked_for(warm: Model) -> None:
    own = {item(0, k): 1.0 for k in range(ITEMS_EACH)}
    found = {r.item_id: r.reason.kind for r in warm.recommend(own, 24, again=True)}
    assert {kind for i, kind in found.items() if i in own} == {"again"}
    assert len(found) == 24


def test_scores_fall_and_positions_are_stable(warm: Model) -> None:
    first = warm.recommend({item(1, 1): 1.0}, 20)
    assert [r.score for r in first] == sorted((r.score for r in first), reverse=True)
    assert first == warm.recommend({item(1, 1): 1.0}, 20)


def test_a_first_play_changes_the_feed(hybrid: Model) -> None:
    stranger = [r.item_id for r in hybrid.recommend({}, 7)]
    assert len({group_of(i) for i in stranger}) > 1
    assert {group_of(r.item_id) for r in hybrid.recommend({item(2, 4): 1.0}, 7)} == {2}


def test_a_strangers_list_is_popular_and_varied_by_artist() -> None:
    rows = [(user, k, 1.0) for k in range(6) for user in range(40 - k)]
    artists = ["same", "same", "same", "other", "same", "third"]
    names = [f"t{k}" for k in range(6)]
    plain = train(Plays.of(rows), names).model.recommend({}, 6)
    assert [r.item_id for r in plain] == names
    assert {r.reason.kind for r in plain} == {"popular"}
    varied = train(Plays.of(rows), names, artists=artists).model.recommend({}, 4)
    assert [r.item_id for r in varied] == ["t0", "t1", "t3", "t2"]


def test_a_new_track_is_ranked_by_its_sound(hybrid: Model) -> None:
    own = {item(1, 2): 1.0, item(1, 3): 4.0}
    ranked = hybrid.recommend(own, 3, candidates=NEW)
    assert ranked[0].item_id == "g1-new"
    reason = ranked[0].reason
    assert reason.kind == "sound"
    assert reason.because_item in own
    assert 1 <= len(reason.traits) <= 2
    trait = reason.traits[0]
    assert np.isfinite([trait.value, trait.because_value]).all()


def test_a_play_of_a_track_without_history_still_shapes_the_feed(hybrid: Model) -> None:
    assert group_of(hybrid.recommend({"g2-new": 1.0}, 1)[0].item_id) == 2


def test_the_named_play_is_the_one_that_counted(warm: Model) -> None:
    """Without the own item a reason names, the track's score falls more than without any other."""
    own = {item(0, 0): 5.0, item(1, 0): 1.0, item(2, 0): 1.0}
    best = warm.recommend(own, 1)[0]
    assert best.reason.kind == "taste"
    assert best.reason.because_item == item(0, 0)
    assert group_of(best.item_id) == 0


def test_a_popular_track_names_the_own_one_nearest_in_sound(hybrid: Model) -> None:
    """Popularity brings it; what is nearest of one's own is true all the same."""
    loud = replace(hybrid, weights={"popularity": 1_000.0, "sound": 1.0})
    own = {item(1, 2): 1.0, item(2, 3): 1.0}
    popular = [one for one in loud.recommend(own, 9) if one.reason.kind == "popular"]
    near = [(one.item_id, one.reason.because_item or "") for one in popular]
    assert {because for _, because in near} >= own.keys()
    assert all(group_of(target) == group_of(because) for target, because in near if because)


def test_similar_tracks_agree_by_sound_and_taste(hybrid: Model) -> None:
    found = hybrid.similar(item(1, 0), 5)
    assert {group_of(i) for i, _, _ in found} == {1}
    assert item(1, 0) not in [i for i, _, _ in found]
    assert all(0.0 <= value <= 1.0 for _, *both in found for value in both)
    assert hybrid.similar("unheard of") == []


@pytest.mark.parametrize("kind", ["sound", "taste"])
def test_alike_tracks_are_of_one_group(hybrid: Model, kind: Literal["sound", "taste"]) -> None:
    found = hybrid.alike(item(1, 0), kind, 5)
    assert {group_of(one.item_id) for one in found} == {1}
    assert item(1, 0) not in [one.item_id for one in found]
    likeness = [one.likeness for one in found]
    assert likeness == sorted(likeness, reverse=True)
    assert any(one.traits for one in found) == (kind == "sound")
    assert hybrid.alike("unheard of", kind, 5) == []


@pytest.mark.parametrize("kind", ["sound", "taste"])
def test_a_model_that_knows_the_nearest_tells_the_same(
    hybrid: Model, kind: Literal["sound", "taste"]
) -> None:
    served = with_nearest(hybrid)
    for item_id in hybrid.item_ids:
        told, found = (model.alike(item_id, kind, 9) for model in (served, hybrid))
        assert [one.item_id for one in told] == [one.item_id for one in found]
        assert [one.traits for one in told] == [one.traits for one in found]


def test_a_track_newer_than_the_model_sounds_like_those_it_would_be_near(hybrid: Model) -> None:
    vector = group_features()[item_ids().index(item(1, 0))]
    found = hybrid.sounding_like(vector, 5)
    assert found[0].item_id == item(1, 0)
    assert {group_of(one.item_id) for one in found} == {1}
    assert found[1:] == hybrid.alike(item(1, 0), "sound", 4)
    assert hybrid.sounding_like(vector[:3], 5) == []
    assert replace(hybrid, sound=None).sounding_like(vector, 5) == []


def test_too_few_listeners_say_nothing_about_taste(hybrid: Model) -> None:
    few = replace(hybrid, listeners=np.minimum(hybrid.listeners, 2))
    assert few.alike(item(1, 0), "taste", 5) == []
    assert few.alike(item(1, 0), "sound", 5) != []


def test_factors_that_are_the_same_for_all_tracks_tell_no_taste(hybrid: Model) -> None:
    """As under a penalty so heavy that only how much is played is left: shared listeners do."""
    assert hybrid.als is not None
    assert hybrid.tastes is not None
    played = hybrid.listeners[: len(hybrid.als.factors), None].astype(np.float32)
    flat = replace(hybrid, als=replace(hybrid.als, factors=played * hybrid.als.factors[:1]))
    assert flat.tastes is None
    assert with_nearest(flat).taste_nearest is None
    found = flat.alike(item(1, 0), "taste", 5)
    assert {group_of(one.item_id) for one in found} == {1}
    assert all(0.0 < one.likeness <= 1.0 for one in found)
    assert {group_of(i) for i, _, taste in flat.similar(item(1, 0), 5) if taste} == {1}
    assert replace(flat, neighbours=None).alike(item(1, 0), "taste", 5) == []


def test_the_same_seed_and_plays_give_the_same_model() -> None:
    first, second = (train(group_plays(), item_ids(), seed=5) for _ in range(2))
    assert first.settings == second.settings
    own = {item(0, 0): 1.0}
    assert first.model.recommend(own, 9) == second.model.recommend(own, 9)


def test_sound_alone_is_enough() -> None:
    model = train(no_plays(), item_ids(), group_features()).model
    ranked = model.recommend({item(1, 0): 1.0}, 7)
    assert {group_of(r.item_id) for r in ranked} == {1}
    assert {r.reason.kind for r in ranked} == {"sound"}
    assert {r.reason.kind for r in model.recommend({}, 5)} == {"new"}


def test_one_track_is_enough() -> None:
    model = train(Plays.of([(0, 0, 1.0)]), ["only"]).model
    assert [r.item_id for r in model.recommend({}, 5)] == ["only"]
    assert model.recommend({"only": 1.0}, 5) == []
    assert model.similar("only") == []


def test_tracks_nothing_is_known_of_are_listed_all_the_same() -> None:
    model = train(no_plays(), ["a", "b"]).model
    assert {r.item_id for r in model.recommend({"a": 1.0}, 5)} == {"b"}
    assert [r.reason.kind for r in model.recommend({}, 5)] == ["new", "new"]


def test_nothing_at_all_is_refused_in_one_sentence() -> None:
    with pytest.raises(DataError, match="nothing to recommend"):
        train(no_plays(), [])


@pytest.mark.parametrize(
    ("plays", "words"),
    [
        (Plays.of([(0, 7, 1.0)]), "beyond the 2 items"),
        (Plays.of([(0, 0, -1.0)]), "above 0"),
        (Plays.of([(0, 0, float("nan"))]), "above 0"),
        (Plays.of([(-1, 0, 1.0)]), "count from 0"),
    ],
)
def test_impossible_plays_are_refused(plays: Plays, words: str) -> None:
    with pytest.raises(DataError, match=words):
        train(plays, ["a", "b"])


def test_repeated_plays_add_up() -> None:
    once = Plays.of([(0, 0, 3.0), (1, 1, 1.0)])
    twice = Plays.of([(0, 0, 1.0), (0, 0, 2.0), (1, 1, 1.0)])
    np.testing.assert_array_equal(once.matrix(2).toarray(), twice.matrix(2).toarray())
