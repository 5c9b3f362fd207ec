"""Search by title, artist and album: what is so called first, then what was meant.

Each step asks one trigram index and only when the steps before found too little, so that a search
of 100,000 songs stays within a few milliseconds. Nothing here reads a table from end to end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, models, transaction
from django.db.models import Case, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Length, Upper

from marketplace.catalog.albums import Album, grouped
from marketplace.catalog.models import Artist, Track

LONGEST_QUERY = 100
FOUND_AT_MOST = 200
LIKE_ENOUGH = 0.5  # of the query's trigrams in one stretch of a name
SHORTEST_MISSPELT = 4  # of fewer letters nobody can say what was meant
MOST_WORDS = 6
MOST_RANKED = 500  # names with the same letters, of which the best are shown
SOME_ARTISTS, MANY_ARTISTS = 5, 50
MOST_SWAPS = 30

Named = TypeVar("Named", Track, Artist)


def clean(query: str) -> str:
    """One line of at most 100 letters; PostgreSQL's text has no NUL."""
    return " ".join(query.replace("\0", "").split())[:LONGEST_QUERY].strip()


def matching(tracks: QuerySet[Track], query: str) -> QuerySet[Track]:
    """Those of `tracks` that `query` may mean, likest first, 200 at most."""
    ids = song_ids(query)
    place = Func(
        Value(ids, output_field=ArrayField(models.UUIDField())),
        F("pk"),
        function="array_position",
        output_field=models.IntegerField(),
    )
    return tracks.filter(pk__in=ids).order_by(place)


def song_ids(query: str) -> list[UUID]:
    """Published songs that `query` may mean, likest first, 200 at most."""
    return _song_ids(clean(query), FOUND_AT_MOST)


def songs(query: str, n: int) -> list[Track]:
    """Published songs by title; then by words of title and artist, by artist, album and genre."""
    return _loaded(Track.objects.published(), _song_ids(clean(query), n))


def artists(query: str, n: int) -> list[Artist]:
    """Artists with something published."""
    return _loaded(Artist.objects.all(), _artist_ids(clean(query), n))


def albums(query: str, n: int) -> list[Album]:
    """Albums, told apart by name and artist."""
    published, query = Track.objects.filter(state=Track.State.PUBLISHED), clean(query)
    ids = _named(published, "album", query, n * 20) or _misspelt(published, "album", query, n * 20)
    return grouped(_loaded(Track.objects.published(), ids))[:n]


def _loaded(rows: QuerySet[Named], ids: Sequence[UUID]) -> list[Named]:
    known = rows.in_bulk(ids) if ids else {}
    return [known[pk] for pk in ids if pk in known]


def _song_ids(query: str, n: int) -> list[UUID]:
    published = Track.objects.filter(state=Track.State.PUBLISHED)
    found = _named(published, "title", query, n)
    for more in _related(published, query, n) if query else ():
        if len(found) >= n:
            break
        found = list(dict.fromkeys([*found, *more]))
    return found[:n] or _misspelt(published, "title", query, n) or _of_misspelt(query, n)


def _of_misspelt(query: str, n: int) -> list[UUID]:
    """The songs of artists whose name may be meant."""
    by = _misspelt(Artist.objects.all(), "name", query, SOME_ARTISTS)
    songs = Track.objects.filter(state=Track.State.PUBLISHED, artist__in=by)
    return list(songs.order_by("-published_at", "pk").values_list("pk", flat=True)[:n])


def _artist_ids(query: str, n: int) -> list[UUID]:
    published = Track.objects.filter(artist=models.OuterRef("pk"), state=Track.State.PUBLISHED)
    known = Artist.objects.filter(models.Exists(published))
    return _named(known, "name", query, n) or _misspelt(known, "name", query, n)


def _named(rows: QuerySet[Named], field: str, query: str, n: int) -> list[UUID]:
    """So called or beginning so, the shortest first; then with such a word, or any such part."""
    if not query:
        return []
    begins = rows.filter(**{f"{field}__istartswith": query}).values("pk")[:MOST_RANKED]
    shortest = rows.filter(pk__in=begins).order_by(Length(field), field, "pk")
    found = list(shortest.values_list("pk", flat=True)[:n])
    if len(found) == n:  # so many that those so called may not be among them
        so_called = rows.filter(**{f"{field}__iexact": query}).order_by(field, "pk")
        first = list(so_called.values_list("pk", flat=True)[:n])
        return list(dict.fromkeys(first + found))[:n]
    word = Q(**{f"{field}__icontains": f" {query}"})
    # the letters of one or two are in too many names to mean anything but a beginning
    anywhere = Q(**{f"{field}__icontains": query}) if len(query) > 2 else word
    some = rows.filter(anywhere).exclude(pk__in=found).values("pk")[:MOST_RANKED]
    later = rows.filter(pk__in=some).order_by(
        Case(When(word, then=0), default=1), Length(field), field, "pk"
    )
    return found + list(later.values_list("pk", flat=True)[: n - len(found)])


def _related(published: QuerySet[Track], query: str, n: int) -> Iterator[Sequence[UUID]]:
    """Words of title and artist together, then an artist's, an album's, a genre's songs."""
    words = query.split()[:MOST_WORDS]
    newest = published.order_by("-published_at", "pk").values_list("pk", flat=True)
    if len(words) > 1:
        each = [Q(title__icontains=word) | Q(artist__in=_called(word)) for word in words]
        yield list(newest.filter(*each)[:n])
    if by := _named(Artist.objects.all(), "name", query, SOME_ARTISTS):
        yield list(newest.filter(artist__in=by)[:n])
    if len(query) > 2:
        yield _named(published, "album", query, n)
    yield list(newest.filter(genre__iexact=query)[:n])


def _called(word: str) -> list[UUID]:
    found = Artist.objects.filter(name__icontains=word).values_list("pk", flat=True)
    return list(found[:MANY_ARTISTS])


def _misspelt(rows: QuerySet[Named], field: str, query: str, n: int) -> list[UUID]:
    """Two neighbouring letters swapped, or otherwise alike enough; likest first."""
    if len(query) < SHORTEST_MISSPELT:
        return []
    swapped = [Q(**{f"{field}__icontains": variant}) for variant in _swaps(query)]
    likely = rows.filter(reduce(or_, swapped)).order_by(field, "pk") if swapped else rows.none()
    found = list(likely.values_list("pk", flat=True)[:n])
    if len(found) < n:
        found += _alike(rows.exclude(pk__in=found), field, query, n)
    return found[:n]


def _alike(rows: QuerySet[Named], field: str, query: str, n: int) -> list[UUID]:
    """By trigrams; the operator (unlike the function) is answered by the index."""
    likest = rows.annotate(upper=Upper(field)).filter(upper__trigram_word_similar=query)
    likest = likest.annotate(likeness=TrigramWordSimilarity(query, field))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LIKE_ENOUGH)]
        )
        ids = likest.order_by("-likeness", field, "pk").values_list("pk", flat=True)
        return list(ids[:n])


def _swaps(query: str) -> list[str]:
    """`query` with each pair of neighbouring letters swapped: what hurried fingers type."""
    pairs = [query[i : i + 2] for i in range(min(len(query) - 1, MOST_SWAPS))]
    turned = [(i, pair[::-1]) for i, pair in enumerate(pairs) if pair[0] != pair[1]]
    return [query[:i] + pair + query[i + 2 :] for i, pair in turned]
