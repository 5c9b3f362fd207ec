"""A catalogue of any size in a few seconds: copies of one published song under other names."""

from django.db import connection

from tests.builders import a_track

SYLLABLES = [a + b for a in "bcdfghjklmnprstvwxyz" for b in "aeiou"]
WORD = f"""
CREATE OR REPLACE FUNCTION pg_temp.word(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(('{{{",".join(SYLLABLES)}}}'::text[])[1 + (n / (100 ^ k)::bigint) % 100], '')
  FROM generate_series(0, 1 + n % 3) AS k $$
"""
COPIES = """
CREATE TEMPORARY TABLE copies ON COMMIT DROP AS
SELECT n, gen_random_uuid() AS track, gen_random_uuid() AS terms, gen_random_uuid() AS artist,
  concat_ws(' ', pg_temp.word(n * 7919), pg_temp.word(n * 104729), pg_temp.word(n / 7)) AS title,
  concat_ws(' ', pg_temp.word(n * 31), pg_temp.word(n / 4)) AS album,
  concat_ws(' ', pg_temp.word(n * 13), pg_temp.word(n * 17), n) AS name
FROM generate_series(1, %(n)s::bigint) AS n
"""
INSERTS = (
    """INSERT INTO catalog_artist SELECT (jsonb_populate_record(model, jsonb_build_object(
      'id', copies.artist, 'name', copies.name))).*
    FROM catalog_artist model, copies WHERE model.id = %(artist)s AND copies.n %% 10 = 0""",
    """INSERT INTO royalties_terms SELECT (jsonb_populate_record(model, jsonb_build_object(
      'id', copies.terms, 'subject_id', copies.track, 'slot', 1000 + copies.n,
      'chain_id', md5(copies.n::text)))).*
    FROM royalties_terms model, copies WHERE model.id = %(terms)s""",
    """INSERT INTO catalog_track SELECT (jsonb_populate_record(model, jsonb_build_object(
      'id', copies.track, 'terms_id', copies.terms, 'title', copies.title, 'album', copies.album,
      'file_hash', md5(copies.n::text), 'sound_hash', md5(copies.n::text), 'peaks', '[]'::jsonb,
      'artist_id', coalesce(tenth.artist, model.artist_id)))).*
    FROM catalog_track model, copies
    LEFT JOIN copies tenth ON tenth.n = copies.n / 10 * 10 WHERE model.id = %(track)s""",
    """INSERT INTO pricing_trackprice SELECT (jsonb_populate_record(model, jsonb_build_object(
      'track_id', copies.track))).*
    FROM pricing_trackprice model, copies WHERE model.track_id = %(track)s""",
    # what autovacuum does after so many rows
    "SELECT gin_clean_pending_list(name::regclass) FROM unnest(ARRAY['track_title_trigrams',"
    " 'track_album_trigrams', 'artist_name_trigrams']) AS name",
    "ANALYZE catalog_track, catalog_artist, royalties_terms, pricing_trackprice",
)


def many_tracks(n: int) -> None:
    """`n` published songs of `n` / 10 artists, with some thousands of different words."""
    track = a_track()
    values = {"n": n, "artist": track.artist_id, "terms": track.terms_id, "track": track.pk}
    with connection.cursor() as cursor:
        cursor.execute(WORD)
        for statement in (COPIES, *INSERTS):
            cursor.execute(statement, values)
