"""A stream's key reports on that stream and stops it, for its listener, for a while, no more."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.utils import timezone

from marketplace.listening import keys, streams
from marketplace.listening.hearing import Report
from marketplace.listening.models import Stream
from marketplace.pricing.models import Quote
from marketplace.users.models import User
from royalties import purses
from tests.builders import a_listener, a_track, served

pytestmark = pytest.mark.django_db(transaction=True)
PRICE = 6_000


def signed_in(listener: User) -> Client:
    client = Client()
    client.force_login(listener)
    return client


def pressed(listener: User, client: Client | None = None, **asked: Any) -> Any:
    """What the player is told when play is pressed."""
    client = client or signed_in(listener)
    body = {"track": str(a_track(at=timezone.now()).pk)} | asked
    answer = client.post("/api/v1/streams", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def sent(address: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Through the application as the server drives it, without any cookie; status and JSON."""
    from marketplace.asgi import dynamic

    path, _, query = address.partition("?")
    data = b"" if body is None else json.dumps(body).encode()
    given = {"host": "testserver", "content-type": "application/json"} | headers
    given["content-length"] = str(len(data))
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query.encode()}
    scope |= {"scheme": "http", "http_version": "1.1", "root_path": ""}
    scope["headers"] = [(name.encode(), value.encode()) for name, value in given.items()]

    async def ask() -> tuple[int, Any]:
        communicator: Any = ApplicationCommunicator
        asked = communicator(dynamic, scope)
        await asked.send_input({"type": "http.request", "body": data})
        start = await asked.receive_output(10)
        headers = {name.lower(): value for name, value in start["headers"]}
        assert headers.get(b"x-content-type-options") == b"nosniff", headers
        content = (await asked.receive_output(10))["body"]
        return start["status"], json.loads(content) if content else None

    return asyncio.run(ask())


def beat(stream: Any, seconds: float = 0.0) -> tuple[int, Any]:
    return sent(stream["heartbeat_url"], {"played_seconds": seconds})


def ago(pk: str, seconds: float) -> None:
    """As if it had begun so long before, with its sound sent."""
    before = timezone.now() - timedelta(seconds=seconds)
    Stream.objects.filter(pk=pk).update(started_at=before, last_heartbeat_at=before)
    served(Stream.objects.get(pk=pk), seconds)


def test_a_play_is_held_counted_and_stopped_with_the_key_alone() -> None:
    listener = a_listener(10_000, at=timezone.now())
    stream = pressed(listener)
    assert beat(stream)[1]["held_micros"] == PRICE
    ago(stream["id"], 31)
    status, told = beat(stream, 31)
    assert (status, told["state"], told["available_micros"]) == (200, "counted", 10_000 - PRICE)
    assert told["spent_today_micros"] == PRICE
    assert sent(stream["stop_url"]) == (204, None)
    assert Stream.objects.get().ending == Stream.Ending.FINISHED
    assert purses.available(listener.party) == 10_000 - PRICE


def test_a_stop_with_the_key_gives_the_money_back() -> None:
    listener = a_listener(10_000, at=timezone.now())
    stream = pressed(listener)
    beat(stream)
    assert sent(stream["stop_url"])[0] == 204
    assert purses.available(listener.party) == 10_000
    assert beat(stream, 1)[0] == 410  # replayed: the stream is over
    assert sent(stream["stop_url"])[0] == 204


def test_no_other_key_is_believed() -> None:
    at = timezone.now()
    mine, others = pressed(a_listener(10_000, at=at)), pressed(a_listener(10_000, at=at))
    pk, key = UUID(mine["id"]), mine["heartbeat_url"].partition("=")[2]
    login, until, signature = key.split(".")
    forged = [
        "",
        key[:-1] + ("A" if key[-1] != "A" else "B"),
        f"{int(login) + 1}.{until}.{signature}",
        f"{login}.{int(until) + 1}.{signature}",
        others["heartbeat_url"].partition("=")[2],  # to another stream
        mine["audio_url"].partition("=")[2],  # to the sound
        "é" * 20,
    ]
    for name in ("heartbeat", "stop"):
        for one in forged:
            status, told = sent(f"/api/v1/streams/{pk}/{name}?key={one}", {"played_seconds": 0})
            assert (status, told["code"]) == (403, "not_authenticated"), one
    assert not Stream.objects.exclude(started_at=None, ended_at=None).exists()
    assert keys.login_of(key, pk, at) == int(login)
    assert keys.login_of(key, uuid4(), at) is None


