"""What is known of one listener's taste: counted plays, and what was said of songs; two queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.discovery import heard, opinions
from marketplace.discovery.opinions import Opinions
from marketplace.users.models import User


@dataclass(frozen=True)
class Tasted:
    """`plays` by item id; a `stranger` is none the model was fitted to."""

    plays: dict[str, float]
    said: Opinions
    stranger: bool

    @property
    def own(self) -> dict[str, float]:
        return self.said.interactions(self.plays)

    @property
    def unwanted(self) -> set[str]:
        return {pk.hex for pk in self.said.disliked}

    @property
    def asked(self) -> dict[str, Any]:
        """How a model is to rank for this listener."""
        return {"stranger": self.stranger, "less": [pk.hex for pk in self.said.less]}


def tasted(listener: User) -> Tasted:
    plays, stranger = heard.plays_of(listener)
    return Tasted(plays, opinions.of(listener), stranger)
