"""Draws are fair, tiny, and a matter of seed, key and day alone."""

import numpy as np

from marketplace.pricing.engine import Engine
from marketplace.pricing.engine.exploration import OFFSET, hashes, offsets, redrawn
from tests.pricing.engine.worlds import USUAL, listen

KEYS = np.array([str(i) for i in range(4000)])


def test_offsets_are_tiny_and_fair() -> None:
    drawn = offsets(hashes(KEYS), seed=1, day=3)
    assert np.abs(drawn).max() <= 0.02
    assert abs((drawn > 0).mean() - 0.5) < 0.05
    assert abs(redrawn(hashes(KEYS), 1, 3).mean() - 0.25) < 0.05


def test_seed_key_and_day_each_change_the_draw() -> None:
    drawn = offsets(hashes(KEYS), 1, 3)
    for other in (
        offsets(hashes(KEYS), 2, 3),
        offsets(hashes(KEYS), 1, 4),
        offsets(hashes(np.char.add(KEYS, "x")), 1, 3),
    ):
        assert abs((drawn == other).mean() - 0.5) < 0.05
    again = redrawn(hashes(KEYS), 1, 3)
    assert abs((drawn > 0)[again].mean() - 0.5) < 0.05


def test_a_hash_depends_on_the_key_and_not_on_its_neighbours() -> None:
    assert hashes(np.array(["a", "bcdef"]))[0] == hashes(np.array(["a"]))[0]
    assert len(np.unique(hashes(KEYS))) == len(KEYS)


def test_every_listener_meets_one_logged_offset_a_day() -> None:
    engine = Engine.new(USUAL, np.zeros(30, int), 1)
    listen(engine, 1.5, range(24 * 8))
    drawn = {engine.explain(i).offset for i in range(30)}
    assert drawn == {OFFSET, -OFFSET}
