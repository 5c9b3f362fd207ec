"""Forms of linking a wallet of one's own."""

from decimal import Decimal

from django import forms

from marketplace.users.account_forms import PasswordForm
from marketplace.wallet.forms import one_sentence


class AddressForm(forms.Form):
    address = forms.CharField(
        label="Address of your wallet",
        max_length=100,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "0x…"}
        ),
        error_messages={"required": "Write the address of your wallet."},
    )


class LinkForm(PasswordForm):
    """What the wallet signed, and that it is really you."""

    nonce = forms.CharField(widget=forms.HiddenInput, max_length=32)
    signature = forms.CharField(
        label="Signature",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "0x…"}),
        error_messages={"required": "Paste what your wallet answered after signing."},
    )


class WithdrawForm(forms.Form):
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal("0.000001"),
        max_value=1_000_000,
        decimal_places=6,
        error_messages=one_sentence("Write an amount like 5 or 0.25, six digits after the point."),
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def micros(self) -> int:
        return int(self.cleaned_data["amount"] * 1_000_000)
