"""When a model is trained, and of which plays."""

import pytest

from marketplace.catalog import withdrawing
from marketplace.discovery import training
from marketplace.discovery.models import ModelVersion
from royalties.models import PaidPlay
from tests.builders import NOON, a_track, a_user, an_artist, later
from tests.discovery.worlds import played
from tests.royalties.builders import a_party, hold

pytestmark = pytest.mark.django_db


def test_plays_that_were_taken_back_teach_nothing() -> None:
    track, fan = a_track(), a_party("fan")
    played(fan, [track], NOON)
    played(a_party("bot"), [track], later(1))
    assert training.train(later(60)).plays == 2
    hold([PaidPlay.objects.latest("pk")], "bot", later(70))
    assert training.train_if_due(later(80)) is not None
    last = ModelVersion.objects.latest("pk")
    assert (last.plays, last.listeners) == (1, 1)


def test_a_song_off_sale_has_no_model_made_over_and_over() -> None:
    artist = a_user("artist")
    kept, taken = a_track(), a_track(an_artist(artist))
    played(a_party("fan"), [kept, taken], NOON)
    withdrawing.withdraw(taken, artist, "", later(10))
    assert training.train_if_due(later(60)) is not None
    assert training.train_if_due(later(70)) is None
