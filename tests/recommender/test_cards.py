"""The card says what the run did: counts, weights, held-out figures beside baselines."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recommender.cards import card, markdown
from recommender.evaluation import OURS, HeldOut, held_out
from recommender.interactions import Plays
from recommender.train import Trained, train
from tests.recommender.worlds import group_features, group_plays, item_ids


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(group_plays(), item_ids(), group_features(), seed=3)


@pytest.fixture(scope="module")
def judged(trained: Trained) -> HeldOut:
    assert trained.settings is not None
    found = held_out(group_plays(), item_ids(), group_features(), None, trained.settings, 3)
    assert found is not None
    return found


def test_the_model_is_judged_on_plays_hidden_from_it_beside_baselines(judged: HeldOut) -> None:
    rows = {row.name: row for row in judged.rows}
    assert list(rows)[0] == OURS
    assert {"most played", "item cosine", "ALS"} <= rows.keys()
    assert rows[OURS].ndcg_10 > rows["most played"].ndcg_10 + 2 * rows[OURS].ndcg_10_error
    assert (judged.seed, judged.listeners) == (1_003, 90)
    assert judged.hidden >= judged.listeners
    for row in judged.rows:
        assert 0 <= row.ndcg_10 <= 1
        assert 0 < row.coverage_10 <= 1
        assert row.ndcg_10_error > 0


def test_the_same_run_writes_the_same_figures(trained: Trained, judged: HeldOut) -> None:
    assert trained.settings is not None
    again = held_out(group_plays(), item_ids(), group_features(), None, trained.settings, 3)
    assert again == judged


def test_hidden_plays_are_not_learned_from(trained: Trained) -> None:
    """Where plays are noise nothing can be found: a leak would show as skill."""
    rng = np.random.default_rng(1)
    rows = [(u, int(i), 1.0) for u in range(80) for i in rng.choice(24, 6, replace=False)]
    assert trained.settings is not None
    found = held_out(Plays.of(rows), item_ids(), None, None, trained.settings, 3)
    assert found is not None
    ours = found.rows[0]
    chance = np.mean([1 / np.log2(rank + 2) for rank in range(10)]) * 10 / 18
    assert ours.ndcg_10 == pytest.approx(chance, abs=4 * ours.ndcg_10_error)


def test_too_few_listeners_are_no_evidence(trained: Trained) -> None:
    few = Plays.of([(u, i, 1.0) for u in range(29) for i in range(6)])
    assert trained.settings is not None
    assert held_out(few, item_ids(), None, None, trained.settings, 3) is None


def test_the_card_holds_every_figure_and_its_markdown_too(
    trained: Trained, judged: HeldOut
) -> None:
    told = card(trained.model, "model-x-abc", "2026-03-02T12:00:00", 3, 1.234, 90, 555, judged)
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(told))
    assert told["data"] == {
        "tracks": 24,
        "played": 24,
        "new": 0,
        "listeners": 90,
        "plays": 555,
        "heard": 24,
    }
    used = {one["name"]: one["weight"] for one in told["parts"]}
    assert used.keys() == {name for name, w in trained.model.weights.items() if w > 0}
    text = markdown(told)
    assert "# model-x-abc" in text
    assert f"{judged.rows[0].ndcg_10:.4f} ± {judged.rows[0].ndcg_10_error:.4f}" in text
    assert "90 listeners, 555 counted plays" in text
    for name, weight in used.items():
        assert f"| {name} |" in text
        assert f"| {weight:g} |" in text
    assert "prices, and which were accepted" in text


def test_a_card_without_evidence_says_so(trained: Trained) -> None:
    bare = replace(trained.model, weights={}, forest=None)
    text = markdown(card(bare, "v", "now", 1, 0.0, 1, 1, None))
    assert "Nothing was held out: too few listeners have five tracks." in text
    assert "No forest orders the best" in text
