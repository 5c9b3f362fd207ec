"""Numbers out of the environment: read, or refused in a sentence that names them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from marketplace import settings


@pytest.mark.parametrize("value", ["a day", "-1", "nan", "inf", "1e999"])
def test_what_is_no_number_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HOLD_WINDOW", value)
    with pytest.raises(ImproperlyConfigured, match=r"^HOLD_WINDOW is a number, 0 or more, not "):
        settings.seconds("HOLD_WINDOW", 60)


def test_a_number_is_read_and_nothing_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, found in {"90": 90, "0": 0, "0.5": 0.5, "": 60}.items():
        monkeypatch.setenv("HOLD_WINDOW", value)
        assert settings.seconds("HOLD_WINDOW", 60) == timedelta(seconds=found)
    monkeypatch.setenv("EMAIL_PORT", "2.5")
    with pytest.raises(ImproperlyConfigured, match=r"^EMAIL_PORT is a whole number, not 2\.5$"):
        settings.whole("EMAIL_PORT", 587)
