"""The engine in the public market: what it is for."""

import numpy as np

from tests.benchmarks.pricing import Fixed, Refrain
from tests.benchmarks.pricing_market import Market, Rules

MONTH = Rules(tracks=150, days=30, quotes_a_day=60.0)


def test_it_earns_nearly_what_a_clairvoyant_would() -> None:
    markets = [Market(MONTH, seed) for seed in (3, 4, 11)]
    found = [market.run(Refrain()) for market in markets]
    fixed = [market.run(Fixed()) for market in markets]
    assert np.mean([outcome.revenue for outcome in found]) > 0.97
    assert np.mean([outcome.small for outcome in found]) > 0.96
    assert np.mean([outcome.surplus for outcome in found]) > 1.0
    assert max(outcome.movement for outcome in found) < 0.06
    assert all(f.revenue > still.revenue for f, still in zip(found, fixed, strict=True))
