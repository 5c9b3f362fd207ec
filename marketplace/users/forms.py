"""Forms of signing in and up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from marketplace.plain import is_seen, one_line
from marketplace.users import countries, passwords, throttle
from marketplace.users.models import User
from marketplace.users.signup import WELCOME_CAP_MICROS, WELCOME_MICROS
from marketplace.wallet.forms import dollars, one_sentence

TAKEN = "You have an account with this e-mail already."
THROTTLED = "That was wrong ten times. Try again {when}; your account and your money are untouched."
SIGN_UPS = "Many accounts were made from your address in the last hour. Try again {when}."
LINKS = "Three links were asked for in the last hour. Look through your mail, or try again {when}."
ASKED = "Many links were asked for from your address in the last hour. Try again {when}."
NO_EMAIL = "This is no e-mail address; one looks like noor@example.org."
DEMO_PASSWORD = "This is one of the demo’s own logins; its password stands on the sign-in page."
SEEN = "Artists see countries, never names, and a country only when five listeners are there."
PASSWORD_WORDS = {
    "password_too_short": "Choose a password of at least 8 characters.",
    "password_too_common": "Too many people use this password; choose one of your own.",
}


def _strong(password: str) -> str:
    """The password, if it is not too easy to guess."""
    try:
        password_validation.validate_password(password)
    except forms.ValidationError as error:
        words = [PASSWORD_WORDS.get(one.code or "", one.message) for one in error.error_list]
        raise forms.ValidationError(words) from None
    return password


class _Name(forms.CharField):
    """What stands on pages as one line."""

    def to_python(self, value: Any) -> str:
        name = one_line(super().to_python(value) or "")
        return name if is_seen(name) else ""


def _name() -> forms.CharField:
    return _Name(
        max_length=120,
        label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Write the name that your pages should show."},
    )


def _new_password(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters.",
        error_messages={"required": PASSWORD_WORDS["password_too_short"]},
    )


def _throttled(words: str, refused: throttle.TooManyTries) -> forms.ValidationError:
    return forms.ValidationError(words.format(when=refused.words), code="throttled")


class LoginForm(AuthenticationForm):
    """E-mail and password; a wrong pair gets one sentence, and too many of them another."""

    wait_seconds = 0  # until new tries, when there is none left
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
        try:
            throttle.take(throttle.SIGN_IN, address, email)
        except throttle.TooManyTries as refused:
            self.wait_seconds = refused.wait_seconds
            raise _throttled(THROTTLED, refused) from None
        cleaned = super().clean()
        throttle.give_back(throttle.SIGN_IN, address, email)
        return cleaned


class PasswordForm(forms.Form):
    """The password once more; guessing it is as slow as at the door."""

    wait_seconds = 0  # until new tries, when there is none left
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
        try:
            throttle.take(throttle.SIGN_IN, self.address, self.user.email)
        except throttle.TooManyTries as refused:
            self.wait_seconds = refused.wait_seconds
            raise _throttled(THROTTLED, refused) from None
        if not self.user.check_password(password):
            raise forms.ValidationError("That is not the password of this account.")
        throttle.give_back(throttle.SIGN_IN, self.address, self.user.email)
        return password


class NameForm(forms.Form):
    """What one's pages call one."""

    name = _name()


class ChangePasswordForm(PasswordForm):
    """The password that is, and the one that shall be."""

    new_password = _new_password("New password")

    def clean_new_password(self) -> str:
        return _strong(self.cleaned_data["new_password"])


class NewPasswordForm(forms.Form):
    """A password in place of a forgotten one, for who came by a mail's link."""

    new_password = _new_password("New password")

    def __init__(self, user: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        return _strong(self.cleaned_data["new_password"])


class ForgottenForm(forms.Form):
    """To which account a link shall go; nobody is told whether there is one."""

    wait_seconds = 0  # until another link may be asked for

    email = forms.EmailField(
        label="E-mail",
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
        error_messages={"required": "Write the e-mail of your account.", "invalid": NO_EMAIL},
    )

    def __init__(self, address: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if passwords.is_demo_login(email):
            raise forms.ValidationError(DEMO_PASSWORD)
        self._take(throttle.ASK, self.address, ASKED)
        self._take(throttle.LINK, email, LINKS)
        return email

    def _take(self, allowance: throttle.Allowance, who: str, words: str) -> None:
        try:
            throttle.take(allowance, who)
        except throttle.TooManyTries as refused:
            self.wait_seconds = refused.wait_seconds
            raise _throttled(words, refused) from None


class SignUpForm(forms.Form):
    """Who you are, and the money to start with where this Refrain has test money."""

    wait_seconds = 0  # until another account may be made from here

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Write your e-mail; you sign in with it.",
            "invalid": NO_EMAIL,
            "max_length": NO_EMAIL,
        },
    )
    name = _name()
    password = _new_password("Password")
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
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(TAKEN, code="taken")
        return email

    def clean_password(self) -> str:
        return _strong(self.cleaned_data["password"])

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
            throttle.take(throttle.SIGN_UP, address)
        except throttle.TooManyTries as refused:
            self.wait_seconds = refused.wait_seconds
            self.add_error(None, _throttled(SIGN_UPS, refused))
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


class CountryForm(forms.Form):
    """Where a login says it is; it may say nothing."""

    country = forms.ChoiceField(
        label="Where you listen",
        choices=countries.choices,
        required=False,
        help_text=f"{SEEN} Plays from now on carry it; earlier ones stay as they are.",
        error_messages={"invalid_choice": "Choose a country of the list, or rather not say."},
    )
