"""Signing up: a person, the party that can own money and units, and the money to start with."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from marketplace.mail import writing
from marketplace.mail.models import Mail
from marketplace.users import countries
from marketplace.users.models import User
from marketplace.wallet.topups import top_up
from royalties import parties

WELCOME_MICROS = 10_000_000
WELCOME_CAP_MICROS = 5_000_000


@transaction.atomic
def sign_up(
    email: str, password: str | None, name: str, at: datetime, role: str = User.Role.LISTENER
) -> User:
    """A new login with a party of its own, which has an address from the first day.

    Without a password nobody can sign in with it.
    """
    party = parties.create_party(name, at)
    return User.objects.create_user(
        email,
        password,
        name=name,
        role=role,
        party=party,
        is_staff=role == User.Role.OPERATOR,
        is_superuser=role == User.Role.OPERATOR,
        joined_at=at,
        consented_at=at,
    )


@transaction.atomic
def join(at: datetime, cap_micros: int | None, country: str = "", **fields: Any) -> User:
    """Sign up, have the e-mail confirmed by a link, and, where there is test money and a monthly
    limit was chosen, start with some.
    """
    user = sign_up(at=at, **fields)
    if country:
        countries.say(user, country)
    writing.write(user, Mail.Kind.FIRST, at)
    if settings.TEST_MONEY and cap_micros is not None:
        top_up(user, WELCOME_MICROS, "welcome", at, cap_micros)
    return user
