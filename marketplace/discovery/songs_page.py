"""The page of all songs: those asked for, and what else can be asked of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.utils.safestring import SafeString

from marketplace.catalog import genres
from marketplace.discovery.choosing import Asked, lengths, prices
from marketplace.discovery.drawn import drawn_rows
from marketplace.discovery.listing import Listed
from marketplace.discovery.rows import Why
from marketplace.templatetags.amounts import count
from marketplace.templatetags.track_rows import reason_line
from marketplace.users.models import User

PAGE_SIZE = 50
ORDERED = {
    "newest": "the newest first",
    "closest": "the closest first",
    "played": "the most played first",
    "cheapest": "the lowest price first",
    "fallen": "whose price fell since yesterday, the most first",
}


def songs_page(
    asked: Asked, listener: User | None, page_number: str | None, at: datetime
) -> dict[str, Any]:
    """Two queries where ids and rows are kept."""
    page = Paginator(Listed(asked, listener, at), PAGE_SIZE).get_page(page_number)
    figures = dict(page.object_list)
    drawn = drawn_rows(list(figures), listener, at)
    return {
        "page": page,
        "rows": [row.row(_reason(asked, figures[pk])) for pk, row in drawn.items()],
        "asked": asked,
        "ordered": ORDERED[asked.by],
        "choices": _choices(asked),
        "page_query": f"{asked.address}&" if asked.address else "",
    }


def _reason(asked: Asked, figure: int) -> SafeString | str:
    """By what it stands there, where its row does not say it already."""
    if asked.by != "played":
        return ""
    told = (
        f"Played {count(figure)} time{'' if figure == 1 else 's'}" if figure else "Not played yet"
    )
    return reason_line(Why("chart-no-axes-column", told))


def _choices(asked: Asked) -> list[dict[str, Any]]:
    """What the form offers: a name in the address, words, and what each value is called."""
    known = genres.known()
    if asked.genre and asked.genre.upper() not in {name.upper() for name in known}:
        known = sorted([*known, asked.genre], key=str.casefold)
    by_name = [(name, name) for name in known]
    genre = next((name for name in known if name.upper() == asked.genre.upper()), "")
    return [
        _choice("genre", "Genre", "Any genre", by_name, genre),
        _choice("length", "Length", "Any length", lengths(), asked.length),
        _choice("price", "Price", "Any price", prices(), asked.price),
    ]


def _choice(
    name: str, label: str, none: str, values: list[tuple[str, str]], chosen: str
) -> dict[str, Any]:
    return {"name": name, "label": label, "none": none, "values": values, "chosen": chosen}
