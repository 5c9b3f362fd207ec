"""The upload form: who gets what of one play, agreed before anything is published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet

from marketplace.catalog import payees
from marketplace.catalog.changing import TAKEN, Picture
from marketplace.catalog.genres import genre_field
from marketplace.catalog.models import Artist
from marketplace.users.form_fields import Line
from marketplace.users.models import User
from royalties import terms
from royalties.errors import TermsError
from royalties.models import Deal

NAMELESS = "A song needs a name to be found by."


def artists_of(user: User) -> QuerySet[Artist]:
    """Artists this login may publish for: its own, and a label's roster."""
    roster = Deal.objects.filter(label=user.party_id, state=Deal.State.ACCEPTED).values("artist")
    return Artist.objects.filter(Q(user=user) | Q(party__in=roster)).order_by("name")


class TermsForm(forms.Form):
    """Fans' part and payees; payees' percentages are of what remains, and make 100."""

    artist = forms.ModelChoiceField(queryset=Artist.objects.none(), empty_label=None)
    pool_percent = forms.DecimalField(
        label="Fans of this song",
        min_value=Decimal(0),
        max_value=Decimal(45),
        decimal_places=2,
        initial=20,
        help_text="Part of every play for the listeners who own units of it. At most 45 %.",
        error_messages={
            "max_value": "Fans get at most 45 %% of each play; the artist needs the rest.",
            "min_value": "A part can’t be less than nothing.",
            "invalid": "Write a percentage like 20.",
        },
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["artist"].queryset = artists_of(user)  # type: ignore[attr-defined]
        self.draft: terms.TermsDraft | None = None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "artist" in data and "pool_percent" in data:
            try:
                self.draft = self._draft(data["artist"], int(data["pool_percent"] * 100))
            except (payees.PayeeError, TermsError) as error:
                self.add_error(None, str(error))
        return data

    def _draft(self, artist: Artist, pool_bps: int) -> terms.TermsDraft:
        rows = payees.read(self.data)  # type: ignore[arg-type]
        people = payees.parties(rows, artist.party)
        if len({person.pk for person in people}) < len(people):
            raise payees.PayeeError("A payee is named twice; add up their parts.")
        bps = terms.payees_of_remainder([row.percent for row in rows], pool_bps)
        if min(bps) < 1:
            raise TermsError("payees", terms.TOO_SMALL)
        parts = [
            terms.Part(person, row.role, part)
            for person, row, part in zip(people, rows, bps, strict=True)
        ]
        return terms.TermsDraft(issuer=artist.party, parts=parts, pool_bps=pool_bps)

    def stored_draft(self) -> dict[str, Any]:
        """The draft as the track keeps it until its analysis has passed, payees also as typed."""
        assert self.draft is not None
        return {
            "typed": payees.typed(self.data),  # type: ignore[arg-type]
            "pool_bps": self.draft.pool_bps,
            "parts": [
                {"party": str(part.party.pk), "role": part.role, "bps": part.bps}
                for part in self.draft.parts
            ],
        }


class UploadForm(TermsForm):
    """A recording with its name, its cover and its terms."""

    # hx-preserve: the chosen file stays when the form comes back with an error elsewhere
    audio = forms.FileField(
        label="Sound file",
        widget=forms.FileInput(attrs={"accept": "audio/*,.flac,.opus", "hx-preserve": "true"}),
        error_messages={
            "required": "Choose the recording.",
            "empty": "This file is empty; choose the recording itself.",
        },
    )
    title = Line(max_length=300, error_messages={"required": NAMELESS})
    album = Line(max_length=300, required=False, label="Release")
    genre = genre_field("Where listeners look for it. Left empty, what the file itself says.")
    cover = Picture(
        "Cover", f"Square: {TAKEN}. Without one, we draw it.", **{"hx-preserve": "true"}
    )
    free_plays = forms.IntegerField(
        label="Give the first plays away",
        required=False,
        min_value=0,
        max_value=settings.FREE_PLAYS_MOST,
        initial=0,
        help_text=(
            "So many plays cost listeners nothing, at most"
            f" {settings.FREE_PLAYS_A_LISTENER} for each of them. They pay nobody, earn no units"
            " and are not counted as paid; after them the song costs what every new one does."
        ),
        error_messages={
            "invalid": "Write a number of plays, or 0 for none.",
            "min_value": "Write a number of plays, or 0 for none.",
            "max_value": f"At most {settings.FREE_PLAYS_MOST:,} plays can be free.",
        },
    )
    rights = forms.BooleanField(
        label="I hold the rights to this recording, and I know that its terms can’t be changed.",
        error_messages={"required": "Only the holder of the rights may publish: confirm it."},
    )
    field_order = (
        "audio",
        "title",
        "album",
        "genre",
        "cover",
        "artist",
        "pool_percent",
        "free_plays",
        "rights",
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        most = settings.UPLOAD_MAX_BYTES // 1024**2
        self.fields[
            "audio"
        ].help_text = f"FLAC, WAV, AIFF, MP3, Ogg, Opus or M4A, at most {most} MB. Send your best."

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in self.errors:  # a file that is wrong is asked for anew, with the sentence
            if name in self.fields:
                self.fields[name].widget.attrs.pop("hx-preserve", None)
        return data

    def stored_draft(self) -> dict[str, Any]:
        return {**super().stored_draft(), "free_plays": self.cleaned_data["free_plays"] or 0}
