"""Songs of one band share instruments and tempo; none may be taken for a copy of another."""

import pytest
import soxr

from marketplace.demo.compose.catalogue import catalogue
from marketplace.demo.compose.waves import SAMPLE_RATE_HZ
from recommender.banks import SAMPLE_RATE_HZ as HEARD_HZ
from recommender.fingerprints import THRESHOLD, build, match
from recommender.landmarks import landmarks

# By `tests.benchmarks.fingerprints` the most alike of the thirty.
BANDS = (("Magpie Ledger", "Kestrel Engine", "Rookery 174"), ("Copper Ceiling", "Brass Elevator"))
SECONDS = 30.0


@pytest.mark.slow
@pytest.mark.parametrize("titles", BANDS)
def test_songs_that_sound_alike_are_no_copies(titles: tuple[str, ...]) -> None:
    songs = [song for song in catalogue(7) if song.title in titles]
    heard = []
    for song in songs:
        mono = song.render(SECONDS).mean(axis=1)
        heard.append(landmarks(soxr.resample(mono, SAMPLE_RATE_HZ, HEARD_HZ, quality="MQ")))
    index = build([song.title for song in songs], heard)
    for song, marks in zip(songs, heard, strict=True):
        own, *others = match(index, marks, threshold=0.0)
        assert (own.track, own.score) == (song.title, 1.0)
        assert all(other.score < 0.9 * THRESHOLD for other in others)
    assert len(songs) == len(titles)
