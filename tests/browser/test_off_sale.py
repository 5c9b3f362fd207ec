"""What a song off sale looks like to whoever meets it: no page of it breaks, axe is quiet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.catalog import withdrawing
from marketplace.discovery.models import Like
from marketplace.pricing.models import FreePlays
from royalties import accrual
from tests.browser.chromium import chromium
from tests.browser.extremes import LONG, UNBROKEN
from tests.browser.test_extremes import Answers, looked_at
from tests.builders import a_listener, a_track, a_user, an_artist, heard

WHY = f"The singer never agreed to it; {UNBROKEN[:120]}"


@pytest.mark.django_db
def test_no_page_of_a_song_off_sale_breaks() -> None:
    at = timezone.now()
    singer, fan, office = (
        a_user("artist", at=at),
        a_listener(50_000, at=at),
        a_user("operator", at=at),
    )
    artist = an_artist(singer)
    kept, gone, given = (a_track(artist, title=title, at=at) for title in ("Kept", LONG, "Given"))
    FreePlays.objects.create(track=given, plays=50_000)
    heard(fan, gone, at=at - timedelta(minutes=5))
    accrual.accrue(at + timedelta(days=2))
    Like.objects.create(user=fan, track=gone, at=at)
    withdrawing.withdraw(gone, office, WHY, at)
    asked = {
        "sale": (office, f"/tracks/{kept.pk}/sale", 200),
        "sale-off": (office, f"/tracks/{gone.pk}/sale", 200),
        "sale-theirs": (singer, f"/tracks/{gone.pk}/sale?theirs", 200),
        "off-sale": (fan, f"/tracks/{gone.pk}", 410),
        "library-off-sale": (fan, "/library", 200),
        "portfolio-off-sale": (fan, "/portfolio", 200),
        "given": (fan, f"/tracks/{given.pk}", 200),
    }
    drawn: Answers = {}
    for user, path, status in asked.values():
        client = Client()
        client.force_login(user)
        drawn[path] = client.get(path)
        assert drawn[path].status_code == status, path
    with chromium() as browser:
        faults = looked_at(browser, drawn, {name: path for name, (_, path, _) in asked.items()})
    assert not faults, "\n".join(faults)
