"""Doorbells of discovery."""

from django.utils import timezone

from marketplace.celery import app
from marketplace.discovery import (
    exposure,
    fingerprints,
    impressions,
    listing,
    newcomers,
    rising,
    training,
)


@app.task
def train() -> None:
    training.train_if_due(timezone.now())


@app.task
def rise() -> None:
    rising.add_up(timezone.now())


@app.task
def count_most_played() -> None:
    listing.count_most_played()


@app.task
def index_fingerprints() -> None:
    fingerprints.write_if_due()


@app.task
def look_for_newcomers() -> None:
    newcomers.look(timezone.now())


@app.task
def forget_shown() -> None:
    impressions.sweep(timezone.now())


@app.task
def add_up_exposure() -> None:
    exposure.add_up(timezone.now())
