"""A closed period's forfeits as lines of its bundle. Read from the past's rows."""

from royalties import fraud_holds
from royalties.models import FraudHold, Period, Redistributed
from royalties.verify import records


def members(period: Period) -> dict[str, bytes]:
    """The three files of a period with forfeited money; none of any other."""
    forfeits = _forfeits(period)
    if not forfeits:
        return {}
    return {
        "forfeited.csv": records.write(records.Forfeited, _plays(period)),
        "forfeits.csv": records.write(records.Forfeit, forfeits),
        "redistributed.csv": records.write(records.Redistributed, _redistributed(period)),
    }


def _plays(period: Period) -> list[records.Forfeited]:
    holds = FraudHold.objects.filter(forfeited_in=period).select_related("terms").order_by("pk")
    return [
        records.Forfeited(str(line.play.reference), one.terms.slot, line.play.price_micros)
        for one in holds
        for line in fraud_holds.forfeited(one)
    ]


def _forfeits(period: Period) -> list[records.Forfeit]:
    rows = period.forfeits.select_related("terms").order_by("terms__slot")
    return [
        records.Forfeit(
            slot=one.terms.slot,
            opened=one.opened_micros,
            added=one.added_micros,
            given=one.given_micros,
            closed=one.closed_micros,
        )
        for one in rows
    ]


def _redistributed(period: Period) -> list[records.Redistributed]:
    rows = Redistributed.objects.filter(window__period=period).order_by("terms__slot")
    fields = rows.values_list("window__number", "terms__slot", "micros")
    return [records.Redistributed(window, slot, micros) for window, slot, micros in fields]
