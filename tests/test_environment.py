"""Numbers out of the environment: read, or refused in a sentence that names them."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from marketplace.environment import seconds, whole


@pytest.mark.parametrize("value", ["a day", "-1", "nan", "-inf"])
def test_what_is_no_number_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HOLD_WINDOW", value)
    with pytest.raises(ImproperlyConfigured, match=r"^HOLD_WINDOW is a number, 0 or more, not "):
        seconds("HOLD_WINDOW", 60)


@pytest.mark.parametrize("value", ["inf", "1e999", "1e11"])
def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOLD_WINDOW", value)
    with pytest.raises(ImproperlyConfigured, match=r"^HOLD_WINDOW is 1e\+10 at most, not "):
        seconds("HOLD_WINDOW", 60)


def test_a_number_is_read_and_nothing_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, told in {"90": 90, "0": 0, "0.5": 0.5, "": 60}.items():
        monkeypatch.setenv("HOLD_WINDOW", value)
        assert seconds("HOLD_WINDOW", 60) == timedelta(seconds=told)


@pytest.mark.parametrize(
    ("value", "said"), [("2.5", "a whole number, not 2.5"), ("70000", "65535 at most, not 70000")]
)
def test_a_port_is_a_whole_number_and_no_more_than_ports_go(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("EMAIL_PORT", value)
    with pytest.raises(ImproperlyConfigured, match=f"^EMAIL_PORT is {said}$"):
        whole("EMAIL_PORT", 587, 1, 65_535)
