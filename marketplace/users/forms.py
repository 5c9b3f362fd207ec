"""Forms of signing in and up."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from marketplace.users.models import User

TAKEN = "There is an account with this e-mail. Log in instead."


class LoginForm(AuthenticationForm):
    """E-mail and password; a wrong pair gets one sentence."""

    username = UsernameField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {  # noqa: RUF012 (the parent's name)
        "invalid_login": "That e-mail and password do not belong together. Try again.",
        "inactive": "This account is closed.",
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()


class SignUpForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Write the name that your pages should show."},
    )
    email = forms.EmailField(
        label="E-mail",
        error_messages={"required": "Write your e-mail; you sign in with it."},
    )
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters.",
        error_messages={"required": "Choose a password of at least 8 characters."},
    )
    role = forms.ChoiceField(
        label="I come to",
        choices=[
            (User.Role.LISTENER, "listen and own a share"),
            (User.Role.ARTIST, "publish my music"),
            (User.Role.LABEL, "run a label"),
        ],
        initial=User.Role.LISTENER,
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(
        label="I accept that a play is charged when it counts, "
        "and that its receipt is public under a pseudonym.",
        error_messages={"required": "Tick this to go on; it is how every play works here."},
    )

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(TAKEN)
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password)
        return password

    def sign_up_fields(self) -> dict[str, Any]:
        return {key: self.cleaned_data[key] for key in ("email", "password", "name", "role")}
