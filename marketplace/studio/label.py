"""The label's page: the roster's revenue as chart and table, and the deals behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Sum
from django.http import QueryDict

from marketplace.catalog.models import Artist
from marketplace.studio import page as pages
from marketplace.studio import revenue
from marketplace.studio.chart import artist_name, chart
from marketplace.studio.page import View
from marketplace.studio.scope import Scope
from marketplace.templatetags import amounts
from marketplace.users.models import User
from royalties.models import Deal

VIEWS = {"artist": "By artist", "song": "By song", "day": "By day"}
ADVANCES, OTHERS = 2, 6  # deals beside the revenue; the roster has all of them
DEALS_A_PAGE = 25
DEAL_STATES = {"": "All", "accepted": "On", "invited": "Waiting", "declined": "Declined"}


@dataclass(frozen=True)
class DealLine:
    """A deal with the artist's public name, how far its advance is recouped, and what it brought
    the label so far.
    """

    deal: Deal
    name: str
    brought_micros: int = 0

    @property
    def open_micros(self) -> int:
        return self.deal.advance_micros - self.deal.recouped_micros

    @property
    def recouped_percent(self) -> str:
        """Cut to a tenth, whole ones without it; an advance of nothing is all recouped."""
        advance = self.deal.advance_micros
        tenths = 1_000 * self.deal.recouped_micros // advance if advance else 1_000
        rest = f".{tenths % 10}" if tenths % 10 else ""
        return f"{tenths // 10}{rest}{amounts.NBSP}%"


DEAL_SORTS: dict[str, Callable[[DealLine], Any]] = {
    "newest": lambda line: -line.deal.invited_at.timestamp(),
    "title": lambda line: line.name.casefold(),
    "part": lambda line: (-line.deal.label_bps, line.name),
    "brought": lambda line: (-line.brought_micros, line.name),
    "open": lambda line: (-line.open_micros, line.name),
}


def label_page(scope: Scope, at: datetime, view: View) -> dict[str, Any]:
    """The roster's page; a fixed number of queries."""
    found = revenue.revenue(scope, at, view.n_days)
    context = pages.roster_page(scope, found, at, view)
    waiting = scope.user.invitations.count()
    return {
        **context,
        "tables": VIEWS,
        "chart": chart(found, found.artists, artist_name, "artist"),
        "day_rows": list(zip(reversed(found.days), reversed(found.by_day), strict=True)),
        **deal_cards(deals_of_label(scope.user), context["since"].at, waiting),
    }


def deal_cards(deals: Sequence[DealLine], since: datetime, invitations: int) -> dict[str, Any]:
    """The deals beside the revenue: a few of each kind and how many there are, and what artists
    answered since then.
    """
    signed = [line for line in deals if line.deal.state == Deal.State.ACCEPTED]
    advances = sorted(
        (line for line in signed if line.open_micros), key=lambda one: -one.open_micros
    )
    clear = [line for line in signed if not line.open_micros]
    answered = [line for line in deals if line.deal.answered_at and line.deal.answered_at > since]
    return {
        "advances": advances[:ADVANCES],
        "more_advances": len(advances[ADVANCES:]),
        "clear": clear[:OTHERS],
        "more_clear": len(clear[OTHERS:]),
        "waiting": [line for line in deals if line.deal.state == Deal.State.INVITED][:OTHERS],
        "invitations": invitations,
        "answered": answered[:OTHERS],
        "open_micros": sum(line.open_micros for line in signed),
    }


def roster_page(deals: Sequence[DealLine], query: QueryDict) -> dict[str, Any]:
    """The table of deals as the address bar asks: sorted, in one state, a page at a time."""
    state, sort = query.get("state", ""), query.get("sort", "")
    state = state if state in Deal.State.values else ""
    sort = sort if sort in DEAL_SORTS else "newest"
    shown = [line for line in deals if state in ("", line.deal.state)]
    shown.sort(key=DEAL_SORTS[sort])
    signed = [line for line in shown if line.deal.state == Deal.State.ACCEPTED]
    return {
        "shown": shown,
        "brought_micros": sum(line.brought_micros for line in shown),
        "open_micros": sum(line.open_micros for line in signed),
        "view": {"sort": sort, "state": state},
        "states": DEAL_STATES,
        "any_deal": bool(deals),
        "page": Paginator(shown, DEALS_A_PAGE).get_page(query.get("page")),
    }


def deals_of_label(label: User) -> list[DealLine]:
    """Every deal the label offered, newest first; two queries."""
    to_label = F("divisions__label_micros") + F("divisions__recouped_micros")
    offered = Deal.objects.filter(label=label.party_id).annotate(brought=Sum(to_label))
    mine = list(offered.select_related("artist").order_by("-invited_at"))
    artists = Artist.objects.filter(party__in={deal.artist_id for deal in mine})
    names = dict(artists.values_list("party_id", "name"))
    return [
        DealLine(deal, names.get(deal.artist_id, deal.artist.name), deal.brought or 0)
        for deal in mine
    ]