def test_a_key_ends() -> None:
    stream = pressed(a_listener(10_000, at=timezone.now()))
    pk, key = UUID(stream["id"]), stream["heartbeat_url"].partition("=")[2]
    until = int(key.split(".")[1])
    lasts = keys.LASTS.total_seconds() + 2 * stream["duration_seconds"]
    assert abs(until - timezone.now().timestamp() - lasts) < 5
    assert keys.login_of(key, pk, timezone.now() + timedelta(seconds=lasts + 5)) is None


def test_a_closed_login_has_no_key() -> None:
    listener = a_listener(10_000, at=timezone.now())
    stream = pressed(listener)
    User.objects.filter(pk=listener.pk).update(is_active=False)
    assert beat(stream)[0] == 404
    assert sent(stream["stop_url"])[0] == 404
    assert Stream.objects.get().started_at is None


@pytest.mark.parametrize("door", ["/logout", "/admin/logout/"])
def test_signing_out_ends_what_that_session_plays_and_what_no_other_does(door: str) -> None:
    listener = a_listener(10_000, at=timezone.now())
    here, there = signed_in(listener), signed_in(listener)
    stream = pressed(listener, here)
    there.post(door)
    assert beat(stream)[1]["held_micros"] == PRICE
    here.post(door)
    assert beat(stream)[0] == 410
    assert Stream.objects.get().ending == Stream.Ending.STOPPED
    assert purses.available(listener.party) == 10_000


@pytest.mark.parametrize("body", [None, [], {}, {"played_seconds": -1}, {"played_seconds": "x"}])
def test_bad_input_is_told_as_ever(body: Any) -> None:
    stream = pressed(a_listener(10_000, at=timezone.now()))
    status, told = sent(stream["heartbeat_url"], body)
    assert (status, set(told)) >= (400, {"code", "detail"})
    assert Stream.objects.get().started_at is None


def test_what_cannot_be_paid_is_told_with_the_way_out() -> None:
    stream = pressed(a_listener(PRICE - 1, at=timezone.now()))
    status, told = beat(stream)
    assert (status, told["code"], told["action"]["label"]) == (402, "balance", "Top up")
    assert Quote.objects.get().state == Quote.State.VOID


def test_a_quote_that_ran_out_comes_with_the_one_that_takes_its_place() -> None:
    stream = pressed(a_listener(10_000, at=timezone.now()))
    Quote.objects.update(expires_at=timezone.now())
    status, told = beat(stream)
    assert (status, told["code"]) == (409, "expired")
    assert told["quote"]["id"] != stream["quote"]["id"]


def test_a_report_sent_again_under_its_idempotency_key_is_taken_once() -> None:
    stream = pressed(a_listener(10_000, at=timezone.now()))
    beat(stream)
    ago(stream["id"], 10)
    again = {"idempotency-key": "k"}
    first = sent(stream["heartbeat_url"], {"played_seconds": 2.0}, **again)
    assert sent(stream["heartbeat_url"], {"played_seconds": 2.0}, **again) == first
    assert Stream.objects.get().played_seconds == 2


def test_a_press_sent_again_opens_the_same_stream() -> None:
    listener, track = a_listener(10_000, at=timezone.now()), str(a_track(at=timezone.now()).pk)
    client = signed_in(listener)
    first, again = pressed(listener, client, track=track), pressed(listener, client, track=track)
    assert (again["id"], again["quote"]) == (first["id"], first["quote"])
    other = pressed(listener)
    assert Stream.objects.get(pk=first["id"]).ending == Stream.Ending.REPLACED
    assert other["id"] != first["id"]


def test_a_press_is_told_alike_the_short_way_and_the_long_one() -> None:
    short = pressed(a_listener(10_000, at=timezone.now()))
    long = pressed(a_listener(10_000, at=timezone.now()), surface="press", unknown="field")
    assert short.keys() == long.keys()
    assert short["quote"].keys() == long["quote"].keys()
    assert short["quote"]["track"].keys() == long["quote"]["track"].keys()


