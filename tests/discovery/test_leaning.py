"""What a listener says steers the feed: how far it may surprise, what is not wanted, what less."""

import re

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, training
from marketplace.discovery.feed import STEPS, feed
from marketplace.discovery.models import Leaning
from marketplace.users.models import User
from tests.builders import a_listener, later
from tests.discovery.worlds import EACH, played
from tests.pages import page

pytestmark = pytest.mark.django_db


def titles(listener: User, length: int = 9) -> list[str]:
    return [row.title for row in feed(listener, later(100), length=length).ranked]


def world(title: str) -> str:
    return title.split()[0]


def test_distance_and_rarity_of_the_list_shown_rise_with_every_step(listener: User) -> None:
    leans, shown = [], []
    for steps in range(-Leaning.MOST, Leaning.MOST + 1):
        opinions.lean(listener, steps, later(90))
        found = feed(listener, later(100), length=9)
        leans.append(found.lean)
        shown.append([row.title for row in found.ranked])
    assert [one.words for one in leans] == list(STEPS)
    for figure in ("distance", "bits"):
        values = [getattr(one, figure) for one in leans]
        assert (np.diff(values) >= -1e-9).all(), figure
        assert values[-1] > values[Leaning.MOST], figure
    worlds = [len({world(title) for title in one[:6]}) for one in shown]
    assert worlds[0] <= worlds[Leaning.MOST] < worlds[-1]
    assert len({tuple(one) for one in shown}) > 3


def test_without_scripts_the_slider_is_sent_by_its_button_with_a_token(listener: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(listener)
    told = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)" form="leaning"', page(client))
    assert told is not None
    assert client.post("/lean", {"steps": "2"}).status_code == 403
    sent = {"steps": "2", "by": "all", "csrfmiddlewaretoken": told[1]}
    assert client.post("/lean", sent).headers["Location"] == "/"
    assert Leaning.objects.get(user=listener).steps == 2


def test_the_step_is_kept_for_its_listener_alone_and_seen_at_once(
    signed_in: Client, listener: User, worlds: list[Track]
) -> None:
    other = a_listener()
    before = titles(other)
    assert 'aria-valuetext="As it comes"' in page(signed_in)
    answer = signed_in.post("/lean", {"steps": "3"})
    assert answer.headers["Location"] == "/"
    shown = page(signed_in)
    assert 'aria-valuetext="Surprise me"' in shown
    assert 'value="3"' in shown
    assert titles(other) == before
    assert (
        signed_in.post("/lean", {"steps": "3", "by": "sound"}).headers["Location"] == "/?by=sound"
    )


def test_a_list_of_all_there_is_says_so(signed_in: Client, worlds: list[Track]) -> None:
    assert "There are no others for now" not in page(signed_in)
    heard_by_all = [track for track in worlds[2:] if int(track.title.split()[-1]) % 8 > 2]
    played(User.objects.get(pk=signed_in.session["_auth_user_id"]).party, heard_by_all, later(80))
    assert "There are no others for now" in page(signed_in)


@pytest.mark.parametrize("steps", ["", "4", "-4", "1.5", "one", "٣"])
def test_no_other_step_is_taken(signed_in: Client, steps: str) -> None:
    assert signed_in.post("/lean", {"steps": steps}).status_code == 400
    assert not Leaning.objects.exists()


def test_a_visitor_has_no_step(client: Client, worlds: list[Track]) -> None:
    assert client.post("/lean", {"steps": "1"}).headers["Location"] == "/login"


@pytest.mark.parametrize("steps", [-3, 0, 3])
def test_what_is_not_wanted_never_comes_back_unless_it_is_taken_back(
    listener: User, worlds: list[Track], steps: int
) -> None:
    opinions.lean(listener, steps, later(80))
    gone = feed(listener, later(100), length=9).ranked[0]
    opinions.dislike(listener, Track.objects.get(pk=gone.id), later(90))
    assert gone.title not in titles(listener, length=30)
    played(listener.party, [track for track in worlds if track.pk == gone.id], later(200))
    training.train(later(300))
    assert gone.title not in titles(listener, length=30)
    opinions.forget(listener, Track.objects.get(pk=gone.id))
    # heard meanwhile, so it is no news; for somebody else it still is
    assert gone.title in titles(a_listener(), length=30)


def test_plays_of_what_is_not_wanted_say_nothing_of_taste(
    listener: User, worlds: list[Track]
) -> None:
    for _ in range(5):
        played(listener.party, worlds[EACH : EACH + 2], later(80))
    assert "w1" in {world(title) for title in titles(listener)[:4]}
    for track in worlds[EACH : EACH + 2]:
        opinions.dislike(listener, track, later(90))
    assert {world(title) for title in titles(listener)[:4]} == {"w0"}


def test_less_like_this_lowers_its_near_neighbours_and_undoing_puts_them_back(
    signed_in: Client, listener: User, worlds: list[Track]
) -> None:
    before = titles(listener, length=22)
    near = [title for title in before if world(title) == "w0"]
    assert near == before[: len(near)]  # the listener's own world comes first
    named = next(track for track in worlds if track.title == near[-1])
    answer = signed_in.post(f"/tracks/{named.pk}/dislike", {"less": "1"}, headers={"X-Quiet": "1"})
    assert answer.status_code == 204
    after = titles(listener, length=22)
    assert named.title not in after
    for title in near[:-1]:
        assert after.index(title) > before.index(title)
    shown = page(signed_in, "/library/not-for-you")
    assert named.title in shown
    assert "and less like it" in shown
    signed_in.post(f"/tracks/{named.pk}/dislike", {"undo": "1"})
    assert titles(listener, length=22) == before


def test_saying_it_again_changes_how_much_is_meant(listener: User, worlds: list[Track]) -> None:
    opinions.dislike(listener, worlds[5], later(1), less=True)
    assert opinions.of(listener).less == (worlds[5].pk,)
    opinions.dislike(listener, worlds[5], later(2))
    said = opinions.of(listener)
    assert (said.less, said.disliked) == ((), frozenset({worlds[5].pk}))
    opinions.like(listener, worlds[5], later(3))
    assert opinions.of(listener).disliked == frozenset()


def test_all_that_was_said_is_one_query(
    listener: User, worlds: list[Track], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    opinions.lean(listener, 2, later(80))
    opinions.dislike(listener, worlds[9], later(81), less=True)
    opinions.dislike(listener, worlds[10], later(82), less=True)
    with django_assert_num_queries(1):
        said = opinions.of(listener)
    assert said.less == (worlds[10].pk, worlds[9].pk)
    assert (said.steps, said.liked) == (2, frozenset(track.pk for track in worlds[:2]))
