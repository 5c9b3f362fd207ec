"""Which files of prices a closed period's bundle names: those made since the last close.

Prices are set by a package above, which joins here; of its files only hour and hash are known. A
period's first is the last that one before it named, in which the prices stand that it opened with;
where none was named before, all are.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from royalties.models import Period, PriceFile

Log = Callable[[int], Mapping[int, str]]
"""SHA-256 by hour of all files from an hour on."""
_joined: list[Log] = []


def join(log: Log) -> None:
    """The log of prices, to be named from then on."""
    if log not in _joined:
        _joined.append(log)


def until(period: Period | None) -> datetime | None:
    """From when the last prices are that the period's bundle names."""
    files = PriceFile.objects.filter(period=period).order_by("-hour")
    hour = files.values_list("hour", flat=True).first()
    return datetime.fromtimestamp(hour * 3600, UTC) if hour else None


def name_files(period: Period) -> None:
    """Write down what the period's bundle is to name, under the lock of the close.

    A file whose transaction ends later is named by the next period, whatever its time says.
    """
    last = PriceFile.objects.order_by("-hour").values_list("hour", flat=True).first() or 0
    PriceFile.objects.bulk_create(
        PriceFile(period=period, hour=hour, sha256=sha256)
        for log in _joined
        for hour, sha256 in log(last).items()
    )
