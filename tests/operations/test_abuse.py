"""What an operator's admin must not be able to do by hand: move money, or take songs from sale."""

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from marketplace.catalog.models import Artist, Track
from marketplace.users.models import User
from royalties.models import Entry, PaidPlay, Party, Terms
from tests.builders import a_listener, a_track, a_user, an_artist, heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> User:
    user = a_user("operator")
    client.force_login(user)
    return user


def inputs(client: Client, url: str) -> set[str]:
    """What the page's form lets somebody write."""
    answer = client.get(url)
    assert answer.status_code == 200
    return set(answer.context["adminform"].form.fields)


def test_an_artists_money_can_not_be_given_to_another_party(client: Client, operator: User) -> None:
    address = f"/admin/catalog/artist/{an_artist().pk}/change/"
    assert inputs(client, address) == set()  # its name has a page of its own


def test_what_a_play_is_measured_by_can_not_be_edited(client: Client, operator: User) -> None:
    track = a_track()
    title = track.title
    url = f"/admin/catalog/track/{track.pk}/change/"
    assert inputs(client, url) == {"isrc"}  # words have a page of their own
    client.post(url, {"title": "Salt", "isrc": "QZK6P2500001", "state": "failed"})
    track.refresh_from_db()
    assert (track.title, track.isrc, track.state) == (title, "QZK6P2500001", "published")


def test_a_logins_money_can_not_be_given_to_another(client: Client, operator: User) -> None:
    fields = inputs(client, f"/admin/users/user/{a_user().pk}/change/")
    assert not {"party", "password"} & fields


@pytest.mark.parametrize("model", [Artist, Track, User, Entry, PaidPlay, Party, Terms])
def test_nobody_and_nothing_with_money_can_be_deleted(
    rf: RequestFactory, operator: User, model: type
) -> None:
    request = rf.get("/")
    request.user = operator
    assert not admin.site.get_model_admin(model).has_delete_permission(request)
    assert not admin.site.get_model_admin(model).has_add_permission(request)


def test_every_page_of_the_admin_opens(client: Client, operator: User) -> None:
    heard(a_listener(), a_track())
    for model in admin.site._registry:
        name = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(name).status_code == 200, name


@pytest.mark.parametrize("role", ["listener", "artist", "label"])
def test_the_admin_is_for_operators_alone(client: Client, role: str) -> None:
    client.force_login(a_user(role))
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/royalties/entry/").status_code == 302
