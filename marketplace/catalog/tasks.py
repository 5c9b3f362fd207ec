"""Doorbells of the catalogue, on the audio queue."""

from uuid import UUID

from django.utils import timezone

from marketplace.catalog import leftovers, processing, renditions, resemblance, stocktaking
from marketplace.celery import app, ring

TAKE_STOCK_SECONDS = 60


@app.task
def analyse(pk: str) -> None:
    """Analyse one track just taken in."""
    if track := processing.claim(timezone.now(), UUID(pk)):
        processing.process(track, timezone.now())


@app.task
def sweep() -> None:
    """Analyse what a killed worker or a lost message left waiting; then make copies asked for."""
    if track := processing.claim(timezone.now()):
        processing.process(track, timezone.now())
        ring(sweep)
    elif rendition := renditions.claim(timezone.now()):
        renditions.make(rendition)
        ring(sweep)


@app.task
def forget() -> None:
    resemblance.forget_undisputed(timezone.now())


@app.task
def take_stock() -> None:
    """A part of the store after the other: all of it in some four hours."""
    now = timezone.now()
    part = int(now.timestamp()) // TAKE_STOCK_SECONDS % stocktaking.PARTS
    stocktaking.take(part, now)
    stocktaking.clear_work(part, now)


@app.task
def remove_files() -> None:
    leftovers.sweep(timezone.now())
