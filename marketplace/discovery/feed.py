"""The home feed: the recommender's ranking of the catalogue for one listener, with true reasons.

Ids of tracks are the recommender's item ids (the UUID's hex). A track published after the last
training is unknown to the model and comes in as what it is: new.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, serving, traits
from marketplace.discovery.rows import TrackRow, Why, rows
from marketplace.users.models import User
from recommender.reasons import Reason
from royalties.models import PaidPlay

FEED_LENGTH = 30
FRESH_LENGTH = 12
SPARE = 2  # times as many are read as shown: some may have been withdrawn since the training


@dataclass(frozen=True)
class Feed:
    """`ranked`: best first. `fresh`: hardly played, newest first. `feature`: the first of all."""

    ranked: list[TrackRow]
    fresh: list[TrackRow]
    feature: TrackRow | None


def feed(listener: User | None, at: datetime, kind: str = "all", length: int = FEED_LENGTH) -> Feed:
    """What to play now; `kind` keeps only reasons of sound or of taste."""
    plays, stranger = plays_of(listener)
    left_out = opinions.disliked_ids(listener)
    found = serving.current().recommend(
        opinions.interactions(listener, plays),
        n=FEED_LENGTH * 3,
        exclude={pk.hex for pk in left_out},
        stranger=stranger,
    )
    found = [item for item in found if kind in ("all", item.reason.kind)][: length * SPARE]
    ids = {item for one in found for item in (one.item_id, one.reason.because_item) if item}
    tracks = Track.objects.published().in_bulk([UUID(item) for item in ids])
    ranked = [one for one in found if UUID(one.item_id) in tracks][:length]
    reasons = {}
    for one in ranked:
        track, because = tracks[UUID(one.item_id)], one.reason.because_item
        reasons[track.pk] = why(one.reason, track, tracks.get(UUID(because)) if because else None)
    best = [tracks[pk] for pk in reasons]
    read = rows([*best, *_fresh(left_out)], listener, at, reasons if listener else None)
    listed, fresh = read[: len(best)], read[len(best) :]
    return Feed(listed, fresh, listed[0] if listed else None)


def plays_of(listener: User | None) -> tuple[dict[str, float], bool]:
    """A listener's paid plays (item id -> count), and whether all are newer than the model."""
    if listener is None:
        return {}, True
    paid = PaidPlay.objects.filter(listener=listener.party_id).values("terms__subject_id")
    mine = list(paid.annotate(n=Count("pk"), first=Min("counted_at")))
    trained_at = serving.trained_at()
    known = trained_at is not None and any(row["first"] <= trained_at for row in mine)
    return {row["terms__subject_id"].hex: row["n"] for row in mine}, not known


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
    if title and shared:
        told = format_html("{}; nearest to {}, both {}", _popular(track), title, shared)
        return Why("trending-up", told)
    return Why("trending-up", _sentences(_popular(track), _in_itself(track)))


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


def _fresh(left_out: set[UUID]) -> list[Track]:
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
