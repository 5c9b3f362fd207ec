"""What prices were made of: published with each step, found from a price, kept for a while."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from marketplace.catalog.models import Track
from marketplace.pricing import inputs, quotes, retention, steps, stops
from marketplace.pricing.engine import check
from marketplace.pricing.engine.published import read
from marketplace.pricing.models import EngineStep, Quote, TrackPrice
from marketplace.problems import Gone
from marketplace.users.models import User
from royalties.models import PaidPlay
from tests.builders import NOON, a_listener, a_track, a_user, heard

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def answered(track: Track, hour: int, people: int = 8) -> None:
    """All of them find it too dear, so that its price falls, however its key was drawn."""
    at = NOON + hour * HOUR
    for _ in range(people):
        quote = quotes.offer(track, a_listener(0, at=NOON), "press", at)
        quotes.end(quote.pk, Quote.State.DECLINED, at + timedelta(minutes=1))


def stepped(track: Track, hours: int, start: int = 0) -> list[EngineStep]:
    """So many hours in which listeners decline, each with its step."""
    made = []
    for hour in range(start, start + hours):
        answered(track, hour)
        step = steps.step(NOON + (hour + 1) * HOUR)
        assert step is not None
        made.append(step)
    return made


def files(made: list[EngineStep], folder: Path) -> list[str]:
    paths = [folder / inputs.file_name(step.hour) for step in made]
    for path, step in zip(paths, made, strict=True):
        path.write_bytes(inputs.file_of(step.hour))
    return [str(path) for path in paths]


def price(track: Track) -> int:
    return TrackPrice.objects.get(track=track).micros


def test_prices_charged_are_worked_out_from_what_was_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track = a_track()
    made = stepped(track, 3)
    other = a_track(at=NOON + 3 * HOUR)  # joins later
    made += stepped(other, 2, start=4)
    paths = files(made, tmp_path)
    asked = ["--song", str(track.pk), "--price", str(price(track))]
    assert check.main([*paths, *asked, "--sha256", made[-1].inputs_sha256]) == 0
    assert "FAILED" not in capsys.readouterr().out
    assert [one.follows_sha256 for one in made[1:]] == [one.inputs_sha256 for one in made[:-1]]


def test_answers_to_two_prices_in_one_hour_are_worked_out_too(tmp_path: Path) -> None:
    track = a_track()
    made = stepped(track, 1)
    answered(track, 1)
    TrackPrice.objects.filter(track=track).update(micros=9_000)
    answered(track, 1)
    step = steps.step(NOON + 2 * HOUR)
    assert step is not None
    assert check.main(files([*made, step], tmp_path)) == 0


def test_after_a_stop_prices_go_on_from_the_hour_they_were_taken_back_to(tmp_path: Path) -> None:
    track = a_track()
    made = stepped(track, 3)
    stop = stops.stop(a_user("operator"), "odd answers", NOON + 3 * HOUR)
    then = inputs.behind(track, price(track), NOON + 4 * HOUR)
    assert then is not None
    assert then.pk == stop.back_to_id == made[0].pk
    stops.let_go(NOON + 4 * HOUR)
    made += stepped(track, 1, start=4)
    assert made[-1].follows_sha256 == made[0].inputs_sha256
    assert check.main(files(made, tmp_path)) == 0


def test_no_listener_is_in_what_is_published() -> None:
    track = a_track()
    (step,) = stepped(track, 1)
    data = gzip.decompress(inputs.file_of(step.hour))
    for user in User.objects.all():
        for name in (user.party_id.hex, str(user.party_id), user.email):
            assert name.encode() not in data
            assert name.encode("utf-32-le") not in data  # as arrays hold text
    assert track.pk.hex in read(data).keys


def test_a_price_leads_to_the_step_that_set_it() -> None:
    track = a_track()
    assert inputs.behind(track, price(track), NOON) is None
    first, second = stepped(track, 2)
    assert price(track) != 6_000
    now = inputs.behind(track, price(track), NOON + 3 * HOUR)
    assert now is not None
    assert now.pk == second.pk
    song = inputs.song_inputs(second, track)
    assert song is not None
    assert (song.micros, song.quotes, song.accepts) == (price(track), 8, 0)
    assert inputs.behind(track, 11_111, NOON + 3 * HOUR) is None
    earlier = inputs.behind(track, song.before_micros, NOON + 90 * timedelta(minutes=1))
    assert earlier is not None
    assert earlier.pk == first.pk


def test_old_inputs_go_and_their_hashes_stay(settings: Settings, tmp_path: Path) -> None:
    settings.PRICE_INPUTS_KEPT = 2 * HOUR
    track = a_track()
    made = stepped(track, 4)
    saved = files(made, tmp_path)
    at = NOON + 30 * HOUR  # yesterday's step is one a stop would bring back
    assert stops.goes_back_to(at) == made[-1]
    assert retention.drop_inputs(at) == 3
    assert retention.drop_inputs(at) == 0
    with pytest.raises(Gone, match=made[0].inputs_sha256):
        inputs.file_of(made[0].hour)
    kept = EngineStep.objects.get(pk=made[0].pk)
    assert check.main([saved[0], "--sha256", kept.inputs_sha256]) == 0


def test_what_prices_may_go_on_from_is_kept_however_old(settings: Settings) -> None:
    settings.PRICE_INPUTS_KEPT = 2 * HOUR
    track = a_track()
    made = stepped(track, 6)
    stop = stops.stop(a_user("operator"), "odd answers", NOON + 6 * HOUR)
    retention.drop_inputs(NOON + 30 * DAY)
    assert stop.back_to == made[0]
    assert list(inputs.steps().exclude(state=b"")) == [made[5], made[0]]
    stops.let_go(NOON + 30 * DAY)
    stepped(track, 1, start=30 * 24)


def test_pages_lead_from_a_song_to_the_command(client: Client) -> None:
    track = a_track()
    stepped(track, 2)
    page = client.get(f"/tracks/{track.pk}").content.decode()
    link = f"/tracks/{track.pk}/price?micros={price(track)}"
    assert link in page
    hour = client.get(link, follow=True).content.decode()
    assert f"--song {track.pk.hex} --price {price(track)}" in hour
    assert "This hour did not set" not in hour
    other = client.get(f"/prices/hours/{step_hour()}?song={track.pk}&micros=1").content.decode()
    assert "This hour did not set 0.0001\u00a0¢" in other


def step_hour() -> int:
    return EngineStep.objects.order_by("-hour").values_list("hour", flat=True)[0]


def test_a_receipt_leads_to_the_price_of_its_quote(client: Client) -> None:
    track, listener = a_track(), a_listener()
    stepped(track, 1)
    stream = heard(listener, track, at=NOON + 2 * HOUR)
    stepped(track, 3, start=4)
    paid = stream.quote.price_micros
    assert price(track) != paid
    play = client.get(f"/receipts/{PaidPlay.objects.get().pk}").content.decode()
    start = play.index(f"/tracks/{track.pk}/price?")
    link = play[start : play.index('"', start)].replace("&amp;", "&")
    hour = client.get(link, follow=True).content.decode()
    assert f"prices-{int((NOON + HOUR).timestamp()) // 3600}.gz" in hour
    assert f"--price {paid}" in hour


def test_a_first_price_says_that_no_step_set_it(client: Client) -> None:
    track = a_track()
    page = client.get(f"/tracks/{track.pk}/price?micros=6000")
    assert page.status_code == 200
    assert "the price that every song starts with" in page.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/tracks/{track}/price",
        "/tracks/{track}/price?micros=x",
        "/tracks/{track}/price?micros=99999999999999999999",
        "/tracks/{track}/price?micros=1&at=never",
        "/prices/hours/1",
        "/prices/hours/99999999999999999999",
        "/prices/hours/{hour}?song=x",
        "/prices/hours/{hour}?song=00000000-0000-0000-0000-000000000000",
        "/api/v1/prices/hours/1/inputs",
        "/api/v1/prices/hours/99999999999999999999/inputs",
    ],
)
def test_what_is_not_there_is_not_found(path: str, client: Client) -> None:
    track = a_track()
    stepped(track, 1)
    found = client.get(path.format(track=track.pk, hour=step_hour()))
    assert found.status_code == 404


def test_anybody_lists_hours_and_downloads_what_went_in(
    client: Client, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    track = a_track()
    made = stepped(track, 3)
    before = {"hour": 1, "at": NOON - 9 * DAY, "state": b"as steps were before"}
    EngineStep.objects.create(**before, observations=0, moved=0)
    with django_assert_num_queries(2):
        listed = json.loads(client.get("/api/v1/prices/hours").content)["results"]
    assert [one["hour"] for one in listed] == [one.hour for one in made[::-1]]
    assert all(one["kept"] for one in listed)
    got = client.get(f"/api/v1/prices/hours/{made[0].hour}/inputs")
    assert read(got.content).sha256 == listed[-1]["inputs_sha256"] == made[0].inputs_sha256
    settings.PRICE_INPUTS_KEPT = HOUR
    retention.drop_inputs(NOON + 4 * HOUR)
    assert client.get(f"/api/v1/prices/hours/{made[1].hour}/inputs").status_code == 410
    page = client.get(f"/prices/hours/{made[1].hour}?song={track.pk}")
    assert "no longer kept" in page.content.decode()
    with django_assert_num_queries(3):
        assert "no longer kept" in client.get("/prices").content.decode()
