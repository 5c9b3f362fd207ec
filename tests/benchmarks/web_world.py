"""A catalogue of any size with a fortnight of plays, written straight into the tables.

For measuring only: rows are made by SQL, as fast as PostgreSQL takes them (a million keys come in
their order, which indexes grow by fastest), so nothing here went through the ledger. What pages
read agrees with itself: plays, quotes and streams, windows, units and holdings, prices and
entitlements. Entries, postings, leaves and roots are left out, and of the entitlements only those
of the logins and of every tenth other holding are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from marketplace.users.models import User
from marketplace.users.signup import sign_up
from marketplace.wallet import topups
from royalties import parties

PASSWORD = "only-for-measuring"
DAYS = 14


@dataclass(frozen=True)
class Size:
    """How much there is. Plays fall on tracks and listeners as demand does: a few get most."""

    tracks: int
    artists: int
    listeners: int
    plays: int
    logins: int = 20


SIZES = {
    "demo": Size(tracks=30, artists=10, listeners=50, plays=5_000),
    "streams": Size(tracks=30, artists=10, listeners=400, plays=5_000, logins=250),
    "large": Size(tracks=100_000, artists=5_000, listeners=20_000, plays=1_000_000),
}

PEOPLE = """
INSERT INTO royalties_party (id, kind, name, address, created_at)
SELECT md5('artist' || i)::uuid, 'person', 'Artist ' || i,
       '0x' || left(md5('a' || i) || md5('b' || i), 40), %(start)s
FROM generate_series(1, %(artists)s) i;
INSERT INTO royalties_party (id, kind, name, address, created_at)
SELECT md5('listener' || i)::uuid, 'person', 'Listener ' || i,
       '0x' || left(md5('l' || i) || md5('m' || i), 40), %(start)s
FROM generate_series(1, %(listeners)s) i;
INSERT INTO users_user (id, password, is_superuser, email, name, role, party_id, consented_at,
                        joined_at, is_active, is_staff, country)
OVERRIDING SYSTEM VALUE
SELECT 1000000 + i, '!', false, 'listener' || i || '@example.org', 'Listener ' || i, 'listener',
       md5('listener' || i)::uuid, %(start)s, %(start)s, true, false,
       (ARRAY['', 'DE', 'FR', 'JP'])[1 + i %% 4]
FROM generate_series(1, %(listeners)s) i;
CREATE TABLE bench_listener AS
SELECT i, md5('listener' || i)::uuid AS party, 1000000 + i AS login
FROM generate_series(1, %(listeners)s) i;
WITH known AS (
    SELECT party_id, id, row_number() OVER (ORDER BY id) AS n FROM users_user
    WHERE email LIKE 'login%%'
)
UPDATE bench_listener b SET party = known.party_id, login = known.id
FROM known WHERE b.i = known.n * %(listeners)s / (%(logins)s + 1);
INSERT INTO catalog_artist (id, name, party_id, created_at)
SELECT md5('artist' || i)::uuid, 'Artist ' || i, md5('artist' || i)::uuid, %(start)s
FROM generate_series(1, %(artists)s) i;
"""

TRACKS = """
INSERT INTO royalties_terms (id, subject_id, chain_id, slot, issuer_id, platform_id, platform_bps,
    pool_bps, reserved_units, micros_per_unit, listener_cap_units, salt, published_at)
SELECT md5('terms' || i)::uuid, md5('track' || i)::uuid, '0x' || md5('c' || i) || md5('d' || i), i,
       md5('artist' || 1 + (i * 7919) %% %(artists)s)::uuid, %(platform)s, 500, 2000, 600000, 100,
       50000, '0x' || md5('s' || i) || md5('t' || i),
       %(now)s - (random() * 400 + 15) * interval '1 day'
