"""Forms of one's own account, and of a password that is forgotten."""

from __future__ import annotations

from typing import Any

from django import forms

from marketplace.users import countries, passwords, throttle
from marketplace.users.form_fields import GUESSED, SEEN, Email, Limited, Line, Name, NewPassword
from marketplace.users.models import User

LINKS = "Three links were asked for in the last hour. Look through your mail, or try again {when}."
ASKED = "Many links were asked for from your address in the last hour. Try again {when}."
DEMO_PASSWORD = "This is one of the demo’s own logins; its password stands on the sign-in page."


class PasswordForm(Limited, forms.Form):
    """The password once more; guessing it is as slow as at the door."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Write your password."},
    )

    def __init__(self, user: User, address: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.address = user, address

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        self.take(throttle.SIGN_IN, GUESSED, self.address, self.user.email)
        if not self.user.check_password(password):
            raise forms.ValidationError("That is not the password of this account.")
        throttle.give_back(throttle.SIGN_IN, self.address, self.user.email)
        return password


class NameForm(forms.Form):
    """What one's pages call one."""

    name = Name()


class ChangePasswordForm(PasswordForm):
    """The password that is, and the one that shall be."""

    new_password = NewPassword("New password")


class ApiKeyForm(PasswordForm):
    """What a new API key is for."""

    name = Line(
        max_length=60,
        label="What it is for",
        widget=forms.TextInput(attrs={"placeholder": "Upload script"}),
        error_messages={"required": "Write which program will use it."},
    )
    field_order = ("name", "password")


class ChangeEmailForm(PasswordForm):
    """The e-mail that shall be; it is one's own once a link sent there is followed."""

    email = Email(
        "New e-mail",
        "Write the e-mail you want to sign in with.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ("email", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="new-%s", **kwargs)  # the page asks for a password twice

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email == self.user.email:
            raise forms.ValidationError("That is your e-mail already.")
        return email

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self.take(throttle.LINK, LINKS, self.user.email)
        return self.cleaned_data


class NewPasswordForm(forms.Form):
    """A password in place of a forgotten one, for who came by a mail's link."""

    new_password = NewPassword("New password")

    def __init__(self, user: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class ForgottenForm(Limited, forms.Form):
    """To which account a link shall go; nobody is told whether there is one."""

    email = Email(
        "E-mail",
        "Write the e-mail of your account.",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )

    def __init__(self, address: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if passwords.is_demo_login(email):
            raise forms.ValidationError(DEMO_PASSWORD)
        self.take(throttle.ASK, ASKED, self.address)
        self.take(throttle.LINK, LINKS, email)
        return email


class CountryForm(forms.Form):
    """Where a login says it is; it may say nothing."""

    country = forms.ChoiceField(
        label="Where you listen",
        choices=countries.choices,
        required=False,
        help_text=f"{SEEN} Plays from now on carry it; earlier ones stay as they are.",
        error_messages={"invalid_choice": "Choose a country of the list, or rather not say."},
    )
