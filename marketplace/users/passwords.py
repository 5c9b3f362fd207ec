"""A password changed, or one in place of a forgotten one: everywhere else one is signed out."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from marketplace.demo import logins
from marketplace.listening import streams
from marketplace.mail import writing
from marketplace.mail.models import Mail
from marketplace.users.models import User


def is_demo_login(email: str) -> bool:
    """Whether everybody may sign in with it, so that nobody may change its password."""
    return settings.DEMO and email in {login.email for login in logins.LOGINS}


@transaction.atomic
def change(user: User, password: str, at: datetime, session: str = "") -> None:
    """Set the password, and say so by mail. Sessions end by it, and what they play stops.

    Args:
        session: that of who changes it, whose streams go on (`listening.keys.session_of`)
    """
    lock_out(user, password, at, session)
    writing.write(user, Mail.Kind.PASSWORD, at, when=f"{at:%-d %B %Y, %H:%M} UTC")


def lock_out(user: User, password: str, at: datetime, session: str = "") -> None:
    """Set the password, which ends sessions, stop what they play, and remove API keys."""
    user.set_password(password)
    user.save(update_fields=["password"])
    streams.sign_out_elsewhere(user, session, at)
    user.api_keys.all().delete()


@transaction.atomic
def replace(user: User, password: str, at: datetime, session: str = "") -> bool:
    """`change`, unless the password has changed or the account was closed since `user` was read."""
    same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    if not same.select_for_update(no_key=True).exists():
        return False
    change(user, password, at, session)
    return True


def ask(email: str, at: datetime) -> None:
    """Have a link sent to the login of that e-mail, if there is one that has a password."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is not None and user.has_usable_password():
        writing.write(user, Mail.Kind.RESET, at)