FROM generate_series(1, %(tracks)s) i;
INSERT INTO royalties_payee (terms_id, party_id, role, bps, address, position)
SELECT terms.id, issuer_id, 'artist', 7500, address, 0
FROM royalties_terms terms JOIN royalties_party party ON party.id = issuer_id;
CREATE TABLE bench_shape AS
SELECT i, jsonb_agg(round((0.2 + 0.8 * random())::numeric, 3)) AS peaks
FROM generate_series(0, 63) i CROSS JOIN generate_series(1, 200) GROUP BY i;
CREATE TABLE bench_sound AS
SELECT i, jsonb_agg(round(random()::numeric, 4)) AS features
FROM generate_series(0, 2047) i CROSS JOIN generate_series(1, 60) GROUP BY i;
INSERT INTO catalog_track (id, artist_id, title, album, isrc, genre, state, failure, attempts,
    draft, terms_id, file_name, file_hash, sound_hash, cover_format, created_at, published_at,
    duration_seconds, tempo_bpm, peaks, features, features_version, stream_bytes, stream_byte_rate)
SELECT terms.subject_id, issuer_id,
       (ARRAY['Slow', 'Glass', 'Paper', 'Northern', 'Quiet', 'Copper', 'Late', 'Salt', 'Open',
              'Borrowed', 'Winter', 'Second'])[1 + slot %% 12] || ' ' ||
       (ARRAY['Harbour', 'Weather', 'Engine', 'Orchard', 'Letters', 'Signal', 'Meridian', 'Stairs',
              'Lantern', 'Ferry', 'Mountain'])[1 + slot %% 11] || ' ' || slot,
       '', '', (ARRAY['ambient', 'house', 'jazz', 'folk', 'techno', 'dub'])[1 + slot %% 6],
       'published', '', 1, '{}', terms.id, slot || '.wav', md5('f' || slot), md5('g' || slot), '',
       terms.published_at, terms.published_at, 60 + slot %% 240, 80 + slot %% 80,
       shape.peaks, sound.features, 1, 16000 * (60 + slot %% 240), 16000
FROM royalties_terms terms JOIN bench_shape shape ON shape.i = slot %% 64
JOIN bench_sound sound ON sound.i = slot %% 2048;
DROP TABLE bench_shape;
DROP TABLE bench_sound;
"""

PLAYS = """
INSERT INTO royalties_period (number, state, opens_at, cutoff_at, leaves, total_micros, root,
    bundle_hash, epoch, published_at, active_at)
SELECT n, CASE WHEN n = %(days)s THEN 'open' ELSE 'active' END,
       %(start)s + (n - 1) * interval '1 day',
       CASE WHEN n < %(days)s THEN %(start)s + n * interval '1 day' END, 1, n * 1000000,
       '0x' || md5('r' || n) || md5('q' || n), '0x' || md5('u' || n) || md5('v' || n), n,
       CASE WHEN n < %(days)s THEN %(start)s + n * interval '1 day' END,
       CASE WHEN n < %(days)s THEN %(start)s + n * interval '1 day' END
FROM generate_series(1, %(days)s) n;
INSERT INTO royalties_window (period_id, number, starts_at, ends_at)
SELECT 1 + n / 1440, 1 + n %% 1440, %(start)s + n * interval '1 minute',
       %(start)s + (n + 1) * interval '1 minute'
FROM generate_series(0, %(days)s * 1440 - 1) n;
CREATE TABLE bench_play AS
WITH drawn AS (
    SELECT n, 1 + floor(%(tracks)s * power(random(), 3))::int AS track,
           1 + floor(%(listeners)s * power(random(), 2))::int AS listener,
           %(start)s + n * (interval '1 day' * %(days)s / (%(plays)s + 1)) AS at
    FROM generate_series(1, %(plays)s) n
)
SELECT n, lpad(to_hex(n), 32, '0')::uuid AS reference, terms.id AS terms, terms.subject_id AS track,
       listener.party, listener.login, drawn.at,
       6000 + 100 * (hashint8(slot) & 31) AS micros,
       row_number() OVER (PARTITION BY slot ORDER BY n) * 60 <= terms.reserved_units AS earns,
       row_number() OVER (PARTITION BY slot, listener.i, (at AT TIME ZONE 'UTC')::date
                          ORDER BY n) = 1 AS teaches,
       1 + floor(extract(epoch FROM at - %(start)s) / 60)::int AS minute
