"""Reconciliation: chain against ledger, to the unit, on a schedule or when an operator asks.

A worker compares and writes down what it found; nothing is ever adjusted. The open row is what is
due, leased by whoever makes it. What differs is looked at once more before it is told, because a
block mined between two readings is no difference.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from marketplace.operations.models import Reconciliation
from marketplace.users.models import User
from royalties import chain_checks, invariants
from royalties.models import Period

EVERY = timedelta(hours=1)
LEASE = timedelta(minutes=10)
LOOKED_BACK = 50  # comparisons that may have found the chain silent in between
RECENT = 30  # periods whose bundles the schedule makes again; an operator's asking makes all


def ask(user: User, at: datetime) -> bool:
    """Let the next worker compare everything; no, if one is asked for or under way already."""
    _, is_new = Reconciliation.objects.get_or_create(
        open=True, defaults={"asked_at": at, "asked_by": user}
    )
    return is_new


def work(at: datetime) -> Reconciliation | None:
    """Make the comparison that was asked for or is due; None if there is none to make."""
    row = _claim(at)
    if row is None:
        return None
    started = time.perf_counter()
    row.checks, row.figures = _look(at, row.bundles_from)
    if row.differences:
        row.checks, row.figures = _look(at, row.bundles_from)
    for one in row.differences:
        one["since"] = _first_seen(one["name"], at).isoformat()
    row.seconds = time.perf_counter() - started
    row.ended_at, row.open, row.leased_until = at, False, None
    row.save()
    return row


def last() -> Reconciliation | None:
    """The newest one that was made."""
    made = Reconciliation.objects.filter(open=False).select_related("asked_by")
    return made.order_by("-ended_at", "-pk").first()


def under_way() -> Reconciliation | None:
    return Reconciliation.objects.filter(open=True).select_related("asked_by").first()


def _claim(at: datetime) -> Reconciliation | None:
    """The open row, leased to the caller; where one is due by the clock it is opened first."""
    before = last()
    if before is None or before.ended_at is None or at - before.ended_at >= EVERY:
        newest = Period.objects.order_by("-number").values_list("number", flat=True).first() or 1
        Reconciliation.objects.get_or_create(
            open=True, defaults={"asked_at": at, "bundles_from": max(1, newest - RECENT)}
        )
    free = Reconciliation.objects.filter(Q(leased_until=None) | Q(leased_until__lt=at), open=True)
    return under_way() if free.update(leased_until=at + LEASE) else None


def _first_seen(name: str, at: datetime) -> datetime:
    """Since when a check has failed: as the last comparison that could make it says."""
    for before in Reconciliation.objects.filter(open=False).order_by("-ended_at", "-pk")[
        :LOOKED_BACK
    ]:
        made = [one for one in before.checks if one["name"] == name]
        if made:
            since = next((one["since"] for one in made if "since" in one), None)
            return datetime.fromisoformat(since) if since else at
    return at


def _look(at: datetime, bundles_from: int) -> tuple[list[Any], list[Any]]:
    """Every rule of the ledger, then ledger against chain; as JSON."""
    book = invariants.ledger_checks()
    seen = chain_checks.look(at, bundles_from=bundles_from)
    checks = [asdict(one) for one in book] + [asdict(one) for one in seen.checks]
    return checks, [asdict(one) for one in seen.figures]
