"""Fields and limits that forms of signing in, signing up and the account have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation

from marketplace.plain import is_seen, one_line
from marketplace.users import throttle

GUESSED = "That was wrong ten times. Try again {when}; your account and your money are untouched."
NO_EMAIL = "This is no e-mail address; one looks like noor@example.org."
SEEN = "Artists see countries, never names, and a country only when five listeners are there."
PASSWORD_WORDS = {
    "password_too_short": "Choose a password of at least 8 characters.",
    "password_too_common": "Too many people use this password; choose one of your own.",
}


class Line(forms.CharField):
    """Words on one line, which turn no text around them; what shows nothing is empty."""

    def to_python(self, value: Any) -> str:
        line = one_line(super().to_python(value) or "")
        return line if is_seen(line) else ""


class Name(Line):
    """What pages call somebody."""

    def __init__(self) -> None:
        super().__init__(
            max_length=120,
            label="Your name",
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
            error_messages={"required": "Write the name that your pages should show."},
        )


class Email(forms.EmailField):
    """An address as logins keep it: in small letters, which may be more than the capitals were."""

    def __init__(self, label: str, missing: str = "", **kwargs: Any) -> None:
        words = {"required": missing, "invalid": NO_EMAIL, "max_length": NO_EMAIL}
        super().__init__(label=label, max_length=254, error_messages=words, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").lower()


class NewPassword(forms.CharField):
    """A password to be set: refused if it is too easy to guess."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            help_text="At least 8 characters.",
            error_messages={"required": PASSWORD_WORDS["password_too_short"]},
        )

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            password_validation.validate_password(value)
        except forms.ValidationError as error:
            words = [PASSWORD_WORDS.get(one.code or "", one.message) for one in error.error_list]
            raise forms.ValidationError(words) from None


class Limited:
    """A form that may be sent so often; `wait_seconds` until new tries, when there is none left."""

    wait_seconds = 0

    def take(self, allowance: throttle.Allowance, words: str, *who: str) -> None:
        """Use up one try.

        Raises:
            ValidationError: there was none left; `words`, with `{when}` there are new ones.
        """
        try:
            throttle.take(allowance, *who)
        except throttle.TooManyTries as refused:
            self.wait_seconds = refused.wait_seconds
            said = words.format(when=refused.words)
            raise forms.ValidationError(said, code="throttled") from None