FROM drawn JOIN royalties_terms terms ON terms.slot = drawn.track
JOIN bench_listener listener ON listener.i = drawn.listener ORDER BY n;
ANALYZE bench_play;
INSERT INTO royalties_paidplay (reference, terms_id, listener_id, price_micros, earns_units,
    counted_at, accrues_at, window_id, units, pseudonym)
SELECT reference, terms, party, micros, true, at, at, w.id, CASE WHEN earns THEN 60 ELSE 0 END,
       md5(terms::text || party || w.period_id)
FROM bench_play JOIN royalties_window w ON (w.period_id - 1) * 1440 + w.number = minute ORDER BY n;
INSERT INTO royalties_trackwindow (window_id, terms_id, plays, revenue_micros, cumulative_micros,
    units_emitted, cumulative_units)
SELECT window_id, terms_id, count(*), sum(price_micros),
       sum(sum(price_micros)) OVER (PARTITION BY terms_id ORDER BY window_id), sum(units),
       sum(sum(units)) OVER (PARTITION BY terms_id ORDER BY window_id)
FROM royalties_paidplay GROUP BY window_id, terms_id ORDER BY window_id;
"""

QUOTES = """
INSERT INTO pricing_quote (id, track_id, listener_id, price_micros, surface, state, teaches,
    issued_at, issued_on, expires_at, ended_at, learned_at)
SELECT reference, track, login, micros, 'press', 'accepted', teaches, at - interval '40 s',
       (at AT TIME ZONE 'UTC')::date, at + interval '9 min', at, at
FROM bench_play ORDER BY n;
INSERT INTO pricing_quote (id, track_id, listener_id, price_micros, surface, state, teaches,
    issued_at, issued_on, expires_at, ended_at, learned_at)
SELECT ('d' || lpad(to_hex(n), 31, '0'))::uuid, track, login, micros, 'press', 'declined', false,
       at - interval '20 min', (at AT TIME ZONE 'UTC')::date, at - interval '10 min',
       at - interval '19 min', at
FROM bench_play WHERE n %% 3 = 0 ORDER BY n;
INSERT INTO listening_stream (id, quote_id, listener_id, opened_at, started_at, last_heartbeat_at,
    played_seconds, served_bytes, counted_at, ended_at, ending, country)
SELECT reference, reference, login, at - interval '35 s', at - interval '31 s', at,
       31, 600000, at, at, 'finished', (ARRAY['', 'DE', 'FR', 'JP'])[1 + n %% 4]
FROM bench_play ORDER BY n;
INSERT INTO pricing_trackprice (track_id, micros, since)
SELECT subject_id, 6000 + 100 * (hashint8(slot) & 31), published_at FROM royalties_terms;
INSERT INTO pricing_pricepoint (track_id, at, micros, quotes, accepts, explanation)
SELECT subject_id, published_at, 6000, 0, 0, '{"reason": "waiting"}' FROM royalties_terms;
INSERT INTO pricing_pricepoint (track_id, at, micros, quotes, accepts, explanation)
SELECT track, date_trunc('hour', at) + interval '1 hour',
       min(micros) - 100 * (extract(hour FROM min(at))::int %% 5), count(*), count(*),
       '{"reason": "learned"}'
FROM bench_play GROUP BY track, date_trunc('hour', at);
"""

UNITS = """
INSERT INTO royalties_holding (terms_id, party_id, units, listened_units, revenue_seen_micros,
    unit_micros, carried, since)
SELECT p.terms_id, p.listener_id, sum(units), sum(units), coalesce(max(closed.seen), 0), 0, 0,
       min(counted_at)
FROM royalties_paidplay p LEFT JOIN (
    SELECT t.terms_id, max(cumulative_micros) AS seen FROM royalties_trackwindow t
    JOIN royalties_window w ON w.id = t.window_id WHERE w.period_id < %(days)s GROUP BY t.terms_id
) closed ON closed.terms_id = p.terms_id
GROUP BY p.terms_id, p.listener_id HAVING sum(units) > 0;
INSERT INTO royalties_holding (terms_id, party_id, units, listened_units, revenue_seen_micros,
    unit_micros, carried, since)
