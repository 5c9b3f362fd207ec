"""The monthly limit: what a listener may spend in a calendar month (UTC)."""

from datetime import UTC, datetime

from marketplace.users.models import User
from marketplace.wallet.models import Limit


def month_start(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def day_start(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def cap_of(user: User) -> int | None:
    """The monthly cap in micros; None before the first top-up."""
    return Limit.objects.filter(user=user).values_list("monthly_cap_micros", flat=True).first()


def set_cap(user: User, micros: int, at: datetime) -> None:
    Limit.objects.update_or_create(
        user=user, defaults={"monthly_cap_micros": micros, "changed_at": at}
    )
