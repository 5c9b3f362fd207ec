"""Forms of the wallet; amounts are typed in dollars and kept in micros."""

from decimal import Decimal

from django import forms


def dollars(micros: int) -> Decimal:
    """20_000_000 -> 20.00"""
    return (Decimal(micros) / 1_000_000).quantize(Decimal("0.01"))


class TopUpForm(forms.Form):
    amount = forms.DecimalField(
        label="Amount", min_value=Decimal("0.01"), max_value=500, decimal_places=2, initial=5
    )
    monthly_limit = forms.DecimalField(
        label="The most you want to spend in a month",
        min_value=Decimal("0.01"),
        max_value=10_000,
        decimal_places=2,
        initial=10,
        required=False,
        help_text="Playing stops here until the month is over, or until you change it.",
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def micros(self) -> int:
        return int(self.cleaned_data["amount"] * 1_000_000)

    def cap_micros(self) -> int | None:
        limit = self.cleaned_data.get("monthly_limit")
        return None if limit is None else int(limit * 1_000_000)


class LimitForm(forms.Form):
    monthly_limit = forms.DecimalField(
        label="Monthly limit", min_value=Decimal("0.01"), max_value=10_000, decimal_places=2
    )

    def cap_micros(self) -> int:
        return int(self.cleaned_data["monthly_limit"] * 1_000_000)
