"""Whatever moves money or units, in any order: no invariant breaks, every bundle is right."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.stories import interplay


@pytest.mark.django_db
def test_no_order_of_steps_breaks_an_invariant(settings: Settings, tmp_path: Path) -> None:
    """A few histories; thousands in `make soak`."""
    settings.BUNDLES_ROOT = tmp_path / "bundles"
    settings.HOLD_WINDOW = settings.TOP_UP_HOLD_WINDOW = settings.UNITS_COOL_OFF = timedelta(0)
    settings.WITHDRAWAL_LEAST_MICROS = settings.WITHDRAWAL_LEAST_UNITS = 1
    interplay.run(examples=3, steps=20)
