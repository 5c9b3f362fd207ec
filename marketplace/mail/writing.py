"""Writing mail, in the transaction of what it tells of; a worker sends it (`sending`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from marketplace.celery import ring
from marketplace.mail import tasks
from marketplace.mail.models import Mail
from marketplace.users.models import User
from royalties.models import Party


def write(user: User, kind: Mail.Kind, at: datetime, **about: str) -> None:
    """Leave a mail to a login with the worker; it goes once the transaction is committed."""
    Mail.objects.create(user=user, kind=kind, about=about, written_at=at, due_at=at)
    transaction.on_commit(lambda: ring(tasks.send))


def write_to_parties(parties: Iterable[Party], kind: Mail.Kind, at: datetime, **about: str) -> None:
    """The same to every login of these parties; some have none."""
    for user in User.objects.filter(party__in=parties, is_active=True):
        write(user, kind, at, **about)