SELECT id, issuer_id, 1000000 - coalesce(emitted, 0), 0, 0, 0, 0, published_at
FROM royalties_terms LEFT JOIN (
    SELECT terms_id, max(cumulative_units) AS emitted FROM royalties_trackwindow GROUP BY terms_id
) t ON t.terms_id = id;
INSERT INTO royalties_entitlement (period_id, terms_id, party_id, role, amount_micros, carried,
    claimed_at)
SELECT n, h.terms_id, h.party_id, 'holder', h.units / 10, 0, NULL
FROM royalties_holding h CROSS JOIN generate_series(1, %(days)s - 1) n
WHERE h.listened_units > 0 AND h.since < %(start)s + (n - 1) * interval '1 day'
  AND (get_byte(uuid_send(h.party_id), 0) %% 10 = 0
    OR h.party_id IN (SELECT party_id FROM users_user WHERE id < 1000000));
"""


# of columns that a model has got since: as if every row were made by its default
NO_DEFAULTS = """
SELECT format('ALTER TABLE %I ALTER %I SET DEFAULT %s', table_name, column_name,
              CASE data_type WHEN 'boolean' THEN 'false' WHEN 'character varying' THEN $$''$$
                             ELSE '0' END)
FROM information_schema.columns
WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL
  AND is_identity = 'NO' AND data_type IN ('boolean', 'character varying', 'integer', 'bigint')
  AND table_name ~ '^(royalties|pricing|listening|catalog|users)_'
"""
# what keeps rows unique and what finds them, but for primary keys: how to drop it, how to add it
INDEXES = """
SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', relname, conname),
       format('ALTER TABLE %I ADD CONSTRAINT %I %s', relname, conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c JOIN pg_class ON pg_class.oid = conrelid
WHERE contype = 'u' AND connamespace = 'public'::regnamespace
UNION ALL
SELECT format('DROP INDEX %I', relname), pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
JOINED = "ANALYZE royalties_terms, royalties_window, royalties_paidplay, royalties_trackwindow"


def build(size: Size, now: datetime, seed: int) -> list[User]:
    """Fill a migrated, empty database; the same size and seed make the same world. The logins."""
    start = now - timedelta(days=DAYS)
    logins = [a_login(number, start) for number in range(1, size.logins + 1)]
    values = asdict(size) | {"now": now, "start": start, "days": DAYS}
    values["platform"] = parties.platform().pk
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET fsync = off")
        cursor.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
        cursor.execute("SELECT pg_reload_conf()")
        # no triggers and foreign keys while millions of rows are written, one process for one draw
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET max_parallel_workers_per_gather = 0; SET work_mem = '128MB'")
        cursor.execute("SELECT setseed(%s)", [seed / 1_000])
        cursor.execute(NO_DEFAULTS)
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        with indexes_afterwards(cursor):
            for script in (PEOPLE, TRACKS, PLAYS, QUOTES, UNITS):
                for statement in filter(str.strip, script.split(";\n")):
                    cursor.execute(statement, values)
                cursor.execute(JOINED)  # the next script's joins are planned by what is there
        cursor.execute("DROP TABLE bench_play; DROP TABLE bench_listener")
        cursor.execute("SET session_replication_role = origin; RESET work_mem")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("ALTER SYSTEM RESET ALL")
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("CHECKPOINT")
    return logins


@contextmanager
def indexes_afterwards(cursor: CursorWrapper) -> Iterator[None]:
    """Rows first, then the indexes over them."""
    cursor.execute(INDEXES)
    found = cursor.fetchall()
    for drop, _ in found:
        cursor.execute(drop)
    yield
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for _, add in found:
        cursor.execute(add)


def track_id(number: int) -> UUID:
    """The track of that number, 1 being the most played; as SQL made it."""
    return UUID(hashlib.md5(f"track{number}".encode(), usedforsecurity=False).hexdigest())


def a_login(number: int, at: datetime) -> User:
    user = sign_up(f"login{number}@example.org", PASSWORD, f"Login {number}", at)
    topups.top_up(user, 200_000_000, "measuring", at, monthly_cap_micros=1_000_000_000)
    return user
