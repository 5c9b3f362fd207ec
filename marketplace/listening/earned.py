"""What a counted play earns its listener, and why where that is nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from royalties.models import PaidPlay
from royalties.plays import Captured


class NoUnits(models.TextChoices):
    """Why a counted play earns no units; its label is the sentence for whoever listens."""

    OWN = "own_song", "This song pays you, so your plays earn no units of it."
    LINKED = (
        "linked_account",
        "This song pays an account linked to yours, so your plays earn no units of it.",
    )
    DAILY = "daily_limit", "Your plays of this song that earn units are over for today."
    SHARED = (
        "shared_cap",
        "With accounts linked to yours you have as many units of this song as one listener may.",
    )
    FREE = "free_play", "A free play earns no units."
    NONE_LEFT = "none_left", "No units of this song are left for you to earn."


REFUSED = {
    PaidPlay.NoUnits.OWN: NoUnits.OWN,
    PaidPlay.NoUnits.LINKED: NoUnits.LINKED,
    PaidPlay.NoUnits.DAILY: NoUnits.DAILY,
    PaidPlay.NoUnits.SHARED: NoUnits.SHARED,
}


@dataclass(frozen=True)
class Earned:
    """Units, while nothing else is accrued before the play; `why_none` where they are 0."""

    units: int
    why_none: NoUnits | None = None


FREE = Earned(0, NoUnits.FREE)


def of_play(captured: Captured) -> Earned:
    """Of a play just captured."""
    if why := captured.play.no_units:
        return Earned(0, REFUSED[PaidPlay.NoUnits(why)])
    return Earned(captured.units, None if captured.units else NoUnits.NONE_LEFT)
