"""What a period owes whom, against a model that shares each window's pool by hand."""

from collections import Counter, defaultdict
from fractions import Fraction
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from royalties import accrual, closing, invariants, ledger
from royalties.models import Account, Entitlement, Entry, Holding, Period, Terms
from tests.royalties.builders import a_listener, a_party, a_play, a_track, later, rolled_back

Kind = Account.Kind
Role = Entitlement.Role


def close(number: int) -> list[Entitlement]:
    """Entitle the open period and open the next, as a close does."""
    period = Period.objects.get(number=number)
    owed = list(closing.entitle(period, later(number * 100)))
    Period.objects.filter(pk=number).update(
        state=Period.State.CLOSED, cutoff_at=later(number * 100)
    )
    Period.objects.create(number=number + 1, opens_at=later(number * 100))
    return owed


@pytest.mark.django_db
def test_a_close_moves_accrued_to_published() -> None:
    artist, listener = a_party(), a_listener()
    track = a_track(artist, pool_bps=3_000)
    a_play(track, listener)
    accrual.accrue(later(1))
    owed = {(e.party_id, e.role): e.amount_micros for e in close(1)}
    assert owed[artist.pk, Role.PAYEE] == 5_200
    assert owed[artist.pk, Role.HOLDER] == 2_400  # the issuer held all units at the window's start
    assert owed[track.platform_id, Role.PLATFORM] == 400
    assert ledger.balance(Kind.ACCRUED, artist) == 0
    assert ledger.balance(Kind.PUBLISHED, artist) == 7_600
    assert ledger.balance(Kind.POOL, terms=track) == 0
    assert Entry.objects.get(kind="close").reference == "p/1/0"


@pytest.mark.django_db
def test_many_accounts_opened_at_once_are_counted_before_they_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_play(a_track(), a_listener())
    accrual.accrue(later(1))
    monkeypatch.setattr(ledger, "MANY", 1)
    with CaptureQueriesContext(connection) as asked:
        close(1)
    assert "ANALYZE royalties_account" in [one["sql"] for one in asked]


@pytest.mark.django_db
def test_entitling_again_changes_nothing() -> None:
    a_play(a_track(), a_listener())
    accrual.accrue(later(1))
    first = close(1)
    period = Period.objects.get(number=1)
    assert list(closing.entitle(period, later(200))) == first
    assert Entry.objects.filter(kind="close").count() == 1


@pytest.mark.django_db
def test_a_holder_below_one_micro_carries_it_until_it_is_one() -> None:
    artist, fan, listener = a_party(), a_listener(), a_listener()
    track = a_track(artist, pool_bps=3_000, micros_per_unit=100)
    a_play(track, fan, micros=100)  # one unit
    accrual.accrue(later(1))
    close(1)
    paid = []
    for number in range(2, 6):
        a_play(track, listener, later(number * 100 - 50), micros=1_000_000)
        accrual.accrue(later(number * 100 - 40))
        theirs = [e for e in close(number) if e.party_id == fan.pk]
        paid.append(theirs[0].amount_micros)
    # one unit of a million, 30 % of a dollar: 0.3 micros a period
    assert paid == [0, 0, 0, 1]
    assert Holding.objects.get(party=fan).carried == 2 * 10**9


@pytest.mark.django_db
def test_a_track_without_plays_in_the_period_owes_nothing() -> None:
    quiet, busy, listener = a_track(), a_track(), a_listener()
    a_play(quiet, listener)
    accrual.accrue(later(1))
    close(1)
    a_play(busy, listener, later(101))
    accrual.accrue(later(102))
    assert {e.terms_id for e in close(2)} == {busy.pk}


class Model:
    """Each window's pool shared by hand among who held units at its start, in exact fractions."""

    def __init__(self, tracks: list[Terms]) -> None:
        self.terms = {track.pk: track for track in tracks}
        self.units = {t.pk: Counter({t.issuer_id: 1_000_000}) for t in tracks}
        self.listened: dict[UUID, Counter[UUID]] = {t.pk: Counter() for t in tracks}
        self.earned: dict[tuple[UUID, UUID], Fraction] = defaultdict(Fraction)
        self.paid: Counter[tuple[UUID, UUID]] = Counter()

    def window(self, plays: list[tuple[UUID, UUID, int]]) -> None:
        """One window of plays `(track, listener, micros)`."""
        for track, terms in self.terms.items():
            mine = [(listener, micros) for key, listener, micros in plays if key == track]
            pool = Fraction(sum(micros for _, micros in mine) * terms.pool_bps, 10_000)
            for holder, units in self.units[track].items():
                self.earned[track, holder] += pool * units / 1_000_000
            self.emit(track, terms, mine)

    def emit(self, track: UUID, terms: Terms, plays: list[tuple[UUID, int]]) -> None:
        listened, before = self.listened[track], sum(self.listened[track].values())
        for listener, micros in plays:
            remaining = terms.reserved_units - before
            units = micros * remaining // (terms.micros_per_unit * terms.reserved_units)
            units = min(
                units,
                terms.listener_cap_units - listened[listener],
                terms.reserved_units - sum(listened.values()),
            )
            listened[listener] += units
            self.units[track][listener] += units
            self.units[track][terms.issuer_id] -= units

    def close(self) -> dict[tuple[UUID, UUID], int]:
        """Whole micros each holder gained since the last close, where it is any."""
        gained = {}
        for key, earned in self.earned.items():
            whole = int(earned) - self.paid[key]
            self.paid[key] += whole
            if whole:
                gained[key] = whole
        return gained


PLAY = st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(1, 60_000))
WINDOWS = st.lists(st.tuples(st.lists(PLAY, max_size=6), st.booleans()), min_size=1, max_size=8)
EXAMPLES = settings().max_examples // 6  # each is a ledger of its own


@pytest.mark.django_db
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(WINDOWS, st.integers(0, 4_500), st.integers(1, 100), st.integers(0, 2_000))
def test_holders_at_each_windows_start_share_that_windows_pool(
    windows: list[tuple[list[tuple[int, int, int]], bool]], pool: int, price: int, cap: int
) -> None:
    with rolled_back():
        label, fans = a_party(), [a_listener() for _ in range(4)]
        tracks = [
            a_track(a_party(), [(label, 9_500 - pool)], pool, 2_000, price, cap) for _ in range(2)
        ]
        model, period = Model(tracks), 1
        for number, (told, closes) in enumerate(windows):
            for track, fan, micros in told:
                a_play(tracks[track], fans[fan], later(number), micros=micros)
            accrual.accrue(later(number))
            model.window([(tracks[track].pk, fans[fan].pk, micros) for track, fan, micros in told])
            if closes and Period.objects.filter(number=period).exists():
                assert paid_to_holders(close(period)) == model.close()
                period += 1
        for terms in tracks:
            held = Holding.objects.filter(terms=terms, units__gt=0).values_list("party", "units")
            assert dict(held) == +model.units[terms.pk]
        assert [check for check in invariants.ledger_checks() if not check.ok] == []


def paid_to_holders(owed: list[Entitlement]) -> dict[tuple[UUID, UUID], int]:
    return {
        (one.terms_id, one.party_id): one.amount_micros
        for one in owed
        if one.role == Role.HOLDER and one.amount_micros
    }
