"""The style guide's second half: forms, pages of a list, and tables in the states that are rare.

As in `styleguide`, all of it is made up, and no other page reads it.
"""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator

from marketplace.postings import Line, Posted
from marketplace.templatetags.intervals import Interval
from marketplace.templatetags.mosaics import Part
from marketplace.templatetags.price_plots import Ahead

PAGE_SIZE = 50
ROWS = 130


def states() -> dict[str, Any]:
    pages = Paginator(range(ROWS), PAGE_SIZE)
    return {
        "form": SampleForm({"amount": "120.00", "share": "45"}),
        "pages": [pages.page(number) for number in (1, 2, 3)],
        "only_page": Paginator(range(3), PAGE_SIZE).page(1),
        "table_kinds": kinds_table(),
        "entries": entries(),
        "table_empty": {"caption": "Nothing yet", "columns": [{"label": "Day", "kind": "text"}]},
        "spans": [(12.0, 74.5), (130.0, 205.0)],
        "intervals": [
            Interval("All songs", 1.1, 1.03, 1.18, "2,960 songs, 61,208 answers"),
            Interval("The less heard half of artists", 1.06, 0.91, 1.22, "812 songs, 41 answers"),
            Interval("drone", 0.84, 0.62, 1.11, "31 songs, 377 answers"),
        ],
        "mosaic": [Part(f"Song {i}", "#", "", 40_000 // (i + 1)) for i in range(14)],
        "dots": [(f"Song {i}", 400 + (i * i * 700) % 9_000) for i in range(40)],
        "ahead": Ahead("tomorrow", 8_900, 9_900),
        "songs_action": {"label": "See all songs", "url": "/songs", "icon": "disc-3"},
        "plain_action": {"label": "Top up", "url": "/wallet"},
        "outcome": ["If you withdraw $118.42", "Spendable falls to $0.00."],
        "claim_shares": claim_shares(),
        "titled_stats": [{"label": "Balance", "value": "$118.42", "title": "$118.421300"}],
        "toasts": ["success", "info", "warning", "error"],
    }


class SampleForm(forms.Form):
    """One field of each kind; as a whole it is refused."""

    amount = forms.DecimalField(max_value=100, help_text="From your balance.")
    share = forms.IntegerField(help_text="Of what remains.")
    reference = forms.CharField(required=False)
    rights = forms.BooleanField(label="I own the rights to this recording")

    def clean(self) -> None:
        raise forms.ValidationError("The sum must be 100 %.")


def claim_shares() -> dict[str, Any]:
    """What a claim comes to under two deals, one of which still takes back its advance."""
    label = {"name": "Lantern Row"}
    recouped = {"pk": 1, "label": label, "label_bps": 2_000}
    recouped |= {"advance_micros": 500_000, "recouped_micros": 500_000}
    open_one = {"pk": 2, "label": {"name": "Kilnfire"}, "label_bps": 1_500}
    open_one |= {"advance_micros": 9_000_000, "recouped_micros": 1_200_000}
    return {"own_micros": 122_170, "to_labels": [(recouped, 23_535), (open_one, 14_200)]}


def entries() -> list[Posted]:
    """One of money, one of units."""
    at = datetime(2026, 11, 19, 14, 2, 31, tzinfo=UTC)
    money = [Line("Listener, balance", -9_400, None), Line("Mirela Anso, accrued", 9_400, None)]
    units = [Line("Fans’ part of this song", None, -60), Line("1 fan, holding", None, 60)]
    return [
        Posted("Plays posted", "accrual/7", at, money, 0, has_units=False),
        Posted("Units earned by listening", "emission/7", at, units, 0, has_units=True),
    ]


def kinds_table() -> dict[str, Any]:
    """A table with a column of every kind."""
    track = {"title": "Salt on the Wire", "artist": "Mirela Anso", "url": "#", "cover_url": ""}
    kinds = ("text", "track", "cents", "signed_cents", "signed_dollars", "units", "percent")
    row = ["19 Nov", track, 9_400, -26_400, 1_188_000, 4_120, 4_500]
    alone = {**track, "artist": ""}
    return {
        "caption": "Every kind of cell",
        "columns": [{"label": kind.replace("_", " "), "kind": kind} for kind in kinds],
        "rows": [
            {"id": "sample", "url": "#", "cells": row},
            {"cells": ["18 Nov", alone, 0, 0, 0, 1, 8]},
        ],
        "sums": None,
    }
