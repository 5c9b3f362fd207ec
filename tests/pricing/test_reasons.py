"""Why a price is what it is, in words that stay true of it."""

import pytest

from marketplace.pricing import reasons
from marketplace.pricing.models import PricePoint
from tests.builders import NOON, a_track, later

pytestmark = pytest.mark.django_db


def test_a_song_nobody_answered_is_said_to_follow_its_likes_once_it_moved() -> None:
    track = a_track()
    assert "starts where every song does" in reasons.explain(track, NOON).second
    waiting = {"reason": "waiting", "price": 0.97, "target": 1.04}
    PricePoint.objects.create(track=track, at=later(3600), micros=9_700, explanation=waiting)
    second = reasons.explain(track, later(7200)).second
    assert second.startswith("Until somebody does, it follows what listeners accept for songs like")
    assert "about 1.04\u00a0¢" in second
