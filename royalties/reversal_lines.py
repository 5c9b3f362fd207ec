"""A closed period's reversals and receivables as lines of its bundle. Read from the past's rows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from django.db.models import Q

from royalties import pseudonyms
from royalties.models import PaidPlay, Period, Reversal, TrackWindow
from royalties.verify import records

KINDS = {Reversal.Kind.FRAUD_HOLD: "held", Reversal.Kind.CHARGEBACK: "charged back"}


Names = Mapping[tuple[UUID, UUID], str]  # by (terms, party)


def members(period: Period) -> dict[str, bytes]:
    """The two files of a period with reversals, or with receivables; none of any other."""
    reversals, receivables = _reversals(period), _receivables(period)
    if not reversals and not receivables:
        return {}
    return {
        "reversals.csv": records.write(records.Reversal, reversals),
        "receivables.csv": records.write(records.Receivable, receivables),
    }


def _reversals(period: Period) -> list[records.Reversal]:
    """In the order in which they were posted: a window's reversals first, then its releases."""
    here = Q(window__period=period) | Q(released_in__period=period)
    plays = Reversal.objects.filter(here).values("play")
    rows = Reversal.objects.filter(play__in=plays).order_by("pk")
    by_play: dict[int, list[Reversal]] = defaultdict(list)
    for row in rows.select_related("window", "released_in", "play__window", "play__terms"):
        by_play[row.play_id].append(row)
    told = {(life[0].play.terms_id, life[0].play.listener_id) for life in by_play.values()}
    names = pseudonyms.known_of(period, told)
    found = [
        (line.window, line.slot, line.kind == "released", pk, line)
        for life in by_play.values()
        for pk, number, line in _lines(life, names, period)
        if number == period.number
    ]
    return [line for *_, line in sorted(found, key=lambda one: one[:-1])]


def _lines(
    life: list[Reversal], names: Names, period: Period
) -> Iterator[tuple[int, int, records.Reversal]]:
    """What was done with one play, in order: the reversal's id, the period, and the line."""
    play = life[0].play
    source, units = play.window, play.units or 0
    for row in life:
        if row.window is None or source is None:
            continue
        told = KINDS[Reversal.Kind(row.kind)], source.period_id, source.number, units, row.units
        if row.window.period_id == period.number:
            yield row.pk, period.number, _line(play, row.window.number, names, *told)
        units -= row.units
        if row.released_in is not None:
            told = "released", source.period_id, source.number, row.units, row.units_again
            if row.released_in.period_id == period.number:
                yield row.pk, period.number, _line(play, row.released_in.number, names, *told)
            source, units = row.released_in, units + row.units_again


def _line(
    play: PaidPlay,
    window: int,
    names: Names,
    kind: str,
    period: int,
    counted_in: int,
    units: int,
    moved: int,
) -> records.Reversal:
    return records.Reversal(
        window=window,
        slot=play.terms.slot,
        kind=kind,
        play=str(play.reference),
        pseudonym=names[play.terms_id, play.listener_id],
        price=play.price_micros,
        period=period,
        counted_in=counted_in,
        units=units,
        moved=moved,
    )


def _receivables(period: Period) -> list[records.Receivable]:
    """Tracks that opened or closed with revenue to be earned again."""
    opened, closed = (_standing(number) for number in (period.number - 1, period.number))
    return [
        records.Receivable(slot, opened.get(slot, 0), closed.get(slot, 0))
        for slot in sorted(opened.keys() | closed.keys())
        if opened.get(slot, 0) or closed.get(slot, 0)
    ]


def _standing(number: int) -> dict[int, int]:
    """What tracks had to earn again at the end of a period, by slot."""
    owing = TrackWindow.objects.filter(receivable_micros__gt=0).values("terms")
    rows = TrackWindow.objects.filter(terms__in=owing, window__period__lte=number)
    last = rows.order_by("terms_id", "-window_id").distinct("terms_id")
    return dict(last.values_list("terms__slot", "receivable_micros"))
