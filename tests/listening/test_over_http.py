"""Many clients of one account at once, through web processes, Valkey and PostgreSQL."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import Iterator

import pytest
from django.utils import timezone

from marketplace.listening.models import Stream
from marketplace.up import children, processes
from royalties import purses
from royalties.models import Hold, PaidPlay
from tests.benchmarks.plays_client import Counted, Player, Refused
from tests.benchmarks.web_served import session_of
from tests.builders import a_listener, a_track
from tests.embedded import Embedded

CLIENTS = 32
PRICE = 6_000


@pytest.fixture
def url(process_environment: dict[str, str], embedded_parts: Embedded) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        web = processes.web(listener, process_environment, embedded_parts.folder / "logs")
        running = [(child, children.start(child)) for child in web]
        try:
            for child, process in running:
                children.wait_ready(child, process)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            children.stop(*running)


@pytest.mark.slow
def test_32_clients_of_one_account_race_for_its_last_cent_and_one_play_is_paid(url: str) -> None:
    at, money = timezone.now(), PRICE + PRICE // 2
    listener = a_listener(money, at=at)
    cookie = session_of(listener)
    tracks = [str(a_track(seconds=2.0, at=at).pk) for _ in range(CLIENTS)]
    players = [Player(url, cookie, defaultdict(list)) for _ in range(CLIENTS)]

    async def race() -> list[Counted | BaseException]:
        plays = (player.play(track) for player, track in zip(players, tracks, strict=True))
        ended = await asyncio.gather(*plays, return_exceptions=True)
        for player in players:
            await player.http.leave()
        return ended

    ended = asyncio.run(race())
    refused = [one for one in ended if isinstance(one, Refused)]
    assert {one.status for one in refused} <= {402, 403, 409, 410}
    play = PaidPlay.objects.get()
    assert [one.quote for one in ended if isinstance(one, Counted)] == [str(play.reference)]
    assert len(refused) == CLIENTS - 1, ended
    assert purses.available(listener.party) == money - PRICE
    assert purses.held(listener.party) == 0
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()
    assert not Stream.objects.filter(ended_at=None).exists()
