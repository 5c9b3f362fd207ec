"""Forms of a studio: inviting an artist."""

from typing import Any

from django import forms

from marketplace.catalog.models import Artist
from marketplace.studio.invitations import Offer
from marketplace.users.form_fields import Email
from marketplace.users.models import User
from royalties.models import Deal


class InviteForm(forms.Form):
    """A deal as a label proposes it; percentages of what the artist receives."""

    artist = forms.ModelChoiceField(
        Artist.objects.none(),
        required=False,
        empty_label="Choose an artist",
        help_text="Artists with a login who are under no deal.",
    )
    email = Email(
        "Or an e-mail",
        required=False,
        help_text="Of somebody without a login: the offer waits until they sign up and confirm it.",
    )
    label_percent = forms.DecimalField(
        label="Your part",
        min_value=0,
        max_value=100,
        decimal_places=2,
        initial=20,
        help_text="Of what the artist receives from the day below.",
    )
    advance = forms.DecimalField(
        label="Advance you paid",
        min_value=0,
        max_value=10_000_000,
        decimal_places=2,
        initial=0,
        help_text="Paid outside of Refrain. The artist’s part goes to you until it is recouped.",
    )
    starts_on = forms.DateField(
        label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, label: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signed = Deal.objects.filter(state=Deal.State.ACCEPTED).values("artist")
        free = Artist.objects.exclude(user=None).exclude(party__in=signed).exclude(user=label)
        self.fields["artist"].queryset = free.order_by("name")  # type: ignore[attr-defined]
        self.by_name = free.exists()
        if not self.by_name:
            self.fields["email"].label = "Their e-mail"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors and bool(data["artist"]) == bool(data["email"]):
            said = "Choose an artist, or write an e-mail." if self.by_name else "Write an e-mail."
            self.add_error("email", f"{said[:-1]}, not both." if data["artist"] else said)
        return data

    def offer(self) -> Offer:
        data = self.cleaned_data
        return Offer(
            label_bps=int(data["label_percent"] * 100),
            advance_micros=int(data["advance"] * 1_000_000),
            starts_on=data["starts_on"],
        )
