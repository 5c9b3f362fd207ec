"""What grows with plays refers to what is there, though it is asked once a statement."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from royalties import accrual, purses
from royalties.models import (
    Account,
    Entitlement,
    Holding,
    PaidPlay,
    Posting,
    Pseudonym,
    UnitMove,
    Window,
)
from tests.royalties.builders import a_listener, a_play, a_track, later

REFERENCES = [
    (Account, "party_id"),
    (Account, "terms_id"),
    (Posting, "entry_id"),
    (Posting, "account_id"),
    (Holding, "terms_id"),
    (Holding, "party_id"),
    (UnitMove, "window_id"),
    (UnitMove, "terms_id"),
    (UnitMove, "giver_id"),
    (UnitMove, "taker_id"),
    (Pseudonym, "period_id"),
    (Pseudonym, "terms_id"),
    (Pseudonym, "party_id"),
    (Entitlement, "period_id"),
    (Entitlement, "terms_id"),
    (Entitlement, "party_id"),
]


@pytest.fixture
def window(db: None) -> Window:
    """One play accrued, and something frozen: every table has a row."""
    track = a_track()
    a_play(track, a_listener())
    made = accrual.accrue(later(1))
    assert made is not None
    Entitlement.objects.create(
        period=made.period, terms=track, party=track.issuer, role="holder", amount_micros=1
    )
    return made


@pytest.mark.parametrize(("model", "field"), REFERENCES)
def test_a_row_that_refers_to_nothing_is_refused(window: Window, model: Any, field: str) -> None:
    row = model.objects.exclude(**{field: None}).latest("pk")
    named = getattr(row, field)
    nobody = 9**9 if isinstance(named, int) else uuid4()
    setattr(row, field, nobody)
    if model is Pseudonym:
        row.name = "another"
    elif model is not Holding:  # their keys are what they name
        row.pk = None
    if field == "terms_id" and getattr(row, "kind", "") in Account.UNIT_KINDS:
        row.asset = str(nobody)
    with pytest.raises(IntegrityError, match=f"has {field} {nobody}, which"):
        row.save(force_insert=True)


def test_a_play_belongs_to_a_window_that_is_there(window: Window) -> None:
    play = a_play(a_track(), a_listener(), later(2))
    with pytest.raises(IntegrityError, match="has window_id 999, which royalties_window has not"):
        PaidPlay.objects.filter(pk=play.pk).update(window=999, units=1, pseudonym="a" * 16)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM royalties_party",
        "DELETE FROM royalties_account",
        "DELETE FROM royalties_period",
        "UPDATE royalties_party SET id = gen_random_uuid()",
        "UPDATE royalties_account SET id = id + 1000",
        "UPDATE royalties_period SET number = number + 1000",
        "UPDATE royalties_account SET party_id = gen_random_uuid()",
        "UPDATE royalties_holding SET party_id = gen_random_uuid()",
        "UPDATE royalties_entitlement SET period_id = 999",
    ],
)
def test_what_is_referred_to_stays(window: Window, change: str) -> None:
    with pytest.raises(IntegrityError, match="is append-only"), connection.cursor() as cursor:
        cursor.execute(change)


MANY = """
INSERT INTO royalties_party (id, name, kind, address, key_index, created_at)
SELECT gen_random_uuid(), '', 'person', '0x' || lpad(to_hex(n), 40, '0'), 1000000 + n, now()
FROM generate_series(1, 5000) n
"""
OPENED = """
INSERT INTO royalties_account (kind, party_id, asset)
SELECT 'published', id, 'micros' FROM royalties_party
"""
ENTERED = """
INSERT INTO royalties_entry (reference, kind, at)
SELECT n::text, '', now() FROM generate_series(1, 5000) n
"""
POSTED = """
WITH made AS (
    INSERT INTO royalties_entry (reference, kind, at)
    SELECT id::text, '', now() FROM royalties_party RETURNING id
)
INSERT INTO royalties_posting (entry_id, account_id, amount)
SELECT made.id, a.id, side.amount FROM made, (VALUES (1), (-1)) AS side (amount),
    (SELECT id FROM royalties_account LIMIT 1) a
"""
READ = """
SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables
WHERE relname IN ('royalties_party', 'royalties_entry')
"""


@pytest.mark.django_db
def test_after_thousands_of_rows_one_row_is_not_checked_against_whole_tables() -> None:
    """What a statement's trigger asks is planned for the first rows that a connection writes."""
    listener = a_listener()
    with connection.cursor() as cursor:
        for statement in (MANY, ENTERED):
            cursor.execute(statement)
        cursor.execute("ANALYZE royalties_party, royalties_entry; DISCARD PLANS")
        for statement in (OPENED, POSTED, READ):
            cursor.execute(statement)
        before = cursor.fetchone()
        purses.deposit(listener, 1, "one more", later(1))
        cursor.execute(READ)
        assert cursor.fetchone() == before
