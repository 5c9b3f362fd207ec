"""Where a listener's money stands, in one query: every page of theirs shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.users.models import User
from royalties.prepared import prepared

# of the party, login and moment that stand for {party}, {user} and {at}
OF = """
SELECT coalesce((SELECT available_micros FROM royalties_purse WHERE party_id = {party}), 0),
       coalesce((SELECT held_micros FROM royalties_purse WHERE party_id = {party}), 0),
       (SELECT monthly_cap_micros FROM wallet_limit WHERE user_id = {user}),
       coalesce(
           sum(price_micros) FILTER (WHERE counted_at >= date_trunc('day', {at}, 'UTC')), 0
       )::bigint,
       coalesce(sum(price_micros), 0)::bigint
FROM royalties_paidplay
WHERE listener_id = {party} AND counted_at >= date_trunc('month', {at}, 'UTC')
    AND counted_at <= {at}
"""
STANDING = OF.format(party="%(party)s::uuid", user="%(user)s", at="%(at)s::timestamptz")


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

    def held(self, micros: int) -> Standing:
        """After so much more was reserved."""
        available, held = self.available_micros - micros, self.held_micros + micros
        return replace(self, available_micros=available, held_micros=held)

    def paid(self, micros: int) -> Standing:
        """After a play that was reserved for is paid."""
        return replace(
            self,
            held_micros=self.held_micros - micros,
            spent_today_micros=self.spent_today_micros + micros,
            spent_month_micros=self.spent_month_micros + micros,
        )


def standing(user: User, at: datetime) -> Standing:
    with prepared() as cursor:
        cursor.execute(STANDING, {"party": user.party_id, "user": user.pk, "at": at})
        return Standing(*cursor.fetchone())
