"""Forms of linking a wallet of one's own."""

from django import forms

from marketplace.users.forms import PasswordForm


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
