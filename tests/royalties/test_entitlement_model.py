"""Any interleaving of plays, windows, holds, releases, cut-offs, publishing, vetoes, activations,
claims, units withdrawn and units brought back, against a model that shares every play by hand:
everybody is paid once, to the unit.
"""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import client
from royalties import claims, invariants, leaving, ledger, parties, publications
from royalties.models import Account, Entitlement, Holding, Period, Terms
from royalties.verify.__main__ import check as verify
from tests.royalties import house as houses
from tests.royalties.builders import (
    a_listener,
    a_party,
    a_play,
    a_track,
    hold,
    release,
    rolled_back,
)
from tests.royalties.entitlement_model import Play, Track
from tests.royalties.linking import KEYS, address_of, linked

FANS = 3
OWN = address_of(KEYS[0])  # the first fan's own wallet


@dataclass
class CameBack:
    """Units of a track that the wallet gave back: the chain paid it up to `since`, in micros."""

    track: Track
    units: int
    since: int
    upto: int | None = None  # the track's revenue at the cut-off from which they are the fan's

    def gave(self, upto: int) -> Fraction:
        """What custody, and not the wallet, was given for them."""
        return Fraction(self.units * self.track.pool_bps * (upto - self.since), 10**10)


class Interleaved:
    """The house and the model side by side; each step takes a drawn number."""

    def __init__(self, on_commit: Any) -> None:
        self.house = houses.in_process(on_commit)
        self.fans = [a_listener(f"fan {n}") for n in range(FANS)]
        linked(self.fans[0], self.house.at)
        self.outside = parties.outside().pk
        self.leaving: list[tuple[int, int]] = []  # units of a track, asked for in this order
        self.came: list[CameBack] = []
        label = a_party("label")
        self.terms = [
            a_track(a_party(), [(label, 6_163)], 3_337, reserved=2_000, micros_per_unit=9, cap=900)
            for _ in range(2)
        ]
        self.models = [self._model(terms) for terms in self.terms]
        self.plays: list[tuple[int, Any, Play]] = []
        self.owed: dict[Any, int] = {}

    def _model(self, terms: Terms) -> Track:
        bps = {payee.party_id: payee.bps for payee in terms.payees.all()}
        bps[terms.platform_id] = terms.platform_bps
        return Track(
            issuer=terms.issuer_id,
            bps=bps,
            pool_bps=terms.pool_bps,
            reserved=terms.reserved_units,
            price=terms.micros_per_unit,
            cap=terms.listener_cap_units,
        )

    def listens(self, drawn: int) -> None:
        track, fan, micros = drawn % 2, self.fans[drawn % FANS], 1 + drawn % 60_000
        played = a_play(self.terms[track], fan, self.house.at, micros)
        self.plays.append((track, played, self.models[track].count(fan.pk, micros)))

    def accrues(self, drawn: int) -> None:
        self.house.pass_time(5)
        self.house.accrue()
        self._window(None, [], [])

    def holds(self, drawn: int) -> None:
        if not self.plays:
            return
        track, played, play = self.plays[drawn % len(self.plays)]
        was, play.held = play.held, True
        hold([played], "drawn", self.house.at)
        if not was and play.window is not None:
            self._window(track, [play], [])

    def releases(self, drawn: int) -> None:
        held = [one for one in self.plays if one[2].held]
        if not held:
            return
        track, played, play = held[drawn % len(held)]
        play.held = False
        release(played, self.house.at)
        if play.window is not None:
            self._window(track, [], [play])

    def closes(self, drawn: int) -> None:
        open_one = Period.objects.filter(state="open", windows__isnull=False).exists()
        due = any(not play.held for model in self.models for play in model.waiting)
        if not open_one and not due:
            return
        self.house.pass_time(5)
        period = self.house.close()
        self._window(None, [], [])
        for terms, model in zip(self.terms, self.models, strict=True):
            before = model.settled
            gained = model.close()
            for units in [n for track, n in self.leaving if terms == self.terms[track]]:
                model.leave(self.fans[0].pk, self.outside, units)
            for came in self.came:
                if came.track is model and came.upto is None:
                    came.upto = model.settled
                    model.leave(self.outside, self.fans[0].pk, came.units)
            assert model.settled == max(before, model.net)
            self._compare(period, terms, model, before, gained)
        self.leaving = []

    def withdraws(self, drawn: int) -> None:
        """The first fan sends some of a song's units to its wallet."""
        track = drawn % 2
        fan, terms = self.fans[0], self.terms[track]
        free = leaving.withdrawable(fan, self.house.at).get(terms.pk, 0)
        if free and track not in dict(self.leaving):
            units = 1 + drawn // 2 % free
            leaving.request(fan, terms, units, secrets.token_hex(8), self.house.at)
            self.leaving.append((track, units))

    def comes_back(self, drawn: int) -> None:
        """The wallet gives some of each song's units back to custody."""
        self.house.work(1)
        for terms, model in zip(self.terms, self.models, strict=True):
            held = self.house.vault.units(bytes.fromhex(terms.chain_id[2:]), OWN)
            if held:
                active = Period.objects.filter(state="active").latest("epoch")
                leaf = active.leaf_rows.get(terms=terms)
                units = 1 + drawn % held
                houses.send_units_back(self.house, terms, KEYS[0], units)
                self.house.work(1)
                self.came.append(CameBack(model, units, leaf.revenue_micros))

    def works(self, drawn: int) -> None:
        """Publishes what is closed, and lets time pass: often long enough to be active."""
        self.house.work(1)
        self.house.pass_time(2 * houses.DELAY_SECONDS if drawn % 3 else 1)
        self.house.work(1)

    def vetoes(self, drawn: int) -> None:
        self.house.work(1)
        if self.house.vault.pending("pending") is None:
            return
        houses.send(self.house.chain, "guardian", client.veto(self.house.deployment.vault))
        self.house.work(1)
        publications.republish(Period.objects.get(state="vetoed"), self.house.at)

    def claims(self, drawn: int) -> None:
        self.house.claim(self.fans[drawn % FANS])

    def _window(self, track: int | None, taken: list[Play], again: list[Play]) -> None:
        """A window of the house is one of every track that something happens to in it."""
        for number, model in enumerate(self.models):
            changed = number == track
            if changed or any(not play.held for play in model.waiting):
                model.window(taken if changed else [], again if changed else [])

    def _compare(
        self, period: Period, terms: Terms, model: Track, before: int, gained: dict[Any, int]
    ) -> None:
        leaf = period.leaf_rows.filter(terms=terms).first()
        assert (leaf.revenue_micros if leaf else 0) == model.settled
        said = Entitlement.objects.filter(period=period, terms=terms)
        holders = said.filter(role="holder", amount_micros__gt=0)
        found = dict(holders.values_list("party_id", "amount_micros"))
        assert found == {key: micros for key, micros in gained.items() if micros}
        direct = said.exclude(role="holder").values_list("party_id", "amount_micros")
        for party, bps in model.bps.items():
            part = model.settled * bps // 10_000 - before * bps // 10_000
            assert dict(direct).get(party, 0) == part
            self.owed[party] = self.owed.get(party, 0) + part
        for party, micros in gained.items():
            self.owed[party] = self.owed.get(party, 0) + micros
        held = Holding.objects.filter(terms=terms, units__gt=0).values_list("party_id", "units")
        assert dict(held) == +model.units

    def settles_everything(self) -> None:
        """In the end everybody who asks is paid what the model says, and once."""
        self.closes(0)
        for _ in range(4 * Period.objects.exclude(state__in=["open", "active"]).count()):
            self.works(1)
        assert not Period.objects.exclude(state__in=["open", "active"]).exists()
        parties = [*self.fans, *(terms.issuer for terms in self.terms)]
        parties += [payee.party for payee in self.terms[0].payees.all()]
        credited = sum(int(came.gave(came.upto)) for came in self.came if came.upto is not None)
        self.owed[self.fans[0].pk] = self.owed.get(self.fans[0].pk, 0) + credited
        for party in [*parties, self.terms[0].platform]:
            if self.owed.get(party.pk):
                self.house.claim(party)
            assert ledger.balance(Account.Kind.SPENDABLE, party) == self.owed.get(party.pk, 0)
        self._wallet_is_paid()
        assert [check for check in invariants.ledger_checks() if not check.ok] == []
        recomputed = verify(self.house.bundles(), None, None, None) if self.owed else []
        assert [check for check in recomputed if not check.ok] == []

    def _wallet_is_paid(self) -> None:
        """The vault pays the wallet what the model gives to units outside, to the unit."""
        out = Holding.objects.filter(party=self.outside)
        slots = sorted(out.values_list("terms__slot", flat=True))
        if slots:
            active = Period.objects.filter(state="active").latest("epoch")
            plan = claims.Plan(self.house.deployment, active, self.house.at)
            plan.claim(OWN, slots, self.fans[0], "")
            self.house.work()
        assert self.house.token.balance_of(OWN) == sum(map(self._of_wallet, self.models))
        left = ledger.balance(Account.Kind.SETTLED, parties.outside())
        if all(came.upto is not None for came in self.came):
            assert 0 <= left <= len(self.came)  # less than a micro of each
        for terms, model in zip(self.terms, self.models, strict=True):
            track = bytes.fromhex(terms.chain_id[2:])
            waiting = sum(c.units for c in self.came if c.track is model and c.upto is None)
            assert self.house.vault.units(track, OWN) == model.units[self.outside] - waiting

    def _of_wallet(self, model: Track) -> int:
        """What units outside earned of a track, less what custody was given for some of them."""
        earned = model.earned.get(self.outside, Fraction())
        mine = [came for came in self.came if came.track is model]
        gave = [one.gave(model.settled if one.upto is None else one.upto) for one in mine]
        return int(earned - sum(gave))


