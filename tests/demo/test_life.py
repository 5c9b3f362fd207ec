"""A small life over the real functions and a real chain: lived once, the books right after it."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from contracts import node
from marketplace.catalog.models import Track
from marketplace.demo import cases, kept_songs, life, people, settling, tastes
from marketplace.demo.cases import Case
from marketplace.demo.listeners import personas
from marketplace.demo.models import Life
from marketplace.discovery.models import Like
from marketplace.listening.models import Stream
from marketplace.pricing.models import EngineStep, Quote
from marketplace.users.models import User
from royalties import chain_checks, deployments, invariants
from royalties.models import FraudHold, Holding, PaidPlay, Period
from royalties.verify.__main__ import main as verify
from tests.builders import a_track, a_user

NOW = datetime(2026, 3, 16, 9, 40, tzinfo=UTC)
GENRES = ["Ambient", "Folk", "House"]
DEMO = Path(life.__file__).parent
# Rows that only the product's own functions may write: the demo does not even query them.
GUARDED = {
    "Quote", "Stream", "PaidPlay", "Posting", "Entry", "Account", "Purse", "Hold", "Holding",
    "UnitMove", "Window", "TrackWindow", "PricePoint", "TrackPrice", "EngineStep", "Entitlement",
    "Leaf", "OutboxTransaction", "ChainEvent",
}  # fmt: skip
WRITES = {"create", "bulk_create", "update", "bulk_update", "get_or_create", "update_or_create"}
WRITES |= {"save", "save_base", "delete", "execute", "raw"}
# What it may write: how far it has come, names of artists, ISRC and cover of what it took in;
# and `create` of the library's playlists, which is a function.
ALLOWED = {"Life.objects", "life", "Artist.objects", "track", "playlists"}


@pytest.fixture
def listener(
    transactional_db: None,
    settings: LazySettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[User]:
    """The demo's listener, before two days with six songs and seven others."""
    monkeypatch.setattr(life, "DAYS", 2)
    monkeypatch.setattr(cases, "CASES", tuple(map(sooner, range(3), cases.CASES)))
    settings.HOLD_ANSWER_WITHIN = settings.HOLD_DECIDE_WITHIN = timedelta(minutes=10)
    settings.PRICE_LAUNCH_MICROS = 9_000  # dear enough that some plays are declined in two days
    settings.BUNDLES_ROOT = tmp_path / "bundles"
    settings.HOLD_WINDOW, settings.ACTIVATION_DELAY = timedelta(), timedelta(seconds=30)
    start = life.begin(NOW).started_at
    with node.running_anvil(timestamp=int(start.timestamp()) - 86_400) as url:
        settings.CHAIN_RPC_URL = url
        deployments.deploy(start)
        for number, genre in enumerate([*GENRES, *GENRES]):
            track = a_track(title=f"Lived {number}", at=start)  # a song's appeal hangs on its name
            Track.objects.filter(pk=track.pk).update(genre=genre, isrc=f"ZZTST26{number:05d}")
        people.ensure_logins(start)
        yield a_user(name="Noor Aldine", at=start)


def sooner(number: int, case: Case) -> Case:
    """Within these two days, and of a song that there is."""
    return replace(case, title=f"Lived {number}", hour=10 + 14 * number)


def lived(listener: User, until: datetime) -> list[str]:
    begun = life.begin(NOW)
    others = people.ensure_listeners(listener, GENRES, begun.started_at, many=11)
    return list(life.live(begun, others, [(listener.party, 1)], until))


