"""Public pages of periods: what was settled, under which root, and how to check it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum

from marketplace.operations.seals import period_seal
from royalties import bundle as bundles
from royalties.models import (
    Deployment,
    Entitlement,
    OutboxTransaction,
    PaidPlay,
    Period,
    TrackWindow,
)

Kind = OutboxTransaction.Kind


@dataclass(frozen=True)
class Facts:
    """What happened in one period."""

    plays: int
    listeners: int
    songs: int
    gained_micros: int
    owed: int  # entitlements of at least a micro
    claimed: int


def period_page(period: Period, at: datetime) -> dict[str, Any]:
    publish = period.publications.filter(kind=Kind.PUBLISH).defer("data").order_by("-pk").first()
    path = bundles.path_of(period)
    neighbours = Period.objects.exclude(state=Period.State.OPEN)
    return {
        "period": period,
        "facts": facts(period),
        "seal": period_seal(period.state, period.active_at, at),
        "publish": publish,
        "deployment": Deployment.objects.filter(current=True).first(),
        "bundle_bytes": path.stat().st_size if path.is_file() else None,
        "command": command(period.number),
        "chain_command": command(period.number, f" --rpc {_node()}"),
        "earlier": neighbours.filter(number=period.number - 1).first(),
        "later": neighbours.filter(number=period.number + 1).first(),
    }


def facts(period: Period) -> Facts:
    """Four queries, whatever the number of plays."""
    windows = TrackWindow.objects.filter(window__period=period).aggregate(
        plays=Sum("plays"), micros=Sum("revenue_micros"), songs=Count("terms", distinct=True)
    )
    heard = PaidPlay.objects.in_period(period.number)
    owed = Entitlement.objects.filter(period=period, amount_micros__gt=0)
    return Facts(
        plays=windows["plays"] or 0,
        listeners=heard.aggregate(n=Count("listener", distinct=True))["n"],
        songs=windows["songs"],
        gained_micros=windows["micros"] or 0,
        owed=owed.count(),
        claimed=owed.exclude(claimed_at=None).count(),
    )


def command(number: int, more: str = "") -> str:
    """What recomputes the downloaded period on anybody's machine."""
    return f"python -m royalties.verify period-{number}.zip{more}"


def _node() -> str:
    return settings.CHAIN_RPC_URL if settings.DEMO else "$CHAIN_RPC_URL"