OFTEN = ["listens"] * 6 + ["accrues", "holds"] * 3 + ["releases", "closes", "works"] * 2
RARE = ["vetoes", "claims"] + ["withdraws", "comes_back"] * 2
STEPS = st.tuples(st.sampled_from([*OFTEN, *RARE]), st.integers(0, 10**6))
# Both songs settled once, and units of one on their way to the wallet.
BEGINNING = [("listens", 30_000), ("listens", 40_003), ("accrues", 0), ("withdraws", 2_000)]
BEGINNING += [("closes", 0), ("works", 1), ("works", 1), ("works", 1)]
SOAK = settings().max_examples > 60  # thousands there, some in `make test`


@pytest.mark.django_db
@settings(max_examples=2_000 if SOAK else 5, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, min_size=30, max_size=60 if SOAK else 30))
def test_everybody_is_paid_once_in_any_interleaving(
    bundles: None,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
    steps: list[tuple[str, int]],
) -> None:
    with rolled_back():
        told = Interleaved(django_capture_on_commit_callbacks)
        for name, drawn in [*BEGINNING, *steps]:
            getattr(told, name)(drawn)
        told.settles_everything()


@pytest.fixture
def bundles(settings: Any, tmp_path: Path) -> None:
    settings.BUNDLES_ROOT = tmp_path
    settings.UNITS_COOL_OFF = timedelta(0)
