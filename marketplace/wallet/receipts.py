"""Receipts with their track: royalties tells the money's way, the catalogue the song's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, QuerySet, Subquery, Value, When

from marketplace.catalog.correcting import called_then
from marketplace.catalog.models import Track
from marketplace.catalog.slices import Slice, slices_of
from marketplace.listening.models import Stream
from marketplace.wallet.seals import Seal, seal_of
from royalties import priced, settlement, statements
from royalties.models import FraudHold, PaidPlay, Reversal, TrackWindow

# what is said of a play taken back
HELD, FORFEITED, CHARGED_BACK = "held", "forfeited", "charged back"
WHERE_IT_IS = {
    HELD: "Frozen, nobody has it",
    FORFEITED: "Taken back, for other songs",
    CHARGED_BACK: "Back to the bank",
}
WHOLE_BPS = 10_000


@dataclass(frozen=True)
class ReceiptLine:
    """One paid play in a list."""

    play: PaidPlay
    track: Track
    seal: Seal


def plays_with_periods() -> QuerySet[PaidPlay]:
    """Paid plays, newest first, with what their seal is made of."""
    word = Case(
        When(charged_back_at__isnull=False, then=Value(CHARGED_BACK)),
        When(fraud_hold__outcome=FraudHold.Outcome.FORFEITED, then=Value(FORFEITED)),
        default=Value(HELD),
    )
    in_force = Reversal.objects.in_force(OuterRef("pk")).annotate(word=word).values("word")
    released = Reversal.objects.filter(play=OuterRef("pk"), released_in__isnull=False)
    plays = PaidPlay.objects.select_related("window__period").annotate(
        taken_back=Subquery(in_force), was_released=Exists(released)
    )
    return plays.order_by("-counted_at", "-pk")


def receipt_lines(plays: Sequence[PaidPlay], at: datetime) -> list[ReceiptLine]:
    """Plays (of `plays_with_periods`) with their tracks and seals; at most five queries."""
    found = Track.objects.named().filter(terms__in={play.terms_id for play in plays})
    tracks = {track.terms_id: track for track in found}
    cutoff = settlement.next_cutoff() if plays else None
    return [ReceiptLine(play, tracks[play.terms_id], seal_of(play, cutoff, at)) for play in plays]


def receipt_for(play: PaidPlay, at: datetime) -> dict[str, Any]:
    """The whole way of one play: quote, heard, charged, posted, leaf, root, claimed."""
    track = Track.objects.select_related("artist").get(terms=play.terms)
    receipt = statements.receipt(play)
    slices = slices_of(receipt.parts)
    reached = {stage.name: stage.at for stage in receipt.stages}
    window = TrackWindow.objects.filter(window=play.window, terms=play.terms).first()
    reversal, closed_at = play.reversal, reached["closed"]
    return {
        "play": play,
        "track": track,
        "stream": Stream.objects.select_related("quote").filter(quote=play.reference).first(),
        "receipt": receipt,
        "reached": reached,
        "together": window,
        "reversal": reversal,
        # otherwise it is no part of what its period settled
        "settled_first": reversal is None or bool(closed_at and closed_at <= reversal.at),
        "units_left": units_left(play),
        "seal": seal_of(play, settlement.next_cutoff(), at),
        "slices": slices,
        "slip": slip(play, track, slices)
        | {"called": called_then(track, play.counted_at)}
        | (_taken_back(play) if reversal else {}),
        "command": command(play),
        "priced_until": priced.until(receipt.period) if reached["published"] else None,
    }


def slip(play: PaidPlay, track: Track, slices: Sequence[Slice]) -> dict[str, Any]:
    """The till slip, as components/receipt.html draws it."""
    assert track.artist is not None
    return {
        "number": play.pk,
        "title": track.title,
        "artist": track.artist.name,
        "heard_seconds": track.counting_seconds,
        "at": play.counted_at,
        "parts": [_part(one) for one in slices],
        "paid_micros": play.price_micros,
        "units_earned": play.units or 0,
        "peaks": track.peaks,
    }


def units_left(play: PaidPlay) -> int:
    """Of those it earned, without what its reversals took and releases did not give again."""
    gone = sum(one.units - one.units_again for one in play.reversals.all())
    return (play.units or 0) - gone


def _taken_back(play: PaidPlay) -> dict[str, Any]:
    """What a reversed play (of `plays_with_periods`) has on its slip instead of who gets it."""
    where = WHERE_IT_IS[getattr(play, "taken_back", HELD)]
    part = {"name": where, "role": "", "bps": WHOLE_BPS}
    return {"parts": [part | {"micros": play.price_micros}], "units_earned": units_left(play)}


def _part(one: Slice) -> dict[str, Any]:
    """A slip's line: the fans and the platform need no role beside their name."""
    houses = {"fans": "Fans of this song", "platform": one.name}
    name = houses.get(one.kind, one.name)
    role = "" if one.kind in houses else one.role
    return {"name": name, "role": role, "bps": one.bps, "micros": one.micros}


def command(play: PaidPlay) -> str:
    """What proves this play from the two downloads alone; empty until they exist."""
    if play.window is None or not play.window.period.root:
        return ""
    period = f"period-{play.window.period_id}.zip"
    node = settings.CHAIN_RPC_URL if settings.DEMO else "$CHAIN_RPC_URL"
    return f"python -m royalties.verify {period} --rpc {node} --play receipt-{play.pk}.json"
