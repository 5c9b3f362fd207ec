"""A label's revenue, roster and deals, and the artist's answer."""

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.studio import revenue, scope
from marketplace.studio.models import Visit
from marketplace.users.models import User
from royalties import accrual, deals
from royalties.models import Deal
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard
from tests.pages import page

if TYPE_CHECKING:
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


def signed(label: User, name: str, advance_micros: int = 0) -> User:
    """An artist under a deal of 20 %."""
    artist = a_user("artist", name=name)
    an_artist(artist, name=name)
    deal = deals.invite(label.party, artist.party, 2_000, advance_micros, NOON.date(), NOON)
    deals.accept(deal, NOON)
    return artist


def test_an_empty_roster_teaches_to_invite(client: Client) -> None:
    client.force_login(a_user("label"))
    text = page(client, "/label")
    assert "Nobody on your roster yet" in text
    assert 'href="/roster"' in text


def test_revenue_by_artist_song_and_day_adds_up_with_the_labels_part(client: Client) -> None:
    label = a_user("label", name="Lantern Row")
    mirela, harbour = signed(label, "Mirela Anso", 400_000_000), signed(label, "Odd Harbour")
    listener, at = a_listener(), timezone.now() - timedelta(minutes=10)
    first = a_track(mirela.artists.get(), title="Ghost Ferry")
    heard(listener, first, at - timedelta(days=2))
    heard(listener, first, at)
    heard(listener, a_track(harbour.artists.get(), title="Tidewater"), at + timedelta(minutes=2))
    heard(listener, a_track(title="Somebody else’s"), at + timedelta(minutes=4))
    found = revenue.revenue(scope.of_label(label), timezone.now(), 14)
    assert [line.artist.name for line in found.artists] == ["Mirela Anso", "Odd Harbour"]
    assert (found.total.plays, found.total.micros) == (3, 18_000)
    assert found.total.to_you_micros == 3 * 900  # 20 % of the 75 % that the terms pay the artist
    assert sum(taking.micros for taking in found.by_day) == 18_000

    client.force_login(label)
    text = page(client, "/label")
    assert "Mirela Anso brought 66\xa0% of what listeners paid" in text
    assert 'title="1.8000\u00a0¢">1.80\u00a0¢</span>' in text
    assert "0\xa0%</span>" in text  # recouped of the advance
    assert f'aria-label="{timezone.now():%-d %b}, so far: ' in text
    by_song = page(client, "/label?by=song&days=7")
    assert "Ghost Ferry" in by_song
    assert "Somebody else" not in by_song
    assert "so far" in page(client, "/label?by=day&days=30")
    page(client, "/label?by=nonsense&days=-4")

    rows = list(csv.DictReader(io.StringIO(client.get("/label.csv?days=7").content.decode())))
    assert sum(int(row["paid_micros"]) for row in rows) == 18_000
    assert {row["song"] for row in rows} == {"Ghost Ferry", "Tidewater"}


def test_the_chart_never_has_more_than_four_hands(client: Client) -> None:
    label, listener = a_user("label"), a_listener()
    at = timezone.now() - timedelta(hours=1)
    for number in range(6):
        artist = signed(label, f"artist {number}")
        heard(listener, a_track(artist.artists.get()), at + timedelta(minutes=number))
    client.force_login(label)
    text = page(client, "/label")
    assert "3 others" in text


