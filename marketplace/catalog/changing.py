"""Forms that change what everybody sees: seldom enough, from what was looked at, with a picture."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from marketplace.catalog import covers
from marketplace.problems import Problem
from marketplace.users import throttle
from marketplace.users.form_fields import Limited

MOST_PICTURE_MB = 20
PICTURES = "image/jpeg,image/png,image/webp"
TAKEN = f"JPEG, PNG or WebP, at most {MOST_PICTURE_MB} MB and 6,000 by 6,000"
OFTEN = "You have changed a lot within the hour. Go on {when}; nothing of this is saved yet."


class Picture(forms.FileField):
    """A picture that may be sent; `attrs` are its input's."""

    def __init__(self, label: str, help_text: str, **attrs: str) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=False,
            widget=forms.FileInput(attrs={"accept": PICTURES, **attrs}),
            error_messages={"empty": "This file is empty; choose the picture itself."},
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Its size first: what is larger is not looked at."""
        sent = super().clean(data, initial)
        if sent and (sent.size or 0) > MOST_PICTURE_MB * 1024**2:
            has = -(-sent.size // 1024**2)
            raise forms.ValidationError(
                f"This picture has {has} MB; send one of at most {MOST_PICTURE_MB} MB."
            )
        return sent


class ChangingForm(Limited, forms.Form):
    """`PICTURE` names the field of a picture; `who` may change so much in an hour."""

    PICTURE = "picture"
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, who: str, initial: dict[str, Any], sent: Any, files: Any) -> None:
        super().__init__(sent, files, initial=initial)
        self.who = who
        self.webp: bytes | None = None

    def clean(self) -> dict[str, Any]:
        """A picture is looked at last: as often as one may change something."""
        if "revision" in self.errors:
            self.add_error(None, "This form was not sent whole; load the page again.")
        if not self.errors:
            self.take(throttle.CORRECT, OFTEN, self.who)
            self._look_at_picture()
        return self.cleaned_data

    def go_on_from(self, revision: int) -> None:
        """After a conflict: what was typed stays, and sent again it is put in place of what the
        other one wrote, which stands beside.
        """
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["revision"] = str(revision)
        self.data = data

    def _look_at_picture(self) -> None:
        sent: UploadedFile[bytes] | None = self.cleaned_data[self.PICTURE]
        try:
            self.webp = covers.made_safe(sent.file) if sent else None  # type: ignore[arg-type]
        except Problem as error:
            self.add_error(self.PICTURE, error.detail)
