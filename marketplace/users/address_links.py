"""Links by which an e-mail is confirmed, or its change taken back: signed, kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing

from marketplace.users.models import User

CONFIRM, TAKE_BACK = "users.address.confirm", "users.address.take-back"
FIRST = "users.address.first"
FIRST_WITHIN = timedelta(days=7)
BACK_WITHIN = timedelta(days=2)


def to_confirm(user: User, email: str) -> str:
    """Good for an hour, and until the login has another e-mail than now."""
    return signing.dumps([user.pk, user.email, email], salt=CONFIRM)


def confirmed(token: str, user: User) -> str | None:
    """The e-mail that this login may have by the link; none where it is spent or another's."""
    match _read(token, CONFIRM, timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)):
        case [user.pk, user.email, str(email)]:
            return email
    return None


def to_confirm_first(user: User) -> str:
    """Of the e-mail that the login signed up with: good until it has another one."""
    return signing.dumps([user.pk, user.email], salt=FIRST)


def first_confirmed(token: str, user: User) -> bool:
    """Whether the link shows that the login's own e-mail is read by who signed up with it."""
    return bool(_read(token, FIRST, FIRST_WITHIN) == [user.pk, user.email])


def to_take_back(change: int, email: str) -> str:
    return signing.dumps([change, email], salt=TAKE_BACK)


def taken_back(token: str) -> tuple[int, str] | None:
    """Which change is taken back, and the e-mail that shall be again."""
    match _read(token, TAKE_BACK, BACK_WITHIN):
        case [int(change), str(email)]:
            return change, email
    return None


def _read(token: str, salt: str, lasts: timedelta) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=lasts)
    except signing.BadSignature:
        return None
