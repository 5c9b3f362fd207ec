"""Forms of signing in and up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from marketplace.users import countries, throttle
from marketplace.users.form_fields import GUESSED, SEEN, Email, Limited, Name, NewPassword
from marketplace.users.models import User
from marketplace.users.signup import WELCOME_CAP_MICROS, WELCOME_MICROS
from marketplace.wallet.forms import dollars, one_sentence

TAKEN = "You have an account with this e-mail already."
SIGN_UPS = "Many accounts were made from your address in the last hour. Try again {when}."


class LoginForm(Limited, AuthenticationForm):
    """E-mail and password; a wrong pair gets one sentence, and too many of them another."""

    username = UsernameField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
        error_messages={"required": "Write the e-mail of your account."},
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Write your password."},
    )
    error_messages = {  # noqa: RUF012 (the parent's name)
        "invalid_login": "That e-mail and password do not belong together. Try again.",
        "inactive": "This account is closed.",
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not email or not password:
            return self.cleaned_data
        address = self.request.META["REMOTE_ADDR"] if self.request else ""
        self.take(throttle.SIGN_IN, GUESSED, address, email)
        cleaned = super().clean()
        throttle.give_back(throttle.SIGN_IN, address, email)
        return cleaned


class SignUpForm(Limited, forms.Form):
    """Who you are, and the money to start with where this Refrain has test money."""

    email = Email(
        "E-mail",
        "Write your e-mail; you sign in with it.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = Name()
    password = NewPassword("Password")
    role = forms.ChoiceField(
        label="I come to",
        choices=[
            (User.Role.LISTENER, "listen and own a share"),
            (User.Role.ARTIST, "publish my music"),
            (User.Role.LABEL, "run a label"),
        ],
        initial=User.Role.LISTENER,
        required=False,
        widget=forms.RadioSelect,
    )
    country = forms.ChoiceField(
        label="Where you listen", choices=countries.choices, required=False, help_text=SEEN
    )
    test_money = forms.BooleanField(
        label=f"Start with ${WELCOME_MICROS // 1_000_000} of test money",
        initial=True,
        required=False,
    )
    monthly_limit = forms.DecimalField(
        label="Monthly limit",
        min_value=Decimal("0.01"),
        max_value=10_000,
        decimal_places=2,
        initial=dollars(WELCOME_CAP_MICROS).normalize(),
        required=False,
        error_messages=one_sentence("Write a limit from $0.01 to $10,000, like 5."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.TEST_MONEY:
            del self.fields["test_money"], self.fields["monthly_limit"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(TAKEN, code="taken")
        return email

    def clean_role(self) -> str:
        return self.cleaned_data["role"] or User.Role.LISTENER

    def clean(self) -> dict[str, Any]:
        """Test money needs a limit; without the money the limit says nothing."""
        cleaned = self.cleaned_data
        wanted = cleaned.get("test_money") and "monthly_limit" not in self.errors
        if wanted and cleaned.get("monthly_limit") is None:
            self.add_error("monthly_limit", "Choose how much plays may take in a month at most.")
        if not cleaned.get("test_money"):
            self.errors.pop("monthly_limit", None)
        return cleaned

    def take_from(self, address: str) -> bool:
        """Use up one of the accounts an address may make in an hour; says so if none is left."""
        try:
            self.take(throttle.SIGN_UP, SIGN_UPS, address)
        except forms.ValidationError as refused:
            self.add_error(None, refused)
        return not self.wait_seconds

    @property
    def is_taken(self) -> bool:
        return self.has_error("email", "taken")

    def joining(self) -> dict[str, Any]:
        """What `signup.join` takes."""
        cleaned = self.cleaned_data
        cap = cleaned["monthly_limit"] if cleaned.get("test_money") else None
        fields = {key: cleaned[key] for key in ("email", "password", "name", "role", "country")}
        return fields | {"cap_micros": None if cap is None else int(cap * 1_000_000)}
