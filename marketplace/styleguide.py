"""Sample data for the style guide: every component in every state, with made-up figures.

`context()` is all the page needs. Nothing here is stored or read by any other page.
"""

import math
from datetime import UTC, datetime
from typing import Any

from marketplace.styleguide_states import states
from marketplace.templatetags.stacks import Series

SAMPLE_DAYS = [f"{day} Nov" for day in range(6, 20)]
SAMPLE_AT = datetime(2026, 11, 17, 21, 4, 41, tzinfo=UTC)
LONG_TITLE = (
    "A Field Guide to Leaving, Sung in One Take With the Northern Wire Choir at St Brannock's"
    " on the Last Night of the Old Year"
)
HASH = "0x4c1b820d9536ef7fa14675b9e015f7f2a065e30a2fd14675b9e9f536ef7f1244"


def context() -> dict[str, Any]:
    return {
        "rows": sample_rows(),
        "slices": sample_slices(),
        "own": {"bps": 8, "micros": 7, "units": 4_120},
        "pool": SamplePool(4_120, 408_260, 187_620, 400_000),
        "pool_empty": SamplePool(0, 12_380, 587_620, 400_000),
        "peaks": sample_peaks(3),
        "area": [(day, 2_000_000 + 260_000 * i) for i, day in enumerate(SAMPLE_DAYS)],
        "area_own": [(day, 2_500 + 190 * i * i) for i, day in enumerate(SAMPLE_DAYS)],
        "prices": [(day, 7_800 + 120 * i) for i, day in enumerate(SAMPLE_DAYS)],
        "band": [(7_000 + 130 * i, 8_600 + 130 * i) for i in range(len(SAMPLE_DAYS))],
        "series": sample_series(),
        "days": SAMPLE_DAYS,
        "receipt": sample_receipt(),
        "receipt_plain": sample_receipt() | {"units_earned": 0, "called": "Salt on a Wire"},
        "day_urls": ["?day=6", ""],
        "steps": sample_steps(),
        "root": {"micros": 41_208_774_110, "label": "Root: 6,412 songs, one total", "hash": HASH},
        "stations": sample_stations(),
        "table": sample_table(),
        "chips": [
            {"label": "All", "url": "?", "current": True},
            {"label": "By sound", "url": "?by=sound", "icon": "audio-lines"},
            {"label": "By taste", "url": "?by=taste", "icon": "users"},
        ],
        "stats": [
            {"label": "Next play earns you", "value": "24 units"},
            {"label": "Left for listeners", "value": "187,620"},
            {"label": "Came back so far", "value": "6.93\u00a0¢", "own": True},
        ],
        "at": SAMPLE_AT,
        **states(),
    }


class SamplePool:
    """Whose the fans' units are; the four sum to 1,000,000."""

    def __init__(self, units: int, other_units: int, left_units: int, held_units: int) -> None:
        self.units = units
        self.other_units = other_units
        self.left_units = left_units
        self.held_units = held_units


class SampleSlice:
    def __init__(self, kind: str, name: str, role: str, bps: int, yours: bool = False) -> None:
        self.kind, self.name, self.role, self.bps, self.yours = kind, name, role, bps, yours
        self.label = f"{name} {role}".strip()
        self.micros = 9_400 * bps // 10_000


def sample_slices() -> list[SampleSlice]:
    return [
        SampleSlice("fans", "Fans", "of this song", 2_000),
        SampleSlice("artist", "Mirela Anso", "artist", 4_500),
        SampleSlice("label", "Lantern Row", "label", 2_000),
        SampleSlice("writer", "D. Okafor", "writer", 1_000, yours=True),
        SampleSlice("platform", "Refrain", "", 500),
    ]


def sample_peaks(seed: int) -> list[float]:
    """200 made-up peaks that swell, breathe and fade."""
    return [
        min(1.0, 0.12 + abs(math.sin(i * 0.9 + seed) * math.sin(i * 0.031 + seed)) * 0.8)
        * min(1.0, i / 24, (204 - i) / 24)
        for i in range(200)
    ]


