"""Small stories several tests start from."""

from dataclasses import dataclass

from royalties.models import PaidPlay, Party, Terms
from tests.royalties.builders import a_listener, a_party, a_play, a_track
from tests.royalties.house import House


@dataclass(frozen=True)
class Story:
    """Two tracks of one artist, one with a writer; a fan who came first, and a listener."""

    artist: Party
    writer: Party
    fan: Party
    listener: Party
    song: Terms
    other: Terms
    plays: list[PaidPlay]


def two_tracks(house: House) -> Story:
    """A fan earns units of the song in one window, a listener plays both tracks in the next."""
    artist, writer = a_party(), a_party("writer")
    fan, listener = a_listener("fan"), a_listener()
    song = a_track(artist, [(artist, 4_500), (writer, 2_000)], micros_per_unit=1)
    other = a_track(artist, pool_bps=1_337)
    plays = [a_play(song, fan, house.at, 8_123), a_play(song, fan, house.at, 7_001)]
    house.pass_time(10)
    house.accrue()
    plays += [a_play(song, listener, house.at, 9_999), a_play(other, listener, house.at, 5_431)]
    house.pass_time(10)
    return Story(artist, writer, fan, listener, song, other, plays)


def one_more(house: House, story: Story) -> PaidPlay:
    """The fan plays the song again in a later period."""
    play = a_play(story.song, story.fan, house.at, 6_667)
    house.pass_time(10)
    return play
