"""What cheating brings, computed from the settings: the most a coalition can get out of the house.

The coalition is any number of accounts, together with every payee and the issuer of songs of its
own. Nobody else spends a micro. Each attack is played with the ledger's own arithmetic (`money`,
`emission`) at each price, pool and number of plays that the settings allow, and the best is kept.
The bound: of what the coalition pays in it loses the platform's part at least, and on others' songs
no micro of its money earns more units than an honest listener's in the same window. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from royalties import money
from royalties.emission import units_for

# of one song; floors are cumulative, so that the rounding of few is tried too
PLAYS = (1, 7, 1_000)
POOLS = 5  # pools tried between none and the largest
FREE_MICROS = 0  # the price of a song's first plays, where its artist gives them away
EMITTED = (0, 1, 2, 3)  # quarters of the reserve gone when the play counts


@dataclass(frozen=True)
class Rules:
    """What a deployment allows. Micros, units, basis points and seconds."""

    platform_bps: int
    platform_least_bps: int
    pool_most_bps: int
    price_floor_micros: int
    price_cap_micros: int
    reserved_units: int
    micros_per_unit: int
    listener_cap_units: int
    # what an account is given to spend, in money that can leave: test money, a promotion, free
    # plays whose payees the house would pay (those an artist gives away pay nobody)
    given_micros: int = 0
    reversible_seconds: float = 0  # how long a bank can take a top-up back
    waits_seconds: float = 0  # how long plays paid with it wait before they pay anybody


@dataclass(frozen=True)
class Attack:
    """The best outcome of one way to cheat, in micros: what stays paid in, and what comes out."""

    name: str
    setting: str  # whose value decides it
    paid_micros: int
    received_micros: int
    platform_bps: int

    @property
    def gain_micros(self) -> int:
        return self.received_micros - self.paid_micros

    @property
    def most_micros(self) -> int:
        """The bound: minus the platform's part of what was paid, the fraction of a micro too."""
        return -self.paid_micros * self.platform_bps // money.BPS

    @property
    def holds(self) -> bool:
        return self.gain_micros <= self.most_micros

    @property
    def return_percent(self) -> float | None:
        """Of what was paid; None where nothing was."""
        return 100 * self.gain_micros / self.paid_micros if self.paid_micros else None


@dataclass(frozen=True)
class Earned:
    """Units that one price earns a coalition's account and an honest listener, side by side."""

    price_micros: int
    emitted_units: int
    theirs: int
    honest: int

    @property
    def holds(self) -> bool:
        return self.theirs <= self.honest


def attacks(rules: Rules) -> list[Attack]:
    """The best outcome of each way to cheat, where nobody honest spends anything."""
    return [
        _best(_own_songs(rules)),
        _best(_fans_of_others(rules)),
        _best(_given(rules)),
        _best(_free(rules)),
        _best(_taken_back(rules)),
    ]


def units_compared(rules: Rules) -> list[Earned]:
    """A play of one more account against an honest listener's, at the lowest and highest price.

    Both start with nothing earned of the song, which is the best that splitting a coalition into
    more accounts can bring.
    """
    earned = []
    for price, quarter in product(_prices(rules), EMITTED):
        emitted = rules.reserved_units * quarter // 4
        units = _units(rules, price, emitted)
        # earned with nothing of one's own
        gift = _units(rules, rules.given_micros, emitted) + _units(rules, FREE_MICROS, emitted)
        earned.append(Earned(price, emitted, units + gift, units))
    return earned


def broken(rules: Rules) -> list[tuple[str, str]]:
    """Which settings let cheating pay, each as (setting, sentence); none where the bound holds."""
    found = []
    if rules.platform_bps < rules.platform_least_bps:
        found.append(
            (
                "PLATFORM_BPS",
                f"The platform's part is {rules.platform_bps} basis points, less than the"
                f" {rules.platform_least_bps} that playing one's own songs must cost.",
            )
        )
    for one in attacks(rules):
        if not one.holds:
            found.append(
                (
                    one.setting,
                    f"{one.name} brings {one.received_micros:,} micros for {one.paid_micros:,}"
                    f" paid: {one.gain_micros - one.most_micros:,} more than it may.",
                )
            )
    if any(not one.holds for one in units_compared(rules)):
        found.append(("TEST_MONEY", "Money that is given away earns units of others' songs."))
    if rules.micros_per_unit < 1 or not _units(rules, rules.price_floor_micros, 0):
        found.append(
            (
                "UNITS_PRICE_MICROS",
                f"A play at the lowest price, {rules.price_floor_micros:,} micros, earns no unit of"
                " a new song, while one at a higher price may.",
            )
        )
    return found


