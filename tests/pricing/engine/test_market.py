"""The engine in the two simulated markets: what it is for."""

import numpy as np

from tests.benchmarks.pricing_market import Market, Rules
from tests.benchmarks.pricing_policies import POLICIES, Fixed, Refrain
from tests.benchmarks.pricing_society import Society
from tests.benchmarks.pricing_town import Town, TownRules
from tests.benchmarks.pricing_world import SocietyRules

MONTH = Rules(tracks=150, days=30, quotes_a_day=60.0)


def test_it_earns_nearly_what_a_clairvoyant_would() -> None:
    markets = [Market(MONTH, seed) for seed in (3, 4)]
    found = [market.run(Refrain()) for market in markets]
    fixed = [market.run(Fixed()) for market in markets]
    assert np.mean([outcome.revenue for outcome in found]) > 0.97
    assert np.mean([outcome.small for outcome in found]) > 0.96
    assert np.mean([outcome.surplus for outcome in found]) > 1.0
    assert max(outcome.movement for outcome in found) < 0.06
    assert all(f.revenue > still.revenue for f, still in zip(found, fixed, strict=True))


def test_it_earns_and_keeps_its_limits_among_listeners_who_remember() -> None:
    society = Society(SocietyRules(tracks=160, genres=4, days=21), 1)
    verdict = society.judged(Refrain())
    assert verdict.violations == 0
    assert verdict.revenue > 0.93  # of these three weeks, the launch is much
    assert verdict.shift <= 0.04


def test_every_policy_named_can_be_played() -> None:
    market = Market(Rules(tracks=12, days=15), 0)
    for policy in POLICIES.values():
        outcome = market.run(policy())
        assert 0.3 < outcome.revenue < 1.1


def test_nobody_earns_more_in_a_town_than_who_knows_it() -> None:
    town = Town(TownRules(tracks=24, days=16), 0)
    assert 0.3 < town.run(Fixed()).revenue < 1.0
