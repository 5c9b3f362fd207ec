"""The e-mail one signs in with, changed by a link that the new address alone is sent.

The old one is sent a link, too, which takes the change back for two days: who came by no more than
a password does not keep the account. With a change go those that came after it: else whoever
changed it twice could take it back from its owner.
"""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe

from django.db import IntegrityError, transaction

from marketplace.mail import writing
from marketplace.mail.models import Mail
from marketplace.problems import Conflict
from marketplace.users import passwords
from marketplace.users.models import AddressChange, User


def ask(user: User, email: str, at: datetime) -> None:
    """Have the link sent to the new address; nobody is told whether another login has it."""
    if not User.objects.filter(email=email).exists():
        writing.write(user, Mail.Kind.CONFIRM, at, to=email)


@transaction.atomic
def change(user: User, email: str, at: datetime) -> None:
    """From now on one signs in with it; the address of before is told.

    Raises:
        Conflict: another login has it by now, or this one has another than `user` was read with.
    """
    same = User.objects.filter(pk=user.pk, email=user.email, is_active=True)
    if not same.select_for_update(no_key=True).exists():
        raise Conflict("Your e-mail was changed meanwhile.")
    before, user.email = user.email, email
    _save(user)
    made = AddressChange.objects.create(user=user, made_at=at)
    writing.write(user, Mail.Kind.MOVED, at, to=before, email=email, change=str(made.pk))


def may_take_back(change: int) -> bool:
    """Whether it still counts, of an account that is open."""
    return AddressChange.objects.filter(pk=change, user__is_active=True).exists()


@transaction.atomic
def take_back(change: int, email: str, at: datetime) -> bool:
    """The e-mail is again that of before, everybody is signed out, and a link to a new password is
    on its way there; False, and nothing, where `may_take_back` says no.

    Raises:
        Conflict: another login has it by now.
    """
    locked = User.objects.select_for_update(no_key=True, of=["self"])
    user = locked.filter(address_changes=change).first()
    if user is None or not may_take_back(change):  # asked again: another link may have been faster
        return False
    user.address_changes.filter(pk__gte=change).delete()
    user.email = email
    _save(user)
    passwords.lock_out(user, token_urlsafe(), at)
    writing.write(user, Mail.Kind.RESET, at)
    return True


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError:
        raise Conflict(f"Another account has {user.email} by now.") from None
