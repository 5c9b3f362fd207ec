"""Operators' pages, and the public pages of periods."""

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts import client as client_calls
from marketplace.catalog.models import Artist, Track
from marketplace.operations.models import Deed
from royalties import accrual
from royalties.models import OutboxTransaction, Period
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later
from tests.pages import page

if TYPE_CHECKING:
    from tests.royalties.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(a_user("operator"))
    return client


def a_refused_file(name: str = "notes.mp3", reason: str = "This is text, no recording.") -> Track:
    return Track.objects.create(
        title=name, file_name=name, file_hash=name, state="failed", failure=reason, created_at=NOON
    )


def a_refused_claim() -> OutboxTransaction:
    return OutboxTransaction.objects.create(
        lane="keeper",
        kind="claim",
        reference="claim/1",
        slots=[1, 2],
        account="0xA",
        data=b"",
        state="reverted",
        error="Vault: paused",
        created_at=NOON,
    )


READ = (
    "/operations/",
    "/operations/settlement",
    "/operations/catalogue",
    "/operations/reconciliation",
    "/operations/keys",
    "/operations/prices",
    "/operations/models",
    "/operations/log",
)
PRESSED = (
    "/operations/periods/1/close",
    "/operations/assign",
    "/operations/periods/1/again",
    "/operations/periods/1/correct",
    "/operations/outbox/1/clear",
    "/operations/reconciliation/now",
    "/operations/models/1/serve",
    "/operations/models/release",
    f"/operations/files/{uuid4()}/again",
)


@pytest.mark.parametrize("role", ["listener", "artist", "label"])
def test_only_operators_get_in(client: Client, role: str) -> None:
    client.force_login(a_user(role))
    for url in READ:
        assert "operator accounts" in page(client, url, 403)
    for url in PRESSED:
        assert client.post(url).status_code == 403
    assert not Deed.objects.exists()


def test_visitors_are_asked_to_sign_in(client: Client) -> None:
    for url in (*READ, *PRESSED):
        assert client.get(url).headers["Location"].startswith("/login")


def test_what_changes_something_is_never_a_link(office: Client) -> None:
    landed = {office.get(url, follow=True).request["PATH_INFO"] for url in PRESSED}
    assert landed.isdisjoint(PRESSED)  # a look leads to a page above, and does nothing


def test_alarms_say_what_stands_still(office: Client, house: "House") -> None:
    house.deployment.halted = "the chain came back without block 12"
    house.deployment.save()
    text = page(office, "/operations/")
    assert "Nothing is signed: the chain came back without block 12." in text
    assert "Nothing waits for you" not in text


def test_the_first_line_says_nothing_waits_only_where_nothing_does() -> None:
    standing = {"alarms": [], "calm": True}
    for waits, told in ((True, "Nothing is urgent"), (False, "Nothing waits for you")):
        assert told in render_to_string("operations/standing.html", standing | {"waits": waits})


def test_closing_is_spelled_out_then_done_once(office: Client, house: "House") -> None:
    heard(a_listener(), a_track())
    accrual.accrue(later(60))
    heard(a_listener(), a_track(), later(100))
    text = page(office, "/operations/")
    assert "Close period 1 now?" in text
    assert "1 posted play of 1 song" in text
    assert "1 counted play that wait to be posted" in text
    assert "It can’t be reopened." in text
    answer = office.post("/operations/periods/1/close", follow=True)
    assert "Period 1 is closed;" in answer.content.decode()
    assert Period.objects.get(pk=1).state == Period.State.CLOSED
    moving = page(office, "/operations/settlement?part=moving")
    assert "<html" not in moving
    assert "publish/1" in moving
    assert "planned" in moving
    assert "waits for the chain" in moving
    answer = office.post("/operations/periods/2/close", follow=True)
    assert "Nothing to settle" in answer.content.decode()
    heard(a_listener(), a_track(), later(200))
    accrual.accrue(later(300))
    for number, told in ((1, "Period 1 is closed already."), (3, "Period 3 is not the open one.")):
        answer = office.post(f"/operations/periods/{number}/close", follow=True)
        assert told in answer.content.decode()
    assert Period.objects.get(state=Period.State.OPEN).number == 2
    assert [deed.text for deed in Deed.objects.all()] == ["Closed period 1 before its time."]


