"""Receipts with their track: royalties tells the money's way, the catalogue the song's name."""

from dataclasses import dataclass
from typing import Any

from marketplace.catalog.models import Track
from marketplace.listening.models import Stream
from royalties import statements
from royalties.models import PaidPlay


@dataclass(frozen=True)
class ReceiptLine:
    """One paid play in a list."""

    play: PaidPlay
    track: Track


def receipt_lines(plays: list[PaidPlay]) -> list[ReceiptLine]:
    """Plays with their tracks, in two queries."""
    tracks = {
        track.terms_id: track
        for track in Track.objects.select_related("artist").filter(
            terms__in={play.terms_id for play in plays}
        )
    }
    return [ReceiptLine(play, tracks[play.terms_id]) for play in plays]


def receipt_for(play: PaidPlay) -> dict[str, Any]:
    """The whole way of one play: quote, heard, charged, posted, leaf, root, claimed."""
    return {
        "play": play,
        "track": Track.objects.select_related("artist").get(terms=play.terms),
        "stream": Stream.objects.select_related("quote").filter(quote=play.reference).first(),
        "receipt": statements.receipt(play),
    }
