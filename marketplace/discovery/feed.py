"""The home feed: the recommender's ranking of the catalogue for one listener, with true reasons.

Ids of tracks are the recommender's item ids (the UUID's hex). A track published after the last
training is unknown to the model and comes in as what it is: new.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import serving, traits
from marketplace.discovery.exploring import Draw
from marketplace.discovery.ranking import FEED_LENGTH, Ranking, ranking
from marketplace.discovery.rows import TrackRow, Why, rows
from marketplace.users.models import User
from recommender.reasons import Reason
from royalties.models import PaidPlay

FRESH_LENGTH = 12
BY_CHANCE = Why("flag", "Few have heard it yet: this place goes to such a song by chance")
STEPS = (
    "What I know",
    "Mostly what I know",
    "A little nearer",
    "As it comes",
    "A little further",
    "Mostly surprises",
    "Surprise me",
)


@dataclass(frozen=True)
class Lean:
    """How far a list leans, and what came of it: `artists` in it, `heard_by` that many listeners
    its middle song, mean `distance` of its songs (0 to 1) and `bits` of hearing of one.
    """

    steps: int
    artists: int
    heard_by: int
    distance: float
    bits: float
    others: bool = True  # there was more to choose from

    @property
    def words(self) -> str:
        return STEPS[self.steps + len(STEPS) // 2]

    @property
    def names(self) -> tuple[str, ...]:
        return STEPS

    @property
    def percent(self) -> int:
        return round(100 * self.distance)


@dataclass(frozen=True)
class Feed:
    """`ranked`: best first. `fresh`: hardly played, newest first. `feature`: the first of all."""

    ranked: list[TrackRow]
    fresh: list[TrackRow]
    feature: TrackRow | None
    lean: Lean
    draw: Draw


def feed(listener: User | None, at: datetime, kind: str = "all", length: int = FEED_LENGTH) -> Feed:
    """What to play now; `kind` keeps only reasons of sound or of taste."""
    found = ranking(listener, kind, length, at)
    by_chance = {one.item_id for one in found.draw.places if one.explored}
    reasons = {}
    for one in found.ranked:
        track, because = found.tracks[UUID(one.item_id)], one.reason.because_item
        named = found.tracks.get(UUID(because)) if because else None
        reasons[track.pk] = BY_CHANCE if one.item_id in by_chance else why(one.reason, track, named)
    best = [found.tracks[pk] for pk in reasons]
    fresh = _fresh(found.said.disliked)
    read = rows([*best, *fresh], listener, at, reasons if listener else None)
    listed = read[: len(best)]
    lean = _lean(found, listed)
    return Feed(listed, read[len(best) :], listed[0] if listed else None, lean, found.draw)


def _lean(found: Ranking, listed: Sequence[TrackRow]) -> Lean:
    model = serving.current()
    places = [model.positions[one.item_id] for one in found.ranked]
    heard_by = sorted(int(model.listeners[place]) for place in places)
    return Lean(
        steps=found.said.steps,
        artists=len({row.artist_url for row in listed}),
        heard_by=heard_by[len(heard_by) // 2] if heard_by else 0,
        distance=found.effect.distance,
        bits=found.effect.self_information,
        others=found.others,
    )


def why(reason: Reason, track: Track, because: Track | None) -> Why:
    """A reason in words; it says nothing the model did not compute.

    The model counts the same hand as taste; here it is called what it is.
    """
    title = _titled(because) if because else ""
    if reason.kind == "taste" and because and because.artist_id == track.artist_id:
        return Why("user", format_html("By the same artist as <b>{}</b>", because.title))
    shared = traits.in_words(reason.traits, serving.current().feature_mean)
    if reason.kind == "sound" and title and shared:
        return Why("audio-lines", format_html("Sounds like {}: both {}", title, shared))
    if reason.kind == "sound" and title:
        return Why("audio-lines", format_html("Sounds like {}", title))
    if reason.kind == "taste" and because:
        told = format_html("Listeners who play <b>{}</b> come back to this", because.title)
        return Why("users", _sentences(told, _in_itself(track)))
    if reason.kind == "taste":
        return Why("users", "Listeners who play what you play come back to this")
    if reason.kind == "new":
        return Why("flag", "Nobody has played this yet; early plays earn most")
    if reason.kind == "again":
        return Why("history", "You have played this before")
    if because and shared:
        near = format_html("<b>{}</b>", because.title)  # its artist as well would be a second line
        told = format_html("Near {}, both {}. {}", near, shared, _popular(track))
        return Why("trending-up", told)
    in_itself = _in_itself(track)
    return Why("trending-up", f"{in_itself}. {_popular(track)}" if in_itself else _popular(track))


def _sentences(first: SafeString | str, second: str) -> SafeString | str:
    return format_html("{}. {}", first, second) if second else first


def _titled(track: Track) -> SafeString:
    by = format_html(" by {}", track.artist.name) if track.artist else ""
    return format_html("<b>{}</b>{}", track.title, by)


def _popular(track: Track) -> str:
    """How many listeners the model knew of when it was trained."""
    model = serving.current()
    position = model.positions.get(track.pk.hex)
    n = int(model.listeners[position]) if position is not None else 0
    return f"{n:,} listeners play this" if n > 1 else "Other listeners play this"


def _in_itself(track: Track) -> str:
    """Its style and what sets it apart from the catalogue: House, bright and busy."""
    model = serving.current()
    position = model.positions.get(track.pk.hex)
    apart = "" if position is None else traits.apart(model, position)
    return ", ".join(filter(None, (track.genre, apart)))


def _fresh(left_out: Collection[UUID]) -> list[Track]:
    """Newest tracks that have hardly been played: somebody has to be the first.

    Unplayed ones need no count of all plays; only where there are too few are plays counted.
    """
    newest = Track.objects.published().exclude(pk__in=left_out).order_by("-published_at")
    unplayed = newest.filter(~Exists(PaidPlay.objects.filter(terms=OuterRef("terms"))))
    found = list(unplayed[:FRESH_LENGTH])
    if len(found) == FRESH_LENGTH:
        return found
    counted = newest.annotate(n=Count("terms__plays")).order_by("n", "-published_at")
    return list(counted[:FRESH_LENGTH])
