"""The payees' table of the upload form: typed lines in, parties with basis points out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from marketplace.users.models import User
from royalties.models import Party

MAX_PAYEES = 8
FIELDS = ("payee_email", "payee_role", "payee_percent")
ROLES = ("artist", "writer", "producer", "label", "other")


class PayeeError(Exception):
    """One sentence about the table."""


class Posted(Protocol):
    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class PayeeRow:
    """One line: who (an e-mail; empty is the artist itself), as what, how much of the remainder."""

    email: str
    role: str
    percent: Decimal


def typed(posted: Posted) -> list[tuple[str, str, str]]:
    """The lines as they were sent: e-mail, role, percent."""
    return list(zip(*(posted.getlist(name) for name in FIELDS), strict=False))


def read(posted: Posted) -> list[PayeeRow]:
    """The lines that were filled in.

    Raises:
        PayeeError: a percentage is no number, or there are too many lines.
    """
    rows = [
        PayeeRow(email.strip().lower(), role if role in ROLES else "other", _percent(percent))
        for email, role, percent in typed(posted)
        if percent.strip() or email.strip()
    ]
    if len(rows) > MAX_PAYEES:
        raise PayeeError(f"At most {MAX_PAYEES} payees fit on one track here.")
    return rows or [PayeeRow("", "artist", Decimal(100))]


def parties(rows: list[PayeeRow], artist: Party) -> list[Party]:
    """Each line's party, in order.

    Raises:
        PayeeError: an e-mail that belongs to no account.
    """
    emails = [row.email for row in rows if row.email]
    for email in emails:
        _check(email)
    known = {
        user.email: user.party
        for user in User.objects.select_related("party").filter(email__in=emails, is_active=True)
    }
    for email in emails:
        if email not in known:
            raise PayeeError(f"{email} has no account yet; ask them to sign up first.")
    return [known[row.email] if row.email else artist for row in rows]


def _check(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise PayeeError(f"“{email[:60]}” is no e-mail address.") from None


def _percent(text: str) -> Decimal:
    """A number of ordinary size: exact arithmetic on 1e999999 would take for ever."""
    if not text.strip():
        raise PayeeError("One payee has no part yet; write a number like 50.")
    try:
        percent = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        percent = Decimal("nan")
    if not percent.is_finite() or percent.adjusted() > 3 or -percent.as_tuple().exponent > 9:  # type: ignore[operator]
        raise PayeeError(f"“{text.strip()[:20]}” is no percentage; write a number like 50.")
    return percent
