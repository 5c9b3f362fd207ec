"""Files that failed: kept where the fault is ours, and then tried again by a press."""

from pathlib import Path

import pytest
from django.test import Client

from marketplace.catalog import intake, processing
from marketplace.catalog.analysis import Analysis, AnalysisError, Code
from marketplace.catalog.models import Track
from marketplace.operations.models import Deed
from tests.builders import NOON, a_user

pytestmark = pytest.mark.django_db


def failing(code: Code) -> processing.Analyse:
    def analyse(path: Path, out: Path, *, name: str) -> Analysis:
        raise AnalysisError(f"It failed: {code}.", code)

    return analyse


def a_failed(code: Code, tmp_path: Path) -> Track:
    path = tmp_path / f"{code}.wav"
    path.write_text(f"not looked at: {code}")
    track = intake.take_file(path, intake.Intake(file_name=path.name), NOON)
    while claimed := processing.claim(NOON, track.pk):
        processing.process(claimed, NOON, failing(code))
    track.refresh_from_db()
    assert track.state == Track.State.FAILED
    return track


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(a_user("operator"))
    return client


def shown(client: Client) -> str:
    return client.get("/operations/catalogue").content.decode()


def test_our_own_fault_keeps_the_file_and_offers_another_try(
    office: Client, tmp_path: Path
) -> None:
    track = a_failed(Code.INTERNAL, tmp_path)
    assert track.attempts == processing.MAX_ATTEMPTS
    assert track.is_kept
    text = shown(office)
    assert f"Try again: {track.file_name}" in text
    assert "on sale at once" in text
    assert "It failed: internal." in text


def test_the_files_own_fault_keeps_nothing_and_offers_nothing(
    office: Client, tmp_path: Path
) -> None:
    track = a_failed(Code.TEXT, tmp_path)
    assert not track.is_kept
    text = shown(office)
    assert "not kept" in text
    assert 'data-dialog="again' not in text
    answer = office.post(f"/operations/files/{track.pk}/again", follow=True)
    assert "it has to be sent again" in answer.content.decode()
    track.refresh_from_db()
    assert track.state == Track.State.FAILED
    assert not Deed.objects.exists()


def test_whoever_sent_it_is_told_whether_it_is_kept(client: Client, tmp_path: Path) -> None:
    sender = a_user("artist")
    client.force_login(sender)
    for code, told in (
        (Code.INTERNAL, "your file and your terms are kept"),
        (Code.TEXT, "nothing of the file is kept"),
    ):
        track = a_failed(code, tmp_path)
        Track.objects.filter(pk=track.pk).update(uploaded_by=sender)
        assert told in client.get(f"/uploads/{track.pk}").content.decode()


def test_trying_again_really_queues_the_analysis(
    office: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[object, ...]] = []
    monkeypatch.setattr("marketplace.operations.watch_views.ring", lambda *sent: rung.append(sent))
    track = a_failed(Code.INTERNAL, tmp_path)
    answer = office.post(f"/operations/files/{track.pk}/again", follow=True)
    assert f"{track.file_name} is analysed again" in answer.content.decode()
    ((task, pk),) = rung
    assert getattr(task, "name", "") == "marketplace.catalog.tasks.analyse"
    assert pk == str(track.pk)
    claimed = processing.claim(NOON, track.pk)
    assert claimed is not None
    assert (claimed.attempts, claimed.failure) == (1, "")
    assert [deed.text for deed in Deed.objects.all()] == [f"Had {track.file_name} analysed again."]
    office.post(f"/operations/files/{track.pk}/again")
    assert Deed.objects.count() == 1


def test_no_failed_file_is_told_in_words(office: Client) -> None:
    assert "No file failed" in shown(office)
