"""One play, true: from a file on disk to a payout that an outsider recomputes.

Everything is real: PostgreSQL, Valkey, Celery workers and beat as processes, a web server, an EVM
node, sound. One chain worker is killed on the way.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.catalog.models import Artist, Track
from royalties.models import (
    ChainEvent,
    Deployment,
    Entitlement,
    OutboxTransaction,
    PaidPlay,
    Period,
)
from tests.builders import PASSWORD, a_user
from tests.stories.house import opened, until
from tests.stories.recordings import write_song
from tests.stories.visitor import Visitor


@pytest.mark.slow
def test_one_play_from_a_file_to_a_checked_payout(
    process_environment: dict[str, str], chain_url: str, tmp_path: Path
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    write_song(music / "The Tides - Low Water.wav", 440)
    write_song(music / "The Tides - High Water.flac", 330)
    (music / "notes.mp3").write_text("this is no recording")
    operator, artist = a_user("operator"), a_user("artist")
    with opened(process_environment, tmp_path) as house:
        # a catalogue comes in; what is no recording is said to be none
        said = house.manage("import_catalog", str(music))
        assert "2 imported, 0 known before, 1 refused" in said
        assert "0 imported, 2 known before, 1 refused" in house.manage("import_catalog", str(music))
        track = Track.objects.published().get(title="Low Water")

        # the operator gives the unclaimed artist to a login
        office = Visitor(house.url)
        office.log_in(operator.email)
        unclaimed = Artist.objects.get(name="The Tides")
        form = "/operations/catalogue"
        office.send("/operations/assign", form, artist=str(unclaimed.pk), login=artist.email)

        # a newcomer signs up, is told to top up, tops up, plays, is charged once
        listener = Visitor(house.url)
        listener.send(
            "/sign-up",
            name="Noor",
            email="noor@example.org",
            password=PASSWORD,
            role="listener",
        )
        quote = listener.post("quotes", 201, track=str(track.pk))
        stream = listener.post("streams", 201, quote=quote["id"])
        refused = listener.post(f"streams/{stream['id']}/heartbeat", 402, played_seconds=0)
        assert refused["action"]["url"] == "/wallet"
        listener.post(
            "wallet/top-ups", 201, micros=5_000_000, key="a", monthly_cap_micros=9_000_000
        )
        told = listener.listen(str(track.pk), 6)
        assert told["state"] == "counted"
        assert told["spent_today_micros"] == quote["price_micros"] == 6_000
        play = PaidPlay.objects.get()

        # the artist's page moves
        studio = Visitor(house.url)
        studio.log_in(artist.email)
        payouts = until(
            "accrual", lambda: (p := studio.get("/api/v1/payouts").json())["accrued"] and p, 60
        )
        expected = 6_000 * 7_500 // 10_000
        # the artist is the issuer too: all of the fan pool was theirs in this window
        assert payouts["accrued"] == expected + 6_000 * 2_000 // 10_000

        # the period is closed while the chain's worker is dead; it settles once it is back
        worker = house.kill("worker chain")
        office.send("/operations/close", "/operations/")
        assert Period.objects.get(number=1).state == Period.State.CLOSED
        house.start(worker)
        until(
            "an active root", lambda: Period.objects.filter(number=1, state="active").exists(), 90
        )
        assert OutboxTransaction.objects.filter(reference__startswith="publish/").count() == 1

        # the artist claims, the contract pays
        studio.send("/payouts/claim", "/payouts")
        until("the claim", lambda: ChainEvent.objects.filter(name="Claimed").exists(), 90)
        payouts = until(
            "spendable money",
            lambda: (p := studio.get("/api/v1/payouts").json())["spendable"] and p,
        )
        assert payouts["spendable"] >= expected
        receipt = listener.get(f"/receipts/{play.pk}").text
        assert "settled" in receipt.lower()

        # nothing is wrong, and an outsider finds the same with the web stopped
        bundle, slip = tmp_path / "period-1.zip", tmp_path / "receipt.json"
        bundle.write_bytes(listener.get("/periods/1/bundle.zip").content)
        slip.write_bytes(listener.get(f"/receipts/{play.pk}.json").content)
        house.manage("check_invariants")
        house.stop("web 1")
        payee = Entitlement.objects.filter(role="payee").first()
        assert payee is not None
        checks = verify(
            tmp_path,
            bundle,
            "--rpc",
            chain_url,
            "--play",
            str(slip),
            "--payee",
            payee.party.address,
        )
        assert checks["ok"], checks
    assert Deployment.objects.filter(current=True).exists()


def verify(folder: Path, bundle: Path, *arguments: str) -> dict[str, object]:
    """`python -m royalties.verify` in an empty environment: no database, no settings."""
    done = subprocess.run(
        [sys.executable, "-m", "royalties.verify", str(bundle), *arguments, "--json"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
