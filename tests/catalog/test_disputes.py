"""Whoever sent a refused copy says why it is theirs; an operator hears both and decides, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog import disputes, intake, leftovers, processing
from marketplace.catalog.models import Resemblance, Track
from marketplace.catalog.processing import Analyse
from marketplace.media import files
from marketplace.operations.models import Deed
from marketplace.problems import Conflict
from marketplace.users.models import User
from tests.builders import NOON, a_user, an_artist
from tests.catalog.test_copies import SECONDS, analysed, stored
from tests.pages import page
from tests.recommender.melodies import melody

pytestmark = pytest.mark.django_db
STATEMENT = "I recorded it in my own studio in May; <b>Otto</b> had my demo."
MEGABYTES = 2**24
ANSWER = "The label’s letter shows that it is yours."


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FINGERPRINTS_ROOT = tmp_path / "fingerprints"


@pytest.fixture
def sender() -> User:
    user = a_user("artist", name="Mirela Anso")
    an_artist(user, name="Mirela Anso")
    return user


@pytest.fixture
def copy(tmp_path: Path, sender: User, warm: Analyse) -> Track:
    """Refused: somebody else was first."""
    first = a_user("artist", name="Otto Krahe")
    an_artist(first, name="Otto Krahe")
    analysed(stored(tmp_path, melody(1, SECONDS), first, "Stolen", "wav"), warm)
    return analysed(stored(tmp_path, melody(1, SECONDS), sender, "Low Water", "flac"), warm)


def operator() -> Client:
    office = Client()
    office.force_login(a_user("operator"))
    return office


def disputed(client: Client, sender: User, copy: Track) -> Resemblance:
    client.force_login(sender)
    client.post(f"/uploads/{copy.pk}/dispute", {"statement": STATEMENT})
    return Resemblance.objects.get(upload=copy)


def test_the_page_of_a_refused_copy_shows_where_and_offers_a_dispute(
    client: Client, sender: User, copy: Track
) -> None:
    client.force_login(sender)
    text = page(client, f"/uploads/{copy.pk}")
    assert "“Stolen” by Otto Krahe" in text
    assert 'aria-label="The same: 0:00 to 0:1' in text
    assert "Dispute this" in text
    assert "<audio" not in text


def test_a_dispute_needs_reasons_and_is_stated_once(
    client: Client, sender: User, copy: Track
) -> None:
    client.force_login(sender)
    answer = client.post(f"/uploads/{copy.pk}/dispute", {"statement": "mine"})
    assert answer.status_code == 422
    assert "Say a little more" in answer.content.decode()
    dispute = disputed(client, sender, copy)
    assert dispute.is_open
    text = page(client, f"/uploads/{copy.pk}")
    assert "You dispute it" in text
    assert "&lt;b&gt;Otto" in text
    client.post(f"/uploads/{copy.pk}/dispute", {"statement": "Something else, said later on."})
    dispute.refresh_from_db()
    assert dispute.statement == STATEMENT


def test_the_list_of_uploads_says_what_is_disputed(
    client: Client, sender: User, copy: Track
) -> None:
    client.force_login(sender)
    assert "disputed</span>" not in page(client, "/upload")
    disputed(client, sender, copy)
    assert "disputed</span>" in page(client, "/upload")


def test_nobody_else_disputes_it(client: Client, copy: Track) -> None:
    client.force_login(a_user("artist"))
    answer = client.post(f"/uploads/{copy.pk}/dispute", {"statement": STATEMENT})
    assert answer.status_code == 404


def test_while_it_is_disputed_nobody_sends_the_file_again(
    client: Client, sender: User, copy: Track
) -> None:
    disputed(client, sender, copy)
    sent = files.read(copy.original, 0, MEGABYTES)
    with pytest.raises(Conflict, match="disputed"):
        intake.take([sent], intake.Intake("song.flac"), NOON)
    assert copy.is_kept


def test_the_operator_hears_both_with_ranges(client: Client, sender: User, copy: Track) -> None:
    dispute = disputed(client, sender, copy)
    office = operator()
    assert "1 refused copy waits for a decision" in page(office, "/operations/")
    text = page(office, "/operations/disputes")
    assert "&lt;b&gt;Otto" in text
    assert text.count("<audio") == 2
    for which in ("upload", "original"):
        address = f"/operations/disputes/{dispute.pk}/{which}.mp3"
        whole = office.get(address)
        part = office.get(address, headers={"Range": "bytes=100-199"})
        assert (whole.status_code, part.status_code) == (200, 206)
        assert part.content == whole.content[100:200]
        assert part["Content-Range"] == f"bytes 100-199/{len(whole.content)}"
        assert office.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
        assert client.get(address).status_code == 403
    assert office.get(f"/operations/disputes/{dispute.pk}/other.mp3").status_code == 404


def test_an_allowed_upload_goes_on_sale_beside_the_other(
    client: Client, sender: User, copy: Track, warm: Analyse
) -> None:
    dispute, office = disputed(client, sender, copy), operator()
    sent = {"allowed": "yes", "answer": ANSWER}
    office.post(f"/operations/disputes/{dispute.pk}/decide", sent)
    copy.refresh_from_db()
    assert copy.state == "waiting"
    analysed(copy, warm)
    assert copy.state == "published"
    told = page(client, f"/uploads/{copy.pk}")
    assert "Your dispute was allowed" in told
    assert ANSWER in told
    assert "Low Water</bdi> was allowed" in page(client, "/studio")
    on_sale = Track.objects.filter(state="published").values_list("title", flat=True)
    assert set(on_sale) == {"Stolen", "Low Water"}
    (deed,) = Deed.objects.all()
    assert deed.text == f"Let the disputed upload Low Water go on sale: {ANSWER}"
    again = office.post(f"/operations/disputes/{dispute.pk}/decide", sent, follow=True)
    assert "decided already" in again.content.decode()
    assert Deed.objects.count() == 1


def test_an_allowed_upload_that_fails_by_our_fault_is_no_copy_and_can_be_tried_again(
    client: Client, sender: User, copy: Track
) -> None:
    dispute, office = disputed(client, sender, copy), operator()
    disputes.decide(dispute, True, ANSWER, NOON)
    copy.refresh_from_db()
    processing.refuse(copy, "The analysis stopped.", NOON, ours=True)
    text = page(client, f"/uploads/{copy.pk}")
    assert "It stays refused" not in text
    assert "The fault is ours" in text
    assert f"again-{copy.pk}" in page(office, "/operations/catalogue")
    assert processing.try_again(copy.pk).state == "waiting"


def test_what_one_was_allowed_is_not_allowed_to_another_with_the_same_file(
    client: Client, sender: User, copy: Track
) -> None:
    disputes.decide(disputed(client, sender, copy), True, ANSWER, NOON)
    copy.refresh_from_db()
    processing.refuse(copy, "The analysis stopped.", NOON, ours=True)
    sent = files.read(copy.original, 0, MEGABYTES)
    assert intake.take([sent], intake.Intake("a.flac", uploaded_by=sender), NOON).pk == copy.pk
    assert Resemblance.objects.get().allowed
    processing.refuse(copy, "The analysis stopped.", NOON, ours=True)
    outsider = a_user("artist")
    assert intake.take([sent], intake.Intake("a.flac", uploaded_by=outsider), NOON).pk == copy.pk
    assert not Resemblance.objects.exists()


def test_what_stays_refused_is_told_why_and_its_bytes_go(
    client: Client,
    sender: User,
    copy: Track,
) -> None:
    dispute, office = disputed(client, sender, copy), operator()
    nothing = office.post(
        f"/operations/disputes/{dispute.pk}/decide", {"allowed": "no"}, follow=True
    )
    assert "Write one sentence" in nothing.content.decode()
    office.post(
        f"/operations/disputes/{dispute.pk}/decide", {"allowed": "no", "answer": "No letter."}
    )
    copy.refresh_from_db()
    assert (copy.is_kept, leftovers.sweep(timezone.now())) == (False, 2)
    text = page(client, f"/uploads/{copy.pk}")
    assert "It stays refused" in text
    assert "No letter." in text
    assert "Dispute this" not in text
    assert "stays refused" in page(client, "/upload")
    assert "Low Water</bdi> stays refused" in page(client, "/studio")
    assert "Nobody disputes a refused copy" in page(office, "/operations/disputes")
    assert office.get(f"/operations/disputes/{dispute.pk}/upload.mp3").status_code == 404
    with pytest.raises(Conflict):
        disputes.state(copy, STATEMENT, NOON)


def test_sent_again_after_a_refusal_it_may_be_disputed_anew(
    client: Client, sender: User, copy: Track, tmp_path: Path, warm: Analyse
) -> None:
    dispute = disputed(client, sender, copy)
    disputes.decide(dispute, False, "No letter.", NOON)
    again = analysed(stored(tmp_path, melody(1, SECONDS), sender, "Low Water", "flac"), warm)
    assert again.pk == copy.pk
    dispute.refresh_from_db()
    assert (dispute.statement, dispute.is_open, dispute.decided_at) == ("", False, None)


def test_listeners_and_artists_see_no_disputes(client: Client, copy: Track) -> None:
    for role in ("listener", "artist", "label"):
        client.force_login(a_user(role))
        page(client, "/operations/disputes", 403)
        assert client.post("/operations/disputes/1/decide").status_code == 403
    assert processing.claim(NOON) is None
