"""Everything that moves money or units, in any order; after each step every invariant holds.

`python -m tests.stories.interplay` runs many histories on services of its own, so many of a seed
and a line each seed; a run that was stopped goes on where it was.
"""

import argparse
import json
import secrets
import sys
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, core, given, settings
from hypothesis import strategies as st

from tests.faults.soak import services

LOG = Path(".run/soak-interplay.jsonl")
EXAMPLES, STEPS = 20, 40  # of a seed; steps of each
LISTENERS = 3
NEVER = 10**9  # a period whose bundle is not looked at

OFTEN = ["plays"] * 8 + ["accrues", "closes", "works"] * 2 + ["holds", "forfeits", "claims"] * 2
RARE = ["tops_up", "plays_for_free", "releases", "charges_back"]
RARE += ["withdraws", "withdraws_units", "spends"]
NAMES = [*OFTEN, *RARE]


class Interplay:
    """Three listeners and three songs, two of them by an artist who also listens.

    Each step takes a drawn number.
    """

    def __init__(self) -> None:
        from marketplace.pricing.models import FreePlays
        from tests import builders
        from tests.royalties import house as houses
        from tests.royalties.linking import linked

        self.house = houses.in_process(_on_commit)
        self.logins = [builders.a_listener(0, at=self.house.at) for _ in range(LISTENERS)]
        self.parties = [login.party for login in self.logins]
        for number in range(LISTENERS):
            self.tops_up(number + 6 * 300_000)
        linked(self.parties[0], self.house.at)
        artist = builders.an_artist(self.logins[2])
        self.songs = [builders.a_track(artist, 20), builders.a_track(artist, 20)]
        self.songs.append(builders.a_track(None, 20, pool_bps=4_500))
        for song in self.songs:
            FreePlays.objects.create(track=song, plays=0)

    def tops_up(self, drawn: int) -> None:
        """By card every second time, which its bank may take back."""
        from royalties import purses

        until = self.house.at + timedelta(days=60) if drawn // LISTENERS % 2 else None
        micros, key = 1 + drawn // 6, secrets.token_hex(8)
        purses.deposit(self.parties[drawn % LISTENERS], micros, key, self.house.at, until)

    def plays(self, drawn: int) -> None:
        from royalties.errors import InsufficientFunds
        from tests.royalties.builders import a_play

        terms, micros = self.songs[drawn // 3 % 3].terms, 1 + drawn // 9 % 60_000
        assert terms is not None
        with suppress(InsufficientFunds):
            a_play(terms, self.parties[drawn % LISTENERS], self.house.at, micros)
        self.house.pass_time(1)

    def plays_for_free(self, drawn: int) -> None:
        from django.db.models import F

        from marketplace.pricing.models import FreePlays
        from royalties.models import PaidPlay
        from tests.builders import heard

        track, before = self.songs[drawn // 3 % 3], PaidPlay.objects.count()
        FreePlays.objects.filter(track=track).update(plays=F("plays") + 1)
        stream = heard(self.logins[drawn % LISTENERS], track, self.house.at, 11)
        assert stream.counted_at is not None
        assert PaidPlay.objects.count() == before
        self.house.pass_time(20)

    def accrues(self, drawn: int) -> None:
        self.house.pass_time(5)
        self.house.accrue()

    def holds(self, drawn: int) -> None:
        from royalties.models import PaidPlay
        from tests.royalties.builders import hold

        plays = list(PaidPlay.objects.not_reversed().order_by("pk"))
        if plays:
            first = drawn // 3 % len(plays)
            hold(plays[first : first + 1 + drawn % 3], "drawn", self.house.at)

    def releases(self, drawn: int) -> None:
        from royalties import fraud_holds

        for one in self._open_holds(drawn):
            fraud_holds.release(one, "Somebody listened.", self.house.at)

    def forfeits(self, drawn: int) -> None:
        from royalties import fraud_holds

        for one in self._open_holds(drawn):
            fraud_holds.show([one], self.house.at)
            self.house.pass_time(_answer_seconds())
            fraud_holds.forfeit(one, "Nobody listened.", self.house.at)

    def charges_back(self, drawn: int) -> None:
        from royalties import chargebacks
        from royalties.models import TopUp

        left = list(TopUp.objects.filter(charged_back_at=None).order_by("pk"))
        if left:
            chargebacks.charge_back(left[drawn % len(left)], "stolen card", self.house.at)

    def closes(self, drawn: int) -> None:
        from royalties.settlement import NothingToSettle

        self.house.pass_time(5)
        with suppress(NothingToSettle):
            self.house.close()

    def works(self, drawn: int) -> None:
        """Publishes what is closed, and lets it be active."""
        from tests.royalties.house import DELAY_SECONDS

        self.house.work(1)
        self.house.pass_time(2 * DELAY_SECONDS)
        self.house.work(1)

    def claims(self, drawn: int) -> None:
        self.house.claim(self.parties[drawn % LISTENERS])

    def withdraws(self, drawn: int) -> None:
        """The first listener sends a part of what is spendable to its wallet."""
        from royalties import ledger, withdrawals
        from royalties.models import Account

        party = self.parties[0]
        micros = ledger.balance(Account.Kind.SPENDABLE, party) // (1 + drawn % 4)
        if micros:
            withdrawals.request(party, micros, secrets.token_hex(8), self.house.at)

    def withdraws_units(self, drawn: int) -> None:
        from royalties import leaving
        from royalties.models import UnitWithdrawal

        party, terms = self.parties[0], self.songs[drawn % 3].terms
        assert terms is not None
        free = leaving.withdrawable(party, self.house.at).get(terms.pk, 0)
        frozen = party.unit_withdrawals.filter(terms=terms, state=UnitWithdrawal.State.FROZEN)
        if free and not frozen.exists():  # of a song one request at a time
            key = secrets.token_hex(8)
            leaving.request(party, terms, 1 + drawn // 3 % free, key, self.house.at)

    def spends(self, drawn: int) -> None:
        """Claimed earnings become money to listen with."""
        from royalties import ledger, purses
        from royalties.models import Account

        party = self.parties[drawn // 4 % LISTENERS]
        micros = ledger.balance(Account.Kind.SPENDABLE, party) // (1 + drawn % 4)
        if micros:
            purses.spend_earnings(party, micros, secrets.token_hex(8), self.house.at)

    def step(self, name: str, drawn: int) -> None:
        getattr(self, name)(drawn)
        self._checked(NEVER)

    def ends(self) -> None:
        """The last period is closed; every bundle is right, and is made twice the same."""
        from royalties import bundle
        from royalties.models import Period
        from royalties.verify.__main__ import check as verify

        self.closes(0)
        while Period.objects.exclude(state__in=["open", "active"]).exists():
            self.works(0)
        self._checked(1)
        bundles = self.house.bundles()
        said = verify(bundles, None, None, None) if bundles else []
        assert [one for one in said if not one.ok] == []
        for period in Period.objects.exclude(state=Period.State.OPEN):
            path = bundle.path_of(period)
            before = path.read_bytes()
            path.unlink()
            assert bundle.ensure(period).read_bytes() == before

    def _checked(self, bundles_from: int) -> None:
        """Whatever `check_invariants` looks at."""
        from royalties import chain_checks, invariants

        found = chain_checks.look(self.house.at, self.house.chain, bundles_from)
        checks: list[Any] = [*invariants.ledger_checks(), *found.checks]
        broken = [f"{one.name}: {one.detail}" for one in checks if not one.ok]
        assert not broken, "; ".join(broken)

    def _open_holds(self, drawn: int) -> list[Any]:
        from royalties.models import FraudHold

        found = list(FraudHold.objects.open().order_by("pk"))
        return [found[drawn % len(found)]] if found else []


def _answer_seconds() -> float:
    from django.conf import settings as ours

    within: timedelta = ours.HOLD_ANSWER_WITHIN
    return within.total_seconds() + 1


def _on_commit(**options: Any) -> AbstractContextManager[Any]:
    from django.test import TestCase

    return TestCase.captureOnCommitCallbacks(**options)


def run(examples: int, steps: int) -> None:
    """So many histories of so many steps; the first that breaks something is raised."""
    from tests.royalties.builders import rolled_back

    @settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        deadline=None,
        database=None,
    )
    @given(st.lists(st.integers(0, 2**32 - 1), min_size=steps // 2, max_size=steps))
    def history(drawn: list[int]) -> None:
        with rolled_back():
            told = Interplay()
            for name, number in map(_mixed, range(steps), drawn):
                told.step(name, number)
            told.ends()

    history()


def _mixed(place: int, drawn: int) -> tuple[str, int]:
    """A step: of the same number another one at each place, so that few histories have them all."""
    number = int.from_bytes(sha256(f"{place} {drawn}".encode()).digest()[:8])
    return NAMES[number % len(NAMES)], number // len(NAMES) % 10**6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=100, help=f"of {EXAMPLES} histories (100)")
    parser.add_argument("--log", type=Path, default=LOG, help=f"one JSON line each ({LOG})")
    options = parser.parse_args()
    options.log.parent.mkdir(parents=True, exist_ok=True)
    known = {line["seed"] for line in _read(options.log)}
    left = [seed for seed in range(options.seeds) if seed not in known]
    with services() as parts, options.log.open("a") as file:
        for seed in left:
            line = {"seed": seed, "histories": EXAMPLES, "broken": _broken(seed, parts.folder)}
            print(json.dumps(line), file=file, flush=True)
            print(f"seed {seed}: {line['broken'] or 'clean'}", flush=True)
    lines = _read(options.log)
    broken = [line for line in lines if line["broken"]]
    histories = sum(int(line["histories"]) for line in lines)
    print(f"{histories} histories, {len(broken)} seeds with something broken")
    return 1 if broken else 0


def _broken(seed: int, folder: Path) -> str:
    import logging

    from django.test import override_settings

    logging.disable(logging.CRITICAL)
    core.global_force_seed = seed  # type: ignore[assignment]
    at_once = {name: timedelta(0) for name in ("TOP_UP_HOLD_WINDOW", "UNITS_COOL_OFF")}
    least = dict.fromkeys(("WITHDRAWAL_LEAST_MICROS", "WITHDRAWAL_LEAST_UNITS"), 1)
    with override_settings(BUNDLES_ROOT=folder / "interplay", **at_once, **least):
        try:
            run(EXAMPLES, STEPS)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return ""


def _read(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


if __name__ == "__main__":
    sys.exit(main())