def test_a_sent_transaction_shows_its_state_and_hash(office: Client, house: "House") -> None:
    heard(a_listener(), a_track())
    house.pass_time(60)
    house.accrue()
    house.settle()
    text = page(office, "/operations/settlement")
    assert "final" in text
    assert "took" in text
    assert "settled" in text


def test_a_stopped_period_is_published_again_once(office: Client, house: "House") -> None:
    heard(a_listener(), a_track())
    house.pass_time(60)
    house.accrue()
    house.close()
    house.work()
    from tests.royalties.house import send  # models load after the settings

    send(house.chain, "guardian", client_calls.veto(house.deployment.vault))
    house.work()
    shown = page(office, "/operations/settlement")
    assert "Publish period 1 again?" in shown
    alarm, pressed = shown.index("was vetoed"), shown.index('data-dialog="republish-1"')
    assert alarm < pressed < shown.index('id="periods-table"')  # what is wrong, then what mends it
    renewed = page(office, "/operations/settlement?part=alarms")
    assert "was vetoed" in renewed
    assert "<html" not in renewed
    answer = office.post("/operations/periods/1/correct", {"why": " "}, follow=True)
    assert "Say in one sentence" in answer.content.decode()
    answer = office.post("/operations/periods/1/correct", {"why": "a wrong line"}, follow=True)
    assert "has a new bundle" in answer.content.decode()
    house.work()
    assert "takes its place: <bdi>a wrong line" in page(office, "/periods/1")
    stopped = office.get("/periods/1/replaced.zip")
    assert b"".join(stopped).startswith(b"PK")
    send(house.chain, "guardian", client_calls.veto(house.deployment.vault))
    house.work()
    answer = office.post("/operations/periods/1/again", follow=True)
    assert "on its way to the vault again" in answer.content.decode()
    house.work()
    house.pass_time(60)
    house.work()
    assert Period.objects.get(pk=1).state == Period.State.ACTIVE
    answer = office.post("/operations/periods/1/again", follow=True)
    assert "Period 1 is not stopped." in answer.content.decode()
    assert Deed.objects.count() == 2


def test_a_refused_transaction_is_an_alarm_until_an_operator_clears_it(office: Client) -> None:
    row = a_refused_claim()
    assert "claim/1 is reverted: Vault: paused." in page(office, "/operations/")
    text = page(office, "/operations/settlement")
    assert "Clear the alarm of claim/1?" in text
    assert "whoever it belongs to can claim again" in text
    url = f"/operations/outbox/{row.pk}/clear"
    assert "is cleared" in office.post(url, follow=True).content.decode()
    assert "is reverted" not in page(office, "/operations/")
    assert "no alarm of claim/1" in office.post(url, follow=True).content.decode()
    (deed,) = Deed.objects.all()
    assert deed.text == "Cleared the alarm of claim/1, refused: Vault: paused"


def test_an_unclaimed_artist_is_assigned_to_a_login(office: Client) -> None:
    artist, owner = an_artist(name="The Tides"), a_user("listener")
    a_track(artist)
    text = page(office, "/operations/catalogue")
    assert "The Tides" in text
    assert "1 song, since" in text
    assert f'data-dialog="assign-{artist.pk}"' in text
    assert text.index("</ul>") < text.index('action="/operations/assign"')  # in a dialog of its own
    form = {"artist": str(artist.pk), "login": "nobody@example.org"}
    answer = office.post("/operations/assign", form, follow=True)
    assert "nobody@example.org has no account yet" in answer.content.decode()
    answer = office.post("/operations/assign", form | {"login": owner.email}, follow=True)
    assert "its songs and its money belong to" in answer.content.decode()
    assert Artist.objects.get(pk=artist.pk).user == owner
    assert "Every artist has a login" in page(office, "/operations/catalogue")


