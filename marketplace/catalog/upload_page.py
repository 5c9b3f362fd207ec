"""Beside the upload form: payee rows as they were typed, and what one play would pay each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import QueryDict

from marketplace.catalog import payees
from marketplace.catalog.forms import TermsForm
from marketplace.catalog.models import Track
from marketplace.catalog.slices import slices_of
from marketplace.wallet.seals import duration
from royalties import terms

THOUSAND = 1_000


@dataclass(frozen=True)
class TypedPayee:
    """A line of the payees' table as somebody typed it."""

    email: str
    role: str
    percent: str


def upload_context(form: TermsForm, posted: QueryDict) -> dict[str, Any]:
    """Rows and preview for the whole page."""
    return preview_of(form) | {
        "payees": typed(posted),
        "blank": TypedPayee("", "other", ""),
        "roles": payees.ROLES,
        "max_payees": payees.MAX_PAYEES,
    }


def typed(posted: QueryDict) -> list[TypedPayee]:
    """The rows as they were sent, so that nothing has to be typed again."""
    rows = [TypedPayee(*row) for row in payees.typed(posted)]
    return rows[: payees.MAX_PAYEES] or [TypedPayee("", "artist", "100")]


def typed_before(track: Track) -> QueryDict:
    """What the form sent with an upload that was refused later, but for its files and consent."""
    sent = QueryDict(mutable=True)
    sent["title"], sent["album"], sent["artist"] = track.title, track.album, str(track.artist_id)
    sent["genre"] = track.genre
    sent["pool_percent"] = f"{track.draft['pool_bps'] / 100:g}"
    sent["free_plays"] = str(track.draft.get("free_plays", 0))
    for row in track.draft.get("typed", []):
        for name, value in zip(payees.FIELDS, row, strict=True):
            sent.appendlist(name, value)
    return sent


def preview_of(form: TermsForm) -> dict[str, Any]:
    """What one play at the first price pays each; before anything is typed, by the usual terms."""
    draft = form.draft if form.is_bound else _usual(form)
    price = settings.PRICE_LAUNCH_MICROS
    split = terms.split_of(draft, price) if draft is not None else []
    return {
        "slices": slices_of(split),
        "price_micros": price,
        "thousand_micros": sum(
            line.micros for line in split if line.role not in {"pool", "platform"}
        )
        * THOUSAND,
        "thousand": THOUSAND,
    }


def waited(track: Track, at: datetime) -> str:
    return duration(at - track.created_at)


def _usual(form: TermsForm) -> terms.TermsDraft | None:
    """All that fans and platform leave goes to the first artist of the list."""
    artist = form.fields["artist"].queryset.first()  # type: ignore[attr-defined]
    if artist is None:
        return None
    pool_bps = int(form.fields["pool_percent"].initial * 100)
    rest = terms.payees_of_remainder([100], pool_bps)
    return terms.TermsDraft(
        issuer=artist.party, parts=[terms.Part(artist.party, "artist", rest[0])], pool_bps=pool_bps
    )
