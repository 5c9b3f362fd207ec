"""A period's worth of counted plays, written straight into the tables; what follows is measured.

Payees have made-up addresses: deriving one for each takes longer than all that is measured. The
accounts are there that publishing terms and paying in a first time open.
"""

from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True)
class Size:
    """Every track has as many payees as there are for each; plays fall on tracks as demand does."""

    plays: int
    tracks: int
    payees: int
    listeners: int


PARTIES = """
INSERT INTO royalties_party (id, kind, name, address, created_at)
SELECT md5('party' || i)::uuid, 'person', 'Party ' || i,
       '0x' || left(md5('a' || i) || md5('b' || i), 40), %(at)s
FROM generate_series(1, %(payees)s + %(listeners)s) i;
"""
TERMS = """
INSERT INTO royalties_terms (id, subject_id, chain_id, slot, issuer_id, platform_id, platform_bps,
    pool_bps, reserved_units, micros_per_unit, listener_cap_units, salt, published_at)
SELECT md5('terms' || i)::uuid, md5('track' || i)::uuid, '0x' || md5('c' || i) || md5('d' || i),
       i - 1, md5('party' || i)::uuid, %(platform)s, 500, 2000, 600000, 100, 50000,
       '0x' || md5('s' || i) || md5('t' || i), %(at)s
FROM generate_series(1, %(tracks)s) i;
INSERT INTO royalties_payee (terms_id, party_id, role, bps, address, position)
SELECT md5('terms' || 1 + (i - 1) %% %(tracks)s)::uuid, p.id, 'artist',
       7500 / (%(payees)s / %(tracks)s), p.address, (i - 1) / %(tracks)s
FROM generate_series(1, %(payees)s) i JOIN royalties_party p ON p.id = md5('party' || i)::uuid;
INSERT INTO royalties_holding (terms_id, party_id, units, listened_units, revenue_seen_micros,
    unit_micros, carried, since)
SELECT id, issuer_id, 1000000, 0, 0, 0, 0, published_at FROM royalties_terms;
INSERT INTO royalties_unitmove (terms_id, kind, giver_id, taker_id, units, at)
SELECT id, 'issue', NULL, issuer_id, 1000000, published_at FROM royalties_terms;
"""
ACCOUNTS = """
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT 'listener', md5('party' || %(payees)s + i)::uuid, NULL, 'micros'
FROM generate_series(1, %(listeners)s) i;
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT DISTINCT 'accrued', party_id, NULL::uuid, 'micros' FROM royalties_payee;
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
VALUES ('accrued', %(platform)s, NULL, 'micros');
INSERT INTO royalties_account (kind, party_id, terms_id, asset)
SELECT kind, NULL, id, 'micros'
FROM royalties_terms CROSS JOIN (VALUES ('pool'), ('remainder')) AS of (kind);
"""
PLAYS = """
INSERT INTO royalties_paidplay (reference, terms_id, listener_id, price_micros, earns_units,
    counted_at, accrues_at, pseudonym)
SELECT md5('play' || n)::uuid,
       md5('terms' || 1 + floor(%(tracks)s * power(random(), 2))::int)::uuid,
       md5('party' || %(payees)s + 1 + floor(%(listeners)s * random())::int)::uuid,
       6000 + 100 * (n %% 32), true, %(at)s + n * interval '50 ms', %(at)s, ''
FROM generate_series(1, %(plays)s) n;
INSERT INTO royalties_waitingplay (play_id, accrues_at)
SELECT id, accrues_at FROM royalties_paidplay;
"""


def build(size: Size, at: datetime, seed: int) -> None:
    """Fill a migrated database; the same size and seed make the same plays."""
    from django.db import connection

    from royalties import parties

    values = asdict(size) | {"at": at, "platform": parties.platform().pk}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers and foreign keys
        cursor.execute("SELECT setseed(%s)", [seed / 1_000])
        for script in (PARTIES, TERMS, ACCOUNTS, PLAYS):
            for statement in filter(str.strip, script.split(";\n")):
                cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
