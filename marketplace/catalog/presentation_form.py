"""The form of what an artist's page says of them."""

from __future__ import annotations

from typing import Any

from django import forms

from marketplace.catalog import links, naming_artists
from marketplace.catalog.changing import TAKEN, ChangingForm, Picture
from marketplace.catalog.models import ABOUT_LENGTH, Artist
from marketplace.catalog.presenting import Presentation
from marketplace.plain import is_seen, lines
from marketplace.users.form_fields import Line


class Lines(forms.CharField):
    """Plain text on several lines, counted as browsers do: an end of a line is one letter."""

    def to_python(self, value: Any) -> str:
        text = lines(super().to_python(value) or "")
        return text if is_seen(text) else ""


class PresentationForm(ChangingForm):
    name = Line(
        max_length=200,
        error_messages={"required": "Write the name that you perform under."},
        help_text=f"An artist changes it at most {naming_artists.MOST} times in"
        f" {naming_artists.WITHIN.days} days, and not to another artist’s here.",
    )
    picture = Picture("Picture", f"{TAKEN}; the middle of it is shown, square.")
    away = forms.BooleanField(label="Take the picture away; covers stand there", required=False)
    about = Lines(
        label="About you",
        max_length=ABOUT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=f"A few sentences of plain text, at most {ABOUT_LENGTH} letters.",
    )
    links = forms.CharField(
        max_length=3 * links.MOST_LINKS * links.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": links.MOST_LINKS, "spellcheck": "false"}),
        help_text=f"Where else you are on the web: one address a line, {links.MOST_LINKS} at most.",
    )

    def __init__(self, artist: Artist, who: str, sent: Any = None, files: Any = None) -> None:
        now = {
            "name": artist.name,
            "about": artist.about,
            "links": artist.links,
            "revision": artist.revision,
        }
        super().__init__(who, now, sent, files)
        if not artist.picture:
            del self.fields["away"]

    def clean_links(self) -> str:
        typed = self.cleaned_data["links"].split()
        if len(typed) > links.MOST_LINKS:
            raise forms.ValidationError(f"At most {links.MOST_LINKS} addresses, one a line.")
        try:
            return "\n".join(dict.fromkeys(links.cleaned(one) for one in typed))
        except links.NoAddress as error:
            words = f"“{str(error)[:60]}” is no address of the web like https://example.org/you."
            raise forms.ValidationError(words) from None

    def presentation(self) -> Presentation:
        """Of a valid form."""
        data = self.cleaned_data
        return Presentation(
            name=data["name"],
            about=data["about"],
            links=data["links"],
            revision=data["revision"],
            picture=self.webp,
            away=data.get("away", False),
        )
