"""Doorbells of the catalogue, on the audio queue."""

from uuid import UUID

from django.utils import timezone

from marketplace.catalog import leftovers, processing, renditions, resemblance
from marketplace.celery import app, ring


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
def remove_files() -> None:
    leftovers.sweep(timezone.now())