def test_giving_an_artist_away_is_logged(office: Client) -> None:
    artist, owner = an_artist(name="The Tides"), a_user("listener")
    office.post("/operations/assign", {"artist": str(artist.pk), "login": owner.email})
    office.post("/operations/assign", {"artist": str(artist.pk), "login": owner.email})
    (deed,) = Deed.objects.all()
    assert deed.text == f"Gave the artist The Tides to {owner.email}."
    assert deed.user.role == "operator"
    text = page(office, "/operations/log")
    assert deed.text in text
    assert deed.user.name in text


def test_the_log_can_not_be_changed(office: Client) -> None:
    an_artist(name="The Tides")
    Deed.objects.create(at=NOON, user=a_user("operator"), text="Closed period 1.")
    for change in (
        lambda: Deed.objects.update(text="Closed nothing."),
        lambda: Deed.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_an_empty_log_says_what_would_stand_there(office: Client) -> None:
    assert "Nothing was pressed yet" in page(office, "/operations/log")


def test_refused_and_waiting_files_stand_with_their_reasons(office: Client) -> None:
    a_refused_file()
    Track.objects.create(title="next", file_name="next.wav", file_hash="next", created_at=NOON)
    text = page(office, "/operations/catalogue")
    assert "This is text, no recording." in text
    assert "next.wav" in text
    assert "import" in text


def test_lists_do_not_ask_more_for_more_rows(office: Client, house: "House") -> None:
    listener, track = a_listener(), a_track()

    def live_through(n_periods: int, n_rows: int) -> None:
        for _ in range(n_rows):
            an_artist()
            a_refused_file(f"{uuid4()}.mp3")
        for _ in range(n_periods):
            heard(listener, track, house.at)
            house.pass_time(100)
            house.accrue()
            house.close()

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            page(office, path)
        return len(asked)

    paths = (
        "/operations/catalogue",
        "/operations/",
        "/operations/?part=moving",
        "/operations/settlement",
        "/periods",
        "/periods/2",
    )
    live_through(n_periods=2, n_rows=2)
    few = [queries(path) for path in paths]
    live_through(n_periods=2, n_rows=4)
    assert [queries(path) for path in paths] == few
    assert max(few) < 45


def test_periods_are_public_and_tell_how_to_check_them(client: Client, house: "House") -> None:
    assert "No period yet" in page(client, "/periods")
    listener, track = a_listener(), a_track()
    heard(listener, track, house.at)
    house.pass_time(60)
    house.accrue()
    page(client, "/periods/1", 404)  # still open
    house.settle()
    heard(listener, track, house.at)
    house.pass_time(60)
    house.accrue()
    closed = house.close()
    listed = page(client, "/periods")
    # each period's own revenue, and the vault's running total
    assert listed.count('$0.00<i class="tail">60</i>') == 3
    assert listed.count('$0.01<i class="tail">20</i>') == 1
    assert 'title="$0.012000"' in listed

    settled = page(client, "/periods/1")
    assert "Period 1, settled" in settled
    assert Period.objects.get(pk=1).root in settled
    assert Period.objects.get(pk=1).bundle_hash in settled
    assert "python -m royalties.verify period-1.zip" in settled
    assert 'href="/periods/1/bundle.zip"' in settled
    assert 'href="/periods/2"' in settled
    waiting = page(client, f"/periods/{closed.number}")
    assert "Period 2, on its way" in waiting
    assert "It waits for the chain." in waiting
    assert "The transaction is planned" in waiting
    page(client, "/periods/3", 404)


def test_the_bundle_is_served_as_it_was_frozen(client: Client, house: "House") -> None:
    heard(a_listener(), a_track(), house.at)
    house.pass_time(60)
    house.accrue()
    house.close()
    answer = client.get("/periods/1/bundle.zip")
    assert b"".join(answer.streaming_content) == house.bundles()[0].read_bytes()  # type: ignore[attr-defined]
    assert "period-1.zip" in answer.headers["Content-Disposition"]
    assert client.get("/periods/2/bundle.zip").status_code == 404