@pytest.mark.parametrize("track", [5, True, 1.5, [], {}, None, "", "x", "\x00"])
def test_a_press_for_what_is_no_track_is_told_so(track: Any) -> None:
    client = Client()
    client.force_login(a_listener(10_000, at=timezone.now()))
    answer = client.post("/api/v1/streams", {"track": track}, content_type="application/json")
    assert answer.status_code in (400, 404), answer.content
    assert set(answer.json()) >= {"code", "detail"}
    assert not Stream.objects.exists()


@pytest.mark.parametrize("fault", ["fails", "answers fewer"])
def test_a_batch_that_fails_has_done_nothing_and_each_is_done_apart_once(fault: str) -> None:
    from marketplace.listening.together import Together

    sizes = []

    def work(asked: Sequence[User]) -> list[str]:
        sizes.append(len(asked))
        for one in asked:
            User.objects.filter(pk=one.pk).update(name=Concat("name", Value("!")))
        if len(asked) > 1 and fault == "fails":
            raise OperationalError("the last of them waits for a lock")
        return ["done"]

    listeners = [a_listener(0, at=timezone.now()) for _ in range(3)]

    async def ask() -> list[str]:
        return await asyncio.gather(*(together.ask(one) for one in listeners))

    together = Together(work)
    assert asyncio.run(ask()) == ["done"] * 3
    assert sizes == [3, 1, 1, 1]
    names = User.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == [f"{one.name}!" for one in listeners]


def test_nobody_waits_for_an_answer_that_does_not_come() -> None:
    from marketplace.listening.together import Together

    async def ask(n: int) -> list[int | BaseException]:
        asked = [together.ask(one) for one in range(n)]
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 10)

    together: Together[int, int] = Together(lambda asked: [])
    assert [type(error) for error in asyncio.run(ask(3))] == [ValueError] * 3
    together.thread.shutdown()  # as the interpreter does when it ends
    assert [type(error) for error in asyncio.run(ask(1))] == [RuntimeError]


@pytest.mark.parametrize("name", ["heartbeat", "stop"])
def test_what_fails_on_the_short_way_goes_on_to_the_pages(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marketplace import asgi

    def away(asked: Sequence[object]) -> list[Any]:
        raise OperationalError("the database does not answer")

    stream = pressed(a_listener(10_000, at=timezone.now()))
    monkeypatch.setattr(asgi.reports.beats, "work", away)
    monkeypatch.setattr(asgi.reports.stops, "work", away)
    status, told = sent(stream[f"{name}_url"], {"played_seconds": 0})
    if name == "heartbeat":
        assert (status, told["held_micros"]) == (200, PRICE)
    else:
        assert (status, told, Stream.objects.get().ending) == (204, None, "stopped")


def test_reports_of_many_at_once_are_answered_each_for_itself() -> None:
    """The last of one listener's money, a stranger's stream, a play that counts: in one batch."""
    from marketplace.listening.reports import heard

    at = timezone.now()
    rich, poor = a_listener(PRICE, at=at), a_listener(PRICE - 1, at=at)
    ready, beginning, unpaid = pressed(rich), pressed(a_listener(9_000, at=at)), pressed(poor)
    beat(ready)
    ago(ready["id"], 31)
    now = timezone.now()
    asked = [
        Report(UUID(ready["id"]), rich.pk, 31.0, now),
        Report(UUID(ready["id"]), rich.pk, 0.0, now),
        Report(UUID(unpaid["id"]), poor.pk, 0.0, now),
        Report(UUID(beginning["id"]), poor.pk, 0.0, now),
        Report(
            UUID(beginning["id"]),
            Quote.objects.get(pk=beginning["quote"]["id"]).listener_id,
            0.0,
            now,
        ),
    ]
    said = [(status, json.loads(body)) for status, body in heard(asked)]
    assert [status for status, _ in said] == [200, 200, 402, 404, 200]
    assert [told.get("state") for _, told in said] == ["counted", "counted", None, None, "open"]
    assert purses.available(rich.party) == 0
    assert streams.heartbeat(ready["id"], rich, 0.0, now).state == "counted"