@pytest.mark.slow
def test_two_days_are_lived_once_and_every_book_is_right(
    listener: User, settings: LazySettings
) -> None:
    assert len(lived(listener, NOW)) == 2
    plays = PaidPlay.objects.count()
    assert plays == Quote.objects.filter(state="accepted").count() > 10
    assert Quote.objects.filter(state__in=["declined", "expired"]).exists()
    assert not Stream.objects.filter(ended_at=None).exists()
    assert Stream.objects.exclude(country="").values("country").distinct().count() > 1
    assert not Quote.objects.filter(ended_at__gt=NOW).exists()
    assert EngineStep.objects.count() == 2 * 24 + NOW.hour
    assert [check for check in invariants.ledger_checks() if not check.ok] == []
    assert [check for check in chain_checks.check(NOW) if not check.ok] == []
    ended = Period.objects.filter(state=Period.State.ACTIVE)
    assert [period.cutoff_at for period in ended.order_by("number")] == [
        NOW.replace(hour=0, minute=0) - timedelta(days=1),
        NOW.replace(hour=0, minute=0),
    ]
    bundles = sorted(map(str, settings.BUNDLES_ROOT.glob("period-*.zip")))
    assert verify([*bundles, "--rpc", settings.CHAIN_RPC_URL]) == 0
    outcomes = FraudHold.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["released", "forfeited", ""]
    assert Holding.objects.filter(party=listener.party, units__gt=0).exists()
    assert PaidPlay.objects.filter(
        listener=listener.party, counted_at__gte=NOW - timedelta(hours=1)
    ).exists()

    liked = Like.objects.filter(user=listener)
    assert liked.exists()
    for _ in range(2):
        kept_songs.ensure(listener, NOW)
    assert 1 <= listener.playlists.get().entries.count() <= liked.count()
    assert 1 <= listener.follows.count() <= kept_songs.ARTISTS

    assert lived(listener, NOW + timedelta(hours=5)) == []
    assert PaidPlay.objects.count() == plays


@pytest.mark.slow
def test_a_killed_life_goes_on_where_it_was(
    listener: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(settling, "close_day", cut)
        with pytest.raises(KeyboardInterrupt):
            lived(listener, NOW)
    assert not Period.objects.filter(state=Period.State.ACTIVE).exists()
    before = Quote.objects.count()

    lived(listener, NOW)
    assert Period.objects.filter(state=Period.State.ACTIVE).count() == 2
    assert Quote.objects.count() > before
    assert Life.objects.get().lived_until == NOW
    assert [check for check in invariants.ledger_checks() if not check.ok] == []


def test_listeners_are_decided_by_the_seed_and_differ() -> None:
    twice = [personas(50, 6, 7), personas(50, 6, 7)]
    assert [who.name for who in twice[0]] == [who.name for who in twice[1]]
    assert len({who.email for who in twice[0]}) == 50
    worths = [who.worth_micros for who in twice[0]]
    assert max(worths) > 1.5 * min(worths)


def test_a_falling_song_falls_and_keeps_some_of_its_listeners() -> None:
    songs = tastes.repertoire(["Neon Causeway", "Tide Table"], [0, 0], [0.0, 0.0], 7)
    first, last = songs.at(0.0), songs.at(14.0)
    assert first[0] / 3 < last[0] < first[0] / 2
    assert last[1] == first[1]


def test_the_demo_writes_no_play_quote_or_posting_of_its_own() -> None:
    assert [breach for path in DEMO.rglob("*.py") for breach in breaches(path.read_text())] == []


@pytest.mark.parametrize(
    "text",
    [
        "Quote.objects.create(x=1)",
        "rows = Quote.objects.all()",
        "rows.update(state='x')",
        "stream.save()",
        "TrackWindow.objects.create(x=1)",
        "cursor.execute('UPDATE')",
        "models.Posting.objects.bulk_create([])",
    ],
)
def test_a_write_past_the_functions_is_seen(text: str) -> None:
    assert breaches(text)


def breaches(source: str) -> list[str]:
    """Places where rows are written past the product's functions, or guarded ones asked for."""
    attributes = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Attribute)]
    return [ast.unparse(one) for one in attributes if asks(one) or writes(one)]


def asks(attribute: ast.Attribute) -> bool:
    owner = ast.unparse(attribute.value)
    return attribute.attr == "objects" and owner.rpartition(".")[2] in GUARDED


def writes(attribute: ast.Attribute) -> bool:
    owner = ast.unparse(attribute.value) + "."
    return attribute.attr in WRITES and not owner.startswith(tuple(f"{one}." for one in ALLOWED))
