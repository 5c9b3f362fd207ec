"""`python -m tests.benchmarks.pricing`: pricing policies against a clairvoyant, in one table.

All in shares of the clairvoyant's; mean over the seeds, and the standard error of revenue. First
the plain market in six variants and the town, then the society; the clairvoyants of these two keep
every limit themselves.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import astuple, fields

import numpy as np

from tests.benchmarks.pricing_curves import FAMILIES
from tests.benchmarks.pricing_market import Market, Outcome, Policy, Rules
from tests.benchmarks.pricing_policies import POLICIES
from tests.benchmarks.pricing_society import Society, Verdict
from tests.benchmarks.pricing_town import Town, TownRules
from tests.benchmarks.pricing_world import SocietyRules

PLAIN = {
    "exponential": Rules(),
    "logit": Rules(curve="logit"),
    "taste +30 %": Rules(shock=0.3),
    "taste -30 %": Rules(shock=-0.3),
    "5x fakes": Rules(fakes=5.0),
    "memory": Rules(memory=0.5),
}
SOCIETIES = {"society": SocietyRules()} | {
    f"all {family}": SocietyRules(families=(family,)) for family in FAMILIES
}
TOWN = "town"
Played = Callable[[Policy, int], Outcome | Verdict]


def main() -> None:
    """Prints one line for each market and policy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", choices=list(POLICIES), action="append")
    parser.add_argument("--market", choices=[*PLAIN, TOWN, *SOCIETIES], action="append")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    print(f"seeds {seeds.start} to {seeds.stop - 1}")
    for kind, names in ((Outcome, [*PLAIN, TOWN]), (Verdict, list(SOCIETIES))):
        chosen = [name for name in names if name in (options.market or names)]
        if chosen:
            columns = [field.name for field in fields(kind)]
            print(_line("market", "policy", [columns[0], "+-", *columns[1:]]))
        for market in chosen:
            for policy in options.only or POLICIES:
                print(_line(market, policy, _mean(market, policy, seeds)), flush=True)


def _mean(market: str, policy: str, seeds: Iterable[int]) -> list[str]:
    """Revenue, its standard error, and the other figures of `policy`, as they are printed."""
    runs = np.array([astuple(_played(market, POLICIES[policy](), seed)) for seed in seeds])
    error = runs[:, 0].std() / np.sqrt(max(len(runs) - 1, 1))
    revenue, *rest = runs.mean(axis=0)
    return [f"{value:.3f}" for value in (revenue, error, *rest)]


def _played(market: str, policy: Policy, seed: int) -> Outcome | Verdict:
    if market in PLAIN:
        return Market(PLAIN[market], seed).run(policy)
    if market == TOWN:
        return Town(TownRules(), seed).run(policy)
    return Society(SOCIETIES[market], seed).judged(policy)


def _line(market: str, policy: str, cells: list[str]) -> str:
    return f"{market:<14} {policy:<20} " + " ".join(f"{cell:>11}" for cell in cells)


if __name__ == "__main__":
    main()
