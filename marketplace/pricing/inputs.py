"""What each hour's prices were made of, for anybody to work through again: sealed and given out.

A step's state is its published file, so both can never say different things.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from django.db.models import Q, QuerySet

from marketplace.catalog.models import Track
from marketplace.pricing.engine import Engine
from marketplace.pricing.engine.published import FORMULA, Song, document, read, zipped
from marketplace.pricing.models import EngineStep, PricePoint, PriceStop
from marketplace.problems import Gone, NotFound
from royalties.models import Period, PriceFile


def seal(row: EngineStep, before: EngineStep | None, engine: Engine, keys: Sequence[str]) -> None:
    """Fill a step just made with its published bytes and their hash."""
    follows = before.inputs_sha256 if before else ""
    data = document(engine, keys, row.hour, row.at.astimezone(UTC).isoformat(), follows)
    row.state = zlib.compress(data, level=1)
    row.formula, row.follows_sha256 = FORMULA, follows
    row.inputs_sha256 = sha256(data).hexdigest()


def steps() -> QuerySet[EngineStep]:
    """Published steps, newest first, without their inputs; `kept` says whether these are there."""
    published = EngineStep.objects.defer("state").exclude(formula=None).order_by("-hour")
    return published.annotate(kept=~Q(state=b""))


def log(hour: int) -> dict[int, str]:
    """SHA-256 by hour of all published steps from `hour` on."""
    made = EngineStep.objects.exclude(formula=None).filter(hour__gte=hour).order_by("hour")
    return dict(made.values_list("hour", "inputs_sha256"))


def named_in(step: EngineStep) -> Period | None:
    """The first period whose bundle names the step's file; None until it closes."""
    named = PriceFile.objects.filter(hour=step.hour, sha256=step.inputs_sha256)
    first = named.select_related("period").order_by("period").first()
    return first.period if first else None


def file_name(hour: int) -> str:
    return f"prices-{hour}.gz"


def command(
    step: EngineStep, song: Track | None, micros: int | None, period: Period | None = None
) -> str:
    """What works that hour's prices out again from its file, and shows one song's; `period`'s
    bundle names the file.
    """
    parts = [f"python -m marketplace.pricing.engine.check {file_name(step.hour)}"]
    parts.append(f"--bundle period-{period.number}.zip" if period else "")
    parts.append(f"--sha256 {step.inputs_sha256}")
    if song is not None:
        parts.append(f"--song {song.pk.hex}")
    if song is not None and micros is not None:
        parts.append(f"--price {micros}")
    return " ".join(filter(None, parts))


def step_of(hour: int) -> EngineStep:
    """The published step of an hour.

    Raises:
        NotFound: none was made, or before inputs were published
    """
    row = steps().filter(hour=hour).first()
    if row is None:
        raise NotFound("No prices were published for that hour.")
    return row


def file_of(hour: int) -> bytes:
    """The file of an hour, as `python -m marketplace.pricing.engine.check` takes it.

    Raises:
        NotFound: none was made, or before inputs were published
        Gone: it was made too long ago; its hash is kept
    """
    return zipped(_inputs(step_of(hour)))


def song_inputs(row: EngineStep, track: Track) -> Song | None:
    """What `track`'s price was made of in that step; None where it had no part in it.

    Raises:
        Gone: the inputs are no longer kept
    """
    step = read(_inputs(row))
    return step.song(track.pk.hex) if track.pk.hex in step.keys else None


def behind(track: Track, micros: int, at: datetime) -> EngineStep | None:
    """The last step by `at` that gave or left `track` this price; None for a first price."""
    points = PricePoint.objects.filter(track=track, micros=micros, at__lte=at)
    point = points.order_by("-at").values_list("at", flat=True).first()
    if point is None:
        return None
    stop = PriceStop.objects.filter(at=point).first()  # it writes over a step of its moment
    if stop is not None:
        return steps().filter(pk=stop.back_to_id).first()
    return steps().filter(hour=int(point.timestamp()) // 3600, at=point).first()


def _inputs(row: EngineStep) -> bytes:
    if not row.state:
        raise Gone(
            f"The inputs of that hour are no longer kept; their SHA-256 was {row.inputs_sha256}."
        )
    return zlib.decompress(row.state)
