"""Signing up: a person, the party that can own money and units, and for artists the artist."""

from datetime import datetime

from django.db import transaction

from marketplace.users.models import User
from royalties import parties


@transaction.atomic
def sign_up(
    email: str, password: str, name: str, at: datetime, role: str = User.Role.LISTENER
) -> User:
    """A new login with a party of its own, which has an address from the first day."""
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
