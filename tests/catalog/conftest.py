"""One warm start of analyses for tests that are not about the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from marketplace.catalog.analysis.warm import Template

if TYPE_CHECKING:
    from marketplace.catalog.processing import Analyse


@pytest.fixture(scope="session")
def warm() -> Iterator[Analyse]:
    """Analyses in forks of a process that has imported everything already."""
    with Template() as template:
        yield template.analyse
