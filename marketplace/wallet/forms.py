"""Forms of the wallet; amounts are typed in dollars and kept in micros."""

from decimal import Decimal

from django import forms


def dollars(micros: int) -> Decimal:
    """20_000_000 -> 20.00"""
    return (Decimal(micros) / 1_000_000).quantize(Decimal("0.01"))


def one_sentence(words: str) -> dict[str, str]:
    """The same words for whatever is wrong with an amount."""
    wrongs = ("required", "invalid", "min_value", "max_value")
    digits = ("max_digits", "max_decimal_places", "max_whole_digits")
    return dict.fromkeys((*wrongs, *digits), words)


class TopUpForm(forms.Form):
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal("0.01"),
        max_value=500,
        decimal_places=2,
        initial=5,
        error_messages=one_sentence("Write an amount from $0.01 to $500, like 5 or 2.50."),
    )
    monthly_limit = forms.DecimalField(
        label="The most you want to spend in a month",
        min_value=Decimal("0.01"),
        max_value=10_000,
        decimal_places=2,
        initial=10,
        required=False,
        error_messages=one_sentence("Write a limit from $0.01 to $10,000, like 10."),
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
