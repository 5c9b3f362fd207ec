"""What an artist's page says of them: plain text, addresses of the web, a picture."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from marketplace.catalog import moving
from marketplace.catalog.links import NoAddress, cleaned, links_of
from marketplace.catalog.models import Artist, Correction, Leftover
from marketplace.operations.models import Deed
from marketplace.users.models import User
from tests.builders import a_track, a_user, an_artist
from tests.catalog.test_correcting import picture
from tests.pages import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def artist(singer: User) -> Artist:
    return an_artist(singer, name="Mirela Anso")


def said(artist: Artist, **changed: Any) -> dict[str, Any]:
    artist.refresh_from_db()
    now = {"name": artist.name, "about": artist.about, "links": artist.links}
    return now | {"revision": artist.revision} | changed


def test_it_says_nothing_until_its_login_writes_it(artist: Artist, own: Client) -> None:
    here, where = artist.get_absolute_url(), f"{artist.get_absolute_url()}/page"
    assert 'aria-label="About"' not in page(Client(), here)
    assert "Say who you are" in page(own, here)
    about = "Low \u202esongs.\n\n\n\n<b>Loud</b> ones, http://a.example too."
    own.post(where, said(artist, about=about, links="example.org/anso\nhttp://wwwb.example"))
    shown = page(Client(), here)
    assert "Low songs.<br><br>&lt;b&gt;Loud&lt;/b&gt; ones, http://a.example too." in shown
    assert (
        '<a href="https://example.org/anso" rel="noopener nofollow ugc" target="_blank"'
        ' hx-boost="false">example.org/anso</a>'
    ) in shown
    assert '<meta property="og:description" content="Low songs. &lt;b&gt;Loud' in shown
    assert Correction.objects.get().changes[1][2].split() == [
        "https://example.org/anso",
        "http://wwwb.example",
    ]


def test_a_picture_takes_the_covers_place_and_may_be_taken_away(
    artist: Artist, own: Client
) -> None:
    track, here = a_track(artist), artist.get_absolute_url()
    own.post(f"{here}/page", said(artist, picture=picture("red")))
    artist.refresh_from_db()
    shown = page(Client(), here)
    assert f'<img src="{artist.picture_url}" alt="">' in shown
    assert f'<meta property="og:image" content="{settings.SITE_URL}{artist.picture_url}">' in shown
    assert own.get(artist.picture_url).content[8:12] == b"WEBP"
    assert artist.picture in set(moving.named())
    name = artist.picture
    office = Client()
    office.force_login(a_user("operator"))
    office.post(f"{here}/page", said(artist, away="on"))
    assert f'<span class="mosaic"><img src="{track.cover_url}"' in page(Client(), here)
    assert office.get(f"{here}/picture").status_code == 404
    assert Leftover.objects.get().name == name
    assert "picture from “one that was sent” to “covers of songs”" in Deed.objects.get().text
    assert "their page" in page(office, "/operations/corrections")


def test_an_end_of_a_line_is_one_letter_of_those_allowed(artist: Artist, own: Client) -> None:
    sent = said(artist, about="\r\n".join(["a" * 299, "b" * 300]))  # as browsers send 600
    assert own.post(f"{artist.get_absolute_url()}/page", sent).status_code == 302
    artist.refresh_from_db()
    assert len(artist.about) == 600


def test_others_are_refused_and_so_is_what_is_none(artist: Artist, own: Client) -> None:
    where = f"{artist.get_absolute_url()}/page"
    for role in ("artist", "label", "listener"):
        other = Client()
        other.force_login(a_user(role))
        assert other.post(where, said(artist, about="Mine")).status_code == 403
    cases: list[tuple[dict[str, Any], str]] = [
        ({"about": "a" * 601}, "at most 600 characters"),
        ({"links": "javascript:alert(1)"}, "is no address of the web"),
        ({"links": "\n".join(f"a{i}.example" for i in range(6))}, "At most 5 addresses"),
        ({"picture": SimpleUploadedFile("a.png", b"no")}, "This is no picture"),
        ({"revision": 7}, "Somebody else has just changed this"),
    ]
    for wrong, words in cases:
        answer = own.post(where, said(artist, **wrong))
        assert answer.status_code in {409, 422}, words
        assert words in answer.content.decode()
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("example.org", "https://example.org"),
        ("HTTP://Example.org/A?b=c#d", "http://example.org/A?b=c#d"),
        ("https://b\u00fccher.example/\u202ex", "https://xn--bcher-kva.example/%E2%80%AEx"),
        ("ftp://example.org", None),
        ("https://bank.example@evil.example", None),
        ("//", None),
        ("https://example.org/" + "a" * 200, None),
    ],
)
def test_an_address_is_of_the_web_and_in_plain_letters(typed: str, url: str | None) -> None:
    if url is None:
        with pytest.raises(NoAddress):
            cleaned(typed)
    else:
        assert cleaned(typed) == url
        assert links_of(url)[0].url == url