def sample_row(index: int, title: str, artist: str, **more: Any) -> dict[str, Any]:
    prices = [8_000 + round(600 * math.sin(index + day)) for day in range(7)]
    return {
        "id": f"00000000-0000-4000-8000-{index:012}",
        "title": title,
        "artist": artist,
        "artist_url": "#",
        "url": "#",
        "cover_url": "",
        "peaks": sample_peaks(index),
        "counting_fraction": 0.135,
        "price_micros": prices[-1],
        "change_micros": prices[-1] - prices[-2],
        "prices": prices,
        "duration_seconds": 222 + 31 * index,
        "units_owned": 0,
        "reason": None,
        "liked": False,
    } | more


def sample_rows() -> list[dict[str, Any]]:
    sound = {"icon": "audio-lines", "text": "Sounds like Salt on the Wire: close voice, 92 bpm"}
    taste = {"icon": "users", "text": "38 listeners who kept what you kept played this twice"}
    return [
        sample_row(1, "Ghost Ferry", "Mirela Anso", units_owned=1_960, reason=sound),
        sample_row(2, LONG_TITLE, "Hollis Maren", change_micros=0, reason=taste),
        sample_row(3, "ليل المدينة", "Nour Haddad", units_owned=510),
        sample_row(4, "Just out", "Ada Kestrel", prices=[], change_micros=0, peaks=[]),
        sample_row(5, "A short one", "Juno Askew", counting_fraction=0.5, duration_seconds=60)
        | {"artist_url": "", "liked": True},
    ]


def sample_series() -> list[Series]:
    return [
        Series("Mirela Anso", [5_600_000 + 430_000 * i for i in range(14)]),
        Series("Odd Harbour", [4_100_000 + 20_000 * i for i in range(14)]),
        Series("Dunmore Strings", [2_500_000 + 70_000 * i for i in range(14)]),
        Series("9 others", [4_300_000 - 10_000 * i for i in range(14)]),
    ]


def sample_receipt() -> dict[str, Any]:
    return {
        "number": "322-3-11871",
        "title": "Salt on the Wire",
        "artist": "Mirela Anso",
        "heard_seconds": 222,
        "at": SAMPLE_AT,
        "parts": sample_slices(),
        "paid_micros": 9_400,
        "units_earned": 26,
        "peaks": sample_peaks(3),
    }


def sample_steps() -> list[dict[str, Any]]:
    def node(micros: int, label: str) -> dict[str, Any]:
        return {"micros": micros, "label": label, "hash": HASH}

    return [
        {
            "left": node(107_846_200, "Salt on the Wire, all plays"),
            "right": node(88_120_400, "the song beside it"),
            "ours": "left",
        },
        {
            "left": node(412_006_300, "2 songs"),
            "right": node(195_966_600, "2 songs"),
            "ours": "right",
        },
        {
            "left": node(607_972_900, "4 songs"),
            "right": node(9_871_440_220, "4 songs"),
            "ours": "left",
        },
    ]


def sample_stations() -> list[dict[str, Any]]:
    words = [
        ("Earned", 5_036_220, "Since the last close. Closes 1 Dec, 00:00 UTC.", "now"),
        ("Being settled", 5_185_035, "Closed; can be stopped for a short while.", ""),
        ("To claim", 15_159_999, "Settled, in the vault under your name.", "now"),
        ("To spend", 118_421_300, "Claimed. Yours to spend or to take out.", "now"),
        ("Taken out", 360_000_000, "To your balance or your own wallet so far.", "done"),
    ]
    return [
        {"label": label, "micros": micros, "text": text, "state": state}
        for label, micros, text, state in words
    ]


def sample_table() -> dict[str, Any]:
    columns = [
        {"label": "Day", "kind": "text"},
        {"label": "Plays", "kind": "count", "optional": True},
        {"label": "Listeners paid", "kind": "dollars", "optional": True},
        {"label": "To you", "kind": "dollars"},
        {"label": "Proof", "kind": "seal"},
    ]
    settled = {"settled": True, "text": "settled", "url": "#"}
    waiting = {"settled": False, "text": "settles in 2 h 17", "url": "#"}
    return {
        "caption": "By day",
        "columns": columns,
        "rows": [
            {"cells": ["18 Nov", 1_511, 11_522_300, 5_185_035, waiting], "open_url": "?open=18"},
            {
                "cells": ["17 Nov", 1_438, 10_860_900, 4_887_405, settled],
                "open_url": "?",
                "is_open": True,
                "opened": "Its songs stand here.",
            },
        ],
        "sums": ["2 days", 2_949, 22_383_200, 10_072_440, None],
    }
