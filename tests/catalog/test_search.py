"""Search: what is found, in which order, what is forgiven; and that it stays fast and indexed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.catalog import search
from marketplace.catalog.models import Track
from tests.builders import a_track, an_artist
from tests.catalog.large import many_tracks

pytestmark = pytest.mark.django_db
MANY = 10_000
MOST_QUERIES = 36  # of a name misspelt in every kind; the usual is a third
TYPED = ["to", "tor", "torela", "torlea", "tora salu", "zzzz qqq", "kamiru"]


def titles(query: str, n: int = 10) -> list[str]:
    return [track.title for track in search.songs(query, n)]


def test_the_title_itself_comes_first_then_its_beginning_then_its_words() -> None:
    for title in ("All the Salt in Ostend", "Salt on the Wire", "Basalt", "Salt", "Kilnfire"):
        a_track(title=title)
    assert titles("salt") == ["Salt", "Salt on the Wire", "All the Salt in Ostend", "Basalt"]


def test_of_very_many_beginnings_some_are_ranked_and_the_title_itself_still_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "MOST_RANKED", 4)
    for title in ("Salt Wire", "Salt Water", "Salt Marsh", "Saltwork", "Salt Road", "Salt"):
        a_track(title=title)
    first, *others = titles("salt", 3)
    assert (first, len(others)) == ("Salt", 2)


@pytest.mark.parametrize(
    "typed", ["klinfire", "kilnfir", "Kilnfier", "killnfire", "kilfire", "KILNFIRE", " kilnfire "]
)
def test_typing_errors_are_forgiven(typed: str) -> None:
    a_track(title="Kilnfire")
    a_track(title="Salt on the Wire")
    assert titles(typed) == ["Kilnfire"]


@pytest.mark.parametrize("typed", ["", "   ", "\0", "qqqzzz", "%", "_", "\\", "'; --", "é" * 120])
def test_what_means_nothing_finds_nothing_and_breaks_nothing(typed: str) -> None:
    a_track(title="Kilnfire")
    assert [search.songs(typed, 10), search.artists(typed, 10), search.albums(typed, 10)] == [
        []
    ] * 3


def test_words_of_title_and_artist_may_be_mixed() -> None:
    wanted = a_track(an_artist(name="Mirela Anso"), title="Salt on the Wire")
    a_track(an_artist(name="Odd Harbour"), title="Salt Water")
    assert titles("mirela salt") == [wanted.title]


def test_an_artist_an_album_and_a_genre_lead_to_their_songs() -> None:
    track = a_track(an_artist(name="Mirela Anso"), title="Ghost Ferry")
    Track.objects.filter(pk=track.pk).update(album="North of the Weir", genre="ambient")
    assert titles("mirela") == titles("the weir") == titles("Ambient") == ["Ghost Ferry"]
    assert [one.name for one in search.artists("mierla", 3)] == ["Mirela Anso"]
    (album,) = search.albums("nroth of", 3)
    assert (album.name, album.songs) == ("North of the Weir", 1)


def test_an_artist_without_a_published_song_is_not_found() -> None:
    an_artist(name="Mirela Anso")
    assert search.artists("mirela", 3) == []


def test_matching_keeps_the_order_and_what_was_asked_of_the_set() -> None:
    first, second = a_track(title="Salt"), a_track(title="Basalt")
    assert list(search.matching(Track.objects.published(), "salt")) == [first, second]
    assert list(search.matching(Track.objects.exclude(pk=first.pk), "salt")) == [second]


def test_many_songs_are_searched_by_index_alone() -> None:
    many_tracks(MANY)
    a_track(title="Kilnfire")
    assert titles("klinfire", 5) == ["Kilnfire"]
    for typed in TYPED:
        with CaptureQueriesContext(connection) as asked:
            everything(typed)
        found = [query["sql"] for query in asked.captured_queries]
        assert len(found) <= MOST_QUERIES, typed
        scanned = [sql for sql in found if sql.startswith("SELECT ") and scans(sql)]
        assert scanned == []


def everything(typed: str) -> None:
    """What one letter typed in the top bar asks."""
    search.songs(typed, 5)
    search.artists(typed, 3)
    search.albums(typed, 3)


def scans(sql: str) -> bool:
    """Whether no index can answer: songs or artists would be read from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
    return "Seq Scan on catalog_" in plan
