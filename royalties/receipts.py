"""RECEIPT.json: what a listener keeps to prove that one play was counted and paid on.

It repeats the play's line in the period's bundle, says where it stands there, and leads from the
track's leaf to the root. With `salt` the listener alone can show who the pseudonym is:
SHA-256(salt ++ party) is the commitment beside it in `opening.csv`, once units are held.
"""

from typing import Any

from django.db.models import Q

from royalties import bundle
from royalties.models import PaidPlay, Period, Pseudonym
from royalties.verify.records import Play, time_text


def receipt_document(play: PaidPlay, own: bool) -> dict[str, Any] | None:
    """The receipt of a play, as JSON; None until its period is closed.

    Args:
        own: it is for its listener; everybody else's copy leaves out who that is.
    """
    window = play.window
    if window is None or window.period.state == Period.State.OPEN:
        return None
    period, terms = window.period, play.terms
    leaf = period.leaf_rows.get(terms=terms)
    line = Play(
        play=str(play.reference),
        window=window.number,
        slot=terms.slot,
        pseudonym=play.pseudonym,
        price=play.price_micros,
        counted_at=time_text(play.counted_at),
        earns=int(play.earns_units),
        units=play.units or 0,
    )
    return {
        "format": 1,
        "period": period.number,
        "bundle_sha256": period.bundle_hash.removeprefix("0x"),
        "play": line.as_json(),
        "line": _line_number(play),
        "leaf": {
            "slot": terms.slot,
            "track": terms.chain_id.removeprefix("0x"),
            "revenue": leaf.revenue_micros,
        },
        "proof": [
            {"hash": step.hash.hex(), "sum": step.sum} for step in bundle.proof(period, terms.slot)
        ],
        "root": period.root.removeprefix("0x"),
        "total": period.total_micros,
        **(_identity(play, period) if own else {}),
    }


def _identity(play: PaidPlay, period: Period) -> dict[str, str]:
    name = Pseudonym.objects.get(period=period, terms=play.terms_id, party=play.listener_id)
    return {"party": name.party_id.hex, "salt": name.salt.hex}


def _line_number(play: PaidPlay) -> int:
    """Where the play stands in its period's plays.csv; line 1 names the columns."""
    window = play.window
    assert window is not None
    same_track = Q(terms=play.terms_id) & (
        Q(counted_at__lt=play.counted_at) | Q(counted_at=play.counted_at, id__lt=play.pk)
    )
    before = Q(window__number__lt=window.number) | Q(window=window) & (
        Q(terms__slot__lt=play.terms.slot) | same_track
    )
    return PaidPlay.objects.in_period(window.period_id).filter(before).count() + 2
