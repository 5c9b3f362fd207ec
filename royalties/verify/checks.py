"""Checks as values: a name, whether it holds, and one sentence that names what breaks it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    detail: str = ""

    @property
    def line(self) -> str:
        """One line, whatever a file says: it can neither begin another nor move the cursor."""
        text = f"{'ok    ' if self.ok else 'FAILED'} {self.name}: {self.detail}"
        return "".join(
            one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def judge(name: str, failures: Iterable[str], told: str = "") -> list[Check]:
    """One check that holds, saying `told`; or one that fails for each failure."""
    failed = [Check(name, False, failure) for failure in failures]
    return failed or [Check(name, True, told)]
