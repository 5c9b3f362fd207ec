"""Keepers: what each role's key holds, what waits in its lane, and what to do when one is low.

A worker asks the chain and writes it down; the page reads what was written.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings

from marketplace.operations.models import KeyState
from marketplace.wallet.seals import duration
from royalties import gas
from royalties.errors import RoyaltiesError
from royalties.models import OutboxTransaction

STUCK_AFTER = timedelta(minutes=10)  # beyond the time a root may wait for the one before
DUTIES = {
    "admin": "Owns the contracts and names the other roles; best kept offline.",
    "publisher": "Pays each period’s total into the vault and publishes its root.",
    "guardian": "Can stop a root before it is settled.",
    "keeper": "Registers songs, and claims for those who ask.",
    "custody": "Holds everybody’s units on the chain, and pays what is withdrawn.",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """One transaction of a lane that is not final; `stuck` says why, or nothing."""

    row: OutboxTransaction
    age: str
    stuck: str


@dataclass(frozen=True)
class Keeper:
    """One role: its key as last seen, and its lane, oldest first."""

    role: str
    duty: str
    key: KeyState
    lane: list[Waiting]
    advice: list[str]

    @property
    def stuck(self) -> int:
        return sum(1 for one in self.lane if one.stuck)


def look(at: datetime) -> int:
    """Write down what every key holds; the number of keys seen, none if the chain is silent."""
    try:
        found = gas.standing()
    except RoyaltiesError as error:
        log.warning("the keys can't be looked at: %s", error)
        return 0
    for one in found:
        values = asdict(one) | {"seen_at": at}
        KeyState.objects.update_or_create(role=values.pop("role"), defaults=values)
    return len(found)


def keepers(at: datetime, lanes: dict[str, list[Waiting]]) -> list[Keeper]:
    """Every key that was seen, with its lane; one query."""
    states = {key.role: key for key in KeyState.objects.all()}
    return [_keeper(states[role], lanes.get(role, []), at) for role in DUTIES if role in states]


def lanes_of(at: datetime) -> dict[str, list[Waiting]]:
    """What is not final, by lane, the oldest first; one query."""
    lanes: dict[str, list[Waiting]] = {}
    rows = OutboxTransaction.objects.filter(state__in=OutboxTransaction.OPEN).defer("data")
    for row in rows.order_by("id"):
        lanes.setdefault(row.lane, []).append(
            Waiting(row, duration(at - row.created_at), _stuck(row, at))
        )
    return lanes


def _keeper(key: KeyState, lane: list[Waiting], at: datetime) -> Keeper:
    return Keeper(key.role, DUTIES[key.role], key, lane, _advice(key, lane, at))


def _stuck(row: OutboxTransaction, at: datetime) -> str:
    if row.error:
        return row.error
    if at - row.created_at > settings.ACTIVATION_DELAY + STUCK_AFTER:
        return "it should have been final by now"
    return ""


def _advice(key: KeyState, lane: list[Waiting], at: datetime) -> list[str]:
    found = []
    if key.is_low:
        found.append(
            f"Send gas money to {key.address}, from any wallet; nothing signed before it is lost,"
            " what waits goes on by itself."
        )
    if any(one.stuck for one in lane):
        found.append(
            "Nothing overtakes the oldest of a lane. The same bytes are sent again every few"
            " seconds, without harm; what the contract refuses needs its reason mended first."
        )
    if key.is_stale(at):
        found.append("The chain worker has not looked for a while: see that it runs.")
    return found
