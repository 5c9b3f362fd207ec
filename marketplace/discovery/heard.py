"""Which songs a listener's plays were of and how many: all that ranking learns of a play, of which
it is told neither price nor units.
"""

from __future__ import annotations

from django.db.models import Count, Min

from marketplace.discovery import serving
from marketplace.users.models import User
from royalties.models import PaidPlay


def plays_of(listener: User | None) -> tuple[dict[str, float], bool]:
    """A listener's counted plays (item id -> count), and whether all are newer than the model."""
    if listener is None:
        return {}, True
    paid = PaidPlay.objects.filter(listener=listener.party_id).values("terms__subject_id")
    mine = list(paid.annotate(n=Count("pk"), first=Min("counted_at")))
    trained_at = serving.trained_at()
    known = trained_at is not None and any(row["first"] <= trained_at for row in mine)
    return {row["terms__subject_id"].hex: row["n"] for row in mine}, not known
