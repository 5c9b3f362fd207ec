"""Mail: written with what it tells of, sent once, kept while no server takes it, then given up."""

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail as outbox
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django import Settings

from marketplace.mail import sending, writing
from marketplace.mail.models import Mail
from marketplace.operations.board import ALARM, WAITS, Line, board
from marketplace.users.models import User
from royalties.models import FraudHold, PaidPlay
from tests.builders import NOON, a_listener, a_track, a_user, an_artist, heard, later

pytestmark = pytest.mark.django_db
LINK = "http://refrain.example/"


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> Iterator[None]:
    settings.SITE_URL = LINK.rstrip("/")
    yield
    cache.delete(sending.AWAY)


def changed(user: User) -> None:
    writing.write(user, Mail.Kind.PASSWORD, NOON, when="2 March 2026, 12:00 UTC")


def test_a_mail_is_sent_once_and_then_gone() -> None:
    user = a_user()
    changed(user)
    sending.send_due(NOON)
    sending.send_due(NOON)
    (sent,) = outbox.outbox
    assert (sent.to, sent.subject) == ([user.email], "Your password was changed")
    assert f"{LINK}password/forgotten" in sent.body
    assert not Mail.objects.exists()


def test_without_a_server_mails_are_written_to_files(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "marketplace.mail.files.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    changed(a_user())
    sending.send_due(NOON)
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0  # links in them open accounts
    (file,) = (tmp_path / "mail").iterdir()
    assert "Subject: Your password was changed" in file.read_text()


def test_while_no_server_answers_mails_wait_longer_and_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def refuse(_: EmailBackend, messages: list[outbox.EmailMessage]) -> int:
        tried.extend(messages[0].to)
        raise ConnectionRefusedError(111, "Connection refused")

    first, second = a_user(), a_user()
    changed(first)
    changed(second)
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        sending.send_due(NOON)
        assert tried == [first.email]  # a server that is away is asked once a round
        sending.send_due(later(30))
        sending.send_due(later(59))
        assert tried == [first.email, second.email]
        sending.send_due(later(60))
        assert tried[2:] == [first.email]
        waits = Mail.objects.get(user=first)
        assert (waits.tries, waits.due_at) == (2, later(180))
        (line,) = [one for one in board(later(601))["lines"] if one.name == "Mail"]
        assert line.mark == ALARM
        assert "Connection refused" in line.sentence
    sending.send_due(later(600))
    assert {one.to[0] for one in outbox.outbox} == {first.email, second.email}


def test_a_mail_that_is_not_taken_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = a_user(), a_user()
    changed(first)
    changed(second)
    send = EmailBackend.send_messages

    def refuse_one(self: EmailBackend, messages: list[outbox.EmailMessage]) -> int:
        if messages[0].to == [first.email]:
            raise smtplib.SMTPRecipientsRefused({first.email: (550, b"no such mailbox")})
        return send(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse_one)
    sending.send_due(NOON)
    assert [one.to for one in outbox.outbox] == [[second.email]]


def test_a_mail_that_cannot_be_written_holds_up_no_other() -> None:
    first, second = a_user(), a_user()
    Mail.objects.create(user=first, kind="newer", written_at=NOON, due_at=NOON)
    changed(second)
    sending.send_due(NOON)
    assert [one.to for one in outbox.outbox] == [[second.email]]
    waits = Mail.objects.get()
    assert (waits.user, waits.tries, waits.error) == (first, 1, "mail/newer.txt")


def test_a_server_that_is_away_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def hang(_: EmailBackend, messages: list[outbox.EmailMessage]) -> int:
        tried.extend(messages[0].to)
        raise TimeoutError("timed out")

    monkeypatch.setattr(EmailBackend, "send_messages", hang)
    users = [a_user() for _ in range(3)]
    for user in users:
        changed(user)
        sending.send_due(NOON)  # as each mail that is written rings for it
    assert tried == [users[0].email]


def test_a_title_writes_neither_headers_nor_lines() -> None:
    title = "Snow\r\nBcc: all@refrain.example\n\nPay \u202ehere"
    writing.write(a_user(), Mail.Kind.HOLD, NOON, hold="1", song=title, answer_within="a day")
    sending.send_due(NOON)
    (sent,) = outbox.outbox
    assert sent.subject == "Plays of Snow Bcc: all@refrain.example Pay here are held"
    assert str(sent.body).startswith("Plays of Snow Bcc: all@refrain.example Pay here look")


def test_what_came_too_late_is_not_sent() -> None:
    user = a_user()
    changed(user)
    writing.write(user, Mail.Kind.RESET, later(3_600), **{})
    sending.send_due(NOON + timedelta(days=3))
    assert not outbox.outbox
    assert not Mail.objects.exists()


def test_whom_a_song_pays_is_told_of_a_hold(client: Client) -> None:
    artist = a_user("artist")
    track = a_track(an_artist(artist), title="Snow & Ice")
    number = PaidPlay.objects.get(reference=heard(a_listener(), track, NOON).quote_id).pk
    client.force_login(a_user("operator"))
    asked = {"numbers": number, "rule": "automated playing", "reason": "Nine devices"}
    client.post("/operations/holds/new", asked)
    sending.send_due(FraudHold.objects.get().at)
    (sent,) = outbox.outbox
    assert (sent.to, sent.subject) == ([artist.email], "Plays of Snow & Ice are held")
    link = f"/payouts/holds/{FraudHold.objects.get().pk}"
    assert LINK.rstrip("/") + link in sent.body
    client.force_login(artist)
    assert client.get(link).status_code == 200


def on_the_board(at: datetime) -> Line:
    lines: list[Line] = board(at)["lines"]
    return next(one for one in lines if one.name == "Mail")


def test_operators_are_told_where_mails_lie_by_a_setting_and_not_by_a_path(
    settings: Settings,
) -> None:
    line = on_the_board(NOON)
    assert line.mark == WAITS
    assert line.sentence.endswith("mails are written to REFRAIN_HOME/mail.")
    assert str(settings.EMAIL_FILE_PATH) not in line.sentence


def test_a_mail_to_a_closed_login_waits_for_nobody(settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.refrain.example"
    user = a_user()
    changed(user)
    assert on_the_board(NOON).sentence.startswith("1 mail waits")
    user.is_active = False
    user.save()
    assert on_the_board(NOON).sentence == "Every mail is sent."
