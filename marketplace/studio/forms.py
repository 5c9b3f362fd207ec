"""Forms of a studio: inviting an artist."""

from django import forms

from marketplace.catalog.models import Artist


class InviteForm(forms.Form):
    """A deal as a label proposes it; percentages of what the artist receives."""

    artist = forms.ModelChoiceField(
        Artist.objects.exclude(user=None), empty_label="Choose an artist"
    )
    label_percent = forms.DecimalField(
        label="Your part",
        min_value=0,
        max_value=100,
        decimal_places=2,
        initial=20,
        help_text="Percent of what the artist receives from the day below.",
    )
    advance = forms.DecimalField(
        label="Advance you paid",
        min_value=0,
        max_value=10_000_000,
        decimal_places=2,
        initial=0,
        help_text="In dollars. The artist's part goes to you until it is recouped.",
    )
    starts_on = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def label_bps(self) -> int:
        return int(self.cleaned_data["label_percent"] * 100)

    def advance_micros(self) -> int:
        return int(self.cleaned_data["advance"] * 1_000_000)
