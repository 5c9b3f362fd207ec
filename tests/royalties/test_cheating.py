"""No return for cheating: computed from the settings, refused by a check, and run on the ledger."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from royalties import accrual, cheating, cheating_checks, emission, ledger
from royalties.models import Account, Holding, PaidPlay, TrackWindow
from tests.royalties.builders import a_listener, a_play, a_track, later, rolled_back

PLAYS = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(5_000, 12_000))


def honest_units(play: PaidPlay) -> int:
    """What an honest listener earns in the same window at the same price, as a new fan."""
    window = TrackWindow.objects.get(terms=play.terms, window=play.window)
    before = window.cumulative_units - window.units_emitted
    terms = play.terms
    return emission.units_for(
        play.price_micros,
        before,
        terms.reserved_units,
        terms.micros_per_unit,
        0,
        terms.listener_cap_units,
    )


def refused() -> list[tuple[Any, str | None]]:
    found = checks.run_checks(tags=["royalties"])
    assert all(one.id == "royalties.E002" and one.hint for one in found)
    return [(one.obj, one.msg) for one in found]


def test_the_settings_as_they_come_are_fine() -> None:
    assert refused() == []
    assert all(one.holds for one in cheating.attacks(cheating_checks.rules()))


def test_the_table_in_the_documents_is_what_the_command_prints() -> None:
    printed = StringIO()
    call_command("attack_table", stdout=printed)
    assert "Playing one's own songs" in printed.getvalue()
    assert printed.getvalue().strip() in Path("docs/cheating.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PLATFORM_BPS", 499),
        ("UNITS_PRICE_MICROS", 5_001),
        ("UNITS_PRICE_MICROS", 0),
        ("TOP_UP_HOLD_WINDOW", timedelta(days=59)),
    ],
)
def test_a_planted_setting_is_refused(settings: Settings, name: str, value: Any) -> None:
    if name == "TOP_UP_HOLD_WINDOW":
        settings.TOP_UP_REVERSIBLE = timedelta(days=60)
    setattr(settings, name, value)
    assert name in [setting for setting, _ in refused()]


def test_test_money_where_tokens_have_a_price_is_refused(settings: Settings) -> None:
    settings.TEST_MONEY, settings.CHAIN_ID = True, 1
    told = dict(refused())
    assert set(told) == {"TEST_MONEY"}
    settings.TEST_MONEY = False
    assert refused() == []


@given(
    platform=st.integers(500, 9_999),
    pool=st.integers(0, 4_500),
    floor=st.integers(1, 10**6),
    above=st.integers(0, 10**6),
    reserved=st.integers(0, 10**6),
    unit=st.integers(1, 10**4),
)
def test_no_setting_that_passes_lets_cheating_pay(
    platform: int, pool: int, floor: int, above: int, reserved: int, unit: int
) -> None:
    rules = cheating.Rules(
        platform, 500, pool, floor, floor + above, reserved, unit, min(reserved, 50_000)
    )
    if cheating.broken(rules):
        return
    for one in cheating.attacks(rules):
        assert one.gain_micros * 10_000 <= -one.paid_micros * platform


@pytest.mark.django_db
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plays=st.lists(PLAYS, min_size=1, max_size=12),
    pool=st.integers(0, 4_500),
    unit=st.integers(1, 5_000),
    cap=st.integers(0, 2_000),
    a_window_each=st.booleans(),
)
def test_a_coalition_gets_no_more_out_of_the_ledger(
    plays: list[tuple[int, int, int]], pool: int, unit: int, cap: int, a_window_each: bool
) -> None:
    with rolled_back():
        accounts = [a_listener(f"account {n}") for n in range(4)]
        issuer = accounts[0]  # one of them is paid by each of their songs
        songs = [
            a_track(issuer, pool_bps=pool, reserved=2_000, micros_per_unit=unit, cap=cap)
            for _ in range(2)
        ]
        others = a_track(pool_bps=pool, reserved=2_000, micros_per_unit=unit, cap=2_000)
        at = 0
        for who, song, micros in plays:
            track = [*songs, others][song]
            a_play(track, accounts[who], later(at), micros)
            at += 1
            if a_window_each:
                accrual.accrue(later(at))
        accrual.accrue(later(at + 1))
        paid = sum(micros for _, song, micros in plays if song < 2)
        # of a pool nobody but them holds a unit
        assert not Holding.objects.filter(terms__in=songs).exclude(party__in=accounts).exists()
        received = ledger.balance(Account.Kind.ACCRUED, issuer) + sum(
            ledger.balance(Account.Kind.POOL, terms=one) for one in songs
        )
        assert (received - paid) * 10_000 <= -paid * 500
        for play in PaidPlay.objects.filter(listener__in=accounts, terms=others):
            assert play.units is not None
            assert play.units <= honest_units(play)
