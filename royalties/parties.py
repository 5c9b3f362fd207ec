"""Parties and their addresses: each has one of its own from the first day.

An address is derived from the custody's HD seed at an index that a sequence gives out once, so no
two parties ever share one and the money of somebody without a login waits under its own address.
"""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from contracts.client import derive_key
from royalties import keys
from royalties.models import Party

PLATFORM_NAME = "Refrain"
OUTSIDE_NAME = "Wallets"


def create_party(name: str, at: datetime, kind: str = Party.Kind.PERSON) -> Party:
    """A party with the next address of the custody's seed.

    Raises:
        KeysMissing: there is no seed to derive from.
    """
    index = _next_key_index()
    _, address = derive_key(keys.custody_seed(), index)
    return Party.objects.create(
        kind=kind, name=name, address=address, key_index=index, created_at=at
    )


def rename(party: Party, name: str) -> None:
    """Names are for pages alone: no posting, leaf or bundle holds one."""
    Party.objects.filter(pk=party.pk).update(name=name)


def platform() -> Party:
    """The house itself, made the first time it is asked for."""
    return _the_one(Party.Kind.PLATFORM, PLATFORM_NAME)


def outside() -> Party:
    """Who holds, for the ledger, all units that lie in people's own wallets."""
    return _the_one(Party.Kind.OUTSIDE, OUTSIDE_NAME)


def _the_one(kind: Party.Kind, name: str) -> Party:
    found = Party.objects.filter(kind=kind).first()
    if found is not None:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        # the table's own lock: two first callers must not both insert (it is unique anyway)
        cursor.execute("LOCK TABLE royalties_party IN SHARE ROW EXCLUSIVE MODE")
        found = Party.objects.filter(kind=kind).first()
        return found or create_party(name, timezone.now(), kind)


def _next_key_index() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('royalties_party_key_index')")
        return int(cursor.fetchone()[0])
