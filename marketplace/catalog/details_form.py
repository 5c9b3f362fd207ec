"""The form by which a published song's words and cover are corrected."""

from __future__ import annotations

from typing import Any

from django import forms

from marketplace.catalog import covers
from marketplace.catalog.changing import TAKEN, ChangingForm, Picture
from marketplace.catalog.correcting import Details
from marketplace.catalog.forms import NAMELESS
from marketplace.catalog.genres import genre_field
from marketplace.catalog.models import Track
from marketplace.catalog.tempo import DECLARED_BPM, declared_bpm
from marketplace.users.form_fields import Line

NO_TEMPO = f"Write beats a minute from {DECLARED_BPM[0]:g} to {DECLARED_BPM[1]:g}, or nothing."


class DetailsForm(ChangingForm):
    PICTURE = "cover"
    title = Line(max_length=300, error_messages={"required": NAMELESS})
    album = Line(max_length=300, required=False, label="Release")
    genre = genre_field(
        "Lists, search and radio go by it. Its price goes on learning where it does."
    )
    bpm = forms.CharField(
        label="Tempo",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"max_length": NO_TEMPO},
    )
    cover = Picture("Another cover", f"Square: {TAKEN}.")
    drawn = forms.BooleanField(label="Take the picture away; one is drawn instead", required=False)

    def __init__(self, track: Track, who: str, sent: Any = None, files: Any = None) -> None:
        now = {
            "title": track.title,
            "album": track.album,
            "genre": track.genre,
            "bpm": f"{track.declared_bpm:.11g}" if track.declared_bpm else "",
            "revision": track.revision,
        }
        super().__init__(who, now, sent, files)
        self.fields["bpm"].help_text = _measured(track)
        if track.cover_format != covers.SENT:
            del self.fields["drawn"]
        self.fields["cover"].help_text = _covered(track)

    def clean_bpm(self) -> float | None:
        typed = self.cleaned_data["bpm"]
        declared = declared_bpm(typed)
        if typed and declared is None:
            raise forms.ValidationError(NO_TEMPO)
        return declared

    def details(self) -> Details:
        """Of a valid form."""
        data = self.cleaned_data
        return Details(
            title=data["title"],
            album=data["album"],
            genre=data["genre"],
            declared_bpm=data["bpm"],
            revision=data["revision"],
            cover=self.webp,
            drawn=data.get("drawn", False),
        )


def _measured(track: Track) -> str:
    heard = f"We measured {track.tempo_bpm:.0f}. " if track.tempo_bpm else ""
    return f"{heard}Written here, it is shown as you write it."


def _covered(track: Track) -> str:
    kinds = "Square: JPEG, PNG or WebP."
    if track.cover:
        return kinds
    return f"{kinds} Now it is drawn from the {'release' if track.album else 'song'}’s name."
