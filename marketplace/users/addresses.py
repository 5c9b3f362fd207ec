"""The e-mail one signs in with: confirmed by a link that it is sent, changed by one that the new
address alone is sent.

Until it is confirmed everything else works: it may be mistyped, and then a stranger reads its mail.
So a change of an address that was never confirmed is told to nobody: the link that takes it back
would give the account away. A confirmed one is sent that link, good for two days: who came by no
more than a password does not keep the account. With a change go those that came after it, and
wallets linked since: else whoever changed it twice could take it back from its owner, or be sent
what the owner withdraws. A link to a new password goes to any address: it is the one way back, and
who signed up with it may correct it before.
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
from royalties import wallets


def ask_first(user: User, at: datetime) -> None:
    """Have the link sent to the address that the login signed up with, unless it is confirmed."""
    if not is_confirmed(user):
        writing.write(user, Mail.Kind.FIRST, at)


def confirm(user: User, at: datetime) -> None:
    """A link sent to this address, of all the login may have, was followed; once is enough."""
    unconfirmed = User.objects.filter(pk=user.pk, email=user.email, confirmed_at=None)
    unconfirmed.update(confirmed_at=at)


def is_confirmed(user: User) -> bool:
    """The demo's own logins count as confirmed: there is nobody behind their addresses."""
    return user.confirmed_at is not None or passwords.is_demo_login(user.email)


def ask(user: User, email: str, at: datetime) -> None:
    """Have the link sent to the new address; nobody is told whether another login has it."""
    if not User.objects.filter(email=email).exists():
        writing.write(user, Mail.Kind.CONFIRM, at, to=email)


@transaction.atomic
def change(user: User, email: str, at: datetime) -> None:
    """From now on one signs in with it, and it is confirmed; the address of before is told, if it
    was confirmed as well.

    Raises:
        Conflict: another login has it by now, or this one has another than `user` was read with.
    """
    same = User.objects.filter(pk=user.pk, email=user.email, is_active=True)
    now = same.select_for_update(no_key=True).first()
    if now is None:
        raise Conflict("Your e-mail was changed meanwhile.")
    before, tell = user.email, now.confirmed_at is not None
    user.email, user.confirmed_at = email, at
    _save(user)
    if tell:
        made = AddressChange.objects.create(user=user, made_at=at)
        writing.write(user, Mail.Kind.MOVED, at, to=before, email=email, change=str(made.pk))


def may_take_back(change: int) -> bool:
    """Whether it still counts, of an account that is open."""
    return AddressChange.objects.filter(pk=change, user__is_active=True).exists()


@transaction.atomic
def take_back(change: int, email: str, at: datetime) -> bool:
    """The e-mail is again that of before, everybody is signed out, wallets linked since are sent
    nothing more, and a link to a new password is on its way there; False, and nothing, where
    `may_take_back` says no.

    Raises:
        Conflict: another login has it by now.
    """
    locked = User.objects.select_for_update(no_key=True, of=["self"])
    user = locked.filter(address_changes=change).first()
    if user is None or not may_take_back(change):  # asked again: another link may have been faster
        return False
    since = user.address_changes.get(pk=change).made_at
    user.address_changes.filter(pk__gte=change).delete()
    user.email, user.confirmed_at = email, at
    _save(user)
    passwords.lock_out(user, token_urlsafe(), at)
    wallets.unlink_since(user.party, since, at)  # of which the other address was told
    writing.write(user, Mail.Kind.RESET, at)
    return True


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "confirmed_at"])
    except IntegrityError:
        raise Conflict(f"Another account has {user.email} by now.") from None
