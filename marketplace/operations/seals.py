"""The seal on a period: how far its money has come, in a word or two."""

from __future__ import annotations

from datetime import datetime

from marketplace.wallet.seals import Seal, duration
from royalties.models import Period

WORDS = {
    Period.State.OPEN: "accruing",
    Period.State.CLOSED: "waits for the chain",
    Period.State.VETOED: "stopped, being redone",
    Period.State.ACTIVE: "settled",
}


def period_seal(state: str, active_at: datetime | None, at: datetime) -> Seal:
    """Settled once its root is active; before that, what it waits for."""
    if state == Period.State.PUBLISHED and active_at is not None and active_at > at:
        return Seal(False, f"settles in {duration(active_at - at)}")
    words = WORDS.get(Period.State(state), "settles any moment")
    return Seal(state == Period.State.ACTIVE, words)
