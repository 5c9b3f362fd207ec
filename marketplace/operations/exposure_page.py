"""What the page of exposure shows: whom Home shows, who is played, what exploring earns."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.discovery import exposure
from marketplace.discovery.exposure import SIZES
from marketplace.templatetags.amounts import count, percent_bps

WHOLE_BPS = 10_000
SMALL = ("new", "small")
NOTHING_YET = "No list was shown yet; a worker adds them up every hour."
OUTCOMES = {"counted": "paid plays", "beyond": "listens past the free part", "liked": "likes"}
PER = 1_000


def latest() -> dict[str, Any] | None:
    found = exposure.weeks()
    return found[-1] if found and found[-1]["impressions"] else None


def sentence(week: dict[str, Any]) -> str:
    shown, played = (_percent(_share(week, name, SMALL)) for name in ("impressions", "plays"))
    return (
        f"New and small artists get {shown} of {count(week['impressions'])} places on Home this"
        f" week, and {played} of plays."
    )


def context() -> dict[str, Any]:
    """Two queries."""
    weeks, worth = exposure.weeks(), exposure.worth_now()
    last = weeks[-1] if weeks and weeks[-1]["impressions"] else None
    return {
        "last": last,
        "sentence": sentence(last) if last else NOTHING_YET,
        "sizes": [_size(last, size) for size in SIZES if last["sizes"][size]["artists"]]
        if last
        else [],
        "shown": _series(weeks, "impressions"),
        "played": _series(weeks, "plays"),
        "weeks": [_row(one) for one in reversed(weeks)],
        "worth": worth,
        "outcomes": [_outcome(one) for one in worth["outcomes"]] if worth else [],
    }


def document() -> dict[str, Any]:
    return {"weeks": exposure.weeks(), "exploration": exposure.worth_now()}


def _series(weeks: list[dict[str, Any]], name: str) -> list[tuple[str, int]]:
    """(week, share of new and small artists in bps) of weeks that have any."""
    return [(_day(one), _share(one, name, SMALL)) for one in weeks if one[name]]


def _share(week: dict[str, Any], name: str, sizes: tuple[str, ...]) -> int:
    total = sum(of[name] for of in week["sizes"].values())
    part = sum(week["sizes"][size][name] for size in sizes)
    return WHOLE_BPS * part // total if total else 0


def _size(week: dict[str, Any], size: str) -> dict[str, Any]:
    return {
        **week["sizes"][size],
        "size": size,
        "shown_percent": _percent(_share(week, "impressions", (size,))),
        "played_percent": _percent(_share(week, "plays", (size,))),
    }


def _row(week: dict[str, Any]) -> dict[str, Any]:
    return {
        "day": _day(week),
        "impressions": week["impressions"],
        "drawn": _percent(
            WHOLE_BPS * week["drawn"] // week["impressions"] if week["impressions"] else 0
        ),
        "plays": week["plays"],
        "gini_shown": week["gini_shown"],
        "gini_played": week["gini_played"],
        "coverage": _percent(round(WHOLE_BPS * week["coverage"])),
    }


def _outcome(one: dict[str, Any]) -> dict[str, Any]:
    """Estimates for a thousand places."""
    names = ("shown", "without", "greedy", "gain")
    told = {
        name: {side: _per(one[name][side]) for side in ("value", "low", "high")} for name in names
    }
    gain = one["gain"]
    sure = gain["low"] is not None and not gain["low"] <= 0 <= gain["high"]
    return told | {
        "name": OUTCOMES[one["outcome"]],
        "sure": sure,
        "more": gain["value"] > 0,
        "effective": round(one["greedy"]["effective"]),
        "clipped": _percent(round(WHOLE_BPS * one["greedy"]["clipped"])),
    }


def _per(value: float | None) -> float | None:
    return None if value is None else PER * value


def _percent(bps: int) -> str:
    return percent_bps(bps // 10 * 10)


def _day(week: dict[str, Any]) -> str:
    return f"{date.fromisoformat(week['week']):%-d %b}"
