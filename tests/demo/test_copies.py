"""The demo's copy is refused for what it is, disputed once, and stays so when asked again."""

from datetime import timedelta
from pathlib import Path

import pytest
import soundfile
from django.utils import timezone
from pytest_django import Settings

from marketplace.catalog import disputes, intake, processing
from marketplace.catalog.analysis.warm import Template
from marketplace.catalog.models import Track
from marketplace.demo import copies
from tests.builders import NOON, a_user, an_artist
from tests.recommender.melodies import RATE_HZ, melody


@pytest.mark.django_db
def test_a_faster_copy_is_refused_and_disputed_once(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FINGERPRINTS_ROOT = tmp_path / "fingerprints"
    path, now = tmp_path / "first.wav", timezone.now()
    soundfile.write(path, melody(1, 30), RATE_HZ)
    sender = a_user("artist", name="Ilse Vardenholm")
    an_artist(sender, name="Ilse Vardenholm")
    copies.ensure(sender, now)  # there is nothing to copy yet
    with Template() as template:
        known = intake.Intake(
            path.name, copies.ORIGINAL, an_artist(), "", None, {"pool_bps": 2_000}
        )
        original = intake.take_file(path, known, NOON)
        processing.process(original, NOON, template.analyse)
        for _ in range(2):
            copies.ensure(sender, now, template.analyse)
    found = disputes.waiting()
    assert len(found) == 1
    assert (found[0].original, found[0].statement) == (original, copies.STATEMENT)
    assert found[0].speed == pytest.approx(copies.FASTER, abs=0.003)
    assert found[0].stated_at is not None
    assert now - timedelta(hours=1) < found[0].stated_at < now
    assert Track.objects.get(title=copies.TITLE).state == Track.State.FAILED
