"""Checks as values: a name, whether it holds, and one sentence that names what breaks it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str = ""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def judge(name: str, failures: Iterable[str], told: str = "") -> list[Check]:
    """One check that holds, saying `told`; or one that fails for each failure."""
    failed = [Check(name, False, failure) for failure in failures]
    return failed or [Check(name, True, told)]
