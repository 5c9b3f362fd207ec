"""One play, true: from a file on disk to a payout that an outsider recomputes.

Everything is real: PostgreSQL, Valkey, Celery workers and beat as processes, a web server, an EVM
node, sound. One chain worker is killed on the way.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from marketplace.catalog.models import Artist, Track
from marketplace.users.models import User
from royalties.models import (
    ChainEvent,
    Deployment,
    Entitlement,
    OutboxTransaction,
    PaidPlay,
    Period,
)
from tests.builders import PASSWORD, a_user
from tests.stories.house import House, until
from tests.stories.recordings import write_song
from tests.stories.visitor import Visitor

PRICE = 6_000  # micros, of a song nobody has heard


def one_play_from_a_file_to_a_checked_payout(
    house: House, office: Visitor, chain_url: str, folder: Path
) -> None:
    artist, studio, listener = a_user("artist"), Visitor(house.url), Visitor(house.url)
    track = a_catalogue_comes_in(house, folder / "files")
    the_operator_gives_the_artist_to_a_login(office, artist)
    play = a_newcomer_plays_and_is_charged_once(listener, track)
    studio.log_in(artist.email)
    the_artists_page_moves(studio)
    the_period_settles_although_the_chains_worker_dies(house, office)
    the_artist_claims_and_the_contract_pays(studio)
    assert "settled" in listener.get(f"/receipts/{play.pk}").text.lower()
    bundle, slip = folder / "period-1.zip", folder / "receipt.json"
    bundle.write_bytes(listener.get("/periods/1/bundle.zip").content)
    slip.write_bytes(listener.get(f"/receipts/{play.pk}.json").content)
    house.manage("check_invariants")
    house.stop("web 1")
    payee = Entitlement.objects.filter(role="payee", terms=play.terms).earliest("pk").party.address
    asked = ("--rpc", chain_url, "--play", str(slip), "--payee", payee)
    checks = verify(folder, bundle, *asked)
    assert checks["ok"], checks
    assert Deployment.objects.filter(current=True).exists()


def a_catalogue_comes_in(house: House, music: Path) -> Track:
    """What is no recording is said to be none, and nothing comes in twice."""
    music.mkdir()
    write_song(music / "The Locks - Ebb.wav", 550)
    write_song(music / "The Locks - Flood.flac", 330)
    (music / "notes.mp3").write_text("this is no recording")
    said = house.manage("import_catalog", str(music))
    assert "2 imported, 0 known before, 1 refused" in said
    assert "0 imported, 2 known before, 1 refused" in house.manage("import_catalog", str(music))
    return Track.objects.published().get(title="Ebb")


def the_operator_gives_the_artist_to_a_login(office: Visitor, artist: User) -> None:
    unclaimed = Artist.objects.get(name="The Locks")
    form = "/operations/catalogue"
    office.send("/operations/assign", form, artist=str(unclaimed.pk), login=artist.email)


def a_newcomer_plays_and_is_charged_once(listener: Visitor, track: Track) -> PaidPlay:
    """Told to top up first."""
    listener.send(
        "/sign-up", name="Ines", email="ines@example.org", password=PASSWORD, role="listener"
    )
    quote = listener.post("quotes", 201, track=str(track.pk))
    stream = listener.post("streams", 201, quote=quote["id"])
    refused = listener.post(f"streams/{stream['id']}/heartbeat", 402, played_seconds=0)
    assert refused["action"]["url"] == "/wallet"
    listener.post("wallet/top-ups", 201, micros=5_000_000, key="a", monthly_cap_micros=9_000_000)
    told = listener.listen(str(track.pk), 6)
    assert told["state"] == "counted"
    assert told["spent_today_micros"] == quote["price_micros"] == PRICE
    return PaidPlay.objects.get(terms=track.terms)


def the_artists_page_moves(studio: Visitor) -> None:
    """The artist is the issuer too: all of the fan pool was theirs in this window."""
    accrued = until("accrual", lambda: payouts(studio)["accrued"])
    assert accrued == PRICE * 7_500 // 10_000 + PRICE * 2_000 // 10_000


def the_period_settles_although_the_chains_worker_dies(house: House, office: Visitor) -> None:
    worker = house.kill("worker chain")
    office.send("/operations/periods/1/close", "/operations/")
    assert Period.objects.get(number=1).state == Period.State.CLOSED
    house.start(worker)
    until("an active root", lambda: Period.objects.filter(number=1, state="active").exists())
    assert OutboxTransaction.objects.filter(reference__startswith="publish/").count() == 1


def the_artist_claims_and_the_contract_pays(studio: Visitor) -> None:
    studio.send("/payouts/claim", "/payouts")
    until("the claim", lambda: ChainEvent.objects.filter(name="ClaimedMany").exists())
    spendable = until("spendable money", lambda: payouts(studio)["spendable"])
    assert spendable >= PRICE * 7_500 // 10_000


def payouts(studio: Visitor) -> dict[str, int]:
    answer: dict[str, int] = studio.get("/api/v1/payouts").json()
    return answer


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
