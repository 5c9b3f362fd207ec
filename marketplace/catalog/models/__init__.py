"""Artists and tracks, by subject; a name is imported from here and nowhere deeper."""

from marketplace.catalog.models.artists import ABOUT_LENGTH, Artist
from marketplace.catalog.models.copies import DISPUTED, STATEMENT_LENGTH, Fingerprint, Resemblance
from marketplace.catalog.models.corrections import Correction
from marketplace.catalog.models.files import Leftover, LostFile, Rendition
from marketplace.catalog.models.pages import path_of
from marketplace.catalog.models.tracks import Track, TrackQuerySet
from marketplace.catalog.models.withdrawals import REASON_LENGTH, Withdrawal

__all__ = [
    "ABOUT_LENGTH",
    "DISPUTED",
    "REASON_LENGTH",
    "STATEMENT_LENGTH",
    "Artist",
    "Correction",
    "Fingerprint",
    "Leftover",
    "LostFile",
    "Rendition",
    "Resemblance",
    "Track",
    "TrackQuerySet",
    "Withdrawal",
    "path_of",
]
