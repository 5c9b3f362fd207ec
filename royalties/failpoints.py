"""Points at which a process can be told to die, to show that who comes next finishes its work.

`FAILPOINT=name` kills the process there, as kill -9 does; `FAILPOINT=name:stop` freezes it. Unset,
as in production, nothing happens: a system check refuses it without `FAILPOINTS_ALLOWED`.
"""

import os
import signal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


class Point(StrEnum):
    """A moment on a play's way to the payout; the last word says what was done just before."""

    WINDOW_MADE = "accrue/made"
    WINDOW_POSTED = "accrue/posted"
    WINDOW_MARKED = "accrue/marked"
    SHARE_OPENED = "share/opened"
    SHARE_COMMITTED = "share/committed"
    CLOSE_ENTITLED = "close/entitled"
    CLOSE_BUILT = "close/built"
    CLOSE_PLANNED = "close/planned"
    CLOSE_COMMITTED = "close/committed"
    SIGN_MADE = "sign/made"
    SIGN_COMMITTED = "sign/committed"
    SEND_SENT = "send/sent"
    SEND_COMMITTED = "send/committed"
    MINED_COMMITTED = "mined/committed"
    FINAL_COMMITTED = "final/committed"
    EVENT_STORED = "event/stored"
    EVENT_POSTED = "event/posted"
    EVENTS_COMMITTED = "event/committed"
    ACTIVE_POSTED = "active/posted"
    CLAIM_PLANNED = "claim/planned"
    CLAIM_POSTED = "claim/posted"
    FORFEIT_POSTED = "forfeit/posted"


def reach(point: Point) -> None:
    """Die or freeze here, if this is the point that was named."""
    if not settings.FAILPOINT:
        return
    name, _, action = settings.FAILPOINT.partition(":")
    if name == point:
        os.kill(os.getpid(), signal.SIGSTOP if action == "stop" else signal.SIGKILL)


@register("royalties")
def refuse_in_production(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A failpoint is set, and nobody said that it may be."""
    if not settings.FAILPOINT or settings.FAILPOINTS_ALLOWED:
        return []
    return [
        Error(
            f"FAILPOINT={settings.FAILPOINT} kills processes at that point.",
            hint="Unset it; FAILPOINTS_ALLOWED=1 is for tests.",
            id="royalties.E001",
        )
    ]
