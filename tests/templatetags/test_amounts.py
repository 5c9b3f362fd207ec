import re
from decimal import Decimal

import pytest

from marketplace.templatetags import amounts

NBSP = "\u00a0"


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.0000 ¢"),
        (9_400, "0.9400 ¢"),
        (1, "0.0001 ¢"),
        (-26_400, "−2.6400 ¢"),
        (12_345_678_901, "1,234,567.8901 ¢"),
    ],
)
def test_cents_show_every_micro(micros: int, text: str) -> None:
    assert plain(amounts.cents(micros)) == text.replace(" ", NBSP)


def test_digits_after_the_second_are_quiet() -> None:
    assert '0.94<i class="tail">00</i>' in amounts.cents(9_400)
    assert '$5.18<i class="tail">5035</i>' in amounts.dollars(5_185_035)


def test_short_forms_are_cut_never_rounded_up() -> None:
    assert plain(amounts.cents_short(9_499)) == f"0.94{NBSP}¢"
    assert plain(amounts.cents_short(9_999)) == f"0.99{NBSP}¢"
    assert plain(amounts.dollars_short(5_189_999)) == "$5.18"
    assert plain(amounts.signed_cents_short(-99)) == f"−0.00{NBSP}¢"


def test_short_forms_keep_the_exact_value_in_their_title() -> None:
    assert f'title="0.9499{NBSP}¢"' in amounts.cents_short(9_499)
    assert 'title="$5.189999"' in amounts.dollars_short(5_189_999)
    assert f'title="0.00077456{NBSP}¢"' in amounts.cents_short(Decimal("7.7456"))


def test_money_is_cents_below_a_dollar_and_keeps_the_exact_value() -> None:
    shown = [amounts.money_short(n) for n in (12_345_678, 1_000_000, 999_999, -9_499, 0)]
    assert [plain(one) for one in shown] == [
        "$12.34",
        "$1.00",
        f"99.99{NBSP}¢",
        f"−0.94{NBSP}¢",
        f"0.00{NBSP}¢",
    ]
    assert 'title="$12.345678"' in shown[0]
    assert f'title="99.9999{NBSP}¢"' in shown[2]


def test_a_column_has_one_unit_the_one_of_its_sum() -> None:
    below = [plain(amounts.money_beside(n, 9_999_999)) for n in (9_999_999, 9_499, 0)]
    assert below == [f"999.99{NBSP}¢", f"0.94{NBSP}¢", f"0.00{NBSP}¢"]
    above = [amounts.money_beside(n, 10_000_000) for n in (1_234_567, 9_499, -99, 0)]
    assert [plain(one) for one in above] == ["$1.2345", "$0.0094", "−$0.0000", "$0.0000"]
    assert 'title="$0.009499"' in above[1]
    assert '$0.00<i class="tail">94</i>' in above[1]


def test_changes_carry_a_sign_and_nothing_does_not() -> None:
    assert plain(amounts.signed_cents(11_880)).startswith("+")
    assert plain(amounts.signed_cents(-11_880)).startswith("−")
    assert plain(amounts.signed_cents(0)) == f"0.0000{NBSP}¢"


def test_units_that_move_have_a_sign() -> None:
    assert [amounts.signed_units(n) for n in (4_120, -1, 0)] == [
        f"+4,120{NBSP}units",
        f"−1{NBSP}units",
        f"0{NBSP}units",
    ]


def test_money_is_cents_below_a_dollar_and_dollars_above() -> None:
    assert plain(amounts.money_short(999_999)) == f"99.99{NBSP}¢"
    assert plain(amounts.money_short(1_000_000)) == "$1.00"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (222, "3:42"), (3_725, "1:02:05")]
)
def test_clock(seconds: float, text: str) -> None:
    assert amounts.clock(seconds) == text


@pytest.mark.parametrize(
    ("bps", "text"),
    [(0, "0 %"), (8, "0.08 %"), (2_000, "20 %"), (1_250, "12.5 %"), (10_000, "100 %")],
)
def test_percent_keeps_whole_tens(bps: int, text: str) -> None:
    assert amounts.percent_bps(bps) == text.replace(" ", NBSP)


def test_units_have_a_singular() -> None:
    assert amounts.units(1) == f"1{NBSP}unit"
    assert amounts.units(4_120) == f"4,120{NBSP}units"


def test_whole_seconds_are_the_clocks() -> None:
    assert (amounts.whole(22.5), amounts.clock(22.5)) == (22, "0:22")
