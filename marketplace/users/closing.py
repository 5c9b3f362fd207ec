"""Closing an account: who it was is forgotten, what it did stays in the books.

Plays, postings and units belong to a party, which is a number; the login alone says whose. Closing
erases that mapping and nothing else, so every price, payout and published period stays as it was.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from marketplace.discovery import impressions, opinions
from marketplace.listening import streams
from marketplace.mail.models import Mail
from marketplace.templatetags.amounts import DOLLAR_DIGITS, count, plain_dollars
from marketplace.users import passwords
from marketplace.users.models import User
from marketplace.wallet.models import Limit
from royalties import departed, purses, statements
from royalties.models import Holding, Payee

CLOSED_NAME = "Closed account"


class AccountStays(Exception):
    """The account can't be closed; the text says why and what to do."""


def why_not(user: User) -> str:
    """Why this account can't be closed by its owner; empty if it can."""
    if passwords.is_demo_login(user.email):
        return "This is one of the demo’s own logins; an account of your own can be closed."
    if Payee.objects.filter(party=user.party_id).exists():
        return "Songs pay you by terms that can’t change. Ask an operator to close the account."
    if user.role != User.Role.LISTENER:
        return (
            f"Others work with this {user.get_role_display()} account. Ask an operator to close it."
        )
    return departed.why_not_yet(user.party)


def left_behind(user: User) -> list[str]:
    """What nobody can reach after closing, in words: the balance, what came back wherever it is by
    now, and songs that are owned in part.
    """
    money, balance = statements.payouts(user.party), purses.available(user.party)
    back = money.accrued + money.published + money.settled + money.spendable
    songs = Holding.objects.filter(party=user.party_id, units__gt=0).count()
    return [
        *([f"{plain_dollars(balance)} of balance"] if balance else []),
        *([f"{plain_dollars(back, DOLLAR_DIGITS)} that came back to you"] if back else []),
        *([f"your units of {count(songs)} song{'s'[: songs != 1]}"] if songs else []),
    ]


@transaction.atomic
def close(user: User, at: datetime) -> None:
    """Stop what is playing, erase what says who it was, and sign out everywhere.

    Raises:
        AccountStays: see `why_not`.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    for stream in user.streams.filter(ended_at=None).values_list("pk", flat=True):
        streams.stop(stream, user, at)
    departed.lock(user.party)  # after the streams, in the order in which reports on them lock
    if reason := why_not(user):
        raise AccountStays(reason)
    opinions.forget_all(user)
    impressions.forget(user)
    user.api_keys.all().delete()
    user.address_changes.all().delete()
    for kept in (user.playlists, Limit.objects.filter(user=user), Mail.objects.filter(user=user)):
        kept.all().delete()
    departed.depart(user.party, CLOSED_NAME, at)
    user.name, user.email, user.country = CLOSED_NAME, f"{uuid4().hex}@closed.invalid", ""
    user.is_active, user.confirmed_at = False, None
    user.last_login = None
    user.set_unusable_password()  # which ends every session
    user.save()
