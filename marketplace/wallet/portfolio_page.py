"""The portfolio's page: chosen lines, their sums, charts, and one line opened to its postings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db import connection

from marketplace.catalog.models import Track
from marketplace.templatetags import amounts
from marketplace.wallet import portfolio as owned
from marketplace.wallet import portfolio_charts as charts
from marketplace.wallet.seals import Seal, seal_of_period
from royalties import statements
from royalties.models import Account, PaidPlay, Party, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from royalties.statements import HolderLine, MoveLine

PAGE_SIZE = 50
FIRST = 8  # before one asks for all: by their order they bring the most
LAST = 12  # postings an opened line shows
BOOKS = """
SELECT (SELECT max(id) FROM royalties_window), max(posting.id), EXISTS (
    SELECT FROM royalties_holding WHERE party_id = %(party)s AND units > 0
) FROM royalties_account account JOIN royalties_posting posting ON posting.account_id = account.id
WHERE account.party_id = %(party)s AND account.terms_id IS NULL AND account.kind <> %(listener)s
"""


@dataclass(frozen=True)
class Opened:
    """One song's own books: what each period brought, and when its units were earned."""

    terms_id: str
    periods: list[tuple[HolderLine, Seal]]
    moves: list[MoveLine]


def portfolio_page(party: Party, asked: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """The context; `asked` is the address bar: show, by, page, open."""
    lines = owned.portfolio(party, at)
    choice = choice_of(asked)
    chosen = owned.shown(lines, choice["show"], choice["by"])
    rest = _rest(chosen, asked)
    page = Paginator(chosen, FIRST if rest else PAGE_SIZE).get_page(asked.get("page"))
    query = f"{urlencode(choice)}&"
    here = f"?{urlencode(choice)}" if rest else f"?{query}page={page.number}"
    sums = owned.sums_of(lines)
    mosaic = charts.mosaic(lines)
    return {
        "lines": lines,
        "coming": None if lines else _coming(party),
        "page": page,
        "rest": owned.sums_of(rest) if rest else None,
        "query": query,
        "here": here,
        "sums": owned.sums_of(chosen),
        "filters": owned.chips(owned.FILTERS, "show", choice),
        "orders": owned.chips(owned.ORDERS, "by", choice),
        "mosaic": mosaic,
        "mosaic_title": charts.mosaic_title(mosaic),
        "by_day": charts.by_day(lines, at),
        "spread": charts.spread(lines),
        "spread_title": charts.concentration(lines),
        "paid": sums,
        "back": amounts.money(sums.back_micros),
        "back_today": amounts.money(sums.today_micros),
        "opened": _opened(party, asked.get("open", ""), lines),
        "money": statements.payouts(party),
    }


def _coming(party: Party) -> Track | None:
    """The song of a play that is counted and not accrued yet: its units come with the window."""
    waiting = PaidPlay.objects.filter(listener=party, waits__isnull=False, earns_units=True)
    play = waiting.order_by("-counted_at").first()
    return Track.objects.get(terms=play.terms_id) if play else None


def _rest(chosen: list[owned.OwnedLine], asked: Mapping[str, str]) -> list[owned.OwnedLine]:
    """What the first look adds up in one line; nothing once a page, or one of these, is asked for.

    One song alone is shown instead of a line about it.
    """
    rest = chosen[FIRST:]
    opened = any(str(line.track.terms_id) == asked.get("open") for line in rest)
    return rest if len(rest) > 1 and "page" not in asked and not opened else []


def books_of(party: Party) -> tuple[str, bool]:
    """For what is kept: another after each accrual, and after each posting of the party's money;
    and whether it owns a part of anything.
    """
    with connection.cursor() as cursor:
        cursor.execute(BOOKS, {"party": party.pk, "listener": Account.Kind.LISTENER})
        window, posting, owns = cursor.fetchone()
    return f"{window}-{posting}", owns


def choice_of(asked: Mapping[str, str]) -> dict[str, str]:
    """Filter and order of the address bar; the usual ones for what is not known."""
    show, by = asked.get("show", ""), asked.get("by", "")
    return {
        "show": show if show in owned.FILTERS else "all",
        "by": by if by in owned.ORDERS else "back",
    }


def _opened(party: Party, terms_id: str, lines: list[owned.OwnedLine]) -> Opened | None:
    """Only a song of the party's own portfolio opens."""
    if terms_id not in {str(line.track.terms_id) for line in lines}:
        return None
    terms = Terms.objects.get(pk=terms_id)
    periods = statements.holder_lines(party, terms, LAST)
    return Opened(
        terms_id,
        [(line, seal_of_period(line.period)) for line in periods],
        statements.move_lines(party, terms, LAST),
    )