def _own_songs(rules: Rules) -> Iterator[Attack]:
    """Accounts play songs whose payees, issuer and fans they all are."""
    for price, pool, plays in product(_prices(rules), _pools(rules), PLAYS):
        paid = price * plays
        payees = money.share_between(0, paid, max(0, money.BPS - rules.platform_bps - pool))
        fans = money.entitlement(paid * money.UNITS, pool, 0)[0]
        yield Attack(
            "Playing one's own songs", "PLATFORM_BPS", paid, payees + fans, rules.platform_bps
        )


def _fans_of_others(rules: Rules) -> Iterator[Attack]:
    """Accounts hold every unit that listening can give of others' songs, and play on."""
    held = min(rules.reserved_units, money.UNITS)
    for price, plays in product(_prices(rules), PLAYS):
        paid = price * plays
        pool = money.entitlement(paid * held, rules.pool_most_bps, 0)[0]
        yield Attack(
            "Playing songs whose units one holds", "POOL_MAX_BPS", paid, pool, rules.platform_bps
        )


def _given(rules: Rules) -> Iterator[Attack]:
    """A new account spends what it was given on songs of the coalition's own."""
    got = money.share_between(0, rules.given_micros, max(0, money.BPS - rules.platform_bps))
    yield Attack(
        "Money that was given, spent on one's own songs",
        "TEST_MONEY",
        0,
        got,
        rules.platform_bps,
    )


def _free(rules: Rules) -> Iterator[Attack]:
    """Accounts play the first, free plays of the coalition's own songs: plays whose price is 0."""
    for pool, plays in product(_pools(rules), PLAYS):
        paid = FREE_MICROS * plays
        payees = money.share_between(0, paid, max(0, money.BPS - rules.platform_bps - pool))
        fans = money.entitlement(paid * money.UNITS, pool, 0)[0]
        yield Attack(
            "Free plays of one's own songs",
            "FREE_PLAYS_MOST",
            paid,
            payees + fans,
            rules.platform_bps,
        )


def _taken_back(rules: Rules) -> Iterator[Attack]:
    """Top-ups pay one's own songs; the bank takes them back once the songs were paid."""
    paid_first = rules.reversible_seconds > rules.waits_seconds
    for price in _prices(rules):
        got = money.share_between(0, price, max(0, money.BPS - rules.platform_bps))
        yield Attack(
            "A top-up taken back after it paid one's own songs",
            "TOP_UP_HOLD_WINDOW",
            0,
            got if paid_first else 0,
            rules.platform_bps,
        )


def _best(some: Iterator[Attack] | Sequence[Attack]) -> Attack:
    """By what is gained above the bound; of equals the one that pays in the most."""
    return max(some, key=lambda one: (one.gain_micros - one.most_micros, one.paid_micros))


def _units(rules: Rules, price_micros: int, emitted: int) -> int:
    if rules.reserved_units <= 0 or rules.micros_per_unit < 1:
        return 0
    return units_for(
        price_micros,
        emitted,
        rules.reserved_units,
        rules.micros_per_unit,
        0,
        rules.listener_cap_units,
    )


def _prices(rules: Rules) -> tuple[int, ...]:
    return tuple(sorted({rules.price_floor_micros, rules.price_cap_micros}))


def _pools(rules: Rules) -> list[int]:
    """From none to the largest that leaves each song a payee."""
    most = max(0, min(rules.pool_most_bps, money.BPS - rules.platform_bps - 1))
    return sorted({most * step // (POOLS - 1) for step in range(POOLS)})
