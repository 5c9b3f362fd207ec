"""Whoever sent a refused copy says why it is theirs to publish, and an operator decides, once."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db import transaction

from marketplace.catalog import resemblance
from marketplace.catalog.models import DISPUTED, STATEMENT_LENGTH, Resemblance, Track
from marketplace.problems import Conflict
from marketplace.users.models import User

LEAST_WORDS_LENGTH = 20


class DisputeForm(forms.Form):
    """Which rights somebody holds, in their own words."""

    statement = forms.CharField(
        label="Why you may publish it",
        min_length=LEAST_WORDS_LENGTH,
        max_length=STATEMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Who made it, who holds the rights, and what shows it. An operator reads it.",
        error_messages={
            "required": "Say who holds the rights to this recording, and what shows it.",
            "min_length": "Say a little more: who holds the rights, and what shows it.",
        },
    )


def state(upload: Track, statement: str, at: datetime) -> None:
    """Dispute a refusal, once.

    Raises:
        Conflict: it is no refused copy any more, or it is disputed already
    """
    refused = Resemblance.objects.filter(
        upload=upload, upload__state=Track.State.FAILED, stated_at=None
    )
    if not upload.is_kept or not refused.update(statement=statement, stated_at=at):
        raise Conflict("This refusal can’t be disputed any more; send the recording again.")


def waiting() -> list[Resemblance]:
    """Disputes that nobody has decided, the oldest first."""
    found = Resemblance.objects.filter(**DISPUTED).select_related(
        "upload__artist", "upload__uploaded_by", "original__artist"
    )
    return list(found.order_by("stated_at", "pk"))


def decided(sender: User, since: datetime) -> list[Resemblance]:
    """What was decided of one's disputes since then, the newest first; one query."""
    mine = Resemblance.objects.filter(upload__uploaded_by=sender, decided_at__gt=since)
    return list(mine.select_related("upload").order_by("-decided_at"))


@transaction.atomic
def decide(dispute: Resemblance, allowed: bool, answer: str, at: datetime) -> None:
    """Let the upload go on sale, analysed again as it was sent; or leave it refused, and let its
    bytes go.

    Raises:
        Conflict: it is decided already
    """
    open_ones = Resemblance.objects.filter(
        pk=dispute.pk, **DISPUTED
    )  # of two operators one decides
    if not open_ones.update(decided_at=at, allowed=allowed, answer=answer):
        raise Conflict("This dispute has been decided already.")
    upload = dispute.upload
    if not allowed:
        resemblance.drop_bytes(upload, at)
        return
    Track.objects.filter(pk=upload.pk, state=Track.State.FAILED).update(
        state=Track.State.WAITING, failure="", attempts=0, leased_until=None
    )
