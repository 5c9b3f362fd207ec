"""Where a listener's money stands, in one query: every page of theirs shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.users.models import User
from marketplace.wallet.limits import day_start, month_start
from royalties.prepared import prepared

STANDING = """
SELECT coalesce((SELECT available_micros FROM royalties_purse WHERE party_id = %(party)s), 0),
       coalesce((SELECT held_micros FROM royalties_purse WHERE party_id = %(party)s), 0),
       (SELECT monthly_cap_micros FROM wallet_limit WHERE user_id = %(user)s),
       coalesce(sum(price_micros) FILTER (WHERE counted_at >= %(today)s), 0)::bigint,
       coalesce(sum(price_micros), 0)::bigint
FROM royalties_paidplay
WHERE listener_id = %(party)s AND counted_at >= %(month)s AND counted_at <= %(at)s
"""


@dataclass(frozen=True)
class Standing:
    """In micros; `cap_micros` is None before the first top-up."""

    available_micros: int
    held_micros: int  # reserved for a play that is being heard
    cap_micros: int | None
    spent_today_micros: int
    spent_month_micros: int

    @property
    def key(self) -> str:
        """For what is kept: another after each play, top-up and change of the limit."""
        return f"{self.available_micros}-{self.cap_micros}-{self.spent_month_micros}"

    @property
    def cap_left_micros(self) -> int | None:
        if self.cap_micros is None:
            return None
        return max(0, self.cap_micros - self.spent_month_micros)


def standing(user: User, at: datetime) -> Standing:
    with prepared() as cursor:
        days = {"at": at, "today": day_start(at), "month": month_start(at)}
        cursor.execute(STANDING, {"party": user.party_id, "user": user.pk, **days})
        return Standing(*cursor.fetchone())