def test_the_number_of_queries_does_not_grow_with_the_roster(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    label = a_user("label")
    for number in range(4):
        a_track(signed(label, f"artist {number}").artists.get())
    client.force_login(label)
    page(client, "/label")  # the visit is noted
    with django_assert_max_num_queries(25):
        page(client, "/label?by=song")
    with django_assert_max_num_queries(16):
        page(client, "/roster")


def test_what_happened_since_the_last_visit_stands_on_the_labels_page_too(client: Client) -> None:
    label, listener, now = a_user("label"), a_listener(), timezone.now()
    track = a_track(signed(label, "Mirela Anso").artists.get(), title="Ghost Ferry")
    heard(listener, track, now - timedelta(hours=5))
    Visit.objects.create(user=label, since=NOON, last_at=now - timedelta(hours=3))
    heard(listener, track, now - timedelta(hours=1))
    client.force_login(label)
    text = page(client, "/label")
    assert "Since you were last here" in text
    plays = re.findall(r'<dd class="figure"><a href="([^"]*)"[^>]*>(\d+)</a>', text)[0]
    assert plays[1] == "1"
    assert "1 play<" in page(client, plays[0].replace("&amp;", "&"))


def test_rising_and_falling_songs_of_the_roster_stand_on_the_labels_page(client: Client) -> None:
    label, listener, now = a_user("label"), a_listener(), timezone.now()
    rising = a_track(signed(label, "Mirela Anso").artists.get(), title="Rising")
    falling = a_track(signed(label, "Odd Harbour").artists.get(), title="Falling")
    for song, hours in ((rising, 30), (rising, 3), (rising, 2), (falling, 29), (falling, 28)):
        heard(listener, song, now - timedelta(hours=hours))
    client.force_login(label)
    assert "Most risen in 24 hours" in page(client, "/label?moved=day")
    for order in ("rising", "falling"):
        text = page(client, f"/label?by=song&moved=day&sort={order}")
        songs = text[text.index("<tbody", text.index('id="roster"')) : text.index('id="listeners"')]
        assert (songs.index("Rising") < songs.index("Falling")) == (order == "rising")
        assert "+100" in songs
        assert "−100" in songs


def test_what_artists_answered_and_what_waits_for_a_sign_up_stand_beside_the_deals(
    client: Client,
) -> None:
    label, now = a_user("label"), timezone.now()
    signed(label, "Mirela Anso")
    Visit.objects.create(user=label, since=NOON, last_at=now)
    refusing = a_user("artist", name="Odd Harbour")
    deals.decline(deals.invite(label.party, refusing.party, 2_000, 0, NOON.date(), NOON), now)
    client.force_login(label)
    told = page(client, "/label")
    assert re.search(r"Odd Harbour</bdi></a> declined your offer on", told)
    assert "accepted your offer" not in told  # that was before the last visit
    assert "Nobody owes you an answer" in told
    offer = {"artist": "", "email": "n@example.org", "label_percent": "20", "advance": "0"}
    client.post("/roster", offer | {"starts_on": f"{NOON:%Y-%m-%d}"})
    told = page(client, "/label")
    assert "1 offer</a> to an e-mail waits for its artist." in told
    assert "Nobody owes you an answer" not in told


def test_each_figure_of_the_roster_opens_the_plays_it_is_made_of(
    client: Client, house: "House"
) -> None:
    label, listener, now = a_user("label"), a_listener(), timezone.now()
    mirela, harbour = signed(label, "Mirela Anso"), signed(label, "Odd Harbour")
    ferry = a_track(mirela.artists.get(), title="Ghost Ferry")
    heard(listener, ferry, now - timedelta(days=3))
    heard(listener, a_track(mirela.artists.get(), title="Low Water"), now - timedelta(hours=2))
    heard(listener, a_track(harbour.artists.get(), title="Tidewater"), now - timedelta(hours=1))
    client.force_login(label)
    for by, opened in (("artist", "2 plays"), ("song", "1 play<"), ("day", "1 play<")):
        text = page(client, f"/label?by={by}&days=7")
        roster = text[text.index('id="roster"') :]
        figures = re.findall(r'<a href="(/studio/plays[^"]*)">(?:<b>)?([^<]*)', roster)
        told = {url.replace("&amp;", "&"): words for url, words in figures}
        assert any(opened in page(client, url) for url in told)
        for url, words in told.items():
            if words.isdecimal():
                plays = page(client, url)
                assert words == "0" or f"{words} play{'s' if words != '1' else ''}<" in plays
    one = mirela.artists.get()
    chosen = page(client, f"/studio/plays?artist={one.pk}")
    assert f'<option value="{one.pk}" selected>Mirela Anso</option>' in chosen
    assert f'<option value="{ferry.terms_id}">Ghost Ferry</option>' in chosen
    accrual.accrue(now + timedelta(days=2))
    postings = re.search(r'href="(/studio/postings/[^"]*)"', page(client, "/studio/plays"))
    assert postings
    assert "Sum, always nothing" in page(client, postings[1])
    client.force_login(a_user("label"))
    page(client, postings[1], 404)


def test_a_large_roster_is_sorted_and_comes_by_the_page(client: Client) -> None:
    label, listener, now = a_user("label"), a_listener(), timezone.now()
    for number in range(21):
        signed(label, f"artist no {number:02}")
    last = signed(label, "Zenith")
    heard(listener, a_track(last.artists.get()), now - timedelta(hours=1))
    client.force_login(label)
    first = page(client, "/label")
    roster = first[first.index('id="roster"') : first.index('id="listeners"')]
    assert roster.index("Zenith") < roster.index("artist no 00")  # paid most
    assert "artist no 20" not in roster
    assert "1 to 20 of 22" in roster
    assert "artist no 20" in page(client, "/label?page=2")
    by_name = page(client, "/label?sort=title&page=2")
    by_name = by_name[by_name.index('id="roster"') : by_name.index('id="listeners"')]
    assert by_name.index("artist no 20") < by_name.index("Zenith")
    deals_table = page(client, "/roster?sort=title&state=accepted")
    assert deals_table.index("artist no 00") < deals_table.index("artist no 19")
    assert "No deal of yours is in this state" in page(client, "/roster?state=declined")
    page(client, "/roster?sort=nonsense&state=love&page=x")


def test_an_invitation_is_sent_and_errors_stand_beside_the_field(client: Client) -> None:
    label, artist = a_user("label"), a_user("artist")
    invited = an_artist(artist, name="Odd Harbour")
    client.force_login(label)
    offer = {
        "artist": invited.pk,
        "label_percent": "20",
        "advance": "400",
        "starts_on": "2026-03-02",
    }
    answer = client.post("/roster", offer | {"label_percent": "120"})
    assert answer.status_code == 422
    assert "less than or equal to 100" in answer.content.decode()
    assert 'value="400"' in answer.content.decode()  # what was typed stays
    assert client.post("/roster", {}).status_code == 422
    assert not Deal.objects.exists()
    assert client.post("/roster", offer).status_code == 302
    deal = Deal.objects.get()
    assert (deal.label_bps, deal.advance_micros) == (2_000, 400_000_000)
    text = page(client, "/roster")
    assert "Odd Harbour" in text
    assert "waiting" in text


def test_an_artist_sees_what_a_deal_does_and_accepts_it(client: Client) -> None:
    label, artist = a_user("label", name="Lantern Row"), a_user("artist", name="Odd Harbour")
    an_artist(artist, name="Odd Harbour")
    deal = deals.invite(label.party, artist.party, 2_000, 400_000_000, NOON.date(), NOON)
    client.force_login(label)
    assert "Accept the deal" not in page(client, f"/deals/{deal.pk}")
    assert client.post(f"/deals/{deal.pk}/answer", {"answer": "accept"}).status_code == 404
    client.force_login(a_user("artist"))
    page(client, f"/deals/{deal.pk}", 404)
    client.force_login(artist)
    text = page(client, f"/deals/{deal.pk}")
    assert "of every $10.00 that reaches you, $2.00 goes to Lantern Row (20\xa0%)" in text
    assert "The other $8.00 goes to Lantern Row too, until its advance of $400.00" in text
    assert "Lantern Row pays the advance outside of Refrain" in text
    client.post(f"/deals/{deal.pk}/answer", {"answer": "accept"})
    deal.refresh_from_db()
    assert deal.state == Deal.State.ACCEPTED
    assert "The first one is written when your money" in page(client, f"/deals/{deal.pk}")
    answer = client.post(f"/deals/{deal.pk}/answer", {"answer": "decline"}, follow=True)
    assert "accepted already" in answer.content.decode()


def test_a_second_deal_is_refused_in_one_sentence(client: Client) -> None:
    label = a_user("label")
    artist = signed(a_user("label"), "Odd Harbour")
    deal = deals.invite(label.party, artist.party, 1_000, 0, NOON.date(), NOON)
    client.force_login(artist)
    text = page(client, f"/deals/{deal.pk}")
    assert "so you can’t accept this one" in text
    assert "Accept the deal" not in text
    answer = client.post(f"/deals/{deal.pk}/answer", {"answer": "accept"}, follow=True)
    assert "under another deal already" in answer.content.decode()


def test_the_statement_divides_each_period_to_the_micro(client: Client, house: "House") -> None:
    label = a_user("label")
    artist = signed(label, "Mirela Anso", advance_micros=1_000)
    heard(a_listener(), a_track(artist.artists.get()))
    house.pass_time(60)
    house.accrue()
    house.settle()
    house.claim(artist.party)
    client.force_login(label)
    text = page(client, f"/deals/{Deal.objects.get().pk}")
    assert 'href="/periods/1"' in text
    assert "100\xa0% recouped" in text
    statement = deals.statement(Deal.objects.get())
    received = sum(line.received_micros for line in statement.lines)
    assert received == 4_500  # what its units earn is not divided
    assert 'title="0.4500\u00a0¢"' in text
    plays = re.search(r'href="(/studio/plays\?artist=[^"]*)"', text)
    assert plays
    opened = page(client, plays[1].replace("&amp;", "&"))
    assert "of Mirela Anso, settled in period 1" in opened
    assert "1 play<" in opened
    assert "No play here" in page(client, "/studio/plays?period=2")
    answer = client.get(f"/deals/{Deal.objects.get().pk}.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["period"] for row in rows] == ["1"]
    parts = [int(rows[0][name]) for name in ("label_micros", "recouped_micros", "artist_micros")]
    assert (sum(parts), int(rows[0]["received_micros"])) == (received, received)
    client.force_login(a_user("label"))
    page(client, f"/deals/{Deal.objects.get().pk}.csv", 404)


def test_an_invitation_names_no_artist_where_nobody_is_free() -> None:
    office = Client()
    office.force_login(a_user("label"))
    alone = page(office, "/roster")
    assert "Their e-mail" in alone
    assert "Choose an artist" not in alone
    sent = office.post("/roster", {"label_percent": 20, "advance": 0, "starts_on": "2026-03-02"})
    assert "Write an e-mail." in sent.content.decode()
    an_artist(a_user("artist"), name="Mirela Anso")
    both = page(office, "/roster")
    assert "Choose an artist" in both
    assert "Or an e-mail" in both
